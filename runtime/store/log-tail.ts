import type { Queryable } from './database.js';

// What a job that has filled the head of its log prints now. One row for each such attempt, replaced as it goes; no part of its log.

/** Bytes of an output, and where in all that was written they begin. */
export type LogTail = Readonly<{ at: number; bytes: Buffer }>;

/** Keeps the newest output of an instance's live attempt; false when it is not that, or its log is closed. An older tail changes nothing. */
export async function putTail(
  sql: Queryable,
  { run, n, instance }: Readonly<{ run: string; n: number; instance: string }>,
  { at, bytes }: LogTail,
): Promise<boolean> {
  const rows = await sql`
    insert into log_tail as t (run, attempt, at_byte, bytes)
    select run, n, ${at}, ${bytes} from attempt
    where run = ${run} and n = ${n} and instance = ${instance} and state = 'live' and log_sealed is null for share
    on conflict (run, attempt) do update set at_byte = excluded.at_byte, bytes = excluded.bytes
    where t.at_byte + octet_length(t.bytes) < excluded.at_byte + octet_length(excluded.bytes)
    returning run`;
  return rows.length > 0;
}

export async function readTail(sql: Queryable, run: string, n: number): Promise<LogTail | undefined> {
  const [row] = await sql<LogTail[]>`
    select at_byte::float8 as at, bytes from log_tail where run = ${run} and attempt = ${n}`;
  return row;
}

/** Up to where the tail of an attempt goes, as an expression over its row; 0 while it has none. */
export const tailEnd = (sql: Queryable) => sql`
  coalesce((select at_byte + octet_length(bytes) from log_tail where log_tail.run = attempt.run and log_tail.attempt = attempt.n), 0)::float8`;

/** Forgets the tails of attempts that have ended. */
export async function dropOldTails(sql: Queryable): Promise<void> {
  await sql`
    delete from log_tail
    where not exists (select from attempt where attempt.run = log_tail.run and attempt.n = log_tail.attempt and attempt.state = 'live')`;
}
