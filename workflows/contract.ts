// What workflows, the control plane and machine-group workers say to each other: plain data, no behaviour.
// Everything here travels through Temporal's histories, so it is small, holds no secret, and changes only by addition.

/** Names of the workflow types, as Temporal and its CLI know them. */
export const WORKFLOW = { tick: 'tick', jobRun: 'jobRun', backfill: 'backfill', cascade: 'cascade' } as const;

/** The queue of workflows and local activities. */
export const CONTROL_QUEUE = 'hera-control';

/** The queue on which the workers of a machine group poll. */
export const machineGroupQueue = (group: string): string => `mg-${group}`;

/** How one process ended; the outcome follows from it alone (`outcomeOf`). */
export type Ending =
  /**
   * `outputs`: what it tells those who need it; `outputsRefused`: why nothing of what it told is kept; `denied`: why its 0 is no success.
   */
  | (Readonly<{
      kind: 'exited';
      code: number;
      outputs?: Readonly<Record<string, string>>;
      outputsRefused?: string;
      denied?: string;
    }> &
      Told)
  | (Readonly<{ kind: 'killed'; signal: string; by: 'timeout' | 'cancel' | 'stranger' }> & Told)
  /** Nothing was started: the definition cannot run there (no interpreter, template error …). Final, no retry would help. */
  | Readonly<{ kind: 'refused'; reason: string }>
  /** Cancelled before a process began. */
  | Readonly<{ kind: 'cancelled' }>
  /** Temporal says the workflow is gone although nobody here asked for it. */
  | Readonly<{ kind: 'terminated'; reason: string }>;

/** What a worker knows beside the verdict: applications that the output named, and what else a reader of the ending should know. */
type Told = Readonly<{ applications?: readonly Application[]; note?: string }>;

/** `application_…` of YARN or `job_…` of MapReduce; `link`: its page, null where the machine group has none. */
export type Application = Readonly<{ id: string; link: string | null }>;

export type Outcome = 'succeeded' | 'failed' | 'timed_out' | 'cancelled';

/** The outcome of a turn that ended so. */
export function outcomeOf(ending: Ending): Outcome {
  switch (ending.kind) {
    case 'exited':
      return ending.code === 0 && ending.denied === undefined ? 'succeeded' : 'failed';
    case 'killed':
      return { timeout: 'timed_out', cancel: 'cancelled', stranger: 'failed' }[ending.by] as Outcome;
    case 'refused':
    case 'terminated':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
    default:
      return ending satisfies never;
  }
}

/** Input of `jobRun`: a run by its number, or, from Temporal's CLI, a job by its id (`period` RFC 3339; absent: the latest tick). */
export type JobRunInput = Readonly<{ run: string }> | Readonly<{ project?: string; job: string; period?: string }>;

/** What an operator reads in `temporal workflow show`, and from which an ending is settled again that the database has lost. */
export type JobRunResult = Readonly<{ run: string | null; turn?: number; ending?: Ending; result: string }>;

/** Input of the `execute` activity on a machine group's queue. */
export type ExecuteInput = Readonly<{ run: string; turn: number }>;

/** What `execute` answers: how the turn's process ended. `held`: a freeze stopped it before it began; the turn stays live and waits again. */
export type ExecuteResult = Readonly<{ kind: 'ended'; ending: Ending }> | Readonly<{ kind: 'held'; reason: string }>;

/** Activities of machine-group workers. */
export interface MachineActivities {
  execute(input: ExecuteInput): Promise<ExecuteResult>;
}

/** Details of an activity heartbeat: what the next delivery of the same turn must know. Never a secret. */
export type HeartbeatDetails = Readonly<{ attempt: number; pid: number; pgid: number; logBytes: number }>;
