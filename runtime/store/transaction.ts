import type { Database, Transaction } from './database.js';

// Deadlocks and serialisation failures are told by the database to one of the parties: the whole transaction is asked again.
const AGAIN = new Set(['40P01', '40001']);
const ATTEMPTS = 12;

// Two that make the same run at once meet at its workflow id before they meet at its period, where `on conflict` would have waited: the
// second one finds the run when it asks again.
const MET_AT = 'run_workflow';

function isWorthAnother(error: unknown): boolean {
  const { code, constraint_name } = (error ?? {}) as { code?: string; constraint_name?: string };
  return AGAIN.has(code ?? '') || (code === '23505' && constraint_name === MET_AT);
}

/** Runs `work` in one read-committed transaction, again when the database broke a deadlock with it; its effects outside must be none. */
export async function inTransaction<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await database.begin(work)) as T;
    } catch (error) {
      if (attempt >= ATTEMPTS || !isWorthAnother(error)) throw error;
    }
  }
}

/** A value for a jsonb parameter; keeps the driver's narrow type of JSON in one place. */
export const json = (tx: Pick<Transaction, 'json'>, value: unknown) =>
  tx.json(value as Parameters<Transaction['json']>[0]);
