import type { Own } from '../../compiler/manifest/index.js';
import type { Queryable } from './database.js';

// Runs as people read them. Every statement follows an index and looks at a bounded number of rows, whatever the history's length.

/** A run with what its last turn says. Instants are Dates, `reasons` what control has written. */
export type RunRecord = Readonly<{
  run: string;
  project: string;
  job: string;
  path: string;
  period: Date;
  state: string;
  trigger: string;
  reasons: readonly Readonly<{ kind: string }>[];
  turn: number;
  cancelling: boolean;
  queuedAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  commit: string | null;
  owed: string | null;
  operation: string | null;
  workflowId: string;
  definition: string | null;
  deployment: string | null;
  /** What a run that waits or is queued has of its own; null: nothing, or it is past that. */
  own: Own | null;
}>;

/** Where a list goes on: after this (period, id), periods descending. */
export type RunCursor = Readonly<{ period: Date; id: string }>;

export type RunFilter = Readonly<{
  project: string;
  /** Numbers of jobs; null: any. */
  jobs: readonly string[] | null;
  /** Null: any. */
  states: readonly string[] | null;
  trigger: string | null;
  operation: string | null;
  /** Inclusive. */
  from: Date | null;
  /** Exclusive. */
  to: Date | null;
  after: RunCursor | null;
  limit: number;
}>;

export type RunPage = Readonly<{ runs: readonly RunRecord[]; next: RunCursor | null }>;

/** The most rows one page looks at. */
export const EXAMINED_MOST = 20_000;

const STATES = ['waiting', 'queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled', 'skipped'];
// More jobs than these are found by walking the periods, which costs no more for ten thousand of them.
const JOBS_BY_INDEX = 40;

const columns = (sql: Queryable) => sql`
  run.id as run, run.project, run.job, job.path, run.period, run.state, run.trigger, run.reasons, run.turn,
  coalesce(turn.cancel_requested_at is not null and turn.ending is null, false) as cancelling,
  run.queued_at as "queuedAt", run.started_at as "startedAt", run.ended_at as "endedAt", deployment.commit, run.owed,
  run.operation, run.workflow_id as "workflowId", turn.definition, turn.deployment,
  -- Only there: a definition is some kilobytes, and a list has many runs.
  case when run.state in ('waiting', 'queued')
       then coalesce(run.own, (select body->'own' from definition where hash = turn.definition and turn.ending is null)) end as own`;

const joined = (sql: Queryable) => sql`
  join job on job.id = run.job
  left join turn on turn.run = run.id and turn.n = run.turn
  left join deployment on deployment.id = coalesce(turn.deployment, run.evaluated_by)`;

/**
 * A page of runs, (period, id) descending. Where a filter has no index it looks at EXAMINED_MOST rows and answers what it found, with
 * a cursor to go on: a page may be short, or empty, and not be the last.
 */
export async function listRuns(sql: Queryable, filter: RunFilter): Promise<RunPage> {
  if (filter.jobs?.length === 0 || filter.states?.length === 0) return { runs: [], next: null };
  const scan = scanOf(sql, filter);
  const runs = await sql<RunRecord[]>`
    select ${columns(sql)}
    from (
      select found.id, found.period from unnest(${[...scan.keys]}::text[]) as k(key), lateral (
        select id, job, period, state, trigger, project from run
        where ${scan.key} and ${rangeOf(sql, filter)}
        order by period desc, id desc limit ${scan.most}
      ) as found
      where ${scan.rest}
      order by found.period desc, found.id desc limit ${filter.limit + 1}
    ) as page
    join run on run.id = page.id ${joined(sql)}
    order by run.period desc, run.id desc`;
  const last = runs[filter.limit - 1];
  if (runs.length > filter.limit && last)
    return { runs: runs.slice(0, filter.limit), next: { period: last.period, id: last.run } };
  return { runs, next: scan.exact ? null : await examinedUpTo(sql, filter, scan) };
}

type Scan = Readonly<{
  keys: readonly string[];
  /** What the index finds for `k.key`. */
  key: ReturnType<typeof condition>;
  /** What is left to test. */
  rest: ReturnType<typeof condition>;
  most: number;
  /** Whether nothing is left to test: then a short page is the last. */
  exact: boolean;
}>;

const condition = (sql: Queryable) => sql`true`;

