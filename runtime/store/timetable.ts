import type { Calendar } from '../../compiler/calendar/index.js';
import type { Database, Queryable, Transaction } from './database.js';
import { json } from './transaction.js';

// Timetables and their ticks: what was due, and what was made of it. A watermark says up to when everything is settled.

export type TimetableRow = Readonly<{
  id: string;
  project: string;
  calendar: Calendar;
  note: string;
  spec: unknown;
  watermark: Date;
  usedSince: Date | null;
  retiredAt: Date | null;
  scheduled: boolean;
}>;

const columns = (sql: Queryable) => sql`
  id, project, calendar, note, spec, watermark, used_since as "usedSince", retired_at as "retiredAt", scheduled`;

/** Timetables that a deployment uses from now on: new ones begin at `since`; those in use stay as they are. */
export async function putTimetables(
  tx: Transaction,
  project: string,
  since: Date,
  rows: readonly Readonly<{ id: string; calendar: Calendar; note: string; spec: unknown; specHash: string }>[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx`
    insert into timetable as t (id, project, calendar, note, spec, spec_hash, watermark, used_since)
    select id, ${project}, calendar, note, spec, "specHash", ${since}, ${since}
    from jsonb_to_recordset(${json(tx, rows)}) as r(id text, calendar jsonb, note text, spec jsonb, "specHash" text)
    on conflict (id) do update
    set used_since = coalesce(t.used_since, excluded.used_since),
        -- Retired and used again before its debts were settled: its watermark stays, else it begins anew.
        watermark = case when t.used_since is not null or t.watermark < t.retired_at then t.watermark else excluded.watermark end,
        retired_at = null, note = excluded.note, spec = excluded.spec, spec_hash = excluded.spec_hash`;
}

/** Timetables that no deployment uses from `at` on. */
export async function retireTimetables(
  tx: Transaction,
  project: string,
  at: Date,
  kept: readonly string[],
): Promise<void> {
  await tx`
    update timetable set used_since = null, retired_at = ${at}
    where project = ${project} and used_since is not null and id <> all(${[...kept]}::text[])`;
}

/** All that are in use, still have a schedule, or have debts. */
export async function dueTimetables(sql: Database): Promise<readonly TimetableRow[]> {
  return sql<TimetableRow[]>`
    select ${columns(sql)} from timetable
    where used_since is not null or scheduled or watermark < retired_at order by id limit 10000`;
}

export async function readTimetable(sql: Queryable, id: string): Promise<TimetableRow | undefined> {
  const [row] = await sql<TimetableRow[]>`select ${columns(sql)} from timetable where id = ${id}`;
  return row;
}

export async function markScheduled(sql: Database, ids: readonly string[], scheduled: boolean): Promise<void> {
  await sql`update timetable set scheduled = ${scheduled} where id = any(${[...ids]}::text[])`;
}

/** Everything before `to` is settled; it never goes back. */
export async function moveWatermark(sql: Database, id: string, to: Date): Promise<void> {
  await sql`update timetable set watermark = greatest(watermark, ${to}) where id = ${id}`;
}

export type TickRow = Readonly<{
  timetable: string;
  instant: Date;
  deployment: string;
  trigger: 'schedule' | 'catch-up';
  newest: boolean;
  cursor: string;
  pagesDone: number;
  createdAt: Date;
  finishedAt: Date | null;
}>;

const tickColumns = (sql: Queryable) => sql`
  timetable, instant, deployment, trigger, newest, cursor, pages_done as "pagesDone", created_at as "createdAt", finished_at as "finishedAt"`;

/** The tick of an instant: made by the first who asks, the same for everybody after. */
export async function openTick(
  tx: Transaction,
  tick: Readonly<{
    timetable: string;
    instant: Date;
    project: string;
    deployment: string;
    trigger: 'schedule' | 'catch-up';
    newest: boolean;
  }>,
): Promise<void> {
  await tx`
    insert into tick (timetable, instant, project, deployment, trigger, newest)
    values (${tick.timetable}, ${tick.instant}, ${tick.project}, ${tick.deployment}, ${tick.trigger}, ${tick.newest})
    on conflict do nothing`;
}

export async function readTick(sql: Queryable, timetable: string, instant: Date): Promise<TickRow | undefined> {
  const [row] = await sql<TickRow[]>`
    select ${tickColumns(sql)} from tick where timetable = ${timetable} and instant = ${instant}`;
  return row;
}

/** A page is done: the next begins behind `cursor`. Twice the same page changes nothing. */
export async function moveTick(
  sql: Queryable,
  tick: Readonly<{ timetable: string; instant: Date }>,
  from: string,
  to: string,
  finished: boolean,
): Promise<void> {
  await sql`
    update tick set cursor = ${to}, pages_done = pages_done + 1, finished_at = case when ${finished} then clock_timestamp() end
    where timetable = ${tick.timetable} and instant = ${tick.instant} and cursor = ${from} and finished_at is null`;
}

/** Instants of a timetable's ticks in [from, to): finished or not; `late`: made when they had been missed. */
export async function ticksMade(
  sql: Queryable,
  timetable: string,
  from: Date,
  to: Date,
): Promise<ReadonlyMap<number, Readonly<{ finished: boolean; late: boolean }>>> {
  const rows = await sql<{ instant: Date; finished: boolean; late: boolean }[]>`
    select instant, finished_at is not null as finished, trigger = 'catch-up' as late from tick
    where timetable = ${timetable} and instant >= ${from} and instant < ${to} order by instant limit 20000`;
  return new Map(rows.map((row) => [row.instant.getTime(), row]));
}

/** Ids of the timetables that the deployment in force uses. */
export async function timetablesInUse(sql: Queryable, project: string): Promise<readonly string[]> {
  const rows = await sql<
    { id: string }[]
  >`select id from timetable where project = ${project} and used_since is not null order by id`;
  return rows.map((row) => row.id);
}
