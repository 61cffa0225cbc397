import type { Database, Queryable, Transaction } from './database.js';
import { dropPartition, type Partition, partitionsBefore } from './partitions.js';

// What ran is kept by the month and goes by the partition: attempts, with the turns that they were for, and events. The audit stays longer.
// Runs, facts and the newest turn of each run are never dropped.

/** Attempts, former turns and events are kept at least so long, and up to a month longer. */
export const KEEP_HISTORY_DAYS = 400;
/** The audit is kept for three years, or as long as attempts where that is longer. */
export const KEEP_AUDIT_DAYS = 1_100;

/**
 * Drops the months of attempts and events that ended more than `days` ago, but for those with an attempt of a turn that has not ended, and
 * the months of the audit. Answers the partitions that went; a second call answers none. A table that is in use is left to the next call.
 */
export async function dropOldHistory(database: Database, days = KEEP_HISTORY_DAYS): Promise<readonly string[]> {
  const dropped: string[] = [];
  const drop = async ({ name }: Partition, note: (tx: Transaction) => Promise<unknown>): Promise<void> => {
    if (await dropPartition(database, name, note)) dropped.push(name);
  };
  for (const month of await partitionsBefore(database, 'attempt', days)) {
    if (await isWanted(database, month)) continue;
    await drop(
      month,
      (tx) => tx`insert into history_month_dropped (month) values (${month.first}) on conflict do nothing`,
    );
  }
  if (dropped.length > 0) await deleteFormerTurns(database, days);
  for (const month of await partitionsBefore(database, 'event', days)) await drop(month, async () => {});
  for (const month of await partitionsBefore(database, 'audit', Math.max(days, KEEP_AUDIT_DAYS)))
    await drop(month, async () => {});
  return dropped;
}

/** Whether an attempt of that month still decides something: its turn has not ended. */
async function isWanted(sql: Queryable, { first, last }: Partition): Promise<boolean> {
  const rows = await sql`
    select from turn join attempt on attempt.run = turn.run and attempt.turn = turn.n
    where turn.ending is null
      and attempt.begun_at >= ${first}::timestamp at time zone 'UTC' and attempt.begun_at < ${last}::timestamp at time zone 'UTC'
    limit 1`;
  return rows.length > 0;
}

const PAGE = 5_000;

/** Turns whose attempts are gone go too, in pages, but for the newest of each run, by which it is judged. */
async function deleteFormerTurns(database: Database, days: number): Promise<void> {
  for (;;) {
    const { count } = await database`
      delete from turn where ctid = any(array(
        select turn.ctid from turn join run on run.id = turn.run
        where turn.n < run.turn and turn.ended_at < now() - make_interval(days => ${days})
          and not exists (select from attempt where attempt.run = turn.run and attempt.turn = turn.n)
        limit ${PAGE}))`;
    if (count < PAGE) return;
  }
}

/** Whether attempts of a run were dropped: all of them, or those before the first one that is there. */
export async function haveExpired(sql: Queryable, run: string): Promise<boolean> {
  const [row] = await sql<{ gone: boolean }[]>`
    select exists (select from history_month_dropped)
       and (exists (select from history_month_dropped where month = date_trunc('month', run.started_at at time zone 'UTC')::date)
            or coalesce((select min(n) > 1 from attempt where attempt.run = run.id), false)) as gone
    from run where id = ${run}`;
  return row?.gone === true;
}
