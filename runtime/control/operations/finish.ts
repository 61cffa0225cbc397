import type { Transaction } from '../../store/database.js';
import type { FactKey } from '../../store/fact.js';
import { type MemberState, moveMembers } from '../../store/member.js';
import { finishIfDone } from '../../store/operation.js';
import { raiseBackfillFailed } from '../raise.js';

/** Finishes an operation of which no member is open any more; a backfill tells once if some of them failed. */
export async function finishOperation(tx: Transaction, operation: string): Promise<void> {
  if ((await finishIfDone(tx, operation)) === 'backfill') await raiseBackfillFailed(tx, operation);
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
