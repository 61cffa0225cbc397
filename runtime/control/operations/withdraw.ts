import type { Transaction } from '../../store/database.js';
import { type FactKey, type FactState, restoreFormer } from '../../store/fact.js';
import { formerOf } from '../../store/member.js';
import { isTerminal, type RunState } from '../states.js';

/** What a withdrawn run is again, and why. */
export type Former = Readonly<{ state: RunState; reasons: readonly unknown[] }>;

/**
 * A member is given up before an attempt of it began: its locked fact is again what the operation had set aside, and so is the state of its run.
 * Undefined where nothing was set aside: the period had no result, and none comes back.
 */
export async function withdraw(tx: Transaction, operation: string, key: FactKey): Promise<Former | undefined> {
  const fact = await restoreFormer(tx, key);
  if (fact === undefined) return undefined;
  const former = await formerOf(tx, operation, key);
  const state = former?.state as RunState | undefined;
  return state !== undefined && isTerminal(state)
    ? { state, reasons: former!.reasons }
    : { state: fact as Exclude<FactState, 'none'>, reasons: [] };
}
