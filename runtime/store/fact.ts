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

/** Locks one fact for writing, making it as 'none' when it is new: the tick or the operation that called for its run has made most. */
export async function lockFact(tx: Transaction, { project, job, period }: FactKey): Promise<void> {
  const lock = () => tx`select from fact where project = ${project} and job = ${job} and period = ${period} for update`;
  if ((await lock()).length === 1) return;
  await tx`insert into fact (project, job, period, state) values (${project}, ${job}, ${period}, 'none') on conflict do nothing`;
  await lock();
}

/** Writes what is true from now on; the result before is forgotten unless it was set aside by `setAside`. */
export async function writeFact(
  tx: Transaction,
  fact: FactKey &
    Readonly<{
      state: FactState;
      reason: string | null;
      run: string;
      turn: number | null;
      /** What its run told those who need it. */
      outputs?: Readonly<Record<string, string>> | undefined;
    }>,
): Promise<void> {
  const outputs = fact.outputs === undefined ? null : json(tx, fact.outputs);
  await tx`
    insert into fact (project, job, period, state, reason, run, turn, outputs)
    values (${fact.project}, ${fact.job}, ${fact.period}, ${fact.state}, ${fact.reason}, ${fact.run}, ${fact.turn}, ${outputs})
    on conflict (project, job, period) do update
    set state = excluded.state, reason = excluded.reason, run = excluded.run, turn = excluded.turn, outputs = excluded.outputs,
        former = null, marked_by = null, at = now()`;
}

/**
 * What runs told, in the order asked: of a period, or of the highest period of a job that has told something (`latest`). Where nothing was told the
 * outputs are empty; without a period there is nothing.
 */
export async function outputsOf(
  tx: Transaction,
  project: string,
  asked: readonly Readonly<{ job: string; period: Date | 'latest' | null }>[],
): Promise<readonly (Readonly<{ period: Date; outputs: Readonly<Record<string, string>> }> | undefined)[]> {
  if (asked.length === 0) return [];
  const rows = await tx<{ ord: number; period: Date; outputs: Readonly<Record<string, string>> | null }[]>`
    select a.ord, a.period, fact.outputs
    from (
      select a.ord, a.job, case when a.latest then (
        select max(period) from fact where fact.project = ${project} and fact.job = a.job and fact.state = 'succeeded') else a.period end as period
      from jsonb_to_recordset(${json(
        tx,
        asked.map(({ job, period }, ord) => ({
          ord,
          job,
          latest: period === 'latest',
          period: period === 'latest' ? null : period,
        })),
      )}) as a(ord int, job bigint, latest boolean, period timestamptz)
    ) as a
    left join fact on fact.project = ${project} and fact.job = a.job and fact.period = a.period and fact.state = 'succeeded'
    where a.period is not null`;
  const found = new Map(rows.map(({ ord, period, outputs }) => [ord, { period, outputs: outputs ?? {} }]));
  return asked.map((_, ord) => found.get(ord));
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
    set state = 'none', reason = null, marked_by = null, outputs = null, at = now(),
        former = coalesce(fact.former, jsonb_build_object('state', fact.state, 'reason', fact.reason, 'run', fact.run, 'turn', fact.turn,
                                                          'by', fact.marked_by, 'outputs', fact.outputs))
    where fact.state <> 'none'`;
  await awaitAgain(tx, keys);
}

/**
 * A locked fact is again what it was before an operation set it aside, and answers that; undefined where nothing was set aside: it stays.
 * A second call answers undefined.
 */
export async function restoreFormer(
  tx: Transaction,
  { project, job, period }: FactKey,
): Promise<FactState | undefined> {
  const [row] = await tx<{ state: FactState }[]>`
    update fact
    set state = former->>'state', reason = former->>'reason', run = (former->>'run')::bigint, turn = (former->>'turn')::int,
        marked_by = former->>'by', outputs = nullif(former->'outputs', 'null'), former = null, at = now()
    where project = ${project} and job = ${job} and period = ${period} and state = 'none' and former is not null
    returning state`;
  return row?.state;
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
