// What may be given to the functions of `index.ts`, for editors and the type checker; nothing here exists when a definition is evaluated.
// The words of each field come from the records by which files are read (`source/language`): a test compares them, and UPDATE=1 writes them.

/** A length of time: a whole number and its unit, `30s`, `10m`, `2h`, `1d`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** Values of `${name}` in scripts, arguments and environment. */
export type Vars = Readonly<Record<string, string | number | boolean>>;

export type Priority = 'highest' | 'high' | 'normal' | 'low' | 'lowest';

export type CalendarUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

type ExactlyOne<Fields, Names extends keyof Fields> = {
  [One in Names]: Readonly<Required<Pick<Fields, One>> & Partial<Record<Exclude<Names, One>, never>>>;
}[Names];

declare const reference: unique symbol;

/** A job, as others name it in their `needs`. Importing a job's file gives one. */
export type JobRef = Readonly<{ job: string; [reference]?: 'job' }>;

/** A file of several jobs; `ref(file, key)` names one of them. */
export type JobSet<Key extends string = string> = Readonly<{ jobSet: string; [reference]?: Key }>;

declare const engine: unique symbol;

/** What a machine executes; made by `shell()`, `python()`, `java()`, `hive()`, `spark()`, `external()` or `probe()`. */
export type RunDefinition = Readonly<{ [engine]?: true }>;

export type CatchUpOptions = Readonly<{
  /** Which missed ticks are made up for. */
  policy: 'all' | 'latest' | 'none';
  /** How far back `all` goes. Default `1d`. */
  within?: Duration;
}>;

export type CatchUp = 'all' | 'latest' | 'none' | CatchUpOptions;

export type ScheduleOptions = Readonly<{
  /** When it fires: five fields (minute, hour, day, month, weekday), or six to seven as Quartz has them (seconds first); a list is a union. */
  cron: string | readonly string[];
  /** The IANA zone of this schedule; wins over the folder’s and the project’s. */
  zone?: string;
  /** A workday calendar: ticks on its days off are left out or moved, as `otherwise` says. */
  on?: string;
  /** What becomes of a tick on a day off: left out (default), or moved to the workday before or after. */
  otherwise?: 'skip' | 'previous' | 'next';
  /** What to do about ticks that were missed. Default: `all` within a day. */
  catchUp?: CatchUp;
  /** Starts are spread over so long after the tick, each job at its own constant moment; the period stays the same. */
  jitter?: Duration;
}>;

/** A cron, a record, or a list of these: the union of their ticks. */
export type Schedule = string | ScheduleOptions | readonly (string | ScheduleOptions)[];

export type RetryOptions = Readonly<{
  /** How many retries after the first failure. */
  times: number;
  /** How long to wait before each. Default: not at all. */
  wait?: Duration;
}>;

export type AlertOptions = Readonly<{
  /** Told when a run has failed for good. */
  onFailure?: readonly string[];
  /** Told when a run has succeeded. */
  onSuccess?: readonly string[];
  /** Told when a run takes longer than `expectedDuration`. */
  onLong?: readonly string[];
  /** Told when the job is not done by `doneBy`. */
  onLate?: readonly string[];
  /** Told when an attempt fails and a retry follows. */
  onRetry?: readonly string[];
}>;

export type BatchUnit = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

export type BatchOptions = Readonly<{
  /** What a batch is: `day` gives `2026-11-22`, `month` gives `2026-11`. */
  unit: BatchUnit;
  /** So many units on from the period; `-1` is the one before. Default: 0. */
  offset?: number;
}>;

