import { hasSomewhere, isAtLeast, ownsOneOf, roleEverywhere, type Standing } from '../auth/rights.js';
import type { Person } from '../store/access.js';
import type { Database } from '../store/database.js';
import { listProjects } from '../store/read-estate.js';
import { readStanding } from '../store/standing.js';
import type { Catalogues } from './catalogue.js';

/** Finds out what a person may, and where; asked for writes only, since who is signed in may read everything. */
export type Standings = Readonly<{
  of(person: Person): Promise<Standing>;
  /** Whether the person has the role on some job or folder. */
  hasSomewhere(standing: Standing, needed: 'operator' | 'owner'): Promise<boolean>;
}>;

export const createStandings = (database: Database, catalogues: Catalogues): Standings => ({
  async of({ account, role }) {
    const filed = await teamsInFiles(database, account);
    const { teams, grants } = await readStanding(database, account, filed);
    const teamsOf = (project: string): ReadonlySet<string> =>
      new Set(filed.filter((one) => one.project === project).map(({ team }) => team));
    return { account, role, grants, teams: new Set(teams), teamsOf };
  },
  async hasSomewhere(standing, needed) {
    if (isAtLeast(roleEverywhere(standing), needed) || hasSomewhere(standing, needed, false)) return true;
    for (const { name } of await listProjects(database)) {
      const jobs = (await catalogues.of(name))?.jobs ?? [];
      const owned = jobs.map(({ path, body }) => ({ path, owner: body.owner }));
      if (ownsOneOf(standing, name, owned)) return true;
    }
    return false;
  },
});

/** The teams into which the projects' own files put an account: they count in their project only, whoever may push there. */
async function teamsInFiles(
  database: Database,
  account: string,
): Promise<readonly Readonly<{ project: string; team: string }>[]> {
  const projects = await listProjects(database);
  return projects.flatMap(({ name, config }) =>
    Object.entries(teamsOfConfig(config))
      .filter(([, team]) => team.members?.includes(account) ?? false)
      .map(([team]) => ({ project: name, team })),
  );
}

type FiledTeam = Readonly<{ title?: string; members?: readonly string[] }>;

/** The teams of a project's file, as the deployment in force has them. */
export const teamsOfConfig = (config: Readonly<Record<string, unknown>> | null): Readonly<Record<string, FiledTeam>> =>
  (config?.teams ?? {}) as Readonly<Record<string, FiledTeam>>;
