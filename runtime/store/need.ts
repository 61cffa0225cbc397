import type { Queryable, Transaction } from './database.js';
import type { FactKey, FactState } from './fact.js';
import { highestPeriod, NO_PERIOD } from './latest.js';
import { isOpen, OPTIONAL_SECONDS } from './need-open.js';
import { MANY_NEEDS } from './need-settled.js';
import { json } from './transaction.js';

// Needs: what a waiting run awaits, one row for each upstream period. Rows live only while the run waits.

/** How a need takes a skipped period: see the migration. */
export type NeedKind = 'one' | 'several' | 'own' | 'latest';

export type NeedRow = Readonly<{
  run: string;
  ord: number;
  project: string;
  job: string;
  period: Date;
  mode: 'success' | 'finished';
  optional: boolean;
  form: NeedKind;
  skipIfNone: boolean;
}>;

export type UnmetNeed = Readonly<{
  run: string;
  job: string;
  path: string;
  /** Null: of the latest of a job that has none yet. */
  period: Date | null;
  state: FactState;
  upstreamRun: string | null;
  /** When the upstream was first deployed, if that is later than its period and no run of it is there (D11). */
  firstDeployed: Date | null;
  /** An optional need: until when it is awaited if no run appears. */
  until: Date | null;
}>;

/** Replaces what the given runs await and answers what they awaited before; a second call with the same rows changes nothing. */
export async function replaceNeeds(
  tx: Transaction,
  runs: readonly string[],
  needs: readonly NeedRow[],
): Promise<readonly FormerNeed[]> {
  if (runs.length === 0) return [];
  const former = await tx<FormerNeed[]>`
    with gone as (delete from need where run = any(${[...runs]}::bigint[]) returning run, job, period, form)
    select gone.run, gone.job, job.path, gone.period, gone.form from gone join job on job.id = gone.job`;
  await insertNeeds(tx, needs);
  return former;
}

/** A need that a run had. */
export type FormerNeed = Readonly<{ run: string; job: string; path: string; period: Date; form: NeedKind }>;

// A month of an upstream of every minute is forty thousand rows: so many go into one statement.
const AT_ONCE = 20_000;

/** Adds needs that are not there yet. */
export async function insertNeeds(tx: Transaction, needs: readonly NeedRow[]): Promise<void> {
  for (let from = 0; from < needs.length; from += AT_ONCE)
    await tx`
      insert into need (run, ord, project, job, period, mode, optional, form, skip_if_none)
      select run, ord, project, job, period, mode, optional, form, "skipIfNone"
      from jsonb_to_recordset(${json(tx, needs.slice(from, from + AT_ONCE))})
        as n(run bigint, ord int, project text, job bigint, period timestamptz, mode text, optional boolean, form text, "skipIfNone" boolean)
      on conflict do nothing`;
}

/**
 * Marks as met what the facts already satisfy; those on the latest are looked up anew. The facts must be locked by the caller.
 * What a skipped period does to a need for one period, or for one's own, is not decided here.
 */
export async function markMet(tx: Transaction, runs: readonly string[]): Promise<void> {
  const ids = [...runs];
  await tx`
    with highest as (
      select need.run, need.ord, need.project, need.job, ${highestPeriod(tx)} as period
      from need where need.run = any(${ids}::bigint[]) and need.form = 'latest'
    ), looked_up as (
      update need set period = coalesce(highest.period, ${NO_PERIOD}), met = ${isMetBy(tx)}
      from highest left join fact using (project, job, period)
      where need.run = highest.run and need.ord = highest.ord and need.form = 'latest'
        and (need.period, need.met) is distinct from (coalesce(highest.period, ${NO_PERIOD}), ${isMetBy(tx)})
    )
    update need set met = true
    from fact
    where need.run = any(${ids}::bigint[]) and not need.met and need.form <> 'latest'
      and fact.project = need.project and fact.job = need.job and fact.period = need.period and ${isMetBy(tx)}`;
}

/** Whether `fact` meets `need`; an optional one on the latest of a job that has none is met without. */
const isMetBy = (sql: Queryable) => sql`(
  case when fact.state is null then need.optional
       else fact.state = 'succeeded' or ((need.mode = 'finished' or need.optional) and fact.state <> 'none')
            or (need.form = 'several' and fact.state = 'skipped') end)`;

/** A run that awaits a fact; `many`: it awaits more than are looked through at each settle. */
export type Dependent = Readonly<{ run: string; many: boolean }>;

