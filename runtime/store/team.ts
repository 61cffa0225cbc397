import type { Role } from './access.js';
import type { Queryable, Transaction } from './database.js';

// Who is in which team beside those whom project files name, and what groups of the OpenID provider give.

export type MemberRow = Readonly<{ team: string; account: string; source: 'admin' | 'oidc' }>;

/** All places in teams, by team and account, at most 5,000. */
export async function listMembers(sql: Queryable): Promise<readonly MemberRow[]> {
  return sql<MemberRow[]>`select team, account, source from team_member order by team, account, source limit 5000`;
}

/** Puts an account into a team; false when an admin had done so already. */
export async function putMember(sql: Queryable, team: string, account: string): Promise<boolean> {
  const rows = await sql`
    insert into team_member (team, account, source) values (${team}, ${account}, 'admin') on conflict do nothing returning team`;
  return rows.length === 1;
}

/** Takes the place back that an admin gave; false when there is none. */
export async function dropMember(sql: Queryable, team: string, account: string): Promise<boolean> {
  const rows = await sql`
    delete from team_member where team = ${team} and account = ${account} and source = 'admin' returning team`;
  return rows.length === 1;
}

/** Makes the teams that an account has by its groups exactly these. */
export async function setTeamsByGroup(tx: Transaction, account: string, teams: readonly string[]): Promise<void> {
  await tx`
    delete from team_member where account = ${account} and source = 'oidc' and team <> all(${[...teams]}::text[])`;
  await tx`
    insert into team_member (team, account, source)
    select team, ${account}, 'oidc' from unnest(${[...teams]}::text[]) as t(team) on conflict do nothing`;
}

/** What a group of the provider gives: a place in a team, or a role. */
export type GroupRow = Readonly<{ id: string; group: string; team: string | null; role: Role | null }>;

export async function listGroups(sql: Queryable): Promise<readonly GroupRow[]> {
  return sql<GroupRow[]>`select id, name as group, team, role from oidc_group order by name, id limit 2000`;
}

/** Lets a group give a team or a role; asked again it answers what is there. */
export async function putGroup(tx: Transaction, { group, team, role }: Omit<GroupRow, 'id'>): Promise<GroupRow> {
  await tx`insert into oidc_group (name, team, role) values (${group}, ${team}, ${role}) on conflict do nothing`;
  const [row] = await tx<GroupRow[]>`
    select id, name as group, team, role from oidc_group
    where name = ${group} and team is not distinct from ${team} and role is not distinct from ${role}`;
  return row!;
}

export async function deleteGroup(sql: Queryable, id: string): Promise<GroupRow | undefined> {
  const [row] = await sql<GroupRow[]>`delete from oidc_group where id = ${id} returning id, name as group, team, role`;
  return row;
}
