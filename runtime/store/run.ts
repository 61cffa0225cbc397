import type { Own } from '../../compiler/manifest/index.js';
import type { Outcome } from '../../workflows/contract.js';
import type { Queryable, Transaction } from './database.js';
import type { FactKey, FactState } from './fact.js';
import { isOpen } from './need-open.js';
import { json } from './transaction.js';

// Runs: one (project, job, period). Locked after facts, in the order of their number. State changes are decided by `control/states.ts`.

export type RunState = 'waiting' | 'queued' | 'running' | 'skipped' | Outcome;
export type Owed = 'schedule' | 'dependency' | 'catch-up' | 'recover' | 'cascade' | 'backfill';
export type WaitsOn = 'need' | 'overlap' | 'parallel' | 'retry' | 'evaluation' | 'freeze' | 'pool' | 'jitter';

export type RunRow = FactKey &
  Readonly<{
    id: string;
    workflowId: string;
    state: RunState;
    owed: Owed | null;
    operation: string | null;
    trigger: string;
    turn: number;
    stateBefore: RunState | null;
    evaluatedBy: string;
  }>;

const columns = (sql: Queryable) => sql`
  id, project, job, period, workflow_id as "workflowId", state, owed, operation, trigger, turn,
  state_before as "stateBefore", evaluated_by as "evaluatedBy"`;

export async function readRun(sql: Queryable, id: string): Promise<RunRow | undefined> {
  const [row] = await sql<RunRow[]>`select ${columns(sql)} from run where id = ${id}`;
  return row;
}

/** The run that a workflow of this id is for; without an id, the run of that number. */
export async function runOfWorkflow(
  sql: Queryable,
  id: string,
  workflow: string | undefined,
): Promise<RunRow | undefined> {
  if (workflow === undefined) return readRun(sql, id);
  const [row] = await sql<RunRow[]>`select ${columns(sql)} from run where workflow_id = ${workflow}`;
  return row;
}

export async function findRun(sql: Queryable, key: FactKey): Promise<RunRow | undefined> {
  const [row] = await sql<RunRow[]>`
    select ${columns(sql)} from run where project = ${key.project} and job = ${key.job} and period = ${key.period}`;
  return row;
}

