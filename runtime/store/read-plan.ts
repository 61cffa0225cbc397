import type { Queryable } from './database.js';
import { json } from './transaction.js';

// What a plan asks of runs and facts; nothing is locked or written.

/** The latest period up to `now` that a schedule made a run for, by job number; a run that was only ever by hand, or skipped, does not count. */
export async function lastScheduled(
  sql: Queryable,
  jobs: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, Readonly<{ period: number; isWaiting: boolean }>>> {
  if (jobs.length === 0) return new Map();
  const rows = await sql<{ job: string; period: Date; isWaiting: boolean }[]>`
    select last.job, last.period, last.state = 'waiting' as "isWaiting"
    from unnest(${[...jobs]}::bigint[]) as j(id),
    lateral (
      select job, period, state from run
      where job = j.id and period <= ${now} and (trigger <> 'manual' or owed is not null) and state <> 'skipped'
      order by period desc limit 1) as last`;
  return new Map(rows.map((row) => [row.job, { period: row.period.getTime(), isWaiting: row.isWaiting }]));
}

/** When jobs were first in force, by number; UTC milliseconds. */
export async function firstInForce(sql: Queryable, project: string): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ number: string; at: Date }[]>`
    select job.id as number, deployment.in_force_at as at
    from job join deployment on deployment.id = job.first_deployment
    where job.project = ${project} and job.removed_in is null`;
  return new Map(rows.map((row) => [row.number, row.at.getTime()]));
}

/** Successes of jobs before they were first in force, as `<job>@<period in ms>`: what a backfill or a mark has made up for. */
export async function succeededBefore(
  sql: Queryable,
  project: string,
  first: ReadonlyMap<string, number>,
): Promise<ReadonlySet<string>> {
  if (first.size === 0) return new Set();
  const keys = [...first].map(([job, at]) => ({ job, at: new Date(at) }));
  const rows = await sql<{ job: string; period: Date }[]>`
    select fact.job, fact.period from jsonb_to_recordset(${json(sql, keys)}) as k(job bigint, at timestamptz)
    join fact on fact.project = ${project} and fact.job = k.job and fact.period < k.at and fact.state = 'succeeded'`;
  return new Set(rows.map((row) => `${row.job}@${row.period.getTime()}`));
}
