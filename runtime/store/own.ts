import type { Own } from '../../compiler/manifest/index.js';
import type { Transaction } from './database.js';
import { json } from './transaction.js';

/** Keeps with a run what it alone has: every turn of it has that. */
export async function keepOwn(tx: Transaction, run: string, own: Own): Promise<void> {
  await tx`update run set own = ${json(tx, own)} where id = ${run}`;
}
