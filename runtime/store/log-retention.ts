import type { Database, Queryable } from './database.js';

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
  const weeks = await database<{ name: string; week: string }[]>`
    select partition.name, partition.week::text as week
    from (
      select child.relname as name, to_date(right(child.relname, 8), 'YYYYMMDD') as week
      from pg_inherits join pg_class child on child.oid = inhrelid
      where inhparent = 'log_chunk'::regclass and child.relname ~ '^log_chunk_[0-9]{8}$'
    ) as partition
    where partition.week + 7 < (now() at time zone 'UTC') - make_interval(days => ${days})
      and not exists (
        select from attempt
        where state = 'live' and begun_at >= partition.week::timestamp at time zone 'UTC'
          and begun_at < (partition.week + 7)::timestamp at time zone 'UTC')
    order by 1`;
  const dropped: string[] = [];
  for (const { name, week } of weeks) if (await dropWeek(database, name, week)) dropped.push(week);
  return dropped;
}

const LOCK_NOT_AVAILABLE = '55P03';

async function dropWeek(database: Database, name: string, week: string): Promise<boolean> {
  try {
    await database.begin(async (tx) => {
      // Readers and writers of all weeks wait behind a lock that waits: it must not wait long.
      await tx`set local lock_timeout = '2s'`;
      await tx`insert into log_week_dropped (week) values (${week}) on conflict do nothing`;
      await tx.unsafe(`drop table ${name}`);
    });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}
