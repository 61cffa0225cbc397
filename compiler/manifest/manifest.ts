// The manifest is what a commit means: every job of a project, all defaults applied, all references resolved, nothing computed later.
// In: what `source/` evaluated and `check/` accepted. Out: plain JSON, the same bytes for the same commit.
// It holds no path of a machine, no time of day, no secret's value. Whoever runs a job reads only this, never the author's files.
// Read `Job` first; `canonical.ts` gives its bytes and hashes.

import type { Calendar, Grain, NeedForm } from '../calendar/index.js';
import type { BatchRule } from '../render/index.js';

export const MANIFEST_FORMAT = 1;

export type Manifest = Readonly<{
  format: typeof MANIFEST_FORMAT;
  project: Project;
  /** By id, in byte order. */
  jobs: readonly Job[];
  /** One per distinct (calendar, zone) by which jobs fire; by id. */
  timetables: readonly Timetable[];
}>;

export type Project = Readonly<{
  name: string;
  /** IANA zone. */
  zone: string;
  machineGroups: readonly string[];
  /** Regions in which installations may stand. */
  regions: readonly string[];
  /** Slots by name. */
  pools: Readonly<Record<string, number>>;
  teams: Readonly<Record<string, Readonly<{ title?: string; members?: readonly string[] }>>>;
  /** Of alerts, by name. */
  channels: Readonly<Record<string, Channel>>;
}>;

/** Where an alert goes. */
export type Channel = Readonly<{
  mail?: readonly string[];
  webhook?: string;
  chat?: string;
  phone?: readonly string[];
}>;

/** A distinct calendar of a project, shared by all its jobs that fire by it. */
export type Timetable = Readonly<{
  /** `<project>/tick/<calendar in words>/<zone>`, e.g. `shop/tick/daily-02.30/Asia.Shanghai`. */
  id: string;
  /** The calendar in words, for people. */
  note: string;
  calendar: Calendar;
  /** Ids of the jobs that fire by it, those that fire by their base included. */
  jobs: readonly string[];
}>;

export type Job = Readonly<{
  /** Its path in the repo: `dw/orders/load`; of one of several in a file `<path>/<key>`. */
  id: string;
  /** The file that defines it, and the line of its definition (1-based). */
  file: string;
  title: string | null;
  description: string | null;
  /** A number of the old scheduler that keeps finding this job. */
  alias: number | null;
  formerly: readonly string[];
  enabled: boolean;
  owner: string | null;
  tags: readonly string[];
  zone: string;
  /** Its own schedule; null: it fires by its base, or is run by hand. */
  calendar: Calendar | null;
  /** The authors' cron texts of `calendar`, for people. */
  crons: readonly string[];
  /** The need whose ticks it takes (an id); null with a schedule of its own, and for manual jobs. */
  base: string | null;
  /** Of a job without a schedule of its own: the first and the last instant of its periods; null: none. Others have them in `calendar`. */
  start: number | null;
  end: number | null;
  /** The timetable it fires by, its own or its base's; null: a manual job. */
  timetable: string | null;
  grain: Grain | null;
  /** In the author's order. */
  needs: readonly Need[];
  run: RunSpec;
  machineGroup: string;
  retries: Readonly<{ times: number; waitMs: number }>;
  timeoutMs: number;
  /** From TERM to KILL. */
  graceMs: number;
  /** How long a run usually takes; for people. */
  expectedDurationMs: number | null;
  /** `HH:MM` in its zone: when the run of a day is to be done. */
  doneBy: string | null;
  /** Names of channels by occasion. */
  alerts: Alerts | null;
  overlap: 'wait' | 'allow' | 'skip' | 'cancel-old';
  /** Regions in which it runs; absent: in all. */
  regions?: readonly string[];
  /** Pools of the project and how many slots of each a run takes; absent: none. */
  pools?: Readonly<Record<string, number>>;
  priority: Priority;
  catchUp: Readonly<{ policy: 'all' | 'latest' | 'none'; withinMs: number }>;
  lateAfterMs: number;
  /** Over how long after its ticks the starts of jobs are spread; absent: it starts at them. */
  jitterMs?: number;
  /** The dialect of `${…}`; a definition that was deployed before there were two lacks it, and is native. */
  templates: 'native' | 'hera';
  /** How a run's batch label is made; null: it is the period's minute. */
  batch: BatchRule | null;
  /** How dates are written in templates. */
  locale: 'en' | 'zh-CN';
  weekStart: 'monday' | 'sunday';
  /** What a run by hand may be given, in the author's order; defaults are among `vars`. */
  params: readonly Param[];
  /** Variables, nearest first: the job's, then each folder's from near to far, then the project's. */
  vars: readonly Readonly<Record<string, string>>[];
  /** Environment variables of the process, templates not yet rendered. */
  env: Readonly<Record<string, string>>;
  /** Which file gave each value that may be inherited: field, `vars.<name>` or `env.<name>` → file. What is not in it has the built-in default. */
  provenance: Readonly<Record<string, string>>;
}>;

