import { ticks } from '../../compiler/calendar/index.js';
import { calendarOf, createCatalogues } from '../../runtime/api/catalogue.js';
import type { Database } from '../../runtime/store/database.js';

// A hundred days of ten thousand daily jobs as rows: runs, turns, attempts, facts, events and a little output, as the scheduler would have
// left them. Of each hundred runs one failed, one was cancelled and one was skipped; on the last day every fiftieth job failed, and the three
// with the numbers behind it wait for it.

const DAY_MS = 86_400_000;
const INSTANCE = '00000000-0000-4000-8000-000000000001';

/** Writes the history of all jobs of the project that fire, `days` days up to yesterday; answers how many runs that are. */
export async function writeHistory(database: Database, project: string, days: number): Promise<number> {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  await planTicks(database, project, today);
  await openMonths(database, days);
  await database`set synchronous_commit = off`;
  await database`
    insert into operation (project, kind, request, plan_hash, asked_by, members, finished_at)
    values (${project}, 'backfill', '{}', 'bench', 'bench', ${days}, now())`;
  await writeRuns(database, project, new Date(today), days);
  await writeRest(database, project, new Date(today));
  await database`analyze`;
  const [row] = await database<{ n: number }[]>`select count(*)::int as n from run`;
  return row!.n;
}

/** `bench_tick`: at which time of the day each job fires, as its calendar says. */
async function planTicks(database: Database, project: string, today: number): Promise<void> {
  const catalogue = (await createCatalogues(database).of(project))!;
  const jobs = catalogue.jobs.flatMap((job) => {
    const calendar = calendarOf(catalogue, job.body);
    const [tick] = calendar ? ticks(calendar, today, today + DAY_MS) : [];
    return tick === undefined ? [] : [{ job: job.number, ms: tick - today }];
  });
  await database`create table bench_tick (job bigint primary key, at interval not null)`;
  await database`
    insert into bench_tick select job, ms * interval '1 millisecond'
    from unnest(${jobs.map(({ job }) => job)}::bigint[], ${jobs.map(({ ms }) => ms)}::float8[]) as t(job, ms)`;
}

/** Partitions for the time before the bench, as they would have been made then. */
async function openMonths(database: Database, days: number): Promise<void> {
  for (const table of ['attempt', 'event'])
    for (const { name, first, last } of await database<{ name: string; first: string; last: string }[]>`
      select ${table} || to_char(m, '_YYYYMMDD') as name, m::date::text as first, (m + interval '1 month')::date::text as last
      from generate_series(date_trunc('month', now() - ${days} * interval '1 day'), now() - interval '1 month', interval '1 month') as m`)
      await database.unsafe(
        `create table if not exists ${name} partition of ${table} for values from ('${first} 00:00+00') to ('${last} 00:00+00')`,
      );
}

async function writeRuns(database: Database, project: string, today: Date, days: number): Promise<void> {
  await database`
    insert into run (project, job, period, workflow_id, state, owed, trigger, operation, evaluated_by, turn, reasons, waits_on,
                     queued_at, started_at, ended_at, created_at)
    select ${project}, t.job, at.period, ${project} || ':bench/' || t.job || '@' || extract(epoch from at.period),
           s.state, case when s.state = 'waiting' then 'schedule' end,
           case when d = 30 then 'backfill' else 'schedule' end, case when d = 30 then 1 end,
           (select max(id) from deployment where project = ${project}), case when s.state in ('waiting', 'skipped') then 0 else 1 end,
           case s.state when 'failed' then '[{"kind":"exit","code":3}]'::jsonb
                        when 'waiting' then '[{"kind":"need","open":1}]'::jsonb else '[]'::jsonb end,
           case when s.state = 'waiting' then 'need' end,
           case when s.state not in ('waiting', 'skipped') then at.period + interval '1 second' end,
           case when s.state not in ('waiting', 'skipped') then at.period + interval '2 seconds' end,
           case when s.state <> 'waiting' then at.period + interval '60 seconds' end, at.period
    from generate_series(${days}::int, 1, -1) as d, bench_tick t,
         lateral (select ${today}::timestamptz - d * interval '1 day' + t.at as period) as at,
         lateral (select case when d = 1 and t.job % 50 = 7 then 'failed' when d = 1 and t.job % 50 between 8 and 10 then 'waiting'
                              when (t.job + d) % 100 = 0 then 'failed' when (t.job + d) % 100 = 33 then 'cancelled'
                              when (t.job + d) % 100 = 66 then 'skipped' else 'succeeded' end as state) as s
    order by at.period, t.job`;
}

/** What belongs to the runs. */
async function writeRest(database: Database, project: string, today: Date): Promise<void> {
  await database`
    insert into turn (run, n, trigger, deployment, definition, asked_by, asked_at, admitted_at, opened_at, ending, outcome, ended_at)
    select run.id, 1, run.trigger, jd.since, jd.hash, 'hera', run.created_at, run.queued_at, run.started_at,
           case run.state when 'cancelled' then '{"kind":"cancelled"}'::jsonb else jsonb_build_object('kind', 'exited', 'code', case run.state when 'failed' then 3 else 0 end) end,
           run.state, run.ended_at
    from run join job_definition jd on jd.job = run.job and jd.until is null
    where run.project = ${project} and run.turn = 1`;
  await database`
    insert into attempt (run, n, turn, project, job, state, instance, host, machine_group, deployment, commit, definition, begun_at, renewed_at,
                         ended_at, ending, outcome, log_bytes, log_sealed)
    select turn.run, 1, 1, run.project, run.job, 'ended', ${INSTANCE}, 'bench', 'default', turn.deployment, 'bench', turn.definition,
           date_trunc('milliseconds', run.started_at), run.ended_at, run.ended_at, turn.ending, turn.outcome, 12, 12
    from turn join run on run.id = turn.run where run.project = ${project}`;
  await database`
    insert into log_chunk (begun_at, run, attempt, at_byte, bytes)
    select begun_at, run, n, 0, 'hello world\n'::bytea from attempt where run % 10 = 0`;
  await database`
    insert into fact (project, job, period, state, run, turn, at)
    select project, job, period, case when state = 'waiting' then 'none' else state end, id, turn, coalesce(ended_at, period)
    from run where project = ${project}`;
  await database`
    insert into need (run, ord, project, job, period, mode)
    select run.id, 0, run.project, run.job - 1, upstream.period, 'success'
    from run join run upstream on upstream.project = run.project and upstream.job = run.job - 1
      and upstream.period between ${today}::timestamptz - interval '1 day' and ${today}::timestamptz
    where run.project = ${project} and run.state = 'waiting'`;
  await database`
    insert into event (at, project, kind, run, body)
    select ended_at, project, 'run', id, '{"state":"ended"}' from run where project = ${project} and ended_at is not null`;
  await database`
    insert into alert (key, project, kind, run, raised_at, delivered_at)
    select 'run-failed:' || id, project, 'run-failed', id, ended_at, ended_at from run where project = ${project} and state = 'failed'`;
}
