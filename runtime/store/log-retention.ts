import type { Database, Queryable, Transaction } from './database.js';
import { dropPartition, partitionsBefore } from './partitions.js';

// Output is kept by the week in which its attempt began, and goes by the partition: no row is ever deleted.

/** Output is kept at least so long, and up to a week longer. */
export const KEEP_LOGS_DAYS = 60;

/** Whether the output of attempts that began then has been dropped. */
export const isExpired = (sql: Queryable, begunAt: Date): Promise<boolean> =>
  sql<{ gone: boolean }[]>`select ${expiredAt(sql, sql`${begunAt}::timestamptz`)} as gone`.then(
    ([row]) => row?.gone === true,
  );

/** The same, as an expression over a column of instants. */
export const expiredAt = (sql: Queryable, begunAt: ReturnType<Queryable>) => sql`
  exists (select from log_week_dropped where week = date_trunc('week', ${begunAt} at time zone 'UTC')::date)`;

/**
 * Drops the weeks of output that ended more than `days` ago, but for those in which an attempt began that still lives. Answers the weeks, by
 * their Monday; a second call answers none. A table that is in use is left to the next call.
 */
export async function dropOldLogs(database: Database, days = KEEP_LOGS_DAYS): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const { name, first, last } of await partitionsBefore(database, 'log_chunk', days)) {
    if (await hasLiveAttempt(database, first, last)) continue;
    const note = (tx: Transaction) => tx`insert into log_week_dropped (week) values (${first}) on conflict do nothing`;
    if (await dropPartition(database, name, note)) dropped.push(first);
  }
  return dropped;
}

async function hasLiveAttempt(sql: Queryable, first: string, last: string): Promise<boolean> {
  const rows = await sql`
    select from attempt
    where state = 'live' and begun_at >= ${first}::timestamp at time zone 'UTC' and begun_at < ${last}::timestamp at time zone 'UTC'
    limit 1`;
  return rows.length > 0;
}
