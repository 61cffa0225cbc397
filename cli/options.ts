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

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Reads a size as bytes: `512MiB`, `1.5GiB`. */
export function size(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(KiB|MiB|GiB|TiB)$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('a size like 512MiB or 1.5GiB');
  return Math.floor(Number(number) * UNITS[unit]!);
}

export const keepLogs = (): Option =>
  new Option('--keep-logs <days>', 'the output of jobs is kept at least so long; default: 60').argParser(count(36_500));

/** Reads a region as projects name them; `none`: in no region any more. */
export const region = (): Option =>
  new Option(
    '--region <name>',
    'where this installation stands, kept for all its servers; none: in no region',
  ).argParser((text) => {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return text;
    throw new InvalidArgumentError('a name as the project lists it');
  });

export const keepHistory = (): Option =>
  new Option(
    '--keep-history <days>',
    'attempts, former turns and events are kept at least so long; default: 400',
  ).argParser(count(36_500));

export const projectOption = (): Option => new Option('--project <name>', 'the project, where the server has several');
