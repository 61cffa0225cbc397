// What authors import from "hera": functions that return what they are given, marked, and types that tell an editor what may be given.
// In: an author's record. Out: plain data that `source/` reads like YAML of the same names. Nothing is decided here.
// This file is bundled into the sandbox in which authors' files are evaluated: it imports nothing but types and keeps no state.
import type {
  HiveOptions,
  JavaOptions,
  JobDefaults,
  JobOptions,
  JobRef,
  JobSet,
  ProbeOptions,
  ProjectOptions,
  PythonOptions,
  RunDefinition,
  ScriptOptions,
  SelfNeed,
  SparkOptions,
} from './options.js';

export type * from './options.js';

/** One job; its id is the path of the file. */
export const defineJob = (job: JobOptions): JobRef => mark('job', job) as unknown as JobRef;

/** Several jobs of one file; their ids are the path of the file and the key. */
export const defineJobs = <Key extends string>(jobs: Readonly<Record<Key, JobOptions>>): JobSet<Key> =>
  mark('jobs', jobs) as unknown as JobSet<Key>;

/** Defaults of all jobs in this folder and below; in `_folder.ts`. */
export const defineFolder = (defaults: JobDefaults): JobDefaults => mark('folder', defaults) as unknown as JobDefaults;

/** The project; in `hera.project.ts` at the root. */
export const defineProject = (project: ProjectOptions): ProjectOptions =>
  mark('project', project) as unknown as ProjectOptions;

/** A script for the shell (`bash`); a string is its text. */
export const shell = (script: string | ScriptOptions): RunDefinition => ({ shell: script }) as RunDefinition;

/** A script or a module for python; a string is a script's text. */
export const python = (script: string | PythonOptions): RunDefinition => ({ python: script }) as RunDefinition;

/** SQL for Hive; a string is its text. */
export const hive = (sql: string | HiveOptions): RunDefinition => ({ hive: sql }) as RunDefinition;

/** SQL, a Python file or a jar for Spark; a string is the text of SQL. */
export const spark = (sql: string | SparkOptions): RunDefinition => ({ spark: sql }) as RunDefinition;

/** A Java program: a jar or a class. */
export const java = (program: JavaOptions): RunDefinition => ({ java: program }) as RunDefinition;

/** Nothing is executed: the run waits until a caller marks its period. */
export const external = (): RunDefinition => ({ external: true }) as RunDefinition;

/** Looks again and again until something of the outside world is there: `probe({ shell, every, giveUp })`. */
export const probe = (look: ProbeOptions): RunDefinition => ({ probe: look }) as RunDefinition;

export const self = Object.freeze({
  /** The run of my previous period: it must have succeeded first. */
  previous: (): SelfNeed => ({ self: 'previous' }),
  /** The run of an earlier period of mine: `self.offset(-2)` is the one before the previous. */
  offset: (periods: number): SelfNeed => ({ self: { offset: periods } }),
});

/** A job by id, or one of several that a file defines. */
export function ref(job: string): JobRef;
export function ref<Key extends string>(file: JobSet<Key>, key: Key): JobRef;
export function ref(file: string | JobSet, key?: string): JobRef {
  // An import of a job's file is replaced by `{ job: <path> }`, whatever the file defines.
  const path = typeof file === 'string' ? file : (file as unknown as { job: string }).job;
  return { job: key === undefined ? path : `${path}/${key}` };
}

/** Every hour at a minute, 0 to 59. */
export function hourly(minute = 0): string {
  if (!Number.isInteger(minute) || minute < 0 || minute > 59)
    throw new RangeError(`hourly(${minute}): no minute of an hour`);
  return `${minute} * * * *`;
}

/** Every day at a local time, `HH:MM`. */
export function daily(time: string): string {
  return `${clock(time)} * * *`;
}

/** Every week on a day at a local time, `HH:MM`. */
export function weekly(day: 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun', time: string): string {
  return `${clock(time)} * * ${day}`;
}

/** Every month on a day, 1 to 31, at a local time, `HH:MM`. Months without that day have no tick. */
export function monthly(day: number, time: string): string {
  if (!Number.isInteger(day) || day < 1 || day > 31) throw new RangeError(`monthly(${day}): no day of a month`);
  return `${clock(time)} ${day} * *`;
}

/** Every year on a day, `MM-DD`, at a local time, `HH:MM`. */
export function yearly(date: string, time: string): string {
  const match = /^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.exec(date);
  if (!match) throw new RangeError(`'${date}' is no day of a year; write MM-DD`);
  return `${clock(time)} ${Number(match[2])} ${Number(match[1])} *`;
}

/** Minute and hour of a cron. */
function clock(time: string): string {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time);
  if (!match) throw new RangeError(`'${time}' is no time of day; write HH:MM`);
  return `${Number(match[2])} ${Number(match[1])}`;
}

/** How `source/` tells what a file's default export is; authors never see it. */
function mark(kind: 'job' | 'jobs' | 'folder' | 'project', value: unknown): Readonly<{ hera: string; value: unknown }> {
  return { hera: kind, value };
}
