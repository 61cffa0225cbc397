import type { Ending, JobRunInput } from './contract.js';

// The local activities by which workflows ask the control plane. All may be called twice; the second call answers the same.

/** What `open` answers: go and execute this turn; wait and open again; or nothing is to be done. */
export type Opened =
  | Readonly<{
      kind: 'go';
      run: string;
      turn: number;
      machineGroup: string;
      /** Of the process, with its grace: the net above what the worker itself enforces. */
      limitMs: number;
      priority: number;
      /** Team or owner: fairness among equals. */
      fairness: string;
      summary: string;
    }>
  | Readonly<{ kind: 'wait'; run: string; turn: number; waitMs: number }>
  | Readonly<{ kind: 'none'; run: string | null; result: string }>;

export type SettledAnswer =
  | Readonly<{ kind: 'done'; outcome: string; state: string }>
  | Readonly<{ kind: 'retry'; turn: number; waitMs: number }>;

export type TickInput = Readonly<{
  timetable: string;
  /** RFC 3339; absent in a schedule's start, which has the instant in its search attributes. */
  instant?: string;
  missed?: Readonly<{ newest: boolean }>;
}>;

export type TickPageInput = TickInput & Readonly<{ instant: string }>;

export interface ControlActivities {
  /**
   * `workflow`: the id of the asking workflow, absent in executions older than it. It names the period for ever, which a run's number does
   * not: a database that was set back gives numbers again.
   */
  open(input: JobRunInput & Readonly<{ temporalRunId: string; workflow?: string }>): Promise<Opened>;
  settle(input: Readonly<{ run: string; turn: number; ending: Ending; workflow?: string }>): Promise<SettledAnswer>;
  /** One page of a tick; true when there is none left. */
  tickPage(input: TickPageInput): Promise<boolean>;
  /** One page of a backfill's members; true when all are made. */
  backfillPage(input: Readonly<{ operation: string }>): Promise<boolean>;
  /** One page of a cascade: of its making, or of its withdrawal; true when there is none left. */
  cascadePage(input: Readonly<{ operation: string }>): Promise<boolean>;
}
