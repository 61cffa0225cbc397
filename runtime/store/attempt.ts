import type { Calendar } from '../../compiler/calendar/index.js';
import type { Job } from '../../compiler/manifest/manifest.js';
import type { NeedOutputs } from '../../compiler/render/index.js';
import type { Ending, Outcome } from '../../workflows/contract.js';
import type { Queryable, Transaction } from './database.js';
import { json } from './transaction.js';

// Attempts: one process each, numbered per run under the run's row lock. An attempt is live until its worker says how it ended, or until
// another worker is granted the turn (lost). Rows are partitioned by the month in which they began.

export type AttemptState = 'live' | 'ended' | 'lost';

export type AttemptRow = Readonly<{
  run: string;
  n: number;
  turn: number;
  project: string;
  state: AttemptState;
  instance: string;
  host: string;
  begunAt: Date;
  ending: Ending | null;
  logBytes: number;
  logSealed: number | null;
  /** What its needs had told when it began; null: its texts name no outputs. */
  given: NeedOutputs | null;
}>;

const columns = (sql: Queryable) => sql`
  run, n, turn, project, state, instance, host, begun_at as "begunAt", ending, log_bytes::float8 as "logBytes", log_sealed::float8 as "logSealed",
  given`;

export async function readAttempt(sql: Queryable, run: string, n: number): Promise<AttemptRow | undefined> {
  const [row] = await sql<AttemptRow[]>`select ${columns(sql)} from attempt where run = ${run} and n = ${n}`;
  return row;
}

/**
 * An attempt as a worker names it. A database that was set back gives numbers anew, so that `run` and `n` may be another's by now: with
 * `workflow`, the attempt is one of that workflow's run, under whatever number, and `instance` holds it.
 */
export type Named = Readonly<{ run: string; n: number; instance: string; workflow?: string | undefined }>;

/** The attempt that a worker names. */
export async function findAttempt(sql: Queryable, of: Named): Promise<AttemptRow | undefined> {
  const [row] = await sql<AttemptRow[]>`${named(sql, of)}`;
  return row;
}

/** The same, locked until the transaction ends: appends and the end of one attempt come one after the other. */
export async function lockAttempt(tx: Transaction, of: Named): Promise<AttemptRow | undefined> {
  const [row] = await tx<AttemptRow[]>`${named(tx, of)} for update`;
  return row;
}

const named = (sql: Queryable, { run, n, instance, workflow }: Named) =>
  workflow === undefined
    ? sql`select ${columns(sql)} from attempt where run = ${run} and n = ${n}`
    : sql`
      select ${columns(sql)} from attempt
      where run = (select id from run where workflow_id = ${workflow}) and instance = ${instance}
      order by n = ${n} desc, n desc limit 1`;

/** The newest attempt of a turn; the caller holds the run's lock. */
export async function newestAttempt(tx: Transaction, run: string, turn: number): Promise<AttemptRow | undefined> {
  const [row] = await tx<AttemptRow[]>`
    select ${columns(tx)} from attempt where run = ${run} and turn = ${turn} order by n desc limit 1`;
  return row;
}

/** What a turn is pinned to, and all that its script is rendered from. Everything of the definition is null before its admission. */
export type PinnedTurn = Readonly<{
  ending: Ending | null;
  cancelRequested: boolean;
  /** Whether it may begin; a freeze takes it back. */
  admitted: boolean;
  trigger: string;
  operation: string | null;
  retry: number;
  inputs: unknown;
  deployment: string | null;
  commit: string | null;
  hash: string | null;
  job: Job | null;
  /** The calendar it fires by, its own or its base's; null for a job without ticks. */
  calendar: Calendar | null;
  /** The installation's id. */
  installation: string;
  /** Where the installation stands now; null: in no region. */
  region: string | null;
}>;

/** A turn that was admitted: it has all that a process needs. */
export type Pinned = { [K in 'deployment' | 'commit' | 'hash' | 'job']: NonNullable<PinnedTurn[K]> };

export const isPinned = (turn: PinnedTurn): turn is PinnedTurn & Pinned =>
  turn.job !== null && turn.hash !== null && turn.deployment !== null && turn.commit !== null;