export type SharedOptions = Readonly<{
  /** Who answers for the job: a team or a person. */
  owner?: string;
  /** Words by which lists are filtered. */
  tags?: readonly string[];
  /** `false`: the job is closed; it never fires and may be run by hand. */
  enabled?: boolean;
  /** Which hosts run it; the project lists the groups. Default: `default`. */
  machineGroup?: string;
  /** Retries after a failure: a number, or `{ times, wait }`. Default: 0. */
  retries?: number | RetryOptions;
  /** How long a process may take; then TERM, and KILL after `grace`. Default: `24h`. */
  timeout?: Duration;
  /** From TERM to KILL. Default: `10s`. */
  grace?: Duration;
  /** How long a run usually takes; for people and for `onLong`. */
  expectedDuration?: Duration;
  /** The time of day by which the job’s run of the day must be done. */
  doneBy?: string;
  /** What a run does while another run of its job is live: `wait` (default), run beside it (`allow`), be skipped, or cancel the old one. */
  overlap?: 'wait' | 'allow' | 'skip' | 'cancel-old';
  /** Which run goes first where hosts are busy. Default: `normal`. */
  priority?: Priority;
  /** Pools of the project whose slots a run takes: names, or names and slots. */
  pools?: readonly string[] | Readonly<Record<string, number>>;
  /** Regions in which it runs; elsewhere its runs succeed at once. */
  regions?: readonly string[];
  /** The user of the operating system as whom it runs. */
  user?: string;
  /** Secrets by environment variable: `{ DB_PASSWORD: name-of-the-secret }`. */
  secrets?: Readonly<Record<string, string>>;
  /** Whom to tell, and when. */
  alerts?: AlertOptions;
  /** The dialect of `${…}`: `native` (default), or `hera` for jobs of the old scheduler. */
  templates?: 'native' | 'hera';
  /** The batch label of a run, `${run.batch}`: a unit, or `{ unit, offset }`. Default: the period’s minute, `202611230230`. */
  batch?: BatchUnit | BatchOptions;
  /** What to do about ticks that were missed: `all`, `latest`, `none` or `{ policy, within }`. Default: `all` within a day. */
  catchUp?: CatchUp;
  /** A tick that is started later than this counts as missed. Default: `5m`. */
  lateAfter?: Duration;
}>;

type LevelOptions = Readonly<{
  /** The IANA zone of schedules and templates. Default: the project’s. */
  zone?: string;
  /** Variables for `${name}` in scripts, arguments and environment. */
  vars?: Vars;
  /** Environment variables of the process. */
  env?: Vars;
}>;

/** Fields that a job may set, and a folder or the project for all jobs below it; the nearest wins, `vars` and `env` name by name. */
export type JobDefaults = SharedOptions & LevelOptions;

export type SelfOptions = Readonly<{
  /** How many of my own periods back: `-1` is the one before. */
  offset: number;
}>;

/** My own earlier period; made by `self.previous()` or `self.offset(-2)`. */
export type SelfNeed = Readonly<{ self: 'previous' | SelfOptions; on?: 'success' | 'finished'; optional?: boolean }>;

export type NeedOptions = Readonly<{
  /** Another job, relative (`./load`) or from the root (`dw/orders/load`). */
  job: JobRef | string;
  /** My own earlier period, instead of another job. */
  self?: never;
  /** Which of its periods: `all` whose data interval ends in mine, the `last` of those, the `nearest` of the day, the `latest` that ran. Default: the latest before the end of my grain window. */
  periods?: 'default' | 'all' | 'last' | 'nearest' | 'latest';
  /** With `periods: all`: those of my data interval (default), or of my grain window. */
  of?: 'data' | 'window';
  /** So many of its periods before the default one; with `unit` so many calendar units earlier. */
  offset?: number;
  /** The n latest of its periods; with `unit` all of the last n calendar units. */
  last?: number;
  /** The calendar unit of `offset` or `last`. */
  unit?: CalendarUnit;
  /** Awaits its success (default), or any final state. */
  on?: 'success' | 'finished';
  /** Orders but never blocks: what is closed, unknown or does not come is not waited for. */
  optional?: boolean;
  /** Where its calendar has no such period: the need is met (default), or my run is skipped. */
  whenNone?: 'met' | 'skip';
}>;

/** A job by reference or by id (from the root, or relative: `./load`), which of its periods, or `self.previous()`. */
export type Need = JobRef | string | NeedOptions | SelfNeed;

export type ParamOptions = Readonly<{
  /** What kind of value it takes. */
  type: 'string' | 'int' | 'number' | 'boolean' | 'date' | 'enum';
  /** The values of an `enum`. */
  values?: readonly (string | number | boolean)[];
  /** The value where none is given; runs of a tick always take it. Templates such as `${bizdate}` are rendered. */
  default?: string | number | boolean;
  /** Must be given by hand; without a default that is so unless `false` is written, which means an empty text. */
  required?: boolean;
  /** What it is for. */
  description?: string;
}>;

export type FileOptions = Readonly<{
  /** A file of the repository, or an address (`hdfs:`, `s3:`, `oss:`, `https:`). */
  from: string;
  /** Its name beside the script. Default: the last part of `from`. */
  as?: string;
}>;

type BesideOptions = Readonly<{
  /** Arguments, templates rendered. */
  args?: readonly (string | number | boolean)[];
  /** Variables of this run; they win over the job’s. */
  vars?: Vars;
  /** Environment of the process; wins over the job’s. */
  env?: Vars;
  /** Files that are laid beside the script. */
  files?: readonly (string | FileOptions)[];
}>;

