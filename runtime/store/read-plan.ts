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

/** Periods of some jobs in [from, to). */
export type SpanOfJobs = Readonly<{ project: string; jobs: readonly string[]; from: Date; to: Date }>;

/** A run that waits or is under way. `key`: `<job>@<period in ms>`. */
export type Open = Readonly<{ key: string; state: string; owed: string | null; trigger: string }>;

const OPEN_STATES = ['waiting', 'queued', 'running'];

/** Open runs of a span. */
export async function openIn(sql: Queryable, { project, jobs, from, to }: SpanOfJobs): Promise<readonly Open[]> {
  const rows = await sql<(Omit<Open, 'key'> & { job: string; period: Date })[]>`
    select job, period, state, owed, trigger from run
    where project = ${project} and state = any(${OPEN_STATES}) and period >= ${from} and period < ${to} and job = any(${[...jobs]}::bigint[])`;
  return rows.map(({ job, period, ...row }) => ({ key: `${job}@${period.getTime()}`, ...row }));
}

/** Runs of production that wait, and have one of these periods already. `key` is that of the period. */
export async function productionAwaiting(
  sql: Queryable,
  { project, jobs, from, to }: SpanOfJobs,
): Promise<readonly Readonly<{ key: string; run: string }>[]> {
  const rows = await sql<{ job: string; period: Date; run: string }[]>`
    select need.job, need.period, need.run from need join run on run.id = need.run and run.operation is null
    where need.project = ${project} and need.met and need.period >= ${from} and need.period < ${to} and need.job = any(${[...jobs]}::bigint[])`;
  return rows.map(({ job, period, run }) => ({ key: `${job}@${period.getTime()}`, run }));
}

/** A run that waits or is under way, with what a person wants to know before it is ended. */
export type OpenRun = Readonly<{
  run: string;
  job: string;
  path: string;
  period: Date;
  state: string;
  waitsOn: string | null;
  owed: string | null;
  trigger: string;
}>;

/** Open runs of a project in [from, to) that are in one of these states, in order of their periods. A null bound: none. */
export async function openRunsIn(
  sql: Queryable,
  of: Readonly<{ project: string; from: Date | null; to: Date | null; states: readonly string[] }>,
): Promise<readonly OpenRun[]> {
  return sql<OpenRun[]>`
    select run.id as run, run.job, job.path, run.period, run.state, run.waits_on as "waitsOn", run.owed, run.trigger
    from run join job on job.id = run.job
    where run.project = ${of.project} and run.state = any(${[...of.states]})
      ${of.from === null ? sql`` : sql`and run.period >= ${of.from}`} ${of.to === null ? sql`` : sql`and run.period < ${of.to}`}
    order by run.period, job.path`;
}
