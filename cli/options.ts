import { InvalidArgumentError, Option } from 'commander';

// What the definitions of commands share: examples for their help, and options that several have.

export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
/** Gathers an option that may be repeated. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Reads a whole number from `least` to `most`. */
export function count(most: number, least = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
  };
}

export const projectOption = (): Option => new Option('--project <name>', 'the project, where the server has several');