type ScriptFields = BesideOptions &
  Readonly<{
    /** The script: a file of the repository, relative to the definition or, with `/`, from the root. */
    file?: string;
    /** The script’s text, instead of a file. */
    script?: string;
  }>;

/** A script: a file of the repository (relative to the definition, or `/` from the root), or its text. */
export type ScriptOptions = ScriptFields & ExactlyOne<ScriptFields, 'file' | 'script'>;

type PythonFields = ScriptFields &
  Readonly<{
    /** A module that is run (`python -m`), instead of a file. */
    module?: string;
    /** The Python: a name or a path of the machine. Default: that of the machine group. */
    interpreter?: string;
    /** A virtual environment of the machine, whose Python it is. */
    venv?: string;
    /** A file of requirements that must be installed there, or the run fails before it begins. */
    requirements?: string;
  }>;

export type PythonOptions = PythonFields & ExactlyOne<PythonFields, 'file' | 'script' | 'module'>;

type HiveFields = ScriptFields &
  Readonly<{
    /** Settings of the engine (`key: value`). */
    conf?: Vars;
    /** Given as `--hivevar`. */
    hivevars?: Vars;
    /** SQL files that are run first. */
    init?: readonly string[];
    /** The JDBC address for beeline. Default: that of the machine group. */
    url?: string;
  }>;

export type HiveOptions = HiveFields & ExactlyOne<HiveFields, 'file' | 'script'>;

type SparkFields = ScriptFields &
  Readonly<{
    /** A jar to submit: a file of the repository or an address. */
    jar?: string;
    /** The class of `jar` that is run. */
    main?: string;
    /** Settings of the engine (`key: value`). */
    conf?: Vars;
    /** Where it runs: `yarn`, `local[2]` … Default: that of the machine group. */
    master?: string;
    /** Where the driver runs. */
    deployMode?: 'client' | 'cluster';
    /** The queue of YARN. */
    queue?: string;
    /** Further jars. */
    jars?: readonly string[];
    /** Python files and archives for the job. */
    pyFiles?: readonly string[];
  }>;

export type SparkOptions = SparkFields & ExactlyOne<SparkFields, 'file' | 'script' | 'jar'>;

type JavaFields = BesideOptions &
  Readonly<{
    /** A jar that is run, or in which `main` is: a file of the repository or an address. */
    jar?: string;
    /** The class that is run. */
    main?: string;
    /** Jars and folders of the class path. */
    classpath?: readonly string[];
    /** Options of the virtual machine (`-Xmx1g`). */
    jvmOptions?: readonly string[];
  }>;

export type JavaOptions = JavaFields & (Readonly<{ jar: string }> | Readonly<{ main: string }>);

export type ProbeOptions = Readonly<{
  /** The script that looks: exit code 0 means it is there. */
  shell: string | ScriptOptions;
  /** How long to wait between two looks. */
  every: Duration;
  /** How long to look before the run fails. */
  giveUp: Duration;
}>;

export type JobOptions = JobDefaults &
  Readonly<{
    /** What is executed: exactly one engine. */
    run: RunDefinition;
    /** When it fires: a cron of five fields (Unix) or six to seven (Quartz), a list of them, or `{ cron, zone, … }`. Without it the job fires with what it needs. */
    schedule?: Schedule;
    /** What must have happened first: other jobs, or my own previous period. */
    needs?: readonly Need[];
    /** Which of the needs gives the ticks of a job without a schedule. */
    base?: JobRef | string;
    /** The first day or instant of its periods. */
    start?: string;
    /** The last day or instant of its periods; a day is included. */
    end?: string;
    /** Parameters: typed variables with defaults, which a run by hand may be given. */
    params?: Readonly<Record<string, ParamOptions>>;
    /** A name in any script, shown beside the id. */
    title?: string;
    /** What it does. */
    description?: string;
    /** The job’s number in the old scheduler; keeps finding it. */
    alias?: number;
    /** Ids it had before: number, facts and history stay. */
    formerly?: readonly string[];
  }>;

export type TeamOptions = Readonly<{
  /** A name in any script. */
  title?: string;
  /** Accounts of its people. */
  members?: readonly string[];
}>;

export type PoolOptions = Readonly<{
  /** How many slots it has. */
  slots: number;
  /** What it protects. */
  description?: string;
}>;

export type ChannelOptions = Readonly<{
  /** Mail addresses. */
  mail?: readonly string[];
  /** An address that is called with the alert. */
  webhook?: string;
  /** The chat whose robot `webhook` is. */
  chat?: 'wecom' | 'dingtalk' | 'feishu' | 'slack' | 'teams';
  /** Numbers to call or to send messages to. */
  phone?: readonly string[];
}>;

