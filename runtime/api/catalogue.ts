import type { Calendar } from '../../compiler/calendar/index.js';
import { nearest } from '../../compiler/index.js';
import { firingCalendar, type Job } from '../../compiler/manifest/index.js';
import { globOf } from '../control/glob.js';
import { invalid, notFound } from '../errors.js';
import type { Database } from '../store/database.js';
import { type DeployedJob, deployedJobs, type Holder, holdersOfPath } from '../store/deployment.js';
import { commitInForce, type InForce, listProjects } from '../store/read-estate.js';

/** The jobs of a project as the deployment in force has them. It never changes: a new deployment is a new catalogue. */
export type Catalogue = Readonly<{
  project: string;
  deployment: string;
  commit: string;
  zone: string;
  /** Of the project. */
  machineGroups: readonly string[];
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
      const catalogue = load(database, project, force);
      kept.set(project, { deployment: force.deployment, catalogue });
      catalogue.catch(() => kept.delete(project));
      return catalogue;
    },
  };
}

async function load(database: Database, project: string, { deployment, commit, config }: InForce): Promise<Catalogue> {
  const jobs = await deployedJobs(database, project, deployment);
  const downstream = new Map<string, DeployedJob[]>();
  for (const job of jobs)
    for (const need of job.body.needs)
      if (need.kind === 'job') downstream.set(need.job, [...(downstream.get(need.job) ?? []), job]);
  return {
    project,
    deployment,
    commit,
    zone: typeof config.zone === 'string' ? config.zone : 'UTC',
    machineGroups: Array.isArray(config.machineGroups) ? config.machineGroups : [],
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
function findJob(catalogue: Catalogue, name: string): DeployedJob {
  const found = catalogue.byPath.get(name) ?? findLiving(catalogue, name);
  if (found) return found;
  const near = nearTo(catalogue, name);
  throw notFound(`there is no job ${name} in ${catalogue.project}`, {
    help: near.length > 0 ? `did you mean ${near.join(', ')}?` : 'see `hera jobs`',
  });
}

/** Jobs whose path has the last part of a name; else one that is spelled nearly so, as a whole or in its last part. */
function nearTo({ jobs }: Catalogue, name: string): readonly string[] {
  const last = name.split('/').at(-1)!;
  const containing = jobs.filter((job) => job.path.toLowerCase().includes(last.toLowerCase()));
  if (containing.length > 0) return containing.slice(0, 5).map((job) => job.path);
  const lastOf = (path: string): string => path.split('/').at(-1)!;
  const guess = nearest(
    name,
    jobs.map((job) => job.path),
  );
  const lastGuess = nearest(
    last,
    jobs.map((job) => lastOf(job.path)),
  );
  const byLast = lastGuess === undefined ? [] : jobs.filter((job) => lastOf(job.path) === lastGuess).slice(0, 5);
  return guess === undefined ? byLast.map((job) => job.path) : [guess];
}

/** The job that says it was called so, or that has this old number. */
const findLiving = (catalogue: Catalogue, name: string): DeployedJob | undefined =>
  only(catalogue.jobs.filter((job) => job.body.formerly.includes(name))) ??
  (/^\d+$/.test(name) ? only(catalogue.jobs.filter((job) => job.body.alias === Number(name))) : undefined);

/**
 * The number of a job that is deployed, or once was: by its path, a former path or its old number. What a living job is called wins over
 * what one was called; a name that several living jobs had means none of them. Throws `not-found`.
 */
export async function findNumber(database: Database, catalogue: Catalogue, name: string): Promise<string> {
  const present = catalogue.byPath.get(name);
  if (present) return present.number;
  const holders = await holdersOfPath(database, catalogue.project, name);
  const living = holders.filter((holder) => holder.living);
  if (living.length === 1) return living[0]!.number;
  if (living.length > 1) throw ambiguous(catalogue, name, living);
  return findLiving(catalogue, name)?.number ?? holders[0]?.number ?? findJob(catalogue, name).number;
}

/** The job in force that a name means, by the rules of `findNumber`. Throws `not-found` also for a job that was removed. */
export async function findInForce(database: Database, catalogue: Catalogue, name: string): Promise<DeployedJob> {
  return catalogue.byNumber.get(await findNumber(database, catalogue, name)) ?? findJob(catalogue, name);
}

function ambiguous(catalogue: Catalogue, name: string, holders: readonly Holder[]) {
  const paths = holders.flatMap(({ number }) => catalogue.byNumber.get(number)?.path ?? []);
  return notFound(`several jobs of ${catalogue.project} were called ${name}`, {
    help: `name one: ${paths.join(', ')}`,
  });
}

/** Numbers of the jobs whose path a glob meets; a path without `*` may also be one of a removed job. */
export async function findNumbers(database: Database, catalogue: Catalogue, glob: string): Promise<readonly string[]> {
  if (!glob.includes('*')) return [await findNumber(database, catalogue, glob)];
  const meets = globOf(glob);
  return catalogue.jobs.filter((job) => meets(job.path)).map((job) => job.number);
}

const only = <T>(found: readonly T[]): T | undefined => (found.length === 1 ? found[0] : undefined);
