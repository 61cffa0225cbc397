import type { Queryable } from './database.js';
import type { FolderGrant } from './grant.js';

/** What the tables know of a person's rights beside the role of the account: teams, and grants to the person or to one of them. */
export async function readStanding(
  sql: Queryable,
  account: string,
  more: readonly Readonly<{ project: string; team: string }>[],
): Promise<Readonly<{ teams: readonly string[]; grants: readonly FolderGrant[] }>> {
  const [row] = await sql<{ teams: string[]; grants: FolderGrant[] }[]>`
    with mine as (select distinct team from team_member where account = ${account}),
    filed as (
      select * from unnest(${more.map(({ project }) => project)}::text[], ${more.map(({ team }) => team)}::text[]) as f(project, team))
    select coalesce((select array_agg(team order by team) from mine), '{}') as teams,
           coalesce((
             select jsonb_agg(jsonb_build_object('project', g.project, 'folder', g.folder, 'role', g.role))
             from folder_grant g
             where g.account = ${account} or g.team in (select team from mine)
                or (g.project, g.team) in (select project, team from filed)), '[]') as grants`;
  return row!;
}
