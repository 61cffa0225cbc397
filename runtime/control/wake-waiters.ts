import { endFreeze, waitingForFreeze } from '../store/freeze.js';
import { dropTaken, moveCursor, type OutboxRow } from '../store/outbox.js';
import { waitingForOverlap, waitingForParallel } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { admit } from './admit.js';
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

/** A run gave back its job's hold or its place in an operation: the next one has it. */
export async function wakePlaces(context: ControlContext, row: OutboxRow): Promise<void> {
  const { job, operation } = row.body as Readonly<{ job: string; operation: string | null }>;
  const overlap = await waitingForOverlap(context.database, [job]);
  const parallel = operation === null ? [] : await waitingForParallel(context.database, operation, PAGE);
  await admit(context, [...new Set([...overlap, ...parallel])]);
  await dropTaken(context.database, row);
}
