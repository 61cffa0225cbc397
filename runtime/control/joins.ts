import { startRounds } from '../rounds.js';
import { markMet } from '../store/need.js';
import { runsToLookAt, takeSettled } from '../store/need-settled.js';
import { inTransaction } from '../store/transaction.js';
import { admit, admitLocked } from './admit.js';
import type { ControlContext } from './context.js';

// A join is a run that awaits many others. Their settles do not look at it (`store/need-settled.ts`); it is looked at once in a while for
// all that were settled since. When few are left, each of these looks at once again, so that the last one starts it without delay.
// Why no wake-up is lost: a settle writes its row in the transaction that writes its fact, after the join's needs were committed, or else it
// meets the admission behind these at the fact's lock. Here the rows are taken first and the facts read in later statements. So a row that
// is taken stands for a fact that is seen, and the row of a fact that is not seen yet is not taken.

const EVERY_MS = 1000;
const PAGE = 100;

export type Joins = Readonly<{ stop(): Promise<void> }>;

/** Looks every second, until it is stopped. A round that fails is logged, and the next one tries again. */
export const startJoins = (context: ControlContext): Joins =>
  startRounds(
    EVERY_MS,
    () => lookAtJoins(context),
    (error) =>
      context.log.warn('runs that await many cannot be looked at; they are looked at again', { error: String(error) }),
  );

/** Looks at each join of which something was settled; how many it looked at. */
export async function lookAtJoins(context: ControlContext): Promise<number> {
  const runs = await runsToLookAt(context.database, PAGE);
  for (const run of runs) await lookAt(context, run);
  return runs.length;
}

async function lookAt(context: ControlContext, run: string): Promise<void> {
  const { queued, outdated } = await inTransaction(context.database, async (tx) => {
    if (!(await takeSettled(tx, run))) return { queued: 0, outdated: [] };
    await markMet(tx, [run]);
    return admitLocked(tx, [run]);
  });
  if (queued > 0) context.kick();
  if (outdated.length > 0) await admit(context, outdated);
}
