// An engine turns a run into a command line, and nothing here executes it: the worker and every preview call the same functions.
// In: the run as rendered, its machine group's settings among its options. Out: the program with its arguments.
// Never here: where a program lies (the worker looks on its PATH), the environment, signals. One engine a file; `index.ts` has them all.

import type { Engine, EngineOptions } from '../manifest/manifest.js';

/** A run of which all texts are rendered. */
export type EngineRun = Readonly<{
  engine: Engine;
  /** The script's own name in the repository; null: written inline, or there is none. */
  scriptName: string | null;
  args: readonly string[];
  options: EngineOptions;
  /** By which applications on YARN are found again; null: no YARN. */
  tag: string | null;
}>;

/** `programs`: names to look for on the PATH, or paths; the first that is there counts. */
export type CommandLine = Readonly<{ programs: readonly string[]; args: readonly string[] }>;

/** Where a file beside the script is: the worker says its path, a preview its name. */
export type Places = (name: string) => string;

/** A file beside the script, or, with `file:`, of the machine; other addresses stay as they are. */
export const placeOf = (written: string, at: Places): string => {
  if (written.startsWith('file:')) return written.replace(/^file:(?:\/\/(?=\/))?/, '');
  return /^[a-z][a-z0-9+.-]+:/.test(written) ? written : at(written);
};

/** `--flag value`, where there is a value. */
export const flag = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [name, value];

/** `--flag key=value` for each, in the author's order. */
export const pairs = (name: string, values: Readonly<Record<string, string>> | undefined): readonly string[] =>
  Object.entries(values ?? {}).flatMap(([key, value]) => [name, `${key}=${value}`]);

/** Settings with the tag among those that the author may have written. */
export function withTag(
  conf: EngineOptions['conf'],
  key: string,
  tag: string | null,
): Readonly<Record<string, string>> | undefined {
  if (tag === null) return conf;
  const given = conf?.[key];
  return { ...conf, [key]: given === undefined ? tag : `${given},${tag}` };
}
