import { type Database, openSession, type Queryable } from './database.js';

// What the ledger asks of the tables: leadership, and rows that should have a workflow, or should not wait.

// One advisory lock for each kind of round.
const LOCKS = { ledger: 4854, sources: 4855 } as const;

/** Runs `work` if this process is the one leader at the moment; answers whether it was. The lock ends with the connection. */
export async function asLeader(
  database: Database,
  work: () => Promise<void>,
  round: keyof typeof LOCKS = 'ledger',
): Promise<boolean> {
  // A session of its own, not a pinned connection of the pool: that one could be lost in the middle of the work, and the driver would end
  // this process when the lock is given back. The lock goes with the session.
  const session = openSession(database, 'hera-leader');
  try {
    const [row] = await session<{ taken: boolean }[]>`select pg_try_advisory_lock(${LOCKS[round]}) as taken`;
    if (row?.taken !== true) return false;
    await work();
    return true;
  } finally {
    await session.end({ timeout: 5 });
  }
}

export const databaseNow = async (sql: Queryable): Promise<Date> => {
  const [row] = await sql<{ now: Date }[]>`select clock_timestamp() as now`;
  return row!.now;
};

/** A run whose live turn a workflow should have. */
export type Expected = Readonly<{
  run: string;
  turn: number;
  project: string;
  workflowId: string;
  /** Admitted, opened by nobody, and no start is owed: whatever runs in Temporal does not know of it. */
  unclaimed: boolean;
}>;

/** Runs whose live turn was admitted or waits for a retry and whose start is not owed, older than `seconds`, in order of their number, after `after`. */
export async function expectedWorkflows(
  database: Database,
  seconds: number,
  after: string,
  limit: number,
): Promise<readonly Expected[]> {
  return database<Expected[]>`
    select run.id as run, turn.n as turn, run.project, run.workflow_id as "workflowId",
           turn.admitted_at is not null and turn.opened_at is null as unclaimed
    from run join turn on turn.run = run.id and turn.ending is null
    where run.state in ('waiting', 'queued', 'running') and run.id > ${after}
      and coalesce(run.waits_on, '') not in ('parallel', 'overlap', 'freeze', 'pool')
      and (turn.admitted_at is not null or turn.retry > 0)
      and coalesce(turn.opened_at, turn.admitted_at, turn.asked_at) < clock_timestamp() - ${seconds} * interval '1 second'
      and not exists (select from outbox where outbox.run = run.id and outbox.kind = 'start')
    order by run.id limit ${limit}`;
}

/** Ticks that were begun and not finished for longer than `seconds`. */
export async function unfinishedTicks(
  database: Database,
  seconds: number,
): Promise<readonly Readonly<{ timetable: string; instant: Date; trigger: string; newest: boolean }>[]> {
  return database<{ timetable: string; instant: Date; trigger: string; newest: boolean }[]>`
    select timetable, instant, trigger, newest from tick
    where finished_at is null and created_at < clock_timestamp() - ${seconds} * interval '1 second'
    order by created_at limit 1000`;
}

/** Runs that wait although nothing is missing: every one is a wake-up of ours that was lost. */
export async function forgottenRuns(database: Database, limit: number): Promise<readonly string[]> {
  const rows = await database<{ id: string }[]>`
    select run.id from run
    where run.state = 'waiting'
      and run.created_at < clock_timestamp() - interval '30 seconds'
      and not exists (select from outbox where outbox.run = run.id)
      and not exists (select from need_settled where need_settled.run = run.id)
      and (
        (run.owed is not null
          and not exists (select from turn where turn.run = run.id and turn.ending is null)
          and not exists (
            select from need left join fact on fact.project = need.project and fact.job = need.job and fact.period = need.period
            where need.run = run.id and not need.met
              and not coalesce(fact.state in ('succeeded', 'skipped') or ((need.mode = 'finished' or need.optional) and fact.state <> 'none'), need.form = 'latest' and need.optional)))
        or exists (select from turn where turn.run = run.id and turn.ending is null and turn.admitted_at is null and turn.retry = 0))
      and not exists (select from hold where hold.job = run.job and hold.run <> run.id)
      and run.waits_on is distinct from 'parallel'
      and not (run.waits_on is not distinct from 'freeze'
        and (exists (select from frozen where frozen.project = run.project and frozen.ended_at is null)
             or exists (select from outbox where outbox.project = run.project and outbox.kind = 'thaw')))
      and not (run.waits_on is not distinct from 'pool' and ${lacksSlots(database)})
    order by run.id limit ${limit}`;
  return rows.map((row) => row.id);
}

/** Whether the pool that `run` waits for has not enough for it, or somebody is on the way to look. */
const lacksSlots = (database: Database) => database`(
  exists (select from outbox where outbox.project = run.project and outbox.kind = 'places')
  or exists (
    select from pool
    join job_definition jd on jd.job = run.job and jd.until is null
    left join turn live on live.run = run.id and live.ending is null
    join definition on definition.hash = coalesce(live.definition, jd.hash)
    where pool.project = run.project and pool.name = run.waits_for
      and pool.size - (select coalesce(sum(slots), 0) from slot where slot.project = pool.project and slot.pool = pool.name)
          < coalesce((definition.body->'pools'->>run.waits_for)::int, 1)))`;
