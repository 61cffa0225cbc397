import { keepCounts } from '../../store/backfill.js';
import type { Transaction } from '../../store/database.js';
import { insertEvents } from '../../store/event.js';
import type { FactKey } from '../../store/fact.js';
import { closeMembers, type MemberState, moveMembers } from '../../store/member.js';
import { type Finished, finishIfDone } from '../../store/operation.js';
import { raiseBackfillFailed } from '../raise.js';

/** Finishes an operation of which no member is open any more; a backfill tells once if some of them failed. */
export async function finishOperation(tx: Transaction, operation: string): Promise<void> {
  const finished = await finishIfDone(tx, operation);
  if (finished !== undefined) await closeFinished(tx, finished);
}

/** What a finished operation leaves: what became of each member, and, of a backfill, a word if some of them failed. */
export async function closeFinished(tx: Transaction, { id, project, kind }: Finished): Promise<void> {
  await closeMembers(tx, id);
  if (kind === 'backfill') {
    await keepCounts(tx, id);
    await raiseBackfillFailed(tx, id);
  }
  await insertEvents(tx, [{ project, kind: 'operation', run: null, body: { operation: id, finished: true } }]);
}

/** A member has ended within its operation, which may have been the last. */
export async function endMember(
  tx: Transaction,
  operation: string,
  key: Pick<FactKey, 'job' | 'period'>,
  state: MemberState,
): Promise<void> {
  await moveMembers(tx, operation, [key], state);
  await finishOperation(tx, operation);
}
