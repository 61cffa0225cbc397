import type { Database, Transaction } from './database.js';

// Deadlocks and serialisation failures are told by the database to one of the parties: the whole transaction is asked again.
const AGAIN = new Set(['40P01', '40001']);
const ATTEMPTS = 12;

const codeOf = (error: unknown): string | undefined => (error as { code?: string } | null)?.code;

/** Runs `work` in one read-committed transaction, again when the database broke a deadlock with it; its effects outside must be none. */
export async function inTransaction<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await database.begin(work)) as T;
    } catch (error) {
      if (attempt >= ATTEMPTS || !AGAIN.has(codeOf(error) ?? '')) throw error;
    }
  }
}

/** A value for a jsonb parameter; keeps the driver's narrow type of JSON in one place. */
export const json = (tx: Pick<Transaction, 'json'>, value: unknown) =>
  tx.json(value as Parameters<Transaction['json']>[0]);
