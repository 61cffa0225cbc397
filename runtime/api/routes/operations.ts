import { z } from '@hono/zod-openapi';
import { notFound } from '../../errors.js';
import { readRunRecord } from '../../store/read-run.js';
import { type Catalogue, findInForce } from '../catalogue.js';
import { asked, cancelled, cancelPlan, type OperationPlan } from '../contract.js';
import { findRun } from '../find-run.js';
import { askerOf } from '../guard.js';
import { type Api, answers, createRoute, jobId, json, type Parts, projectName, text } from '../route.js';
import { printDate } from '../run-view.js';
import { choosePeriod, parseBound } from '../typed-period.js';

const runBody = z.object({
  project: projectName.optional(),
  job: jobId,
  /** As a person writes it, in the job's zone; absent: the latest tick. */
  period: text.nullish(),
  /** Variables for this run only, by name: those of the job, its parameters, and what its script names. */
  vars: z.record(z.string().max(200), z.string().max(4096)).default({}),
  /** Another machine group of the project, for this run only. */
  machineGroup: z.string().max(64).nullish(),
});

const cancelBody = z.object({
  project: projectName.optional(),
  /** Its number, or JOB@PERIOD. */
  run: z.string().max(300),
  owed: z.boolean().default(false),
});

const cancelRunsBody = z.object({
  project: projectName.optional(),
  /** A glob over job ids; null: all. */
  jobs: jobId.nullish(),
  states: z
    .array(z.enum(['waiting', 'queued', 'running']))
    .min(1)
    .default(['waiting', 'queued', 'running']),
  /** Periods from here, inclusive, */
  from: text.nullish(),
  /** to here, exclusive. */
  to: text.nullish(),
  /** The hash of the plan that was seen: does it. Absent: only the plan is answered. */
  plan: z.string().max(100).nullish(),
});

/** What people ask of runs. The control plane decides; these name what is meant. */
export function operationRoutes(api: Api, parts: Parts): void {
  const { database, control } = parts;
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/run',
      summary: 'Run a job for one period by hand: no needs awaited, nothing released',
      request: { body: json(runBody) },
      responses: answers('The turn that was asked.', asked),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const catalogue = await deployed(parts, body.project);
      const job = await findInForce(database, catalogue, body.job);
      const period = body.period ? choosePeriod(catalogue, job, body.period) : null;
      const own = { vars: body.vars, machineGroup: body.machineGroup ?? null };
      const answer = await control.run({ ...askerOf(c), project: catalogue.project, job: job.path, period, own });
      const row = await readRunRecord(database, answer.run);
      if (!row) throw notFound(`run ${answer.run} is gone`);
      const state = row.state as z.infer<typeof asked>['state'];
      return c.json(
        { run: answer.run, turn: answer.turn, job: job.path, period: printDate(answer.period), state },
        200,
      );
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/cancel',
      summary: 'End what a run does now, or what it owes',
      request: { body: json(cancelBody) },
      responses: answers('The run; `cancelling` while its process ends.', cancelled),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const { run } = await findRun(parts, body.run, body.project);
      return c.json(await control.cancel({ ...askerOf(c), run, owed: body.owed }), 200);
    },
  );
}

/** The end of many runs at once. */
export function cancelRunsRoutes(api: Api, parts: Parts): void {
  const { database, control } = parts;
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/cancel-runs',
      summary: 'End what some jobs do now, or owe: first the plan, then, named by its hash, the doing',
      request: { body: json(cancelRunsBody) },
      responses: answers('The plan; once it is done, how many were cancelled.', cancelPlan),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const catalogue = await deployed(parts, body.project);
      const jobs = body.jobs ? await nameOf(database, catalogue, body.jobs) : null;
      const zone = (jobs !== null && catalogue.byPath.get(jobs)?.body.zone) || catalogue.zone;
      const bound = async (typed: string | null | undefined) => (typed ? parseBound(database, typed, zone) : null);
      const answer = await control.cancelRuns({
        ...{ ...askerOf(c), project: catalogue.project, jobs, states: body.states, hash: body.plan ?? null },
        ...{ from: await bound(body.from), to: await bound(body.to) },
      });
      return c.json(withPlainPeriods(answer), 200);
    },
  );
}

export async function deployed({ catalogues }: Parts, named: string | undefined): Promise<Catalogue> {
  const catalogue = await catalogues.of(await catalogues.projectOf(named));
  if (catalogue) return catalogue;
  throw notFound('nothing is deployed yet', { help: 'deploy a project: hera apply' });
}

/** A glob stays as it is; one job's name is resolved, so that a former name or its old number finds it. */
export const nameOf = async (database: Parts['database'], catalogue: Catalogue, glob: string): Promise<string> =>
  glob.includes('*') ? glob : (await findInForce(database, catalogue, glob)).path;

/** Periods as everywhere in the API: to the second. */
export const withPlainPeriods = <P extends OperationPlan>(plan: P): P => ({
  ...plan,
  runs: plan.runs.map((run) => ({ ...run, period: printDate(new Date(run.period)) })),
  first: plan.first && printDate(new Date(plan.first)),
  last: plan.last && printDate(new Date(plan.last)),
});