/** Runs that await this fact, or the latest of its job, and have not got it, in order of their number, after `after`, at most `limit`. */
export async function dependentsOf(
  sql: Queryable,
  key: FactKey,
  after: string,
  limit: number,
): Promise<readonly Dependent[]> {
  return sql<Dependent[]>`
    select run, (
      select count(*) from (select from need where need.run = waiting.run and not need.met limit ${MANY_NEEDS + 1}) as open
    ) > ${MANY_NEEDS} as many
    from (
      select run from need
      where project = ${key.project} and job = ${key.job} and period = ${key.period} and not met and run > ${after}
      union
      select run from need
      where project = ${key.project} and job = ${key.job} and form = 'latest' and not met and run > ${after}
    ) as waiting
    order by run limit ${limit}`;
}

/** A need on a period that was skipped, which no success will ever meet; `self`: of the run's own job, which moves on. */
export type SkippedNeed = Readonly<{ run: string; path: string; period: Date; self: boolean }>;

/** The first such need of each run that has one. */
export async function skippedNeeds(sql: Queryable, runs: readonly string[]): Promise<readonly SkippedNeed[]> {
  if (runs.length === 0) return [];
  return sql<SkippedNeed[]>`
    select distinct on (need.run) need.run, job.path, need.period, need.form = 'own' as self
    from need
    join job on job.id = need.job
    join fact on fact.project = need.project and fact.job = need.job and fact.period = need.period and fact.state = 'skipped'
    where need.run = any(${[...runs]}::bigint[]) and not need.met and need.mode = 'success' and not need.optional
      and need.form in ('one', 'own')
    order by need.run, need.ord, need.period`;
}

/** Upstreams all of whose periods were skipped, for runs that are skipped where there is none: run → path. */
export async function allLeftOut(sql: Queryable, runs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (runs.length === 0) return new Map();
  const rows = await sql<{ run: string; path: string }[]>`
    select need.run, min(job.path) as path
    from need
    join job on job.id = need.job
    left join fact on fact.project = need.project and fact.job = need.job and fact.period = need.period
    where need.run = any(${[...runs]}::bigint[]) and need.form = 'several' and need.skip_if_none and need.mode = 'success'
    group by need.run, need.ord having bool_and(fact.state is not distinct from 'skipped')`;
  return new Map(rows.map((row) => [row.run, row.path]));
}

/** The first needs of each run that hold it back, with what is known of them: at most `limit` a run. */
export async function unmetNeeds(
  sql: Queryable,
  runs: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, readonly UnmetNeed[]>> {
  const rows = await sql<UnmetNeed[]>`
    select need.run, need.job, job.path, nullif(need.period, ${NO_PERIOD}) as period, coalesce(fact.state, 'none') as state,
      upstream.id as "upstreamRun",
      case when upstream.id is null and coalesce(fact.state, 'none') = 'none' and need.form <> 'latest'
             and need.period < deployment.in_force_at then deployment.in_force_at end as "firstDeployed",
      case when need.optional and need.form <> 'latest' and run.operation is null and upstream.owed is null
        then need.period + ${OPTIONAL_SECONDS} * interval '1 second' end as until
    from unnest(${[...runs]}::bigint[]) as asked(id)
    join run on run.id = asked.id,
    -- What is shown is chosen before anything is looked up beside it: a run may await ten thousand.
    lateral (
      select * from need where need.run = run.id and ${isOpen(sql)} order by need.ord, need.period limit ${limit}
    ) as need
    join job on job.id = need.job
    join deployment on deployment.id = job.first_deployment
    left join fact on fact.project = need.project and fact.job = need.job and fact.period = need.period
    left join run upstream on upstream.project = need.project and upstream.job = need.job and upstream.period = need.period
    order by need.run, need.ord, need.period`;
  const byRun = new Map<string, UnmetNeed[]>();
  for (const row of rows) byRun.set(row.run, [...(byRun.get(row.run) ?? []), row]);
  return byRun;
}

/** Runs that were admitted or are gone await nothing any more. */
export async function dropNeeds(tx: Transaction, runs: readonly string[]): Promise<void> {
  await tx`delete from need where run = any(${[...runs]}::bigint[])`;
}

/** Runs that await one of these periods, whether they have got it or not, at most `limit`; those on the latest of a job not among them. */
export async function awaitersOf(
  sql: Queryable,
  keys: readonly FactKey[],
  limit: number,
): Promise<readonly Readonly<{ run: string; path: string; period: Date }>[]> {
  return sql<{ run: string; path: string; period: Date }[]>`
    select distinct run.id as run, job.path, run.period
    from jsonb_to_recordset(${json(
      sql as Transaction,
      keys.map(({ project, job, period }) => ({ project, job, period })),
    )}) as k(project text, job bigint, period timestamptz)
    join need on need.project = k.project and need.job = k.job and need.period = k.period
    join run on run.id = need.run
    join job on job.id = run.job
    order by run.period, run.id limit ${limit}`;
}
