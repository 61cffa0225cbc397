import type { Database, Queryable, Transaction } from './database.js';

// Sources: the branch from which a project is deployed, and what the last look at it found. One row a project, made by an admin.

export type SourceState = 'unknown' | 'in-force' | 'behind' | 'rolled-back' | 'broken' | 'refused' | 'unreachable';

/** What a look at the branch found. `commit`: its head; null when there was none to see. */
export type Finding = Readonly<{
  state: SourceState;
  commit: string | null;
  reason: string | null;
  help: string | null;
  /** The deployment in force that it was compared with. */
  deployment: string | null;
}>;

export type SourceRow = Finding &
  Readonly<{
    project: string;
    repository: string | null;
    branch: string;
    under: string;
    setBy: string;
    setAt: Date;
    since: Date;
    lookedAt: Date | null;
  }>;

const columns = (sql: Queryable) => sql`
  project, repository, branch, under, set_by as "setBy", set_at as "setAt", state, commit, reason, help, deployment, since, looked_at as "lookedAt"`;

export async function readSource(sql: Queryable, project: string): Promise<SourceRow | undefined> {
  const [row] = await sql<SourceRow[]>`select ${columns(sql)} from source where project = ${project}`;
  return row;
}

/** All sources, by project; at most 1,000. */
export async function listSources(sql: Queryable): Promise<readonly SourceRow[]> {
  return sql<SourceRow[]>`select ${columns(sql)} from source order by project limit 1000`;
}

/** Sets where a project is deployed from; a project that is new is made. The same again keeps what was found. */
export async function putSource(
  tx: Transaction,
  source: Readonly<{ project: string; repository: string | null; branch: string; under: string; setBy: string }>,
): Promise<void> {
  await tx`insert into project (name) values (${source.project}) on conflict do nothing`;
  await tx`
    insert into source as s (project, repository, branch, under, set_by)
    values (${source.project}, ${source.repository}, ${source.branch}, ${source.under}, ${source.setBy})
    on conflict (project) do update
    set repository = excluded.repository, branch = excluded.branch, under = excluded.under, set_by = excluded.set_by, set_at = now(),
        state = 'unknown', commit = null, reason = null, help = null, deployment = null, since = now(), looked_at = null
    where (s.repository, s.branch, s.under) is distinct from (excluded.repository, excluded.branch, excluded.under)`;
}

/** Forgets it; whether there was one. */
export async function deleteSource(tx: Transaction, project: string): Promise<boolean> {
  return (await tx`delete from source where project = ${project} returning project`).length === 1;
}

/**
 * Notes what a look found, unless the source was set anew meanwhile. True: it is another state or another commit than the last look's,
 * so this is news; the same again is none.
 */
export async function noteFinding(
  sql: Database | Transaction,
  source: Pick<SourceRow, 'project' | 'repository' | 'branch' | 'under'>,
  found: Finding,
): Promise<boolean> {
  const rows = await sql<{ news: boolean }[]>`
    with before as (select * from source where project = ${source.project} for update)
    update source
    set state = ${found.state}, commit = ${found.commit}, reason = ${found.reason}, help = ${found.help}, deployment = ${found.deployment}, looked_at = clock_timestamp(),
        since = case when before.state = ${found.state} and before.commit is not distinct from ${found.commit}
                     then before.since else clock_timestamp() end
    from before
    where source.project = before.project and source.repository is not distinct from ${source.repository}
      and source.branch = ${source.branch} and source.under = ${source.under}
    returning before.state <> ${found.state} or before.commit is distinct from ${found.commit} as news`;
  return rows[0]?.news === true;
}
