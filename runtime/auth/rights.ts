// What a person may do with a job. In: the account's role, the grants and teams of the person, the job's path and owner. Out: a role.
// Pure. The role of the whole installation is the root of every path; the nearest folder with a grant for the person decides over it, as
// the nearest value does in definitions. Who owns the job, alone or by a team, owns it whatever grants say. An admin is one everywhere.

import type { Role } from '../store/access.js';
import type { FolderGrant, GrantedRole } from '../store/grant.js';

/** What a grant may give on a folder. An owner operates, and grants others. */
export const GRANTED = ['viewer', 'operator', 'owner'] as const satisfies readonly GrantedRole[];
type AnyRole = Role | GrantedRole;

const RANK: Readonly<Record<AnyRole, number>> = { viewer: 1, operator: 2, owner: 3, admin: 4 };

/** Whether a role may do what `needed` may. */
export const isAtLeast = (role: AnyRole, needed: AnyRole): boolean => RANK[role] >= RANK[needed];

/** What is known of a person: `teams` by an admin or a group, `teamsOf` those that a project's own file puts the person into. */
export type Standing = Readonly<{
  account: string;
  role: Role;
  grants: readonly FolderGrant[];
  teams: ReadonlySet<string>;
  teamsOf: (project: string) => ReadonlySet<string>;
}>;

/** A job, as far as rights go. */
export type OwnedJob = Readonly<{ path: string; owner: string | null }>;

/** Whether `path` is the folder itself or below it; a name that only begins alike is not. */
export const isWithin = (folder: string, path: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);

/** The role on a folder by role and grants alone; several grants on the nearest folder: the highest. */
function grantedOn({ role, grants }: Standing, project: string, path: string): AnyRole {
  const over = grants.filter((grant) => grant.project === project && isWithin(grant.folder, path));
  if (role === 'admin' || over.length === 0) return role;
  const nearest = Math.max(...over.map(({ folder }) => folder.length));
  return over
    .filter(({ folder }) => folder.length === nearest)
    .map((grant) => grant.role)
    .reduce((best, one) => (isAtLeast(one, best) ? one : best));
}

const owns = (standing: Standing, project: string, owner: string | null): boolean =>
  owner !== null && (owner === standing.account || standing.teams.has(owner) || standing.teamsOf(project).has(owner));

/** The role of a person on a job. */
export function roleOn(standing: Standing, project: string, job: OwnedJob): AnyRole {
  const granted = grantedOn(standing, project, job.path);
  return owns(standing, project, job.owner) && !isAtLeast(granted, 'owner') ? 'owner' : granted;
}

/** The role on a folder: by grants, or as the owner of all the jobs (at least one) that are in it. */
export function roleOnFolder(standing: Standing, project: string, folder: string, jobs: readonly OwnedJob[]): AnyRole {
  const granted = grantedOn(standing, project, folder);
  const inside = jobs.filter(({ path }) => isWithin(folder, path));
  const ownsAll = inside.length > 0 && inside.every(({ owner }) => owns(standing, project, owner));
  return ownsAll && !isAtLeast(granted, 'owner') ? 'owner' : granted;
}

/** The least role that a person has on anything of the installation: what may be done without asking of which job. */
export const roleEverywhere = ({ role, grants }: Standing): AnyRole =>
  role === 'admin'
    ? role
    : grants.map((grant) => grant.role).reduce<AnyRole>((least, one) => (isAtLeast(one, least) ? least : one), role);

/** Whether a person has a role at least on something: `owned` says whether any job is the person's own. */
export const hasSomewhere = (standing: Standing, needed: AnyRole, owned: boolean): boolean =>
  isAtLeast(standing.role, needed) || owned || standing.grants.some((grant) => isAtLeast(grant.role, needed));

/** Whether the person owns one of these jobs. */
export const ownsOneOf = (standing: Standing, project: string, jobs: Iterable<OwnedJob>): boolean => {
  for (const { owner } of jobs) if (owns(standing, project, owner)) return true;
  return false;
};
