// What authors import from "hera": functions that return what they are given, marked, and types that tell an editor what may be given.
// In: an author's record. Out: plain data that `source/` reads like YAML of the same names. Nothing is decided here.
// This file is bundled into the sandbox in which authors' files are evaluated: it imports nothing and keeps no state.

/** A length of time: a whole number and its unit, `30s`, `10m`, `2h`, `1d`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** Values of `${name}` in scripts, arguments and environment. */
export type Vars = Readonly<Record<string, string | number | boolean>>;

export type Priority = 'highest' | 'high' | 'normal' | 'low' | 'lowest';

/** What to do about ticks that were missed: run `all` within the window and the newest, only the `latest`, or `none`. */
export type CatchUp = 'all' | 'latest' | 'none' | Readonly<{ policy: 'all' | 'latest' | 'none'; within?: Duration }>;

/**
 * When a job fires: a cron of five fields (Unix) or six to seven (Quartz, seconds first); several are a union.
 * `zone` is an IANA name and wins over the folder's and the project's.
 */
export type Schedule =
  | string
  | readonly string[]
  | Readonly<{ cron: string | readonly string[]; zone?: string; catchUp?: CatchUp }>;

/** Fields that a job may set, and a folder or the project for all jobs below it; the nearest wins, `vars` and `env` name by name. */
export type JobDefaults = Readonly<{
  owner?: string;
  tags?: readonly string[];
  /** `false`: the job is closed, it neither fires nor may others need it. */
  enabled?: boolean;
  zone?: string;
  machineGroup?: string;
  retries?: number | Readonly<{ times: number; wait?: Duration }>;
  /** How long a process may take. Default `24h`. */
  timeout?: Duration;
  /** From TERM to KILL. Default `10s`. */
  grace?: Duration;
  /** Whether a run waits while another run of its job is live. Default `wait`. */
  overlap?: 'wait' | 'allow';
  priority?: Priority;
  catchUp?: CatchUp;
  /** A tick started later than this counts as late. Default `5m`. */
  lateAfter?: Duration;
  vars?: Vars;
  env?: Vars;
}>;

declare const reference: unique symbol;

/** A job, as others name it in their `needs`. Importing a job's file gives one. */
export type JobRef = Readonly<{ job: string; [reference]?: 'job' }>;

/** A file of several jobs; `ref(file, key)` names one of them. */
export type JobSet<Key extends string = string> = Readonly<{ jobSet: string; [reference]?: Key }>;

/** My own previous period. */
export type SelfNeed = Readonly<{ self: 'previous' }>;

/** A job by reference or by id (from the root, or relative: `./load`), or `self.previous()`. */
export type Need = JobRef | SelfNeed | string;

declare const engine: unique symbol;

/** What a machine executes; made by `shell()` or `python()`. */
export type RunDefinition = Readonly<{ [engine]?: true }>;

/** A script: a file of the repository (relative to the definition, or `/` from the root), or its text. */
export type ScriptOptions = Readonly<
  ({ file: string; script?: never } | { script: string; file?: never }) & {
    args?: readonly (string | number | boolean)[];
    /** Variables of this run; they win over the job's. */
    vars?: Vars;
    /** Environment of the process; wins over the job's. */
    env?: Vars;
    /** Files of the repository that are laid beside the script. */
    files?: readonly string[];
  }
>;

export type JobOptions = JobDefaults &
  Readonly<{
    /** A name in any script, shown beside the id. */
    title?: string;
    description?: string;
    /** The job's number in the old scheduler; keeps finding it. */
    alias?: number;
    /** Ids this job had before. */
    formerly?: readonly string[];
    schedule?: Schedule;
    /** The first and last day (`2026-01-31`) or instant (RFC 3339) of periods that exist; beside a `schedule`. */
    start?: string;
    end?: string;
    /** What must have succeeded first. */
    needs?: readonly Need[];
    /** Which of the needs gives the ticks of a job without a schedule. */
    base?: JobRef | string;
    run: RunDefinition;
  }>;

export type ProjectOptions = Readonly<{
  /** `[a-z0-9-]`, at most 30; begins every id of the installation. */
  name: string;
  /** IANA zone of schedules and templates, e.g. `Asia/Shanghai`. */
  zone: string;
  /** Names of the groups of machines that jobs may name. Default: `default` alone. */
  machineGroups?: readonly string[];
  vars?: Vars;
  env?: Vars;
  /** Globs of files that are no jobs. */
  ignore?: readonly string[];
  defaults?: Omit<JobDefaults, 'zone' | 'vars' | 'env'>;
}>;

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

/** A script for the shell (`sh`); a string is its text. */
export const shell = (script: string | ScriptOptions): RunDefinition => ({ shell: script }) as RunDefinition;

/** A script for python; a string is its text. */
export const python = (script: string | ScriptOptions): RunDefinition => ({ python: script }) as RunDefinition;

export const self = Object.freeze({
  /** The run of my previous period: it must have succeeded first. */
  previous: (): SelfNeed => ({ self: 'previous' }),
});

/** A job by id, or one of several that a file defines. */
export function ref(job: string): JobRef;
export function ref<Key extends string>(file: JobSet<Key>, key: Key): JobRef;
export function ref(file: string | JobSet, key?: string): JobRef {
  // An import of a job's file is replaced by `{ job: <path> }`, whatever the file defines.
  const path = typeof file === 'string' ? file : (file as unknown as { job: string }).job;
  return { job: key === undefined ? path : `${path}/${key}` };
}

/** Every day at a local time, `HH:MM`. */
export function daily(time: string): string {
  const [hour, minute] = clock(time);
  return `${minute} ${hour} * * *`;
}

/** Every hour at a minute, 0 to 59. */
export function hourly(minute = 0): string {
  if (!Number.isInteger(minute) || minute < 0 || minute > 59)
    throw new RangeError(`hourly(${minute}): no minute of an hour`);
  return `${minute} * * * *`;
}

/** Every week on a day at a local time, `HH:MM`. */
export function weekly(day: 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun', time: string): string {
  const [hour, minute] = clock(time);
  return `${minute} ${hour} * * ${day}`;
}

function clock(time: string): readonly [number, number] {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time);
  if (!match) throw new RangeError(`'${time}' is no time of day; write HH:MM`);
  return [Number(match[1]), Number(match[2])];
}

/** How `source/` tells what a file's default export is; authors never see it. */
function mark(kind: 'job' | 'jobs' | 'folder' | 'project', value: unknown): Readonly<{ hera: string; value: unknown }> {
  return { hera: kind, value };
}
