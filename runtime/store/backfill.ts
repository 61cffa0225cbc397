import type { Queryable, Transaction } from './database.js';
import { json } from './transaction.js';

// Backfills: how each of them goes, as it was asked and as people have changed it since. The periods are members (`member.ts`).

export type Direction = 'forward' | 'backward';

/** Minutes of the day by the backfill's zone, `to` exclusive. */
export type StoredWindow = Readonly<{ from: number; to: number }>;

/** What may be changed while it goes. */
export type Pace = Readonly<{
  parallel: number;
  /** Null: at any time. */
  window: StoredWindow | null;
  /** Null: as each job says. */
  retries: number | null;
}>;

export type BackfillRow = Pace &
  Readonly<{
    operation: string;
    project: string;
    request: Readonly<Record<string, unknown>>;
    askedBy: string;
    askedAt: Date;
    members: number;
    isMade: boolean;
    finishedAt: Date | null;
    direction: Direction;
    /** So many members can be under way by their jobs; null: any number. */
    atOnce: number | null;
    zone: string;
    pausedAt: Date | null;
    pausedBy: string | null;
    cancelledAt: Date | null;
    cancelledBy: string | null;
    rounds: number;
    /** Members by what became of them; null while it goes. */
    counts: Readonly<Record<string, number>> | null;
  }>;

const columns = (sql: Queryable) => sql`
  operation.id as operation, operation.project, operation.request, operation.asked_by as "askedBy", operation.asked_at as "askedAt",
  operation.members, coalesce(operation.cursor->>'done' = 'true', false) as "isMade", operation.finished_at as "finishedAt",
  backfill.direction, backfill.parallel, backfill.at_once as "atOnce",
  case when window_from is not null then jsonb_build_object('from', window_from, 'to', window_to) end as window,
  backfill.zone, backfill.retries, paused_at as "pausedAt", paused_by as "pausedBy", cancelled_at as "cancelledAt",
  cancelled_by as "cancelledBy", backfill.rounds, backfill.counts`;

export async function insertBackfill(
  tx: Transaction,
  row: Pick<BackfillRow, 'operation' | 'direction' | 'parallel' | 'atOnce' | 'window' | 'zone' | 'retries'>,
): Promise<void> {
  await tx`
    insert into backfill (operation, direction, parallel, at_once, window_from, window_to, zone, retries)
    values (${row.operation}, ${row.direction}, ${row.parallel}, ${row.atOnce}, ${row.window?.from ?? null}, ${row.window?.to ?? null},
            ${row.zone}, ${row.retries})`;
}

export async function readBackfill(sql: Queryable, operation: string): Promise<BackfillRow | undefined> {
  const [row] = await sql<BackfillRow[]>`
    select ${columns(sql)} from backfill join operation on operation.id = backfill.operation where operation.id = ${operation}`;
  return row;
}

/** The same, its operation locked until the transaction ends. */
export async function lockBackfill(tx: Transaction, operation: string): Promise<BackfillRow | undefined> {
  await tx`select from operation where id = ${operation} for update`;
  return readBackfill(tx, operation);
}

/** Backfills of a project, newest first, below number `before`; `open`: only those that are not finished. */
export async function listBackfills(
  sql: Queryable,
  of: Readonly<{ project: string; open: boolean; before: string | null; limit: number }>,
): Promise<readonly BackfillRow[]> {
  return sql<BackfillRow[]>`
    select ${columns(sql)} from operation join backfill on backfill.operation = operation.id
    where operation.project = ${of.project} and operation.kind = 'backfill'
      ${of.before === null ? sql`` : sql`and operation.id < ${of.before}`}
      ${of.open ? sql`and operation.finished_at is null` : sql``}
    order by operation.id desc limit ${of.limit}`;
}

/** Changes how it goes from now on. */
export async function setPace(tx: Transaction, operation: string, pace: Pace): Promise<void> {
  await tx`
    update backfill set parallel = ${pace.parallel}, window_from = ${pace.window?.from ?? null}, window_to = ${pace.window?.to ?? null},
      retries = ${pace.retries}
    where operation = ${operation}`;
}

/** Pauses a backfill (`by`: who), or lets it go on (null). */
export async function setPaused(tx: Transaction, operation: string, by: string | null): Promise<void> {
  await tx`
    update backfill set paused_at = ${by === null ? tx`null` : tx`clock_timestamp()`}, paused_by = ${by} where operation = ${operation}`;
}

