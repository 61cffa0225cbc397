import type { Database, Queryable, Transaction } from './database.js';
import { json } from './transaction.js';

// The outbox: what is owed to Temporal, or to a later transaction. A row is deleted only by its effect: `open` took the turn,
// the turn ended, the page was done. The sender stamps a row and sends it again after 1, 2, 4 … 30 s until then.

export type OutboxKind = 'start' | 'cancel' | 'skip' | 'release' | 'reevaluate' | 'thaw' | 'places' | 'replace' | 'due';
export type OutboxRow = Readonly<{
  id: string;
  kind: OutboxKind;
  project: string;
  run: string | null;
  turn: number | null;
  workflowId: string | null;
  priority: number;
  sends: number;
  /** Owed for longer than a start takes on a good day. */
  aged: boolean;
  body: Readonly<Record<string, unknown>>;
}>;

/**
 * Owes the start of admitted turns. One row for each run: a start that was owed for an older turn is now owed for
 * this one.
 */
export async function oweStarts(
  tx: Transaction,
  starts: readonly Readonly<{ project: string; run: string; turn: number; priority: number }>[],
): Promise<void> {
  if (starts.length === 0) return;
  await tx`
    insert into outbox (kind, project, run, turn, priority, due, next_send_at)
    select 'start', project, run, turn, priority, now(), now()
    from jsonb_to_recordset(${json(tx, starts)}) as s(project text, run bigint, turn int, priority smallint)
    on conflict (run, kind) where run is not null do update
    set turn = excluded.turn, priority = excluded.priority, sends = 0, sent_at = null, due = excluded.due,
      next_send_at = excluded.next_send_at`;
}

/** Owes that runs are looked at when they are due; asked again it is the same row. */
export async function oweDue(
  tx: Transaction,
  runs: readonly Readonly<{ project: string; run: string; priority: number; due: Date }>[],
): Promise<void> {
  if (runs.length === 0) return;
  await tx`
    insert into outbox (kind, project, run, priority, due, next_send_at)
    select 'due', project, run, priority, due, due
    from jsonb_to_recordset(${json(tx, runs)}) as s(project text, run bigint, priority smallint, due timestamptz)
    on conflict (run, kind) where run is not null do update
    set sends = 0, sent_at = null, due = excluded.due, next_send_at = excluded.next_send_at`;
}

/** Owes something about one run; asking again sends at once. */
export async function oweForRun(
  tx: Transaction,
  row: Readonly<{
    kind: 'cancel' | 'skip' | 'replace';
    project: string;
    run: string;
    turn: number | null;
    body?: unknown;
  }>,
): Promise<void> {
  await tx`
    insert into outbox (kind, project, run, turn, priority, body)
    values (${row.kind}, ${row.project}, ${row.run}, ${row.turn}, 1, ${json(tx, row.body ?? {})})
    on conflict (run, kind) where run is not null do update
    set turn = excluded.turn, body = excluded.body, sends = 0, sent_at = null, next_send_at = now()`;
}

/** Owes pages of work that belong to no single run. */
export async function owePages(
  tx: Transaction,
  row: Readonly<{
    kind: 'release' | 'reevaluate' | 'thaw' | 'places';
    project: string;
    body: unknown;
    due?: Date | null;
  }>,
): Promise<void> {
  await tx`
    insert into outbox (kind, project, priority, body, due, next_send_at)
    values (${row.kind}, ${row.project}, 1, ${json(tx, row.body)}, coalesce(${row.due ?? null}, now()), coalesce(${row.due ?? null}, now()))`;
}

/** The end of a freeze that was due at its time comes now, by other hands. */
export async function dropThaw(tx: Transaction, freeze: string): Promise<void> {
  await tx`delete from outbox where kind = 'thaw' and body->>'freeze' = ${freeze}`;
}

/** The look at a backfill that was due at the opening of its window comes at another time, or not at all. */
export async function dropOpening(tx: Transaction, operation: string): Promise<void> {
  await tx`delete from outbox where kind = 'places' and body->>'window' = 'true' and body->>'operation' = ${operation}`;
}

export const OUTBOX_KINDS: readonly OutboxKind[] = [
  'start',
  'cancel',
  'skip',
  'release',
  'reevaluate',
  'thaw',
  'places',
  'replace',
  'due',
];

/** Takes up to `limit` due rows, first by priority, then by age, and stamps them: they come again only after their wait. */
export async function takeDue(
  database: Database,
  limit: number,
  kinds: readonly OutboxKind[] = OUTBOX_KINDS,
): Promise<readonly OutboxRow[]> {
  return database<OutboxRow[]>`
    with due as (
      select id from outbox where next_send_at <= clock_timestamp() and kind = any(${[...kinds]}::text[])
      order by priority, next_send_at, id limit ${limit} for update skip locked
    )
    update outbox set sends = sends + 1, sent_at = clock_timestamp(),
      next_send_at = clock_timestamp() + least(30, power(2, least(sends, 5))) * interval '1 second'
    from due where outbox.id = due.id
    returning outbox.id, kind, project, run, turn, (select workflow_id from run where run.id = outbox.run) as "workflowId",
      priority, sends, created_at < clock_timestamp() - interval '10 seconds' as aged, body`;
}

/** The effect of a taken row is there: it goes, unless it was owed anew since (for a later turn, say), which keeps its number. */
export async function dropTaken(sql: Queryable, row: Pick<OutboxRow, 'id' | 'turn' | 'sends'>): Promise<void> {
  await sql`delete from outbox where id = ${row.id} and turn is not distinct from ${row.turn} and sends = ${row.sends}`;
}

/** Nothing of these kinds is owed of a run any more. */
export async function dropForRun(tx: Transaction, run: string, ...kinds: readonly OutboxKind[]): Promise<void> {
  await tx`delete from outbox where run = ${run} and kind = any(${[...kinds]}::text[])`;
}

/** A start whose execution is not the one that will take it is sent again once that one has closed: in a moment. */
export async function hurryStart(tx: Transaction, run: string): Promise<void> {
  await tx`
    update outbox set sends = 0, next_send_at = clock_timestamp() + interval '200 milliseconds' where run = ${run} and kind = 'start'`;
}

/** Keeps the place of pages that go on. */
export async function moveCursor(sql: Queryable, id: string, body: unknown): Promise<void> {
  await sql`update outbox set body = ${json(sql as Transaction, body)}, next_send_at = now() where id = ${id}`;
}

/** What a start tells Temporal about a run, beside its number. */
export type StartFacts = Readonly<{
  run: string;
  workflowId: string;
  project: string;
  job: string;
  period: Date;
  /** The live turn, and whether an execution has opened it before. */
  turn: number;
  opened: boolean;
  trigger: string;
  machineGroup: string;
  owner: string | null;
}>;

export async function startFacts(sql: Queryable, runs: readonly string[]): Promise<ReadonlyMap<string, StartFacts>> {
  const rows = await sql<StartFacts[]>`
    select run.id as run, run.workflow_id as "workflowId", run.project, job.path as job, run.period, turn.n as turn,
           turn.opened_at is not null as opened, turn.trigger,
           coalesce(definition.body->>'machineGroup', 'default') as "machineGroup", definition.body->>'owner' as owner
    from run
    join job on job.id = run.job
    join turn on turn.run = run.id and turn.ending is null
    left join definition on definition.hash = turn.definition
    where run.id = any(${[...runs]}::bigint[])`;
  return new Map(rows.map((row) => [row.run, row]));
}
