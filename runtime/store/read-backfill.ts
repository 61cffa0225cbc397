import { type BackfillRow, listBackfills, readBackfill } from './backfill.js';
import type { Queryable } from './database.js';

// Backfills as people read them: how many of their members are in each state, and how long these took so far.

/** `movable`: members that wait for something else than the data of others. */
export type Progress = Readonly<{
  states: Readonly<Record<string, number>>;
  movable: number;
  /** How long its members took on average, in milliseconds; null: none has succeeded yet. */
  averageMs: number | null;
}>;

export type BackfillRecord = BackfillRow & Progress;

// Of a hundred thousand members, enough to know how long one takes.
const SAMPLED = 500;

export async function backfillRecords(
  sql: Queryable,
  of: Parameters<typeof listBackfills>[1],
): Promise<readonly BackfillRecord[]> {
  return withProgress(sql, await listBackfills(sql, of));
}

export async function backfillRecord(sql: Queryable, id: string): Promise<BackfillRecord | undefined> {
  const row = await readBackfill(sql, id);
  return row === undefined ? undefined : (await withProgress(sql, [row]))[0];
}

/** Those that are finished have their counts; only the others are counted. */
async function withProgress(sql: Queryable, rows: readonly BackfillRow[]): Promise<readonly BackfillRecord[]> {
  const open = rows.filter((row) => row.counts === null).map((row) => row.operation);
  const progress = new Map((await progressOf(sql, open)).map(({ operation, ...one }) => [operation, one]));
  const none: Progress = { states: {}, movable: 0, averageMs: null };
  return rows.map((row) => ({
    ...row,
    ...(row.counts === null ? (progress.get(row.operation) ?? none) : { ...none, states: row.counts }),
  }));
}

type Counted = Progress & Readonly<{ operation: string }>;

async function progressOf(sql: Queryable, operations: readonly string[]): Promise<readonly Counted[]> {
  if (operations.length === 0) return [];
  const rows = await sql<(Counted & { underWay: Readonly<Record<string, number>> })[]>`
    select asked.id as operation,
      (select coalesce(jsonb_object_agg(state, n), '{}') from (
         select state, count(*) as n from member where operation = asked.id group by state) as counted) as states,
      (select coalesce(jsonb_object_agg(state, n), '{}') from (
         select state, count(*) as n from run where operation = asked.id and state in ('queued', 'running') group by state) as counted
      ) as "underWay",
      (select count(*) from (
         select from run where operation = asked.id and state = 'waiting' and waits_on is distinct from 'need' limit 1) as one)::int as movable,
      (select avg(extract(epoch from ended_at - started_at) * 1000)::float8 from (
         select started_at, ended_at from run
         where operation = asked.id and state = 'succeeded' and started_at is not null order by period limit ${SAMPLED}) as sample
      ) as "averageMs"
    from unnest(${[...operations]}::bigint[]) as asked(id)`;
  return rows.map(({ states, underWay, ...row }) => ({ ...row, states: openedUp(states, underWay) }));
}

/** Members that are made are queued, running, or wait. */
function openedUp(
  { made = 0, ...ended }: Readonly<Record<string, number>>,
  underWay: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const busy = Object.values(underWay).reduce((sum, n) => sum + n, 0);
  const waiting = Math.max(0, made - busy);
  return { ...ended, ...underWay, ...(waiting > 0 && { waiting }) };
}
