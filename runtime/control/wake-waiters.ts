import { endFreeze, waitingForFreeze } from '../store/freeze.js';
import { isHoldWanted, lowestForHold } from '../store/hold.js';
import { dropTaken, moveCursor, type OutboxRow } from '../store/outbox.js';
import { type PoolCursor, poolsToFill, waitingForPool } from '../store/pool.js';
import { waitingForParallel } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { admit } from './admit.js';
import { oweOpening } from './backfill-pace.js';
import type { ControlContext } from './context.js';

// Who waits for something that became free without a settle: the end of a freeze, a hold or a place that was given back. Owed as rows, so
// that a crash between the giving and the looking forgets nobody.

const PAGE = 500;

/** A freeze that is over, or whose time is: it ends, and page by page those that waited for it are looked at again. */
export async function thaw(context: ControlContext, row: OutboxRow): Promise<void> {
  const { freeze, after } = row.body as Readonly<{ freeze: string; after: string }>;
  await inTransaction(context.database, (tx) => endFreeze(tx, freeze, { by: 'hera', due: true }));
  const page = await waitingForFreeze(context.database, row.project, after, PAGE);
  await admit(context, page);
  if (page.length < PAGE) return dropTaken(context.database, row);
  await moveCursor(context.database, row.id, { freeze, after: page.at(-1) });
}

type GivenBack = Readonly<{ job?: string; operation?: string | null; pools?: readonly string[]; window?: boolean }>;

/** A job's hold, a place in an operation or slots were given back: the next ones have them. */
export async function wakePlaces(context: ControlContext, row: OutboxRow): Promise<void> {
  const { job, operation, pools, window } = row.body as GivenBack;
  if (job !== undefined) await fillHold(context, job);
  if (operation) await fillPlaces(context, operation);
  if (operation && window) await inTransaction(context.database, (tx) => oweOpening(tx, operation));
  for (const pool of pools ?? []) await fillPool(context, row.project, pool);
  await dropTaken(context.database, row);
}

/** Looks at those that wait for a job's hold, lowest period first, until somebody has it or each says what else it lacks. */
async function fillHold(context: ControlContext, job: string): Promise<void> {
  for (let before = ''; await isHoldWanted(context.database, job); ) {
    const lowest = await lowestForHold(context.database, job, LOOKED_AT);
    // The same again: what is left will be skipped, and says so in a moment.
    if (lowest.join() === before) return;
    await admit(context, lowest);
    before = lowest.join();
  }
}

// Small: each that does not fit is written again with its reason.
const LOOKED_AT = 50;

/** Looks at those that wait for a place in a backfill, in its direction, until it is full or each says what else it lacks. */
async function fillPlaces(context: ControlContext, operation: string): Promise<void> {
  for (let before = ''; ; ) {
    const first = await waitingForParallel(context.database, operation, LOOKED_AT);
    if (first.length === 0 || first.join() === before) return;
    await admit(context, first);
    before = first.join();
  }
}

/** Looks at those that wait for a pool in their order, until it is full or nobody is left. */
async function fillPool({ database, ...context }: ControlContext, project: string, pool: string): Promise<void> {
  for (let after: PoolCursor | null = null; (await poolsToFill(database, project, [pool])).length > 0; ) {
    const page: readonly PoolCursor[] = await waitingForPool(database, { project, pool, after, limit: LOOKED_AT });
    await admit(
      { database, ...context },
      page.map((one) => one.id),
    );
    if (page.length < LOOKED_AT) return;
    after = page.at(-1)!;
  }
}
