import type { Queryable } from './database.js';

// Writes that name an idempotency key: of two requests with one key the second one gets the first one's answer.

/** `status` null: the first request is under way, or was cut off. `answer` null: it was secret, and is not kept. */
export type Kept = Readonly<{ request: Buffer; status: number | null; answer: string | null }>;

/** Takes a key for a request; what stands under it already, when it is taken. Keys of yesterday are forgotten. */
export async function takeKey(
  sql: Queryable,
  { account, key, request }: Readonly<{ account: string; key: string; request: Buffer }>,
): Promise<Kept | undefined> {
  await sql`delete from idempotency where at < now() - interval '1 day'`;
  const mine = await sql`
    insert into idempotency (account, key, request) values (${account}, ${key}, ${request})
    on conflict do nothing returning key`;
  if (mine.length === 1) return undefined;
  const [row] = await sql<Kept[]>`
    select request, status, answer from idempotency where account = ${account} and key = ${key}`;
  // Given back between the two statements: whoever asks now may take it.
  return row ?? takeKey(sql, { account, key, request });
}

export async function keepAnswer(
  sql: Queryable,
  { account, key, status, answer }: Readonly<{ account: string; key: string; status: number; answer: string | null }>,
): Promise<void> {
  await sql`update idempotency set status = ${status}, answer = ${answer} where account = ${account} and key = ${key}`;
}

/** Gives a key back: nothing was done under it. */
export async function giveKeyBack(sql: Queryable, account: string, key: string): Promise<void> {
  await sql`delete from idempotency where account = ${account} and key = ${key} and status is null`;
}