/** The runs of these periods, where there are any. */
export async function runsOf(sql: Transaction, keys: readonly FactKey[]): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select run.id from jsonb_to_recordset(${json(
      sql,
      keys.map(({ project, job, period }) => ({ project, job, period })),
    )}) as k(project text, job bigint, period timestamptz)
    join run on run.project = k.project and run.job = k.job and run.period = k.period`;
  return rows.map((row) => row.id);
}

/** Locks runs in the order of their number and answers them as they are then. */
export async function lockRuns(tx: Transaction, ids: readonly string[]): Promise<readonly RunRow[]> {
  return tx<RunRow[]>`select ${columns(tx)} from run where id = any(${[...ids]}::bigint[]) order by id for update`;
}

/** A run that a tick or an operation calls for. */
export type NewRun = FactKey &
  Readonly<{ workflowId: string; owed: Owed; operation: string | null; evaluatedBy: string; priority: number }>;

/** The id of a new run's workflow. A job that came to the path of a former one meets its runs' ids, and adds its number. */
const ownWorkflowId = (sql: Queryable) => sql`
  n."workflowId" || case when exists (select from run as other where other.workflow_id = n."workflowId" and other.job <> n.job)
                         then '~' || n.job else '' end`;

/**
 * Makes runs that are owed. A run that was only ever run by hand becomes owed; one that a tick or an operation already asked stays as
 * it is; a period whose fact is already known (marked before its tick) is listed with that state and owes nothing.
 * Answers the runs that this call made owed; a second call answers none.
 */
export async function insertOwed(tx: Transaction, runs: readonly NewRun[]): Promise<readonly RunRow[]> {
  if (runs.length === 0) return [];
  return tx<RunRow[]>`
    insert into run as r (project, job, period, workflow_id, state, owed, operation, trigger, evaluated_by, priority)
    select n.project, n.job, n.period, ${ownWorkflowId(tx)},
           coalesce(nullif(fact.state, 'none'), 'waiting'),
           case when coalesce(fact.state, 'none') = 'none' then n.owed end,
           n.operation, n.owed, n."evaluatedBy", n.priority
    from jsonb_to_recordset(${json(tx, runs)}) as n(project text, job bigint, period timestamptz, "workflowId" text, owed text,
           operation bigint, "evaluatedBy" bigint, priority smallint)
    left join fact on fact.project = n.project and fact.job = n.job and fact.period = n.period
    order by n.job, n.period
    on conflict (project, job, period) do update
    set owed = excluded.owed, operation = excluded.operation, evaluated_by = excluded.evaluated_by, priority = excluded.priority,
        trigger = case when r.state in ('queued', 'running') then r.trigger else excluded.trigger end,
        state = case when r.state in ('queued', 'running') then r.state else 'waiting' end,
        state_before = case when r.state in ('queued', 'running') then 'waiting' end
    where r.owed is null and excluded.owed is not null and r.state <> 'skipped'
      and not exists (select from turn where turn.run = r.id and turn.trigger <> 'manual')
    returning ${columns(tx)}`;
}

/**
 * Makes members of an operation: what was owed to another trigger is taken over, an ended run is owed again, one under way is owed
 * behind its live turn. Answers those made now: a second call none of those that are still owed to it.
 */
export async function insertMembers(tx: Transaction, runs: readonly NewRun[]): Promise<readonly RunRow[]> {
  if (runs.length === 0) return [];
  return tx<RunRow[]>`
    insert into run as r (project, job, period, workflow_id, state, owed, operation, trigger, evaluated_by, priority)
    select n.project, n.job, n.period, ${ownWorkflowId(tx)}, 'waiting', n.owed, n.operation, n.owed, n."evaluatedBy", n.priority
    from jsonb_to_recordset(${json(tx, runs)}) as n(project text, job bigint, period timestamptz, "workflowId" text, owed text,
           operation bigint, "evaluatedBy" bigint, priority smallint)
    order by n.job, n.period
    on conflict (project, job, period) do update
    set owed = excluded.owed, operation = excluded.operation, evaluated_by = excluded.evaluated_by, priority = excluded.priority,
        trigger = case when r.state in ('queued', 'running') then r.trigger else excluded.trigger end,
        state = case when r.state in ('queued', 'running') then r.state else 'waiting' end,
        ended_at = case when r.state in ('queued', 'running') then r.ended_at end,
        reasons = '[]'
    where r.operation is distinct from excluded.operation or r.owed is null
    returning ${columns(tx)}`;
}

/**
 * Locked runs that have ended owe a turn again, for an operation or (null) as production does. Those that wait, are under way or owe something
 * stay as they are and are not answered.
 */
export async function oweAgain(
  tx: Transaction,
  runs: readonly string[],
  { owed, operation, deployment }: Readonly<{ owed: Owed; operation: string | null; deployment: string }>,
): Promise<readonly RunRow[]> {
  return tx<RunRow[]>`
    update run set owed = ${owed}, operation = ${operation}, trigger = ${owed}, evaluated_by = ${deployment}, state = 'waiting',
      ended_at = null, reasons = '[]'
    where id = any(${[...runs]}::bigint[]) and owed is null and state not in ('waiting', 'queued', 'running')
    returning ${columns(tx)}`;
}

/** A locked run that waits for an operation's turn owes what it owed before, as production does. */
export async function giveBackRun(tx: Transaction, run: string, owed: Owed, deployment: string): Promise<void> {
  await tx`
    update run set owed = ${owed}, operation = null, trigger = ${owed}, evaluated_by = ${deployment}, waits_on = null, reasons = '[]'
    where id = ${run} and state = 'waiting'`;
}

/** The periods of some jobs in [from, to) whose runs are in one of these states and owe nothing, at most `limit`. */
export async function endedRuns(
  sql: Queryable,
  project: string,
  {
    jobs,
    from,
    to,
    states,
    limit,
  }: Readonly<{
    jobs: readonly string[];
    from: Date;
    to: Date;
    states: readonly RunState[];
    limit: number;
  }>,
): Promise<readonly Readonly<{ job: string; period: Date }>[]> {
  return sql<{ job: string; period: Date }[]>`
    select job, period from run
    where project = ${project} and state = any(${[...states]}) and period >= ${from} and period < ${to} and owed is null
      and job = any(${[...jobs]}::bigint[])
    order by period, job limit ${limit}`;
}

/** Makes runs that will not run, with the reason; one that exists already stays as it is. Answers those it made. */
export async function insertSkipped(
  tx: Transaction,
  runs: readonly NewRun[],
  reason: unknown,
): Promise<readonly RunRow[]> {
  if (runs.length === 0) return [];
  return tx<RunRow[]>`
    insert into run (project, job, period, workflow_id, state, trigger, evaluated_by, priority, reasons, ended_at)
    select project, job, period, ${ownWorkflowId(tx)}, 'skipped', owed, "evaluatedBy", priority, ${json(tx, [reason])}, now()
    from jsonb_to_recordset(${json(tx, runs)}) as n(project text, job bigint, period timestamptz, "workflowId" text, owed text,
           operation bigint, "evaluatedBy" bigint, priority smallint)
    order by job, period
    on conflict (project, job, period) do nothing
    returning ${columns(tx)}`;
}

/** Makes runs for what a person does by hand, where there are none: they owe nothing. */
export async function insertByHand(
  tx: Transaction,
  runs: readonly (FactKey & Readonly<{ workflowId: string; evaluatedBy: string; priority: number }>)[],
): Promise<void> {
  await tx`
    insert into run (project, job, period, workflow_id, state, trigger, evaluated_by, priority)
    select project, job, period, ${ownWorkflowId(tx)}, 'waiting', 'manual', "evaluatedBy", priority
    from jsonb_to_recordset(${json(tx, runs)}) as n(project text, job bigint, period timestamptz, "workflowId" text,
           "evaluatedBy" bigint, priority smallint)
    order by job, period
    on conflict (project, job, period) do nothing`;
}

/** What a change of state writes beside the state; a field left out stays as it is. */
export type StateChange = Readonly<{
  project: string;
  run: string;
  from: RunState;
  to: RunState;
  reasons?: readonly unknown[];
  waitsOn?: WaitsOn | null;
  /** The pool that it waits for. */
  waitsFor?: string | null;
  owed?: Owed | null;
  turn?: number;
  trigger?: string;
  priority?: number;
  /** Kept with the reasons of that state, which come back by `restoreReasons`. */
  stateBefore?: RunState | null;
  restoreReasons?: boolean;
  retryAt?: Date | null;
  queued?: boolean;
  started?: boolean;
  ended?: boolean;
}>;

/** Applies changes to locked runs, with an event of each new state, in one statement. A run that is not in its `from` any more is left alone. */
export async function changeStates(tx: Transaction, changes: readonly StateChange[]): Promise<void> {
  if (changes.length === 0) return;
  await tx`
    with changed as (
    update run set
      state = c.to,
      reasons = case when c.has ? 'reasons' then c.has->'reasons'
                     when c.has ? 'restoreReasons' then coalesce(run.reasons_before, '[]') else run.reasons end,
      reasons_before = case when c.has ? 'stateBefore' and c.has->>'stateBefore' is not null then run.reasons
                            when c.has ? 'stateBefore' then null else run.reasons_before end,
      waits_on = case when c.has ? 'waitsOn' then c.has->>'waitsOn' else run.waits_on end,
      waits_for = case when c.has ? 'waitsOn' then c.has->>'waitsFor' else run.waits_for end,
      owed = case when c.has ? 'owed' then c.has->>'owed' else run.owed end,
      turn = case when c.has ? 'turn' then (c.has->>'turn')::int else run.turn end,
      trigger = coalesce(c.has->>'trigger', run.trigger),
      priority = coalesce((c.has->>'priority')::smallint, run.priority),
      state_before = case when c.has ? 'stateBefore' then c.has->>'stateBefore' else run.state_before end,
      retry_at = case when c.has ? 'retryAt' then (c.has->>'retryAt')::timestamptz else run.retry_at end,
      queued_at = case when c.has ? 'queued' then now() else run.queued_at end,
      started_at = case when c.has ? 'started' then now() when c.has ? 'queued' then null else run.started_at end,
      ended_at = case when c.has ? 'ended' then now() when c.has ? 'queued' then null else run.ended_at end
    from (
      select (value->>'run')::bigint as id, value->>'from' as "from", value->>'to' as "to", value as has
      from jsonb_array_elements(${json(tx, changes)})
    ) as c
    where run.id = c.id and run.state = c."from"
    returning run.project, run.id, c."from", c."to"
    )
    insert into event (project, kind, run, body)
    select project, 'run', id, jsonb_build_object('state', "to") from changed where "from" <> "to"`;
}

/** Records by which deployment the runs' needs were evaluated. */
export async function recordEvaluation(tx: Transaction, ids: readonly string[], deployment: string): Promise<void> {
  await tx`update run set evaluated_by = ${deployment} where id = any(${[...ids]}::bigint[]) and state = 'waiting'`;
}

/** A waiting run as admit sees it: what is asked, what it still awaits, and what would be pinned. */
export type Candidate = FactKey &
  Readonly<{
    id: string;
    path: string;
    workflowId: string;
    owed: Owed | null;
    operation: string | null;
    operationKind: string | null;
    evaluatedBy: string;
    lastTurn: number;
    liveTurn: number | null;
    liveTrigger: string | null;
    liveAdmitted: boolean;
    retryDue: boolean;
    notBefore: Date | null;
    pinned: string | null;
    deployment: string;
    commit: string;
    inForce: string | null;
    /** What it alone has; null: nothing. */
    own: Own | null;
    enabled: boolean | null;
    overlap: 'wait' | 'allow' | 'skip' | 'cancel-old' | null;
    priority: string | null;
    machineGroup: string;
    /** Pools and how many slots of each; null: none. */
    pools: Readonly<Record<string, number>> | null;
    /** Where it runs; null: everywhere. `here`: where this installation stands; null: in no region. */
    regions: readonly string[] | null;
    /** Over how long its job spreads the starts of its ticks; null: not at all. `readAt` is the database's present. */
    jitterMs: number | null;
    readAt: Date;
    here: string | null;
    unmet: number;
    /** Whether one of its needs skips it when all of that need's periods were skipped. */
    skipsIfNone: boolean;
  }>;

/** The runs of `ids` that wait (locked by the caller), with all that decides whether they may start. */
export async function readCandidates(tx: Transaction, ids: readonly string[]): Promise<readonly Candidate[]> {
  return tx<Candidate[]>`
    select run.id, run.project, run.job, run.period, job.path, run.workflow_id as "workflowId", run.owed, run.operation,
      operation.kind as "operationKind", run.evaluated_by as "evaluatedBy", run.turn as "lastTurn",
      live.n as "liveTurn", live.trigger as "liveTrigger", live.admitted_at is not null as "liveAdmitted",
      coalesce(live.not_before <= clock_timestamp(), true) as "retryDue", live.not_before as "notBefore", live.definition as pinned,
      project.deployment, deployment.commit, jd.hash as "inForce", run.own, jd.enabled,
      definition.body->>'overlap' as overlap, definition.body->>'priority' as priority,
      coalesce(run.own->>'machineGroup', definition.body->>'machineGroup', 'default') as "machineGroup", definition.body->'pools' as pools,
      (definition.body->>'jitterMs')::float8 as "jitterMs", clock_timestamp() as "readAt",
      definition.body->'regions' as regions, (select region from installation) as here,
      (select count(*) from need where need.run = run.id and ${isOpen(tx)})::int as unmet,
      exists (select from need where need.run = run.id and need.skip_if_none) as "skipsIfNone"
    from run
    join job on job.id = run.job
    join project on project.name = run.project
    join deployment on deployment.id = project.deployment
    left join operation on operation.id = run.operation
    left join turn live on live.run = run.id and live.ending is null
    left join job_definition jd on jd.job = run.job and jd.until is null
    left join definition on definition.hash = coalesce(live.definition, jd.hash)
    where run.id = any(${[...ids]}::bigint[]) and run.state = 'waiting'
    order by run.period, run.id`;
}

/** Runs by (project, period) of some jobs: what a tick's page made. */
export async function findRuns(
  sql: Queryable,
  project: string,
  period: Date,
  jobs: readonly string[],
): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from run where project = ${project} and job = any(${[...jobs]}::bigint[]) and period = ${period} and state = 'waiting'`;
  return rows.map((row) => row.id);
}

