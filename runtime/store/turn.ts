import type { Ending, Outcome } from '../../workflows/contract.js';
import type { Queryable, Transaction } from './database.js';
import { NO_PERIOD } from './latest.js';
import { json } from './transaction.js';

// Turns: executions asked of a run. At most one turn of a run has no ending, the live one; an index holds it.

export type TurnRow = Readonly<{
  run: string;
  n: number;
  trigger: string;
  operation: string | null;
  deployment: string | null;
  definition: string | null;
  retry: number;
  askedBy: string;
  notBefore: Date | null;
  waitMs: number;
  cancelRequestedAt: Date | null;
  admittedAt: Date | null;
  openedAt: Date | null;
  /** The execution that has it, or that sleeps for it; null: none yet. */
  temporalRunId: string | null;
  ending: Ending | null;
  outcome: Outcome | null;
  settled: unknown;
}>;

const columns = (sql: Queryable) => sql`
  run, n, trigger, operation, deployment, definition, retry, asked_by as "askedBy", not_before as "notBefore",
  greatest(0, ceil(extract(epoch from not_before - clock_timestamp()) * 1000))::int as "waitMs",
  cancel_requested_at as "cancelRequestedAt", admitted_at as "admittedAt", opened_at as "openedAt",
  temporal_run_id as "temporalRunId", ending, outcome, settled`;

export async function readTurn(sql: Queryable, run: string, n: number): Promise<TurnRow | undefined> {
  const [row] = await sql<TurnRow[]>`select ${columns(sql)} from turn where run = ${run} and n = ${n}`;
  return row;
}

export async function liveTurn(sql: Queryable, run: string): Promise<TurnRow | undefined> {
  const [row] = await sql<TurnRow[]>`select ${columns(sql)} from turn where run = ${run} and ending is null`;
  return row;
}

/** A turn to be asked; `admitted`: it starts at once, else it waits for its hold, its slot or its time. */
export type NewTurn = Readonly<{
  run: string;
  n: number;
  trigger: string;
  operation: string | null;
  deployment: string | null;
  definition: string | null;
  retry: number;
  askedBy: string;
  retryInMs: number | null;
  admitted: boolean;
  /** The execution that will sleep for it: a retry's is the one that settled the turn before. */
  temporalRunId?: string | null;
}>;

/** Asks turns of locked runs. The needs that were met become the turn's inputs and are gone. */
export async function insertTurns(tx: Transaction, turns: readonly NewTurn[]): Promise<void> {
  if (turns.length === 0) return;
  await tx`
    insert into turn (run, n, trigger, operation, deployment, definition, retry, asked_by, not_before, admitted_at, temporal_run_id,
                      inputs)
    select t.run, t.n, t.trigger, t.operation, t.deployment, t.definition, t.retry, t."askedBy",
           clock_timestamp() + t."retryInMs" * interval '1 millisecond',
           case when t.admitted then now() end, t."temporalRunId",
           coalesce((
             select jsonb_agg(jsonb_build_object('job', job.path, 'period', need.period, 'state', coalesce(fact.state, 'none'))
                              order by need.ord, need.period)
             from need join job on job.id = need.job
             left join fact on fact.project = need.project and fact.job = need.job and fact.period = need.period
             where need.run = t.run and need.period <> ${NO_PERIOD}), '[]')
    from jsonb_to_recordset(${json(tx, turns)}) as t(run bigint, n int, trigger text, operation bigint, deployment bigint,
         definition text, retry int, "askedBy" text, "retryInMs" float8, admitted boolean, "temporalRunId" text)`;
}

/** Admits turns that waited (by hand for a hold, a retry for its time); one without a pin is pinned now. */
export async function admitTurns(
  tx: Transaction,
  turns: readonly Readonly<{ run: string; n: number; deployment: string; definition: string }>[],
): Promise<void> {
  if (turns.length === 0) return;
  await tx`
    update turn set admitted_at = now(), deployment = coalesce(turn.deployment, t.deployment),
                    definition = coalesce(turn.definition, t.definition)
    from jsonb_to_recordset(${json(tx, turns)}) as t(run bigint, n int, deployment bigint, definition text)
    where turn.run = t.run and turn.n = t.n`;
}

/** Takes the admission of a turn back: nobody has opened it, and it waits again. Its pin stays. */
export async function unadmitTurn(tx: Transaction, run: string, n: number): Promise<void> {
  await tx`update turn set admitted_at = null, opened_at = null where run = ${run} and n = ${n} and ending is null`;
}

export async function markOpened(tx: Transaction, run: string, n: number, temporalRunId: string): Promise<void> {
  await tx`
    update turn set opened_at = coalesce(opened_at, now()), temporal_run_id = ${temporalRunId} where run = ${run} and n = ${n}`;
}

/** Notes which execution sleeps until the turn may start. */
export async function markSleeper(tx: Transaction, run: string, n: number, temporalRunId: string): Promise<void> {
  await tx`update turn set temporal_run_id = ${temporalRunId} where run = ${run} and n = ${n}`;
}

/** Whether an execution had, or slept for, a turn that was cancelled: its own cancel may still be on the way. */
export async function hadCancelledTurn(sql: Queryable, run: string, temporalRunId: string): Promise<boolean> {
  const rows = await sql`
    select from turn where run = ${run} and temporal_run_id = ${temporalRunId} and outcome = 'cancelled' limit 1`;
  return rows.length > 0;
}

/** Ends a turn; `settled` is what settle answers from now on. */
export async function endTurn(
  tx: Transaction,
  turn: Readonly<{ run: string; n: number; ending: Ending; outcome: Outcome; settled: unknown }>,
): Promise<void> {
  await tx`
    update turn set ending = ${json(tx, turn.ending)}, outcome = ${turn.outcome}, settled = ${json(tx, turn.settled)}, ended_at = now()
    where run = ${turn.run} and n = ${turn.n} and ending is null`;
}

/** Notes who wants the turn ended; the first who asked stays. */
export async function requestCancel(tx: Transaction, run: string, n: number, by: string): Promise<void> {
  await tx`
    update turn set cancel_requested_at = coalesce(cancel_requested_at, now()), cancel_requested_by = coalesce(cancel_requested_by, ${by})
    where run = ${run} and n = ${n}`;
}

/** Ends the turns of waiting runs that are not admitted, but those by hand, because an operation asks its own instead; answers them. */
export async function endWaitingTurns(
  tx: Transaction,
  runs: readonly string[],
): Promise<readonly Readonly<{ run: string; n: number; project: string }>[]> {
  const settled = { kind: 'done', outcome: 'cancelled', state: 'waiting' };
  return tx<{ run: string; n: number; project: string }[]>`
    update turn set ending = ${json(tx, { kind: 'cancelled' })}, outcome = 'cancelled', settled = ${json(tx, settled)}, ended_at = now()
    from run
    where turn.run = any(${[...runs]}::bigint[]) and run.id = turn.run and run.state = 'waiting'
      and turn.ending is null and turn.admitted_at is null and turn.trigger <> 'manual'
    returning turn.run, turn.n, run.project`;
}
