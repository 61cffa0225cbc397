import type { Transaction } from './database.js';

// Tries at a password, by account and by address.

/** How many tries there were in a row, when the last one was, and until when no more are taken. */
export type Tries = Readonly<{ tries: number; since: Date; closedUntil: Date | null }>;

/** The tries under a key, locked until the transaction ends, and the time by the database's clock. */
export async function lockTries(tx: Transaction, key: string): Promise<Readonly<{ was: Tries; now: Date }>> {
  await tx`
    insert into sign_in_try (key, tries, since) values (${key}, 0, clock_timestamp()) on conflict do nothing`;
  const [row] = await tx<(Tries & { now: Date })[]>`
    select tries, since, closed_until as "closedUntil", clock_timestamp() as now from sign_in_try where key = ${key} for update`;
  const { now, ...was } = row!;
  return { was, now };
}

export async function writeTries(tx: Transaction, key: string, { tries, since, closedUntil }: Tries): Promise<void> {
  await tx`update sign_in_try set tries = ${tries}, since = ${since}, closed_until = ${closedUntil} where key = ${key}`;
}

/** Forgets the tries under some keys, and those that are a day old. */
export async function forgetTries(tx: Transaction, keys: readonly string[]): Promise<void> {
  await tx`delete from sign_in_try where key = any(${[...keys]}::text[]) or since < clock_timestamp() - interval '1 day'`;
}