/**
 * Runs of some jobs that are ready but for the job's hold: the lowest periods of production, and the lowest and highest of each operation that
 * has some waiting, since the lowest of all may have no place in its own, and one may go backward.
 */
export async function waitingForOverlap(sql: Queryable, jobs: readonly string[]): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select next.id from unnest(${[...jobs]}::bigint[]) as j(id),
    lateral (
      (select id from run where job = j.id and waits_on = 'overlap' and operation is null order by period limit 2)
      union all
      (with recursive waiting as (
         -- Each step jumps to the next operation in the index: thousands that wait cost no more than two.
         (select operation from run where job = j.id and waits_on = 'overlap' and operation is not null order by operation limit 1)
         union all
         select (select operation from run
                 where job = j.id and waits_on = 'overlap' and operation > waiting.operation order by operation limit 1)
         from waiting where waiting.operation is not null
       )
       select member.id from waiting,
       lateral (
         (select id from run where job = j.id and waits_on = 'overlap' and operation = waiting.operation order by period limit 2)
         union
         (select id from run where job = j.id and waits_on = 'overlap' and operation = waiting.operation order by period desc limit 2)
       ) as member)
    ) as next`;
  return rows.map((row) => row.id);
}

/** Members of an operation that are ready but for its limit, in its direction: lowest period first, or highest. */
export async function waitingForParallel(sql: Queryable, operation: string, limit: number): Promise<readonly string[]> {
  const isBackward = sql`coalesce((select direction from backfill where operation = ${operation}), 'forward') = 'backward'`;
  const waiting = sql`select id from run where operation = ${operation} and waits_on = 'parallel'`;
  const rows = await sql<{ id: string }[]>`
    (${waiting} and not ${isBackward} order by period, id limit ${limit})
    union all
    (${waiting} and ${isBackward} order by period desc, id desc limit ${limit})`;
  return rows.map((row) => row.id);
}

/** Waiting runs whose needs were evaluated by an older deployment than `deployment`, in order of their number. */
export async function evaluatedBefore(
  sql: Queryable,
  project: string,
  deployment: string,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from run
    where state = 'waiting' and project = ${project} and evaluated_by < ${deployment} and owed is not null and id > ${after}
    order by id limit ${limit}`;
  return rows.map((row) => row.id);
}

