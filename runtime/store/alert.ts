import type { Database, Queryable } from './database.js';
import { json } from './transaction.js';

// Alerts: raised in the transaction of what they tell, each thing once; delivered at least once, with an id.

export type AlertKind =
  | 'run-failed'
  | 'backfill-failed'
  | 'ticks-missed'
  | 'group-idle'
  | 'year-missing'
  | 'bug'
  | 'test';

export type NewAlert = Readonly<{
  /** What it is about: raising it again makes no second one. */
  key: string;
  kind: AlertKind;
  project: string | null;
  run?: string;
  body: Readonly<Record<string, unknown>>;
}>;

/** An alert, with what its run is, if it is about one. */
export type AlertRow = Readonly<{
  id: string;
  kind: AlertKind;
  project: string | null;
  run: string | null;
  job: string | null;
  period: Date | null;
  owner: string | null;
  body: Readonly<Record<string, unknown>>;
  raisedAt: Date;
  sends: number;
  deliveredAt: Date | null;
  givenUpAt: Date | null;
  lastError: string | null;
}>;

/** One that is sent now, by the clock of the database: `takenAt` is what its receiver is told. */
export type DueAlert = AlertRow & Readonly<{ takenAt: Date }>;

/** Raises an alert; answers its number, or undefined when it had been raised before. */
export async function raiseAlert(sql: Queryable, alert: NewAlert): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    insert into alert (key, kind, project, run, body)
    values (${alert.key}, ${alert.kind}, ${alert.project}, ${alert.run ?? null}, ${json(sql, alert.body)})
    on conflict (key) do nothing
    returning id`;
  return row?.id;
}

const columns = (sql: Queryable) => sql`
  alert.id, alert.kind, alert.project, alert.run, job.path as job, run.period, definition.body->>'owner' as owner, alert.body,
  alert.raised_at as "raisedAt", alert.sends, alert.delivered_at as "deliveredAt", alert.given_up_at as "givenUpAt",
  alert.last_error as "lastError"`;

const about = (sql: Queryable) => sql`
  left join run on run.id = alert.run
  left join job on job.id = run.job
  left join turn on turn.run = run.id and turn.n = run.turn
  left join definition on definition.hash = turn.definition`;

/**
 * Takes up to `limit` alerts that are due, oldest first, for `seconds`: who takes one says within them what became of it, else it comes
 * again. Two senders never have the same one at once.
 */
export async function takeDueAlerts(database: Database, limit: number, seconds: number): Promise<readonly DueAlert[]> {
  return database<DueAlert[]>`
    with due as (
      select id from alert
      where delivered_at is null and given_up_at is null and next_send_at <= clock_timestamp()
      order by next_send_at limit ${limit} for update skip locked
    ), alert as (
      update alert set sends = sends + 1,
        next_send_at = clock_timestamp() + ${seconds} * interval '1 second'
      from due where alert.id = due.id
      returning alert.*
    )
    select ${columns(database)}, clock_timestamp() as "takenAt" from alert ${about(database)} order by alert.id`;
}

/** Notes that the webhook took it; a second call keeps the first time. */
export async function markDelivered(sql: Queryable, id: string): Promise<void> {
  await sql`
    update alert set delivered_at = coalesce(delivered_at, clock_timestamp()), last_error = null where id = ${id}`;
}

/** Notes why it could not be delivered: it comes again after 1, 2, 4 … 600 s. */
export async function markUndelivered(sql: Queryable, id: string, error: string): Promise<void> {
  await sql`
    update alert set last_error = ${error.slice(0, 500)},
      next_send_at = clock_timestamp() + least(600, power(2, least(sends - 1, 10))) * interval '1 second'
    where id = ${id}`;
}

/** Alerts that nobody could be told of within a day are not sent any more; those older than `keepDays` go. */
export async function tidyAlerts(sql: Queryable, keepDays: number): Promise<void> {
  await sql`
    update alert set given_up_at = clock_timestamp()
    where delivered_at is null and given_up_at is null and raised_at < clock_timestamp() - interval '1 day'`;
  await sql`
    delete from alert where id in (
      select id from alert where raised_at < clock_timestamp() - ${keepDays} * interval '1 day' order by raised_at limit 1000)`;
}

/** Alerts of a project and of the installation, newest first, before the number `before`. */
export async function listAlerts(
  sql: Queryable,
  project: string,
  before: string | null,
  limit: number,
): Promise<readonly AlertRow[]> {
  return sql<AlertRow[]>`
    select ${columns(sql)} from (
      select * from alert
      where (project = ${project} or project is null) and (${before}::bigint is null or id < ${before}::bigint)
      order by id desc limit ${limit}) as alert
    ${about(sql)} order by alert.id desc`;
}

export async function readAlert(sql: Queryable, id: string): Promise<AlertRow | undefined> {
  const [row] = await sql<AlertRow[]>`select ${columns(sql)} from alert ${about(sql)} where alert.id = ${id}`;
  return row;
}

/** Machine groups for which runs have been queued for longer than `seconds` and that no living worker serves. */
export async function idleGroups(
  sql: Queryable,
  seconds: number,
  aliveSeconds: number,
): Promise<readonly Readonly<{ project: string; machineGroup: string; runs: number; since: Date; run: string }>[]> {
  return sql`
    select run.project, coalesce(definition.body->>'machineGroup', 'default') as "machineGroup", count(*)::int as runs,
           min(run.queued_at) as since, (array_agg(run.id order by run.queued_at, run.id))[1] as run
    from run
    join turn on turn.run = run.id and turn.ending is null
    join definition on definition.hash = turn.definition
    where run.state = 'queued' and run.queued_at < clock_timestamp() - ${seconds} * interval '1 second'
      and not exists (
        select from worker_instance w
        where coalesce(definition.body->>'machineGroup', 'default') = any(w.machine_groups) and w.gone_at is null
          and w.renewed_at > clock_timestamp() - ${aliveSeconds} * interval '1 second')
    group by 1, 2 order by 1, 2 limit 100`;
}
