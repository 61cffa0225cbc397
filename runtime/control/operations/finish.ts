import type { Transaction } from '../../store/database.js';
import { finishIfDone } from '../../store/operation.js';
import { raiseBackfillFailed } from '../raise.js';

/** Finishes an operation of which no member is open any more, and tells once if some of them failed. */
export async function finishOperation(tx: Transaction, operation: string): Promise<void> {
  if (await finishIfDone(tx, operation)) await raiseBackfillFailed(tx, operation);
}