export async function readPinnedTurn(tx: Queryable, run: string, turn: number): Promise<PinnedTurn | undefined> {
  const [row] = await tx<PinnedTurn[]>`
    select turn.ending, turn.cancel_requested_at is not null as "cancelRequested",
      turn.admitted_at is not null as admitted, turn.trigger, turn.operation, turn.retry, turn.inputs,
      turn.deployment, deployment.commit, turn.definition as hash, definition.body as job,
      timetable.calendar, (select id from installation) as installation, (select region from installation) as region
    from turn
    left join deployment on deployment.id = turn.deployment
    left join definition on definition.hash = turn.definition
    left join timetable on timetable.id = definition.body->>'timetable'
    where turn.run = ${run} and turn.n = ${turn}`;
  return row;
}

export type NewAttempt = Readonly<{
  run: string;
  turn: number;
  project: string;
  job: string;
  instance: string;
  host: string;
  machineGroup: string;
  deployment: string;
  commit: string;
  definition: string;
  inputs: unknown;
  given: NeedOutputs | null;
  /** The number by which its worker knows it, when the database does not know it any more; kept unless another has it. */
  n?: number;
}>;

/** Makes the run's next attempt, live, and answers its number and its beginning. The caller holds the run's lock. */
export async function insertAttempt(tx: Transaction, attempt: NewAttempt): Promise<Pick<AttemptRow, 'n' | 'begunAt'>> {
  const [row] = await tx<Pick<AttemptRow, 'n' | 'begunAt'>[]>`
    insert into attempt (run, n, turn, project, job, state, instance, host, machine_group, deployment, commit, definition, inputs, given,
                         begun_at, renewed_at)
    select ${attempt.run}, greatest(coalesce((select max(n) from attempt where run = ${attempt.run}), 0) + 1, ${attempt.n ?? 1}::int),
           ${attempt.turn}, ${attempt.project},
           ${attempt.job}, 'live', ${attempt.instance}, ${attempt.host}, ${attempt.machineGroup}, ${attempt.deployment},
           ${attempt.commit}, ${attempt.definition}, ${json(tx, attempt.inputs)}, ${attempt.given === null ? null : json(tx, attempt.given)},
           -- Whole milliseconds: it is part of keys, and a Date holds no more.
           date_trunc('milliseconds', clock_timestamp()), clock_timestamp()
    returning n, begun_at as "begunAt"`;
  return row!;
}

/**
 * Marks a live attempt as wanted by another worker, once, and answers how many milliseconds its holder has been silent since: since the
 * mark, or since its last renewal after the mark.
 */
export async function contest(tx: Transaction, run: string, n: number): Promise<number> {
  const [row] = await tx<{ silentMs: number }[]>`
    update attempt set contested_at = coalesce(contested_at, clock_timestamp())
    where run = ${run} and n = ${n}
    returning (extract(epoch from clock_timestamp() - greatest(contested_at, renewed_at)) * 1000)::float8 as "silentMs"`;
  return row?.silentMs ?? 0;
}

/** Gives a live attempt up; false when it was not live any more. */
export async function markLost(tx: Transaction, run: string, n: number): Promise<boolean> {
  const rows = await tx`
    update attempt set state = 'lost', ended_at = clock_timestamp() where run = ${run} and n = ${n} and state = 'live' returning n`;
  return rows.length > 0;
}

/** Records how a live attempt ended. */
export async function markEnded(
  tx: Transaction,
  run: string,
  n: number,
  ending: Ending,
  outcome: Outcome,
): Promise<void> {
  await tx`
    update attempt set state = 'ended', ended_at = clock_timestamp(), ending = ${json(tx, ending)}, outcome = ${outcome}
    where run = ${run} and n = ${n} and state = 'live'`;
}

/** Ends what the database still takes for alive of a turn whose workflow has told how it ended. */
export async function endLive(
  tx: Transaction,
  run: string,
  turn: number,
  ending: Ending,
  outcome: Outcome,
): Promise<void> {
  await tx`
    update attempt set state = 'ended', ended_at = clock_timestamp(), ending = ${json(tx, ending)}, outcome = ${outcome}
    where run = ${run} and turn = ${turn} and state = 'live'`;
}

