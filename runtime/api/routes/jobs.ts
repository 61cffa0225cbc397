import { z } from '@hono/zod-openapi';
import { covers } from '../../control/frozen.js';
import { viewFreeze } from '../../control/operations/freeze.js';
import { notFound } from '../../errors.js';
import type { DeployedJob } from '../../store/deployment.js';
import { freezesInForce } from '../../store/freeze.js';
import { databaseNow } from '../../store/ledger.js';
import { listProjects, readDeployment, scriptText } from '../../store/read-estate.js';
import { lastRuns } from '../../store/read-run.js';
import { type Catalogue, findInForce } from '../catalogue.js';
import { jobDetail, jobFacets, jobSummary, page, project, runState } from '../contract.js';
import { parseCursor, printCursor } from '../cursor.js';
import { grouped } from '../grouped.js';
import { filterJobs, LAST_RUNS, viewJob, viewJobDetail } from '../job-view.js';
import { type Api, answers, createRoute, jobId, limit, list, type Parts, projectName, text } from '../route.js';

const SCRIPT_MOST_BYTES = 256 * 1024;

/** Projects, and jobs as the deployment in force has them. */
export function jobRoutes(api: Api, parts: Parts): void {
  const { database } = parts;
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/projects',
      summary: 'All projects',
      responses: answers('By name.', z.array(project)),
    }),
    async (c) => {
      const found = await listProjects(database);
      return c.json(
        found.map(({ name, deployment, config }) => ({
          name,
          deployment,
          zone: typeof config?.zone === 'string' ? config.zone : 'UTC',
        })),
        200,
      );
    },
  );
  const filter = {
    q: text.optional(),
    folder: text.optional(),
    owner: list.default([]),
    tag: list.default([]),
    group: list.default([]),
  };
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/jobs',
      summary: 'Jobs by path, with their next and last runs',
      request: {
        query: z.object({
          ...filter,
          project: projectName.optional(),
          /** Of the last run. */
          state: list.pipe(z.array(runState)).optional(),
          limit: limit(50, 200),
          cursor: z.string().max(2000).optional(),
        }),
      },
      responses: answers('A page of jobs.', page(jobSummary)),
    }),
    async (c) => {
      const query = c.req.valid('query');
      const catalogue = await catalogueOf(parts, query.project);
      if (!catalogue) return c.json({ items: [], next: null }, 200);
      const after = query.cursor === undefined ? undefined : parseCursor(query.cursor, 1)[0]!;
      const kept = filterJobs(catalogue, query).filter((job) => after === undefined || isAfter(job.path, after));
      const found = query.state ? await inState(parts, kept, query.state, query.limit + 1) : kept;
      const shown = found.slice(0, query.limit);
      const last = grouped(
        await lastRuns(
          database,
          shown.map((job) => job.number),
          LAST_RUNS,
        ),
        (run) => run.job,
      );
      const now = await databaseNow(database);
      const items = shown.map((job) => viewJob(catalogue, job, last.get(job.number) ?? [], now));
      return c.json({ items, next: found.length > shown.length ? printCursor([shown.at(-1)!.path]) : null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/jobs/facets',
      summary: 'The folders, owners, tags and machine groups that jobs have',
      request: { query: z.object({ project: projectName.optional() }) },
      responses: answers('Each sorted.', jobFacets),
    }),
    async (c) => {
      const catalogue = await catalogueOf(parts, c.req.valid('query').project);
      return c.json(facetsIn(catalogue), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/job',
      summary: 'One job: its definition as resolved, what it needs and what needs it',
      request: { query: z.object({ project: projectName.optional(), job: jobId }) },
      responses: answers('The job.', jobDetail),
    }),
    async (c) => {
      const query = c.req.valid('query');
      const catalogue = await catalogueOf(parts, query.project);
      if (!catalogue) throw notFound('nothing is deployed yet', { help: 'deploy a project: hera apply' });
      const job = await findInForce(database, catalogue, query.job);
      const last = await lastRuns(database, [job.number], LAST_RUNS);
      const script = (await scriptText(database, job.body.run.script.sha256, SCRIPT_MOST_BYTES)) ?? '';
      const deployment = await readDeployment(database, catalogue.deployment);
      const commit = deployment?.commit ?? catalogue.commit;
      const frozen = (await freezesInForce(database, catalogue.project)).filter((one) =>
        covers(one, { job: job.number, path: job.path, machineGroup: job.body.machineGroup }),
      );
      const now = await databaseNow(database);
      const detail = viewJobDetail(catalogue, job, last, now, commit, script);
      return c.json({ ...detail, freezes: frozen.map(viewFreeze) }, 200);
    },
  );
}

async function catalogueOf({ catalogues }: Parts, named: string | undefined): Promise<Catalogue | undefined> {
  return catalogues.of(await catalogues.projectOf(named));
}

const isAfter = (path: string, after: string): boolean => Buffer.compare(Buffer.from(path), Buffer.from(after)) > 0;

const BATCH = 500;

/** The first `most` jobs whose last run is in one of these states. Looks at some at a time: a page that is full early looks at no more. */
async function inState(
  { database }: Parts,
  jobs: readonly DeployedJob[],
  states: readonly string[],
  most: number,
): Promise<readonly DeployedJob[]> {
  const found: DeployedJob[] = [];
  for (let at = 0; at < jobs.length && found.length < most; at += BATCH) {
    const batch = jobs.slice(at, at + BATCH);
    const numbers = batch.map((job) => job.number);
    const last = new Map((await lastRuns(database, numbers, 1)).map((run) => [run.job, run.state]));
    found.push(...batch.filter((job) => states.includes(last.get(job.number) ?? '')));
  }
  return found;
}

type Facets = z.infer<typeof jobFacets>;

/** Of ten thousand jobs they take a while, and are the same until the next deployment. */
const facets = new WeakMap<Catalogue, Facets>();

function facetsIn(catalogue: Catalogue | undefined): Facets {
  const known = catalogue && facets.get(catalogue);
  if (known) return known;
  const found = facetsOf(catalogue?.jobs ?? []);
  if (catalogue) facets.set(catalogue, found);
  return found;
}

function facetsOf(jobs: readonly DeployedJob[]): Facets {
  const sorted = (names: Iterable<string | null>): string[] =>
    [...new Set(names)].filter((name) => name !== null).sort();
  return {
    folders: sorted(
      jobs.flatMap(({ path }) =>
        path
          .split('/')
          .slice(0, -1)
          .map((_, at, parts) => parts.slice(0, at + 1).join('/')),
      ),
    ),
    owners: sorted(jobs.map(({ body }) => body.owner)),
    tags: sorted(jobs.flatMap(({ body }) => body.tags)),
    groups: sorted(jobs.map(({ body }) => body.machineGroup)),
  };
}
