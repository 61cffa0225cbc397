import type { Queryable } from './database.js';

// What the status page asks: open runs by age, what was left out, what was made up for. Each statement follows an index to a limit.

export type OpenRun = Readonly<{
  run: string;
  job: string;
  path: string;
  period: Date;
  state: 'waiting' | 'queued';
  trigger: string;
  waitsOn: string | null;
  reasons: readonly Readonly<{ kind: string }>[];
  /** Since it is queued, or since it is there and its time has come. */
  since: Date;
}>;

/** Runs of a project that have not begun, lowest period first: at most `limit` that wait and as many that are queued. */
export async function runsNotBegun(sql: Queryable, project: string, limit: number): Promise<readonly OpenRun[]> {
  return sql<OpenRun[]>`
    select run.id as run, run.job, job.path, run.period, run.state, run.trigger, run.waits_on as "waitsOn", run.reasons,
           case when run.state = 'queued' then run.queued_at else greatest(run.created_at, run.period) end as since
    from unnest(array['waiting', 'queued']) as s(state), lateral (
      select id from run where project = ${project} and run.state = s.state order by period, id limit ${limit}
    ) as open
    join run on run.id = open.id join job on job.id = run.job
    order by run.period, run.id`;
}

export type LeftOut = Readonly<{
  run: string;
  path: string;
  period: Date;
  at: Date;
  reasons: readonly Readonly<{ kind: string }>[];
}>;

/**
 * Runs that catch-up left out since `since`, newest period first. Looks at `examined` skipped runs at most, none of a period before `from`.
 */
export async function runsLeftOut(
  sql: Queryable,
  of: Readonly<{ project: string; from: Date; since: Date; examined: number; limit: number }>,
): Promise<readonly LeftOut[]> {
  return sql<LeftOut[]>`
    select run.id as run, job.path, run.period, run.ended_at as at, run.reasons
    from (
      select id, period, reasons, ended_at from run
      where project = ${of.project} and state = 'skipped' and period >= ${of.from}
      order by period desc, id desc limit ${of.examined}
    ) as skipped
    join run on run.id = skipped.id join job on job.id = run.job
    where skipped.ended_at >= ${of.since} and skipped.reasons->0->>'kind' = 'catch-up'
    order by run.period desc, run.id desc limit ${of.limit}`;
}

export type MadeUpFor = Readonly<{ timetable: string; note: string; instant: Date; at: Date; finished: boolean }>;

/** Ticks that had been missed and were made since `since`, newest first. */
export async function ticksMadeUpFor(
  sql: Queryable,
  project: string,
  since: Date,
  limit: number,
): Promise<readonly MadeUpFor[]> {
  return sql<MadeUpFor[]>`
    select tick.timetable, timetable.note, tick.instant, tick.created_at as at, tick.finished_at is not null as finished
    from tick join timetable on timetable.id = tick.timetable
    where tick.project = ${project} and tick.trigger = 'catch-up' and tick.created_at >= ${since}
    order by tick.created_at desc limit ${limit}`;
}

export type PoolUse = Readonly<{ name: string; size: number; taken: number; waiting: number }>;

/** How much of each pool is taken, and how many runs wait for it, counted up to `most`. */
export async function poolUse(sql: Queryable, project: string, most: number): Promise<readonly PoolUse[]> {
  return sql<PoolUse[]>`
    select pool.name, pool.size,
      (select coalesce(sum(slots), 0)::int from slot where slot.project = pool.project and slot.pool = pool.name) as taken,
      (select count(*)::int from (
        select from run where run.project = pool.project and run.waits_on = 'pool' and run.waits_for = pool.name limit ${most}
      ) as first_ones) as waiting
    from pool where pool.project = ${project} order by pool.name`;
}
