import type { Queryable } from './database.js';

// So many of a job's last successes say how long it takes.
const LOOKED_AT = 20;

/** The median time from start to end of each job's last successes by its periods, milliseconds, by number; a job that has none is not in it. */
export async function medianDurations(
  sql: Queryable,
  project: string,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ job: string; ms: number }[]>`
    select j.id as job, percentile_cont(0.5) within group (order by extract(epoch from last.ended_at - last.started_at)) * 1000 as ms
    from unnest(${[...jobs]}::bigint[]) as j(id),
    lateral (
      select started_at, ended_at from run
      where project = ${project} and job = j.id and state = 'succeeded' and started_at is not null
      order by period desc limit ${LOOKED_AT}) as last
    group by j.id`;
  return new Map(rows.map(({ job, ms }) => [job, Math.round(ms)]));
}
