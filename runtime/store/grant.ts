import type { Queryable, Transaction } from './database.js';

// Roles on folders: who has one, from whom. One for each (folder, account or team); a second one replaces the first.

/** What a grant may give. */
export type GrantedRole = 'viewer' | 'operator' | 'owner';

/** A role on a folder and all that is below it; `''`: the whole project. */
export type FolderGrant = Readonly<{ project: string; folder: string; role: GrantedRole }>;

export type GrantRow = Readonly<{
  id: string;
  project: string;
  folder: string;
  role: GrantedRole;
  account: string | null;
  team: string | null;
  grantedBy: string;
  grantedAt: Date;
}>;

export type NewGrant = Omit<GrantRow, 'id' | 'grantedAt'>;

const columns = (sql: Queryable) => sql`
  id, project, folder, role, account, team, granted_by as "grantedBy", granted_at as "grantedAt"`;

/** Gives a role on a folder; given again it is the newer role. `before`: the role that it replaces. */
export async function putGrant(
  tx: Transaction,
  grant: NewGrant,
): Promise<Readonly<{ row: GrantRow; before: GrantedRole | null }>> {
  const [was] = await tx<{ role: GrantedRole }[]>`
    select role from folder_grant
    where project = ${grant.project} and folder = ${grant.folder}
      and account is not distinct from ${grant.account} and team is not distinct from ${grant.team} for update`;
  const [row] = await tx<GrantRow[]>`
    insert into folder_grant (project, folder, role, account, team, granted_by)
    values (${grant.project}, ${grant.folder}, ${grant.role}, ${grant.account}, ${grant.team}, ${grant.grantedBy})
    on conflict (project, folder, coalesce(account, ''), coalesce(team, ''))
      do update set role = excluded.role, granted_by = excluded.granted_by, granted_at = now()
    returning ${columns(tx)}`;
  return { row: row!, before: was?.role ?? null };
}

export async function findGrant(sql: Queryable, id: string): Promise<GrantRow | undefined> {
  const [row] = await sql<GrantRow[]>`select ${columns(sql)} from folder_grant where id = ${id}`;
  return row;
}

/** Takes a grant back; false when it is gone already. */
export async function deleteGrant(sql: Queryable, id: string): Promise<boolean> {
  return (await sql`delete from folder_grant where id = ${id} returning id`).length === 1;
}

/** Grants of a project by folder, at most 1,000. */
export async function listGrants(sql: Queryable, project: string): Promise<readonly GrantRow[]> {
  return sql<GrantRow[]>`
    select ${columns(sql)} from folder_grant where project = ${project} order by folder collate "C", id limit 1000`;
}
