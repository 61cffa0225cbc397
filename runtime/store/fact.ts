import type { Outcome } from '../../workflows/contract.js';
import type { Transaction } from './database.js';
import { highestPeriod } from './latest.js';
import { json } from './transaction.js';

// Facts: what is true of (project, job, period). Locked before runs, in the order of their key.

export type FactState = 'none' | 'skipped' | Outcome;
export type FactKey = Readonly<{ project: string; job: string; period: Date }>;
export type FactRow = FactKey &
  Readonly<{ state: FactState; reason: string | null; run: string | null; turn: number | null }>;
/** A state that a person sets by hand. */
export type MarkedState = 'succeeded' | 'failed' | 'skipped';

/** Locks one fact for writing, making it as 'none' when it is new. */
export async function lockFact(tx: Transaction, { project, job, period }: FactKey): Promise<FactState> {
  await tx`insert into fact (project, job, period, state) values (${project}, ${job}, ${period}, 'none') on conflict do nothing`;
  const [row] = await tx<{ state: FactState }[]>`
    select state from fact where project = ${project} and job = ${job} and period = ${period} for update`;
  return row!.state;
}

/** Writes what is true from now on; the result before is forgotten unless it was set aside by `setAside`. */
export async function writeFact(
  tx: Transaction,
  fact: FactKey & Readonly<{ state: FactState; reason: string | null; run: string; turn: number | null }>,
): Promise<void> {
  await tx`
    insert into fact (project, job, period, state, reason, run, turn)
    values (${fact.project}, ${fact.job}, ${fact.period}, ${fact.state}, ${fact.reason}, ${fact.run}, ${fact.turn})
    on conflict (project, job, period) do update
    set state = excluded.state, reason = excluded.reason, run = excluded.run, turn = excluded.turn, former = null, marked_by = null,
        at = now()`;
}

/** Locks facts for writing, in the order of their key, making absent ones as 'none'. */
export async function lockFacts(tx: Transaction, keys: readonly FactKey[]): Promise<void> {
  if (keys.length === 0) return;
  await tx`
    insert into fact (project, job, period, state)
    select project, job, period, 'none' from ${asRows(tx, keys)} order by project, job, period on conflict do nothing`;
  await tx`
    select from ${asRows(tx, keys)}
    join fact on fact.project = k.project and fact.job = k.job and fact.period = k.period
    order by fact.project, fact.job, fact.period for update of fact`;
}

const asRows = (tx: Transaction, keys: readonly FactKey[]) => tx`
  jsonb_to_recordset(${json(
    tx,
    keys.map(({ project, job, period }) => ({ project, job, period })),
  )}) as k(project text, job bigint, period timestamptz)`;

/** Writes locked facts as a person sets them by hand. */
export async function writeMarks(
  tx: Transaction,
  runs: readonly string[],
  { state, reason, by }: Readonly<{ state: MarkedState; reason: string; by: string }>,
): Promise<void> {
  await tx`
    update fact set state = ${state}, reason = ${reason}, run = run.id, turn = null, former = null, outputs = null, marked_by = ${by}, at = now()
    from run
    where run.id = any(${[...runs]}::bigint[])
      and fact.project = run.project and fact.job = run.job and fact.period = run.period`;
}

/** The fact that a skipped run leaves; one that says more already stays. */
export async function writeSkippedFacts(tx: Transaction, runs: readonly string[], reason: string): Promise<void> {
  if (runs.length === 0) return;
  await tx`
    insert into fact (project, job, period, state, reason, run)
    select project, job, period, 'skipped', ${reason}, id from run where id = any(${[...runs]}::bigint[])
    order by project, job, period
    on conflict (project, job, period) do update
    set state = 'skipped', reason = excluded.reason, run = excluded.run, at = now() where fact.state = 'none'`;
}

/**
 * Facts become 'none' before an operation asks its turns; what they were is kept beside. A second call keeps the first `former`. Whoever
 * waits for something else yet, and had this met, waits for it again: a need is met only by new data.
 */
export async function setAside(tx: Transaction, keys: readonly FactKey[]): Promise<void> {
  await tx`
    insert into fact (project, job, period, state)
    select project, job, period, 'none'
    from jsonb_to_recordset(${json(tx, keys)}) as k(project text, job bigint, period timestamptz)
    order by project, job, period
    on conflict (project, job, period) do update
    set state = 'none', reason = null, marked_by = null, at = now(),
        former = coalesce(fact.former, jsonb_build_object('state', fact.state, 'reason', fact.reason, 'run', fact.run, 'turn', fact.turn,
                                                          'by', fact.marked_by))
    where fact.state <> 'none'`;
  await awaitAgain(tx, keys);
}

/** Whoever waits still, for something else, and had these met, has to have them met anew. */
export async function awaitAgain(tx: Transaction, keys: readonly FactKey[]): Promise<void> {
  await tx`
    update need set met = false from ${asRows(tx, keys)}
    where need.project = k.project and need.job = k.job and need.period = k.period and need.met`;
}

/**
 * Locks the facts that the runs' unmet needs await, for share, in order, making absent ones; whoever writes one of them waits for us,
 * and we for him: so no wake-up is lost between them. For a need on the latest it is the one that is the latest now: a later one has its
 * own settle, which begins after our needs were committed and finds them.
 */
export async function shareAwaitedFacts(tx: Transaction, runs: readonly string[]): Promise<void> {
  await tx`
    insert into fact (project, job, period, state)
    select distinct project, job, period, 'none' from (${awaitedKeys(tx, runs)}) as awaited
    order by project, job, period
    on conflict do nothing`;
  await tx`
    select from fact
    where (project, job, period) in (${awaitedKeys(tx, runs)})
    order by project, job, period
    for share`;
}

const awaitedKeys = (sql: Transaction, runs: readonly string[]) => sql`
  select project, job, period from need where run = any(${[...runs]}::bigint[]) and not met and form <> 'latest'
  union all
  select project, job, period from (
    select need.project, need.job, ${highestPeriod(sql)} as period
    from need where need.run = any(${[...runs]}::bigint[]) and need.form = 'latest') as highest
  where period is not null`;
