import type { Queryable } from './database.js';

// Sources: the branch from which a project is deployed, and what the last look at it found. One row a project, made by an admin.

export type SourceState = 'unknown' | 'in-force' | 'behind' | 'rolled-back' | 'broken' | 'refused' | 'unreachable';

/** What a look at the branch found. `commit`: its head; null when there was none to see. */
export type Finding = Readonly<{
  state: SourceState;
  commit: string | null;
  reason: string | null;
  help: string | null;
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
  project, repository, branch, under, set_by as "setBy", set_at as "setAt", state, commit, reason, help, since, looked_at as "lookedAt"`;

export async function readSource(sql: Queryable, project: string): Promise<SourceRow | undefined> {
  const [row] = await sql<SourceRow[]>`select ${columns(sql)} from source where project = ${project}`;
  return row;
}