/** Keeps the ending of an attempt that was given up, as evidence; false when one was kept before. */
export async function keepEvidence(tx: Transaction, run: string, n: number, ending: Ending): Promise<boolean> {
  const rows = await tx`
    update attempt set ending = ${json(tx, ending)} where run = ${run} and n = ${n} and state = 'lost' and ending is null returning n`;
  return rows.length > 0;
}

export async function sealLog(tx: Transaction, run: string, n: number, bytes: number): Promise<void> {
  await tx`update attempt set log_sealed = ${bytes} where run = ${run} and n = ${n} and log_sealed is null`;
}

export type Held = Readonly<{ run: string; n: number; pid: number | null; workflow?: string | undefined }>;

/** Whether the number of `h` still means the run of its workflow. */
const isMeant = (sql: Queryable) =>
  sql`(h.workflow is null or exists (select from run where run.id = h.run and run.workflow_id = h.workflow))`;

/** Extends the leases of the live attempts that an instance says it holds. */
export async function renewAttempts(sql: Queryable, instance: string, held: readonly Held[]): Promise<void> {
  if (held.length === 0) return;
  await sql`
    update attempt set renewed_at = clock_timestamp(), pid = coalesce(h.pid, attempt.pid)
    from jsonb_to_recordset(${json(sql, held)}) as h(run bigint, n int, pid int, workflow text)
    where attempt.run = h.run and attempt.n = h.n and attempt.instance = ${instance} and attempt.state = 'live'
      and ${isMeant(sql)}`;
}

/**
 * An order about an attempt: end its processes, because of a `cancel` (a person's or the workflow's) or because it is `lost`, no longer this
 * instance's; or, for one that the database does not know, tell whose it is.
 */
export type KillOrder = Readonly<{
  run: string;
  n: number;
  workflow?: string | undefined;
  why: 'cancel' | 'lost' | 'unknown';
}>;

/** Kill orders among the attempts that an instance says it holds: orders are state, asked again they are answered again. */
export async function ordersAmong(
  sql: Queryable,
  instance: string,
  held: readonly Held[],
): Promise<readonly KillOrder[]> {
  if (held.length === 0) return [];
  const orders = await sql<(Omit<KillOrder, 'workflow'> & { readonly workflow: string | null })[]>`
    select h.run::text as run, h.n, h.workflow,
      case attempt.state when 'live' then 'cancel' when 'lost' then 'lost' else case when other.run is null then 'unknown' else 'lost' end end as why
    from jsonb_to_recordset(${json(sql, held)}) as h(run bigint, n int, workflow text)
    left join attempt on attempt.run = h.run and attempt.n = h.n and attempt.instance = ${instance} and ${isMeant(sql)}
    left join turn on turn.run = attempt.run and turn.n = attempt.turn
    left join attempt other on other.run = h.run and other.n = h.n and other.instance <> ${instance} and ${isMeant(sql)}
    where attempt.state is null or attempt.state = 'lost'
       or (attempt.state = 'live' and (turn.cancel_requested_at is not null or turn.ending is not null))
    order by 1, 2`;
  return orders.map(({ workflow, ...order }) => ({ ...order, ...(workflow !== null && { workflow }) }));
}

/** Cancelled attempts that still live on some instances: what hastens the answer of a renewal. */
export async function ordersFor(
  sql: Queryable,
  instances: readonly string[],
): Promise<readonly (KillOrder & Readonly<{ instance: string }>)[]> {
  return sql`
    select attempt.instance, attempt.run::text as run, attempt.n, run.workflow_id as workflow, 'cancel' as why
    from attempt join run on run.id = attempt.run
    join turn on turn.run = attempt.run and turn.n = attempt.turn
    where attempt.instance = any(${[...instances]}::uuid[]) and attempt.state = 'live'
      and (turn.cancel_requested_at is not null or turn.ending is not null)`;
}