/** Notes that it is given up; a second call keeps the first. */
export async function setCancelled(tx: Transaction, operation: string, by: string): Promise<void> {
  await tx`
    update backfill set cancelled_at = coalesce(cancelled_at, clock_timestamp()), cancelled_by = coalesce(cancelled_by, ${by})
    where operation = ${operation}`;
}

/** Begins another round: it is not finished any more. */
export async function beginRound(tx: Transaction, operation: string, cursor: unknown): Promise<void> {
  await tx`update backfill set rounds = rounds + 1, counts = null where operation = ${operation}`;
  await tx`update operation set finished_at = null, cursor = ${json(tx, cursor)} where id = ${operation}`;
}

/** Keeps how the members of a finished backfill ended. */
export async function keepCounts(tx: Transaction, operation: string): Promise<void> {
  await tx`
    update backfill set counts = (
      select coalesce(jsonb_object_agg(state, n), '{}') from (
        select state, count(*)::int as n from member where member.operation = ${operation} group by state) as counted)
    where operation = ${operation}`;
}

/** How a backfill stands at the moment, for whoever wants to start a member of it. */
export type Standing = Readonly<{
  operation: string;
  direction: Direction;
  parallel: number;
  window: StoredWindow | null;
  zone: string;
  isPaused: boolean;
  isCancelled: boolean;
  /** Members under way. */
  busy: number;
  /** The database's present. */
  now: Date;
}>;

/** Locks the operations, in order, so that two transactions do not fill one place twice; those that are no backfill are left out. */
export async function lockStandings(tx: Transaction, operations: readonly string[]): Promise<readonly Standing[]> {
  if (operations.length === 0) return [];
  const ids = [...operations];
  await tx`select from operation where id = any(${ids}::bigint[]) order by id for update`;
  // Counted in a statement of its own: the locking one would see the snapshot from before the wait.
  return readStandings(tx, ids);
}

export async function readStandings(sql: Queryable, operations: readonly string[]): Promise<readonly Standing[]> {
  return sql<Standing[]>`
    select operation, direction, parallel, zone, paused_at is not null as "isPaused", cancelled_at is not null as "isCancelled",
      case when window_from is not null then jsonb_build_object('from', window_from, 'to', window_to) end as window,
      (select count(*) from run where run.operation = backfill.operation and run.state in ('queued', 'running'))::int as busy,
      clock_timestamp() as now
    from backfill where operation = any(${[...operations]}::bigint[]) order by operation`;
}

/** How many members a backfill has, how many of them failed, and which round this is; undefined for one that is not there. */
export async function failuresOf(
  sql: Queryable,
  operation: string,
): Promise<Readonly<{ project: string; members: number; failed: number; rounds: number }> | undefined> {
  const [row] = await sql<{ project: string; members: number; failed: number; rounds: number }[]>`
    select operation.project, operation.members, backfill.rounds,
           (select count(*)::int from member where member.operation = operation.id and state in ('failed', 'timed_out')) as failed
    from operation join backfill on backfill.operation = operation.id where operation.id = ${operation}`;
  return row;
}

/** How often a member is tried again, where its backfill says so; undefined: its job says. */
export async function retriesAsked(sql: Queryable, operation: string): Promise<number | undefined> {
  const [row] = await sql<{ retries: number | null }[]>`select retries from backfill where operation = ${operation}`;
  return row?.retries ?? undefined;
}

/** Unfinished backfills of which nothing moves any more: what is left waits for members that failed, or for somebody else's runs. */
export async function stoppedBackfills(
  sql: Queryable,
): Promise<readonly Readonly<{ operation: string; waiting: number }>[]> {
  return sql<{ operation: string; waiting: number }[]>`
    select operation.id as operation, (select count(*)::int from run where run.operation = operation.id and run.state = 'waiting') as waiting
    from operation join backfill on backfill.operation = operation.id
    where operation.kind = 'backfill' and operation.finished_at is null and operation.cursor->>'done' = 'true'
      and backfill.paused_at is null and operation.asked_at < clock_timestamp() - interval '30 seconds'
      and exists (select from member where member.operation = operation.id and member.state in ('failed', 'timed_out'))
      and not exists (
        select from run where run.operation = operation.id
          and (run.state in ('queued', 'running') or (run.state = 'waiting' and run.waits_on is distinct from 'need')))
    order by operation.id limit 100`;
}
