import type { Transaction } from '../store/database.js';
import { changeStates, type StateChange } from '../store/run.js';
import { move, type RunEvent, type RunState } from './states.js';

/** A locked run and what happens to it. */
export type Transition = Omit<StateChange, 'from' | 'to'> &
  Readonly<{ from: RunState; event: RunEvent | 'restore' | 'stay'; restoreTo?: RunState }>;

/**
 * The only way by which runs change their state: through the table of `states.ts`, with an event for live views.
 * Throws when the table has no such move: the caller looked at a state that it had not locked.
 */
export async function transition(tx: Transaction, all: readonly Transition[]): Promise<void> {
  await changeStates(
    tx,
    all.map(({ event, restoreTo, ...change }) => ({ ...change, to: target(change.from, event, restoreTo) })),
  );
}

function target(from: RunState, event: Transition['event'], restoreTo: RunState | undefined): RunState {
  if (event === 'stay') return from;
  // After a turn by hand the run has the state it had before: no event of the turn leads there, so the table has no row for it.
  if (event === 'restore' && restoreTo !== undefined) return restoreTo;
  const to = event === 'restore' ? undefined : move(from, event);
  if (to === undefined) throw new Error(`a run that is ${from} cannot ${event}`);
  return to;
}