function scanOf(sql: Queryable, filter: RunFilter): Scan {
  const { jobs, states, trigger, operation, project, limit } = filter;
  const scan = (keys: readonly string[], key: Scan['key'], rest: Scan['rest'], exact: boolean): Scan => ({
    keys,
    key,
    rest,
    exact,
    most: exact ? limit + 1 : Math.floor(EXAMINED_MOST / keys.length),
  });
  const ofJobs = jobs === null ? sql`true` : sql`found.job = any(${[...jobs]}::bigint[])`;
  const ofStates = states === null ? sql`true` : sql`found.state = any(${[...states]})`;
  const ofTrigger = trigger === null ? sql`true` : sql`found.trigger = ${trigger}`;
  if (operation !== null)
    return scan(
      states ?? STATES,
      sql`run.operation = ${operation} and run.state = k.key`,
      sql`found.project = ${project} and ${ofJobs} and ${ofTrigger}`,
      false,
    );
  if (jobs !== null && jobs.length <= JOBS_BY_INDEX)
    return scan(
      jobs,
      sql`run.job = k.key::bigint`,
      sql`found.project = ${project} and ${ofStates} and ${ofTrigger}`,
      false,
    );
  const isPlain = jobs === null && trigger === null;
  if (states !== null && (isPlain || states.length === 1))
    return scan(states, sql`run.project = ${project} and run.state = k.key`, sql`${ofJobs} and ${ofTrigger}`, isPlain);
  return scan([project], sql`run.project = k.key`, sql`${ofJobs} and ${ofStates} and ${ofTrigger}`, isPlain);
}

const rangeOf = (sql: Queryable, { from, to, after }: RunFilter) => sql`
  true ${from === null ? sql`` : sql`and run.period >= ${from}`} ${to === null ? sql`` : sql`and run.period < ${to}`}
  ${after === null ? sql`` : sql`and (run.period, run.id) < (${after.period}, ${after.id})`}`;

/** The newest key below which some of the scans have not looked; null when all have reached their end. */
async function examinedUpTo(sql: Queryable, filter: RunFilter, scan: Scan): Promise<RunCursor | null> {
  const [row] = await sql<{ id: string; period: Date }[]>`
    select edge.id, edge.period from unnest(${[...scan.keys]}::text[]) as k(key), lateral (
      select id, period from run where ${scan.key} and ${rangeOf(sql, filter)}
      order by period desc, id desc offset ${scan.most - 1} limit 1
    ) as edge
    order by edge.period desc, edge.id desc limit 1`;
  return row ?? null;
}

export async function readRunRecord(sql: Queryable, run: string): Promise<RunRecord | undefined> {
  const [row] = await sql<RunRecord[]>`select ${columns(sql)} from run ${joined(sql)} where run.id = ${run}`;
  return row;
}

/** The runs of a job whose period lies in `[from, to)`, newest first, at most 10. */
export async function runsWithin(
  sql: Queryable,
  project: string,
  job: string,
  from: Date,
  to: Date,
): Promise<readonly Readonly<{ run: string; period: Date }>[]> {
  return sql<{ run: string; period: Date }[]>`
    select id as run, period from run
    where project = ${project} and job = ${job} and period >= ${from} and period < ${to} order by period desc limit 10`;
}

export type LastRun = Readonly<{
  job: string;
  run: string;
  period: Date;
  state: string;
  reasons: readonly Readonly<{ kind: string }>[];
}>;

/** The newest `limit` runs of each job, oldest first. */
export async function lastRuns(sql: Queryable, jobs: readonly string[], limit: number): Promise<readonly LastRun[]> {
  if (jobs.length === 0) return [];
  return sql<LastRun[]>`
    select newest.job, newest.run, newest.period, newest.state, newest.reasons
    from unnest(${[...jobs]}::bigint[]) as j(id), lateral (
      select job, id as run, period, state, reasons from run where job = j.id order by period desc, id desc limit ${limit}
    ) as newest
    order by newest.job, newest.period, newest.run`;
}

export type PeriodState = Readonly<{ job: string; period: Date; run: string | null; state: string; fact: string }>;

/** What is known of some (job, period): the run's state where there is one, and the fact (`none` without one). */
export async function periodStates(
  sql: Queryable,
  project: string,
  keys: readonly Readonly<{ job: string; period: Date }>[],
): Promise<readonly PeriodState[]> {
  if (keys.length === 0) return [];
  return sql<PeriodState[]>`
    select k.job, k.period, run.id as run, coalesce(run.state, 'none') as state, coalesce(fact.state, 'none') as fact
    from unnest(${keys.map((key) => key.job)}::bigint[], ${keys.map((key) => key.period.toISOString())}::timestamptz[]) as k(job, period)
    left join run on run.project = ${project} and run.job = k.job and run.period = k.period
    left join fact on fact.project = ${project} and fact.job = k.job and fact.period = k.period`;
}
