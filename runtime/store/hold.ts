import type { Queryable, Transaction } from './database.js';
import { json } from './transaction.js';

// Holds: one run of a job at a time. Taking one is an insert that finds a conflict, so a whole set can be tried in one statement.

/** Takes the holds of jobs for runs; answers the runs that have theirs (also when they had it before). One run for each job. */
export async function takeHolds(
  tx: Transaction,
  wanted: readonly Readonly<{ job: string; run: string }>[],
): Promise<ReadonlySet<string>> {
  if (wanted.length === 0) return new Set();
  const rows = await tx<{ run: string }[]>`
    insert into hold (job, run)
    select job, run from jsonb_to_recordset(${json(tx, wanted)}) as w(job bigint, run bigint) order by job
    on conflict (job) do update set run = hold.run where hold.run = excluded.run
    returning run`;
  return new Set(rows.map((row) => row.run));
}

/** Gives back the holds of runs; answers the jobs that are free now. */
export async function releaseHolds(tx: Transaction, runs: readonly string[]): Promise<readonly string[]> {
  const rows = await tx<{ job: string }[]>`delete from hold where run = any(${[...runs]}::bigint[]) returning job`;
  return rows.map((row) => row.job);
}

/** The run that has a job's hold. */
export type Holder = Readonly<{ run: string; period: Date }>;

/** Who has the hold of each job. */
export async function holders(sql: Queryable, jobs: readonly string[]): Promise<ReadonlyMap<string, Holder>> {
  const rows = await sql<(Holder & { job: string })[]>`
    select hold.job, hold.run, run.period from hold join run on run.id = hold.run where hold.job = any(${[...jobs]}::bigint[])`;
  return new Map(rows.map((row) => [row.job, row]));
}

/** Whether nobody has the hold of a job and some run waits for it. */
export async function isHoldWanted(sql: Queryable, job: string): Promise<boolean> {
  const rows = await sql`
    select where exists (select from run where job = ${job} and waits_on = 'overlap') and not exists (select from hold where job = ${job})`;
  return rows.length > 0;
}

/** The lowest periods of a job that wait for its hold, and the highest ones, which stand first in a backfill that goes backward. */
export async function lowestForHold(sql: Queryable, job: string, limit: number): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    (select id from run where job = ${job} and waits_on = 'overlap' order by period limit ${limit})
    union
    (select id from run where job = ${job} and waits_on = 'overlap' order by period desc limit 2)
    order by id`;
  return rows.map((row) => row.id);
}

/**
 * The runs of a job, older than `run`, that it may replace: the one that has the hold, and those that wait for it, where their live turn, or
 * what they owe, has one of these triggers.
 */
export async function replaceable(
  sql: Queryable,
  { job, period }: Readonly<{ job: string; period: Date }>,
  triggers: readonly string[],
): Promise<readonly Readonly<{ run: string; holds: boolean }>[]> {
  return sql<{ run: string; holds: boolean }[]>`
    select run.id as run, true as holds from hold join run on run.id = hold.run join turn on turn.run = run.id and turn.ending is null
    where hold.job = ${job} and run.period < ${period} and turn.trigger = any(${[...triggers]})
    union all
    select id, false from run
    where job = ${job} and waits_on = 'overlap' and operation is null and period < ${period} and owed = any(${[...triggers]})
    order by 1`;
}