export type Alerts = Readonly<
  Partial<Record<'onFailure' | 'onSuccess' | 'onLong' | 'onLate' | 'onRetry', readonly string[]>>
>;

export type Param = Readonly<{
  name: string;
  type: 'string' | 'int' | 'number' | 'boolean' | 'date' | 'enum';
  /** Of an `enum`; else empty. */
  values: readonly string[];
  /** As text, templates not yet rendered; null: it must be given. */
  default: string | null;
  required: boolean;
  description: string | null;
}>;

export type Priority = 'highest' | 'high' | 'normal' | 'low' | 'lowest';

/** What must have happened before a run may start. */
export type Need = JobNeed | SelfNeed;

type NeedPart = Readonly<{
  /** Its success, or any final state. */
  on: 'success' | 'finished';
  /** It orders and never blocks. */
  optional: boolean;
}>;

export type JobNeed = NeedPart &
  Readonly<{
    kind: 'job';
    /** An id; of an optional need perhaps of no job. */
    job: string;
    periods: NeedForm;
    /** What becomes of a run for which the upstream has no period. */
    whenNone: 'met' | 'skip';
  }>;

/** My own period so many ticks back; -1: the one before. */
export type SelfNeed = NeedPart & Readonly<{ kind: 'self'; offset: number }>;

/** What a machine executes. Templates in `script`, `args`, `options` and `env` are rendered at each attempt. */
export type RunSpec = Readonly<{
  engine: Engine;
  /** Of a jar, a class or a module an empty text, and `path` is null. */
  script: Script;
  args: readonly string[];
  /** Files laid beside the script, under their own base names or the given ones. */
  files: readonly Readonly<{ name: string; sha256: string }>[];
  /** What the engine is told, settings of the machine group among it; absent: nothing. */
  options?: EngineOptions;
  /** The YARN of the machine group; absent: none. */
  yarn?: Yarn;
}>;

export type Engine = 'shell' | 'python' | 'java' | 'hive' | 'spark';

/**
 * Fields of single engines, as the language has them, a job's own before those of its machine group. What names a file of the repository
 * has become the name that it has beside the script.
 */
export type EngineOptions = Readonly<
  Partial<
    Record<
      | 'module'
      | 'interpreter'
      | 'venv'
      | 'requirements'
      | 'jar'
      | 'main'
      | 'client'
      | 'program'
      | 'url'
      | 'user'
      | 'sql'
      | 'submit'
      | 'master'
      | 'deployMode'
      | 'queue',
      string
    > &
      Record<'classpath' | 'jvmOptions' | 'init' | 'jars' | 'pyFiles', readonly string[]> &
      Record<'conf' | 'hivevars', Readonly<Record<string, string>>>
  >
>;

/** Where applications of a machine group live. Links hold `{id}`. */
export type Yarn = Readonly<{
  resourceManager: string;
  standby?: string;
  user?: string;
  application?: string;
  job?: string;
}>;

/** A script's text, by hash; the text itself travels in `Compiled.blobs`. `path`: where in the repo it stands; null: written inline. */
export type Script = Readonly<{ path: string | null; sha256: string }>;
