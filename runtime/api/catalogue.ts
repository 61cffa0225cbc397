import type { Calendar } from '../../compiler/calendar/index.js';
import { firingCalendar, type Job } from '../../compiler/manifest/index.js';
import { globOf } from '../control/glob.js';
import { invalid, notFound } from '../errors.js';
import type { Database } from '../store/database.js';
import { type DeployedJob, deployedJobs, findJobNumber } from '../store/deployment.js';
import { commitInForce, listProjects } from '../store/read-estate.js';

/** The jobs of a project as the deployment in force has them. It never changes: a new deployment is a new catalogue. */
export type Catalogue = Readonly<{
  project: string;
  deployment: string;
  commit: string;
  zone: string;
  /** By path, in byte order. */
  jobs: readonly DeployedJob[];
  byPath: ReadonlyMap<string, DeployedJob>;
  byNumber: ReadonlyMap<string, DeployedJob>;
  definitions: ReadonlyMap<string, Job>;
  /** Jobs that need a job, by its path. */
  downstream: ReadonlyMap<string, readonly DeployedJob[]>;
}>;

export type Catalogues = Readonly<{
  /** The project that is meant: the named one, else the only one. Throws `not-found`, or `invalid` when there are several. */
  projectOf(named: string | undefined): Promise<string>;
  /** Undefined: the project has no deployment yet. */
  of(project: string): Promise<Catalogue | undefined>;
}>;

/** Keeps the catalogue in force of each project; a look costs one row while nothing is deployed. */
export function createCatalogues(database: Database): Catalogues {
  const kept = new Map<string, Readonly<{ deployment: string; catalogue: Promise<Catalogue> }>>();
  return {
    async projectOf(named) {
      const names = (await listProjects(database)).map((project) => project.name);
      if (named !== undefined) {
        if (names.includes(named)) return named;
        throw notFound(`there is no project ${named}`, {
          help: names.length > 0 ? `there are: ${names.join(', ')}` : 'deploy one: hera apply',
        });
      }
      if (names.length === 1) return names[0]!;
      if (names.length === 0) throw notFound('nothing is deployed yet', { help: 'deploy a project: hera apply' });
      throw invalid('name the project', { help: `there are: ${names.join(', ')}` });
    },
    async of(project) {
      const force = await commitInForce(database, project);
      if (!force) return undefined;
      const known = kept.get(project);
      if (known?.deployment === force.deployment) return known.catalogue;
      const zone = typeof force.config.zone === 'string' ? force.config.zone : 'UTC';
      const catalogue = load(database, project, force.deployment, force.commit, zone);
      kept.set(project, { deployment: force.deployment, catalogue });
      catalogue.catch(() => kept.delete(project));
      return catalogue;
    },
  };
}

async function load(
  database: Database,
  project: string,
  deployment: string,
  commit: string,
  zone: string,
): Promise<Catalogue> {
  const jobs = await deployedJobs(database, project, deployment);
  const downstream = new Map<string, DeployedJob[]>();
  for (const job of jobs)
    for (const need of job.body.needs)
      if (need.kind === 'job') downstream.set(need.job, [...(downstream.get(need.job) ?? []), job]);
  return {
    project,
    deployment,
    commit,
    zone,
    jobs,
    byPath: new Map(jobs.map((job) => [job.path, job])),
    byNumber: new Map(jobs.map((job) => [job.number, job])),
    definitions: new Map(jobs.map((job) => [job.path, job.body])),
    downstream,
  };
}

/** The calendar a job fires by, its own or its base's; null for a manual job. */
export const calendarOf = (catalogue: Catalogue, job: Job): Calendar | null =>
  firingCalendar(catalogue.definitions, job);

/** A job by its path, a former path, or its number in the old scheduler. Throws `not-found` with the nearest names. */
export function findJob(catalogue: Catalogue, name: string): DeployedJob {
  const found =
    catalogue.byPath.get(name) ??
    only(catalogue.jobs.filter((job) => job.body.formerly.includes(name))) ??
    (/^\d+$/.test(name) ? only(catalogue.jobs.filter((job) => job.body.alias === Number(name))) : undefined);
  if (found) return found;
  const last = name.split('/').at(-1)!.toLowerCase();
  const near = catalogue.jobs.filter((job) => job.path.toLowerCase().includes(last)).slice(0, 5);
  throw notFound(`there is no job ${name} in ${catalogue.project}`, {
    help: near.length > 0 ? `did you mean ${near.map((job) => job.path).join(', ')}?` : 'see `hera jobs`',
  });
}

/** The number of a job that is deployed, or once was. Throws `not-found`. */
export async function findNumber(database: Database, catalogue: Catalogue, name: string): Promise<string> {
  if (catalogue.byPath.has(name)) return catalogue.byPath.get(name)!.number;
  return (await findJobNumber(database, catalogue.project, name)) ?? findJob(catalogue, name).number;
}

/** Numbers of the jobs whose path a glob meets; a path without `*` may also be one of a removed job. */
export async function findNumbers(database: Database, catalogue: Catalogue, glob: string): Promise<readonly string[]> {
  if (!glob.includes('*')) return [await findNumber(database, catalogue, glob)];
  const meets = globOf(glob);
  return catalogue.jobs.filter((job) => meets(job.path)).map((job) => job.number);
}

const only = <T>(found: readonly T[]): T | undefined => (found.length === 1 ? found[0] : undefined);
