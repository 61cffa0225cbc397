import type { Own } from '../../compiler/manifest/index.js';
import type { Queryable } from './database.js';
import { NO_PERIOD } from './latest.js';
import { expiredAt } from './log-retention.js';
import { isOpen } from './need-open.js';

// What one run's page shows beside the run: its turns, attempts, needs, fact, deployment and operation.

export type TurnRecord = Readonly<{
  n: number;
  trigger: string;
  retry: number;
  askedBy: string;
  askedAt: Date;
  commit: string | null;
  outcome: string | null;
  cancelRequestedAt: Date | null;
  cancelRequestedBy: string | null;
  endedAt: Date | null;
  inputs: readonly Readonly<{ job: string; period: string; state: string }>[];
  own: Own | null;
}>;

/** The last 200 turns of a run, in order. */
export async function turnsOf(sql: Queryable, run: string): Promise<readonly TurnRecord[]> {
  const rows = await sql<TurnRecord[]>`
    select turn.n, turn.trigger, turn.retry, turn.asked_by as "askedBy", turn.asked_at as "askedAt", deployment.commit, turn.outcome,
           turn.cancel_requested_at as "cancelRequestedAt", turn.cancel_requested_by as "cancelRequestedBy",
           turn.ended_at as "endedAt", turn.inputs, definition.body->'own' as own
    from turn left join deployment on deployment.id = turn.deployment
    left join definition on definition.hash = turn.definition
    where turn.run = ${run} order by turn.n desc limit 200`;
  return [...rows].reverse();
}

export type AttemptRecord = Readonly<{
  run: string;
  n: number;
  turn: number;
  trigger: string;
  state: 'live' | 'ended' | 'lost';
  outcome: string | null;
  commit: string;
  host: string;
  machineGroup: string;
  pid: number | null;
  startedAt: Date;
  endedAt: Date | null;
  ending: Readonly<{
    kind: string;
    code?: number;
    signal?: string;
    by?: string;
    reason?: string;
    outputs?: Readonly<Record<string, string>>;
    outputsRefused?: string;
    denied?: string;
    note?: string;
    applications?: readonly Readonly<{ id: string; link: string | null }>[];
  }> | null;
  logBytes: number;
  /** Whether its output was dropped. */
  logExpired: boolean;
}>;

/** The attempts of some runs, each run's in order, at most 2,000 in all. */
export async function attemptsOf(sql: Queryable, runs: readonly string[]): Promise<readonly AttemptRecord[]> {
  if (runs.length === 0) return [];
  return sql<AttemptRecord[]>`
    select attempt.run, attempt.n, attempt.turn, turn.trigger, attempt.state, attempt.outcome, attempt.commit, attempt.host,
           attempt.machine_group as "machineGroup", attempt.pid, attempt.begun_at as "startedAt", attempt.ended_at as "endedAt",
           attempt.ending, attempt.log_bytes::float8 as "logBytes",
           ${expiredAt(sql, sql`attempt.begun_at`)} as "logExpired"
    from attempt join turn on turn.run = attempt.run and turn.n = attempt.turn
    where attempt.run = any(${[...runs]}::bigint[])
    order by attempt.run, attempt.n limit 2000`;
}

/** Periods that a run awaited, and that a deployment has taken from its needs. */
export type DroppedRecord = Readonly<{
  at: Date;
  deployment: string;
  commit: string | null;
  dropped: readonly Readonly<{ job: string; period: string }>[];
}>;

/** What deployments have taken from the needs of a run while it waited, oldest first. */
export async function droppedNeeds(sql: Queryable, run: string): Promise<readonly DroppedRecord[]> {
  return sql<DroppedRecord[]>`
    select event.at, event.body->>'deployment' as deployment, deployment.commit, event.body->'dropped' as dropped
    from event left join deployment on deployment.id = (event.body->>'deployment')::bigint
    where event.run = ${run} and event.kind = 'needs-dropped' order by event.id limit 100`;
}

export type NeedRecord = Readonly<{ job: string; period: Date; state: string; met: boolean; run: string | null }>;

/** What a waiting run awaits, and how each stands. */
export async function needsOf(sql: Queryable, run: string): Promise<readonly NeedRecord[]> {
  return sql<NeedRecord[]>`
    select job.path as job, need.period, coalesce(fact.state, 'none') as state,
           not (${isOpen(sql)}) as met, upstream.id as run
    from need
    join run on run.id = need.run
    join job on job.id = need.job
    left join fact on fact.project = need.project and fact.job = need.job and fact.period = need.period
    left join run upstream on upstream.project = need.project and upstream.job = need.job and upstream.period = need.period
    where need.run = ${run} and need.period <> ${NO_PERIOD} order by need.ord, need.period limit 500`;
}

export type FactRecord = Readonly<{ state: string; reason: string | null; at: Date; markedBy: string | null }>;

export async function factOf(
  sql: Queryable,
  project: string,
  job: string,
  period: Date,
): Promise<FactRecord | undefined> {
  const [row] = await sql<FactRecord[]>`
    select state, reason, at, marked_by as "markedBy" from fact where project = ${project} and job = ${job} and period = ${period} and state <> 'none'`;
  return row;
}

/** The instances that may take new work of a group now: renewed within `seconds`, and not draining. */
export async function liveGroups(sql: Queryable, seconds: number): Promise<ReadonlySet<string>> {
  const rows = await sql<{ name: string }[]>`
    select distinct unnest(machine_groups) as name from worker_instance
    where gone_at is null and not draining and renewed_at > clock_timestamp() - ${`${seconds} seconds`}::interval`;
  return new Set(rows.map((row) => row.name));
}
