import type { Outcome } from '../../workflows/contract.js';

// A run moves to the right. No event of a turn leaves a terminal state, only `ask` (the next turn) does;
// a late or repeated event finds no way out and changes nothing. Losing a worker is the attempt's story: the run stays running.
// A person's mark is no event of a turn: it ends a wait, or says otherwise of what has ended; what is under way it does not touch.
// waiting → queued (admitted) → running (a process began) → the outcome; a retry goes back to waiting.

export type RunState = 'waiting' | 'queued' | 'running' | 'skipped' | Outcome;
export type MarkEvent = 'mark-succeeded' | 'mark-failed' | 'mark-skipped';
export type RunEvent =
  | ('ready' | 'begin' | 'hold' | 'succeed' | 'fail' | 'expire' | 'cancel' | 'retry' | 'skip' | 'ask')
  | MarkEvent;

const marks = { 'mark-succeeded': 'succeeded', 'mark-failed': 'failed', 'mark-skipped': 'skipped' } as const;

const moves: Readonly<Record<RunState, Partial<Record<RunEvent, RunState>>>> = {
  waiting: { ready: 'queued', skip: 'skipped', cancel: 'cancelled', fail: 'failed', ...marks },
  queued: { begin: 'running', hold: 'waiting', fail: 'failed', cancel: 'cancelled', retry: 'waiting' },
  running: {
    begin: 'running',
    succeed: 'succeeded',
    fail: 'failed',
    expire: 'timed_out',
    cancel: 'cancelled',
    retry: 'waiting',
  },
  succeeded: { ask: 'waiting', ...marks },
  failed: { ask: 'waiting', ...marks },
  timed_out: { ask: 'waiting', ...marks },
  cancelled: { ask: 'waiting', ...marks },
  skipped: { ask: 'waiting', ...marks },
};

export const RUN_STATES = Object.keys(moves) as readonly RunState[];

/** The state after `event`, or `undefined` when `state` does not accept it. */
export const move = (state: RunState, event: RunEvent): RunState | undefined => moves[state][event];

/** Whether a turn has nothing more to do in `state`. */
export const isTerminal = (state: RunState): boolean =>
  state !== 'waiting' && state !== 'queued' && state !== 'running';

/** The event by which a turn's outcome moves its run. */
export const eventOf: Readonly<Record<Outcome, RunEvent>> = {
  succeeded: 'succeed',
  failed: 'fail',
  timed_out: 'expire',
  cancelled: 'cancel',
};
