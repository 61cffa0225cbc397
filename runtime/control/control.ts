// The control plane decides what runs: it admits, settles, deploys, and keeps the promise that no period is run twice or forgotten.
// In: ticks, endings, commits, operations. Out: rows, and starts owed to Temporal through the outbox.
// Facts live in Postgres and are written only in transactions; Temporal holds clocks and processes. Never here: HTTP, SQL text, a process.
// Read `states.ts`, then `admit.ts`, `settle.ts`, `tick.ts`; `ledger.ts` mends what the others could not.

import type { TimeWindow } from '../../compiler/calendar/index.js';
import type { Diagnostic } from '../../compiler/index.js';
import type { Own } from '../../compiler/manifest/index.js';
import type { BackfillPlan, CancelPlan, FreezePlan, OperationPlan, Planned, RepairPlan } from '../api/contract.js';
import type { OwnedJob } from '../auth/rights.js';
import type { BackfillRow, Direction, Pace } from '../store/backfill.js';
import type { MarkedState } from '../store/fact.js';
import type { FreezeScope } from '../store/freeze.js';
import type { DriftedSchedule } from './drift.js';
import type { Refusal } from './may-apply.js';
import type { Limits } from './operations/repair/reach.js';

/** A commit as git tells it. `dirty`: made from a working tree by a local `hera up`, on no branch. */
export type CommitInfo = Readonly<{
  commit: string;
  subject: string;
  author: string;
  committedAt: Date | null;
  dirty: boolean;
}>;

export type Tree = ReadonlyMap<string, Uint8Array>;

export type DeployRequest = Readonly<{
  tree: Tree;
  info: CommitInfo;
  restores?: Restores;
  /** Files that git takes for renamed since another commit, for the hint that a job was. Absent: nobody can say. */
  renamedSince?(commit: string): Promise<readonly Readonly<{ from: string; to: string }>[]>;
  /** Files that differ from those of another commit, to name the helper by which a job changes. Absent: nobody can say. */
  changedSince?(commit: string): Promise<readonly string[]>;
}>;

/** A rollback: the earlier deployment whose commit is put in force again, and why. */
export type Restores = Readonly<{ deployment: string; reason: string | null }>;

export type ApplyRequest = DeployRequest &
  Readonly<{
    /** The deployment the plan was made on (null: there was none); another one in force by now: `stale`. */
    plannedOn: string | null;
    allowPrune: boolean;
    /** Periods that next runs await and that were never run are marked succeeded with it. */
    markMissing?: boolean;
    /** The project that is meant: a commit of another one is `invalid`. Absent: whichever it is. */
    project?: string;
    by: string;
    via: string;
  }> &
  Origin;

/** Where a commit comes from: what decides whether it may be put in force. */
export type Origin = Readonly<{
  /** The branch by which it comes; absent: nobody said. */
  branch?: string | null;
  /** The project's folder in its repository; absent: the root. */
  under?: string;
  restores?: Restores;
  /** Whether `ancestor` leads to `descendant` (absent: to this commit). Asked again under the project's lock. */
  isDescendantOf(ancestor: string, descendant?: string): Promise<boolean>;
}>;

/** `marked`: how many never-run periods were marked with it. */
export type Applied = Readonly<{ deployment: string; planned: Planned; already: boolean; marked: number }>;

/**
 * A person's request names who asks and from where (`ui`, `cli`, `token:<label>`). `mayOperate`: whether that person may do so with a job;
 * absent: with every one.
 */
export type Asker = Readonly<{ by: string; via: string; mayOperate?: (project: string, job: OwnedJob) => boolean }>;

export type BackfillRequest = Asker &
  Readonly<{
    project: string;
    /** Glob over job ids: `*` stays within a segment, `**` crosses; null: all jobs that have ticks. */
    jobs: string | null;
    from: Date;
    to: Date;
    only: 'all' | 'missing' | 'failed';
    /** How many of its runs may be under way at once. */
    parallel: number;
    /** The plan that was seen; absent: only plan. */
    hash: string | null;
    /** Which of the periods that may start goes first; default: the earliest. */
    direction?: Direction;
    /** Members start only at this time of day, by `zone`; absent: at any. */
    window?: TimeWindow | null;
    zone?: string;
    /** How often a member is tried again; absent: as its job says. */
    retries?: number | null;
    /** Whether all that awaits these periods is run too, directly or through others. */
    downstream?: boolean;
  }>;

/** Another pace for a backfill; what is not named stays. `window` null: at any time; `retries` null: as each job says. */
export type BackfillChange = Asker & Readonly<{ operation: string; pace: Partial<Pace> }>;

/** A step of a backfill that has a plan. `hash`: the plan that was seen; null: only plan. */
export type PlannedStep = Asker & Readonly<{ operation: string; hash: string | null }>;

/** A turn by hand. `period` null: the latest tick, or now for a manual job. `own`: what this run alone has; absent: nothing. */
export type RunRequest = Asker & Readonly<{ project: string; job: string; period: Date | null; own?: Own }>;

/** Periods by their names, or a range of them. `jobs`: a glob over job ids. */
export type MarkRequest = Asker &
  Readonly<{
    project: string;
    chosen:
      | Readonly<{ periods: readonly Readonly<{ job: string; period: Date }>[] }>
      | Readonly<{ jobs: string | null; from: Date; to: Date }>;
    state: MarkedState;
    reason: string;
    /** The plan that was seen; absent: only plan. */
    hash: string | null;
  }>;