/** The members of an operation among `keys`, by their runs. */
export async function membersOf(
  sql: Transaction,
  operation: string,
  keys: readonly FactKey[],
): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select run.id
    from jsonb_to_recordset(${json(sql, keys)}) as k(project text, job bigint, period timestamptz)
    join run on run.project = k.project and run.job = k.job and run.period = k.period and run.operation = ${operation}`;
  return rows.map((row) => row.id);
}

/** States of the facts of some (job, period): for the runs before a skipped one of the same job. */
export async function factStates(sql: Transaction, keys: readonly FactKey[]): Promise<ReadonlyMap<string, FactState>> {
  if (keys.length === 0) return new Map();
  const rows = await sql<{ job: string; period: Date; state: FactState }[]>`
    select fact.job, fact.period, fact.state
    from jsonb_to_recordset(${json(sql, keys)}) as k(project text, job bigint, period timestamptz)
    join fact on fact.project = k.project and fact.job = k.job and fact.period = k.period`;
  return new Map(rows.map((row) => [`${row.job}@${row.period.getTime()}`, row.state]));
}

/** The skipped periods of jobs up to a period of each, the latest `limit` of them, as `<job>@<period in ms>`. */
export async function skippedUpTo(
  sql: Transaction,
  keys: readonly FactKey[],
  limit: number,
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await sql<{ job: string; period: Date }[]>`
    select k.job, skipped.period
    from jsonb_to_recordset(${json(sql, keys)}) as k(project text, job bigint, period timestamptz),
    lateral (
      select fact.period from fact
      where fact.project = k.project and fact.job = k.job and fact.period <= k.period and fact.state = 'skipped'
      order by fact.period desc limit ${limit}) as skipped`;
  return new Set(rows.map((row) => `${row.job}@${row.period.getTime()}`));
}

/** Facts of some jobs in [from, to), by `<job>@<period in ms>`: what `--only missing` and `--only failed` look at. */
export async function memberFacts(
  sql: Queryable,
  project: string,
  jobs: readonly string[],
  from: Date,
  to: Date,
): Promise<ReadonlyMap<string, FactState>> {
  const rows = await sql<{ job: string; period: Date; state: FactState }[]>`
    select job, period, state from fact
    where project = ${project} and job = any(${[...jobs]}::bigint[]) and period >= ${from} and period < ${to} and state <> 'none'`;
  return new Map(rows.map((row) => [`${row.job}@${row.period.getTime()}`, row.state]));
}

/** Runs that wait for what they owe, not for a retry: those that a deployment evaluates anew. Newest period first, at most `limit`. */
export async function waitingRuns(
  sql: Queryable,
  project: string,
  limit: number,
): Promise<readonly Readonly<{ run: string; number: string; job: string; period: Date; operation: string | null }>[]> {
  return sql<{ run: string; number: string; job: string; period: Date; operation: string | null }[]>`
    select run.id as run, run.job as number, job.path as job, run.period, run.operation
    from run join job on job.id = run.job
    where run.project = ${project} and run.state = 'waiting' and run.owed is not null
      and run.waits_on is distinct from 'retry'
    order by run.period desc, run.id limit ${limit}`;
}

/** Runs under way or waiting: what a deployment meets. */
export async function runsInFlight(
  sql: Queryable,
  project: string,
  limit: number,
): Promise<readonly Readonly<{ run: string; job: string; period: Date; state: RunState }>[]> {
  return sql<{ run: string; job: string; period: Date; state: RunState }[]>`
    select run.id as run, job.path as job, run.period, run.state
    from run join job on job.id = run.job
    where run.project = ${project} and run.state in ('waiting', 'queued', 'running')
    order by run.state, run.period desc, run.id limit ${limit}`;
}
