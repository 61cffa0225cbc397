import type { Queryable } from './database.js';

/** How a period stands, since when, and the run it has; `none` where nothing is known of it. */
export type Standing = Readonly<{
  job: string;
  period: Date;
  run: string | null;
  state: string;
  fact: string;
  since: Date | null;
}>;

/** The standing of some (job, period), in their order. `since`: the fact's instant, else that of the run's last move. */
export async function standingOf(
  sql: Queryable,
  project: string,
  keys: readonly Readonly<{ job: string; period: Date }>[],
): Promise<readonly Standing[]> {
  if (keys.length === 0) return [];
  return sql<Standing[]>`
    select k.job, k.period, run.id as run, coalesce(run.state, 'none') as state, coalesce(fact.state, 'none') as fact,
           case when fact.state <> 'none' then fact.at
             else coalesce(run.ended_at, run.started_at, run.queued_at, run.created_at) end as since
    from unnest(${keys.map((key) => key.job)}::bigint[], ${keys.map((key) => key.period.toISOString())}::timestamptz[])
      with ordinality as k(job, period, ord)
    left join run on run.project = ${project} and run.job = k.job and run.period = k.period
    left join fact on fact.project = ${project} and fact.job = k.job and fact.period = k.period
    order by k.ord`;
}
