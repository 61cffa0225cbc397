import type { Queryable } from './database.js';

// Cascades as people see them: how each member stands now, where another hand has repaired it too.

export type CascadeRecord = Readonly<{
  id: string;
  project: string;
  request: Readonly<Record<string, unknown>>;
  cursor: Readonly<{ phase: string; done: boolean }>;
  askedBy: string;
  askedAt: Date;
  members: number;
  finishedAt: Date | null;
  states: Readonly<Record<string, number>>;
}>;

/** How a member stands: what became of it within the cascade, or how its run is; one that failed and was repaired otherwise has succeeded. */
const shown = (sql: Queryable) => sql`
  case when member.state = 'made' then coalesce(run.state, 'planned')
       when member.state in ('failed', 'timed_out', 'cancelled', 'left') and fact.state = 'succeeded' then 'succeeded'
       when member.state = 'left' then coalesce(run.state, 'planned')
       else member.state end`;

const withRuns = (sql: Queryable) => sql`
  member join operation on operation.id = member.operation
  left join run on run.project = operation.project and run.job = member.job and run.period = member.period
  left join fact on fact.project = operation.project and fact.job = member.job and fact.period = member.period`;

/** The cascades of a project, newest first, at most `limit`; of one number where that is given. */
export async function listCascades(
  sql: Queryable,
  { project, id = null, limit }: Readonly<{ project: string | null; id?: string | null; limit: number }>,
): Promise<readonly CascadeRecord[]> {
  const rows = await sql<CascadeRecord[]>`
    select id, project, request, cursor, asked_by as "askedBy", asked_at as "askedAt", members, finished_at as "finishedAt",
      coalesce((
        select jsonb_object_agg(state, n) from (
          select ${shown(sql)} as state, count(*) as n from ${withRuns(sql)} where member.operation = cascade.id group by 1) as counted
      ), '{}') as states
    from operation as cascade
    where kind = 'cascade' and (${project}::text is null or project = ${project}) and (${id}::bigint is null or id = ${id})
    order by id desc limit ${limit}`;
  return rows;
}

export type CascadeMember = Readonly<{
  ord: number;
  job: string;
  period: Date;
  action: string;
  why: string;
  state: string;
  run: string | null;
}>;

/** Members in the order of the plan, from number `from` on. */
export async function cascadeMembers(
  sql: Queryable,
  id: string,
  { from, limit }: Readonly<{ from: number; limit: number }>,
): Promise<readonly CascadeMember[]> {
  return sql<CascadeMember[]>`
    select member.ord, job.path as job, member.period, member.action, member.why, ${shown(sql)} as state, run.id as run
    from ${withRuns(sql)} join job on job.id = member.job
    where member.operation = ${id} and member.ord >= ${from} order by member.ord limit ${limit}`;
}
