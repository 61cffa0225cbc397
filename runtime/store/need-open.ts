import type { Queryable } from './database.js';

// When a need holds a run back: it is not met, and no time excuses it.

/** An optional need is awaited so long after its tick for a run to appear (D9). */
export const OPTIONAL_SECONDS = 300;

/**
 * Whether a row called `need` holds back the row called `run` now, as a condition. An optional one does not before its tick (by the calendar,
 * whether its run is written yet or not), and no longer when it is past by five minutes and nothing is to come. Members of an operation
 * await each other whatever the time: the others may not be made yet.
 */
export const isOpen = (sql: Queryable) => sql`
  not need.met and not (
    need.optional and need.form <> 'latest' and run.operation is null
    and (need.period > clock_timestamp() or (${isOverdue(sql)})))`;

/** Whether an optional need's tick is past by five minutes and its run owes nothing. */
const isOverdue = (sql: Queryable) => sql`
  need.period <= clock_timestamp() - ${OPTIONAL_SECONDS} * interval '1 second'
  and not exists (
    select from run as upstream
    where upstream.project = need.project and upstream.job = need.job and upstream.period = need.period and upstream.owed is not null)`;

/** Runs that only optional needs held back, whose time is over: in order of their number, at most `limit`. */
export async function runsPastOptional(sql: Queryable, limit: number): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select distinct run.id from need as optional join run on run.id = optional.run
    where optional.optional and not optional.met
      and optional.period <= clock_timestamp() - ${OPTIONAL_SECONDS} * interval '1 second'
      and run.state = 'waiting' and run.waits_on = 'need' and run.operation is null
      and not exists (select from need where need.run = run.id and ${isOpen(sql)})
    order by run.id limit ${limit}`;
  return rows.map((row) => row.id);
}
