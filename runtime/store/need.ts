import type { Queryable, Transaction } from './database.js';
import type { FactKey, FactState } from './fact.js';
import { json } from './transaction.js';

// Needs: what a waiting run awaits, one row for each upstream period. Rows live only while the run waits.

export type NeedRow = Readonly<{
  run: string;
  ord: number;
  project: string;
  job: string;
  period: Date;
  mode: 'success' | 'finished';
  optional: boolean;
}>;

export type UnmetNeed = Readonly<{
  run: string;
  job: string;
  path: string;
  period: Date;
  state: FactState;
  upstreamRun: string | null;
}>;

/** Replaces what the given runs await; a second call with the same rows changes nothing. */
export async function replaceNeeds(tx: Transaction, runs: readonly string[], needs: readonly NeedRow[]): Promise<void> {
  if (runs.length === 0) return;
  await tx`delete from need where run = any(${[...runs]}::bigint[])`;
  await insertNeeds(tx, needs);
}

/** Adds needs that are not there yet. */
export async function insertNeeds(tx: Transaction, needs: readonly NeedRow[]): Promise<void> {
  if (needs.length === 0) return;
  await tx`
    insert into need (run, ord, project, job, period, mode, optional)
    select run, ord, project, job, period, mode, optional
    from jsonb_to_recordset(${json(tx, needs)})
      as n(run bigint, ord int, project text, job bigint, period timestamptz, mode text, optional boolean)
    on conflict do nothing`;
}

/** Marks as met what the facts already satisfy. The facts must be locked by the caller. */
export async function markMet(tx: Transaction, runs: readonly string[]): Promise<void> {
  await tx`
    update need set met = true
    from fact
    where need.run = any(${[...runs]}::bigint[]) and not need.met
      and fact.project = need.project and fact.job = need.job and fact.period = need.period
      and (fact.state = 'succeeded' or ((need.mode = 'finished' or need.optional) and fact.state <> 'none'))`;
}

/** Runs that await this fact and have not got it, in order of their number, after `after`, at most `limit`. */
export async function dependentsOf(
  sql: Queryable,
  key: FactKey,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await sql<{ run: string }[]>`
    select distinct run from need
    where project = ${key.project} and job = ${key.job} and period = ${key.period} and not met and run > ${after}
    order by run limit ${limit}`;
  return rows.map((row) => row.run);
}

/** A need on a period that was skipped, which no success will ever meet; `self`: of the run's own job. */
export type SkippedNeed = Readonly<{ run: string; path: string; period: Date; self: boolean }>;

/** The first such need of each run that has one. */
export async function skippedNeeds(sql: Queryable, runs: readonly string[]): Promise<readonly SkippedNeed[]> {
  if (runs.length === 0) return [];
  return sql<SkippedNeed[]>`
    select distinct on (need.run) need.run, job.path, need.period, run.job = need.job as self
    from need
    join run on run.id = need.run
    join job on job.id = need.job
    join fact on fact.project = need.project and fact.job = need.job and fact.period = need.period and fact.state = 'skipped'
    where need.run = any(${[...runs]}::bigint[]) and not need.met and need.mode = 'success'
    order by need.run, need.ord, need.period`;
}

/** The first unmet needs of each run, with what is known of them: at most `limit` a run. */
export async function unmetNeeds(
  sql: Queryable,
  runs: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, readonly UnmetNeed[]>> {
  const rows = await sql<UnmetNeed[]>`
    select asked.id as run, first.job, first.path, first.period, first.state, first.upstream_run as "upstreamRun"
    from unnest(${[...runs]}::bigint[]) as asked(id),
    lateral (
      select need.job, job.path, need.period, coalesce(fact.state, 'none') as state, upstream.id as upstream_run
      from need
      join job on job.id = need.job
      left join fact on fact.project = need.project and fact.job = need.job and fact.period = need.period
      left join run upstream on upstream.project = need.project and upstream.job = need.job and upstream.period = need.period
      where need.run = asked.id and not need.met
      order by need.ord, need.period limit ${limit}
    ) as first
    order by asked.id`;
  const byRun = new Map<string, UnmetNeed[]>();
  for (const row of rows) byRun.set(row.run, [...(byRun.get(row.run) ?? []), row]);
  return byRun;
}

/** Runs that were admitted or are gone await nothing any more. */
export async function dropNeeds(tx: Transaction, runs: readonly string[]): Promise<void> {
  await tx`delete from need where run = any(${[...runs]}::bigint[])`;
}
