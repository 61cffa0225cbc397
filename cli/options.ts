import { InvalidArgumentError, Option } from 'commander';

// What the definitions of commands share: examples for their help, and options that several have.

export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
/** Gathers an option that may be repeated. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Reads a whole number up to `most`. */
export function count(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw new InvalidArgumentError(`a whole number up to ${most}`);
  };
}

export const projectOption = (): Option => new Option('--project <name>', 'the project, where the server has several');
