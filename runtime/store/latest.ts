import type { Queryable } from './database.js';

// `latest`: a need on the highest period of a job that has a run which is not purely manual. Such a run still owes something, or has left a
// fact; one by hand does neither. Skipped ones are passed over.

/** Stands for the period of a need on the latest while the upstream has none. */
export const NO_PERIOD = new Date(0);

/** The highest such period of some jobs of a project; who has none is not in it. */
export async function latestOf(
  sql: Queryable,
  project: string,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  if (jobs.length === 0) return new Map();
  const rows = await sql<{ job: string; period: Date | null }[]>`
    select need.job, ${highestPeriod(sql)} as period
    from (select ${project}::text as project, unnest(${[...jobs]}::bigint[]) as job) as need`;
  return new Map(rows.flatMap(({ job, period }) => (period === null ? [] : [[job, period] as const])));
}

/** The highest such period of `need.job`, null where there is none, as a subquery over a row called `need`. */
export const highestPeriod = (sql: Queryable) => sql`
  greatest(
    (select max(run.period) from run where run.job = need.job and run.owed is not null),
    (select fact.period from fact
     where fact.project = need.project and fact.job = need.job and fact.state not in ('none', 'skipped')
     order by fact.period desc limit 1))`;