/** Periods by their names, or the runs of a range of time that ended so. `jobs`: a glob over job ids; null: all. */
export type RecoverRequest = Asker &
  Readonly<{
    project: string;
    chosen:
      | Readonly<{ periods: readonly Readonly<{ job: string; period: Date }>[] }>
      | Readonly<{ jobs: string | null; from: Date; to: Date; states: readonly EndedBadly[] }>;
    /** `missing`: what failed downstream is run again when its needs are met. */
    downstream: 'missing' | 'none';
    /** The plan that was seen; absent: only plan. */
    hash: string | null;
  }>;

/** States of runs that a recover may look for. */
export type EndedBadly = 'failed' | 'timed_out' | 'cancelled' | 'skipped';

/** A cascade from some periods downwards. */
export type CascadeRequest = Asker &
  Readonly<{
    project: string;
    starts: readonly Readonly<{ job: string; period: Date }>[];
    limits: Limits;
    /** Only what failed or timed out, and what waits. */
    onlyFailed: boolean;
    /** What becomes of members that are under way. */
    inFlight: 'wait' | 'cancel';
    /** The plan that was seen; absent: only plan. */
    hash: string | null;
  }>;

/** A cascade by its number. */
export type CascadeChange = Asker & Readonly<{ operation: string; hash: string | null }>;

/** Open runs of some jobs (a glob; null: of all) in a range; a null bound: none. */
export type CancelRunsRequest = Asker &
  Readonly<{
    project: string;
    jobs: string | null;
    from: Date | null;
    to: Date | null;
    states: readonly ('waiting' | 'queued' | 'running')[];
    /** The plan that was seen; null: only plan. */
    hash: string | null;
  }>;

/** What a freeze is about. `job`: the job's number, with the scope `job`; `jobs`: with the scope `chain`. */
export type FreezeTarget = Readonly<{
  scope: FreezeScope;
  subject: string;
  job: string | null;
  jobs?: readonly string[] | null;
}>;

export type FreezeRequest = Asker &
  Readonly<{
    project: string;
    target: FreezeTarget;
    reason: string;
    /** When it ends by itself; null: when somebody ends it. */
    until: Date | null;
    /** The plan that was seen; absent: only plan. */
    hash: string | null;
  }>;

export type UnfreezeRequest = Asker &
  Readonly<{ project: string; target: FreezeTarget | Readonly<{ freeze: string }>; hash: string | null }>;

export interface Control {
  /** Compiles the tree and says what applying it would change. Diagnostics with errors: `planned` is null. */
  plan(request: DeployRequest): Promise<{ planned: Planned | null; diagnostics: readonly Diagnostic[] }>;
  /** Exactly that plan. The commit that is already in force: nothing is done, `already`. Throws `stale`, `conflict`, `invalid`. */
  apply(request: ApplyRequest): Promise<Applied>;
  /** Whether apply would put a planned commit in force: all that refuses it now, and what people should know before. */
  judge(
    info: CommitInfo,
    origin: Origin,
    planned: Planned,
  ): Promise<Readonly<{ refusals: readonly Refusal[]; cautions: readonly string[] }>>;
  /** Schedules in Temporal that are not as deployed, each one asked; `heal`: and makes them so. */
  drift(heal: boolean): Promise<readonly DriftedSchedule[]>;
  /** One manual turn now, needs not awaited. Throws `not-found`, `invalid` (period, variable, machine group), `conflict`. */
  run(request: RunRequest): Promise<{ run: string; turn: number; period: Date }>;
  backfill(request: BackfillRequest): Promise<BackfillPlan>;
  /** Nothing of a backfill starts from now on; what runs goes on. Throws `not-found`, `conflict` (it has ended); so do the next ones. */
  pauseBackfill(request: Asker & { operation: string }): Promise<BackfillRow>;
  resumeBackfill(request: Asker & { operation: string }): Promise<BackfillRow>;
  setBackfill(request: BackfillChange): Promise<BackfillRow>;
  /** Another round of the members that failed; also of a backfill that is finished. Throws `stale` too. */
  retryBackfill(step: PlannedStep): Promise<OperationPlan>;
  /** The end of all of it: what has not begun is what it was before. Throws `stale` too. */
  cancelBackfill(step: PlannedStep): Promise<OperationPlan>;
  /** Says by hand how periods ended; no process runs. Throws `invalid`, `not-found`, `stale`, `conflict` (one is under way). */
  mark(request: MarkRequest): Promise<OperationPlan>;
  /** Runs periods again as production would, their needs not awaited. Throws `invalid`, `not-found`, `stale`, `conflict` (one is under way). */
  recover(request: RecoverRequest): Promise<RepairPlan>;
  /** Runs periods and all that is behind them, each once. Throws `invalid`, `not-found`, `stale`. */
  cascade(request: CascadeRequest): Promise<RepairPlan>;
  /** Asks what did not succeed of a cascade again; what waits behind it goes on. Throws `not-found`, `stale`, `conflict`. */
  resumeCascade(request: CascadeChange): Promise<RepairPlan>;
  /** Withdraws what has not begun of a cascade and cancels what runs. Throws `not-found`, `stale`, `conflict` (it has ended). */
  cancelCascade(request: CascadeChange): Promise<RepairPlan>;
  /** Holds back what the scheduler starts by itself. Throws `invalid`, `not-found`, `conflict` (frozen already), `stale`. */
  freeze(request: FreezeRequest): Promise<FreezePlan>;
  /** Ends freezes of exactly this target. Throws `not-found`, `stale`. */
  unfreeze(request: UnfreezeRequest): Promise<FreezePlan>;
  /** The same for many. Throws `invalid`, `not-found`, `stale`. */
  cancelRuns(request: CancelRunsRequest): Promise<CancelPlan>;
  /** Ends what is live, or what the run owes. `owed`: also what waits beside a manual turn. Throws `conflict` when it already ended. */
  cancel(
    request: Asker & { run: string; owed: boolean },
  ): Promise<{ run: string; state: string; cancelling: boolean; note: string | null }>;
}