/** Days as `2026-01-01` or `2026-01-01..2026-01-03`; in `yearly` as `01-01` or `01-01..01-03`. */
export type WorkdayYear = Readonly<{
  /** Days off, also where the week says work. */
  off?: readonly string[];
  /** Days of work, also where the week says off: make-up workdays. */
  work?: readonly string[];
}>;

export type WorkdayCalendar = Readonly<{
  /** The days of work of a week. Default: Monday to Friday. */
  week?: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
  /** Days off and days of work by year. */
  years?: Readonly<Record<string, WorkdayYear>>;
  /** Days off and days of work of every year, as `MM-dd`. */
  yearly?: WorkdayYear;
}>;

export type PythonGroupOptions = Readonly<{
  /** The Python of these hosts: a name or a path. Default: `python3`. */
  interpreter?: string;
}>;

export type JavaGroupOptions = Readonly<{
  /** The `java` of these hosts: a name or a path. */
  program?: string;
}>;

export type HiveGroupOptions = Readonly<{
  /** How SQL reaches Hive: by `beeline -u url`, or by `hive -f`. Default: `beeline` where there is a `url`, else `hive`. */
  client?: 'hive' | 'beeline';
  /** That client: a name or a path. */
  program?: string;
  /** The JDBC address for beeline. */
  url?: string;
  /** The user for beeline (`-n`). */
  user?: string;
  /** Settings of all Hive jobs (`key: value`). */
  conf?: Vars;
}>;

export type SparkGroupOptions = Readonly<{
  /** The `spark-sql` of these hosts: a name or a path. */
  sql?: string;
  /** The `spark-submit` of these hosts: a name or a path. */
  submit?: string;
  /** Where jobs run that do not say it, such as `yarn` or `local[2]`. */
  master?: string;
  /** Where the driver runs of jobs that do not say it. */
  deployMode?: 'client' | 'cluster';
  /** The queue of YARN of jobs that do not say it. */
  queue?: string;
  /** Settings of all Spark jobs (`key: value`). */
  conf?: Vars;
}>;

export type YarnOptions = Readonly<{
  /** The web address of the ResourceManager, by which applications are ended: `http://rm:8088`. */
  resourceManager: string;
  /** The address of the second ResourceManager of a pair. */
  standby?: string;
  /** As whom applications are ended. Default: the user of the worker. */
  user?: string;
  /** The page of an application, with `{id}`. Default: that of the ResourceManager. */
  application?: string;
  /** The page of a MapReduce job, with `{id}`. Default: that of its application. */
  job?: string;
}>;

export type MachineGroupOptions = Readonly<{
  /** Which hosts these are. */
  description?: string;
  /** Python on these hosts. */
  python?: PythonGroupOptions;
  /** Java on these hosts. */
  java?: JavaGroupOptions;
  /** Hive as these hosts reach it. */
  hive?: HiveGroupOptions;
  /** Spark as these hosts reach it. */
  spark?: SparkGroupOptions;
  /** The YARN on which jobs of these hosts start applications. */
  yarn?: YarnOptions;
}>;

export type ProjectOptions = Readonly<{
  /** Its name: `a-z`, digits and `-`, at most 30; begins every key of the installation. */
  name: string;
  /** The IANA zone of schedules and templates, such as `Asia/Shanghai`. */
  zone: string;
  /** The groups of machines that jobs may name: a list, or names with what engines are there. Default: `default` alone. */
  machineGroups?: readonly string[] | Readonly<Record<string, MachineGroupOptions>>;
  /** Teams that own jobs. */
  teams?: Readonly<Record<string, TeamOptions>>;
  /** Workday calendars by name, beside those in `calendars/`. */
  calendars?: Readonly<Record<string, WorkdayCalendar>>;
  /** Pools: named numbers of slots that runs share. */
  pools?: Readonly<Record<string, number | PoolOptions>>;
  /** Channels of alerts by name. */
  alerts?: Readonly<Record<string, ChannelOptions>>;
  /** Regions in which installations stand; a variable `eu.table` is `table` in the region `eu`. */
  regions?: readonly string[];
  /** The first day of a week. Default: `monday`. */
  weekStart?: 'monday' | 'sunday';
  /** The language of month and weekday names in dates. Default: `en`. */
  locale?: 'en' | 'zh-CN';
  /** Variables of all jobs. */
  vars?: Vars;
  /** Environment variables of all jobs. */
  env?: Vars;
  /** Globs of files that are no jobs. */
  ignore?: readonly string[];
  /** Defaults of all jobs; folders and jobs say otherwise. */
  defaults?: SharedOptions;
}>;
