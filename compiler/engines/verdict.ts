import type { Engine, EngineOptions } from '../manifest/manifest.js';

// What the exit code of a client means, where it does not say so itself. Source: the real clients, `npm run test:engines`.

type Client = Readonly<{ engine: Engine; options: EngineOptions }>;

const NO_CONNECTION = /Could not open client transport|Could not establish connection to jdbc:|No current connection/;

/**
 * Why an exit code 0 is no success; undefined where it is one. Hive's `beeline -f` without a server says that it has no connection, executes
 * nothing and exits with 0. `tail`: the end of what it wrote.
 */
export const falseZero = ({ engine, options }: Client, tail: string): string | undefined =>
  engine === 'hive' && options.client === 'beeline' && NO_CONNECTION.test(tail)
    ? 'beeline exited with 0 and had no connection to its server: nothing was executed'
    : undefined;

const OF_ALL: Readonly<Record<number, string>> = {
  126: 'a program of the script cannot be executed',
  127: 'a program of the script is not on the PATH',
  137: 'a process was ended by KILL: out of memory, or somebody ended it',
  143: 'a process was ended by TERM',
};

const OF_CLIENTS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  hive: {
    1: 'Hive could not be reached, or an init file failed',
    2: 'a MapReduce job failed',
    17: 'a statement is wrong: its names or its types',
    64: 'a statement cannot be parsed',
  },
  beeline: { 1: 'a statement failed', 2: 'a statement failed, or there was no connection' },
  spark: { 1: 'a statement or the program failed', 101: 'the class is not in the jar' },
};

/** What an exit code other than 0 tells of an engine's client; undefined where it is the program's own. */
export function exitMeaning({ engine, options }: Client, code: number): string | undefined {
  const client = engine === 'hive' ? (options.client ?? 'hive') : engine;
  return OF_CLIENTS[client]?.[code] ?? OF_ALL[code];
}
