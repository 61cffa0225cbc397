import { z } from '@hono/zod-openapi';
import type { MarkRequest } from '../../control/control.js';
import { invalid } from '../../errors.js';
import { readRunRecord } from '../../store/read-run.js';
import { type Catalogue, findInForce } from '../catalogue.js';
import { operationPlan } from '../contract.js';
import { askerOf } from '../guard.js';
import { type Api, answers, createRoute, jobId, json, type Parts, projectName, text } from '../route.js';
import { choosePeriod, parseBound } from '../typed-period.js';
import { deployed, nameOf, withPlainPeriods } from './operations.js';

const markBody = z.object({
  project: projectName.optional(),
  /** Each JOB@PERIOD, or the number of a run; or, instead, a range: */
  periods: z.array(z.string().min(1).max(300)).min(1).max(1000).optional(),
  /** a glob over job ids, */
  jobs: jobId.nullish(),
  /** inclusive, */
  from: text.optional(),
  /** exclusive. */
  to: text.optional(),
  state: z.enum(['succeeded', 'failed', 'skipped']),
  /** Shown with every run that was marked. */
  reason: text,
  /** The hash of the plan that was seen: does it. Absent: only the plan is answered. */
  plan: z.string().max(100).nullish(),
});

type MarkBody = z.infer<typeof markBody>;

/** What people say of periods by hand. */
export function markRoutes(api: Api, parts: Parts): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/mark',
      summary:
        'Say how periods ended, with a reason and no process: first the plan, then, named by its hash, the doing',
      request: { body: json(markBody) },
      responses: answers('The plan.', operationPlan),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const catalogue = await deployed(parts, body.project);
      const answer = await parts.control.mark({
        ...{ ...askerOf(c), project: catalogue.project, state: body.state, reason: body.reason },
        ...{ chosen: await chosenBy(parts, catalogue, body), hash: body.plan ?? null },
      });
      return c.json(withPlainPeriods(answer), 200);
    },
  );
}

async function chosenBy(parts: Parts, catalogue: Catalogue, body: MarkBody): Promise<MarkRequest['chosen']> {
  const { periods, jobs, from, to } = body;
  const isRange = jobs != null || from !== undefined || to !== undefined;
  if (periods !== undefined && !isRange)
    return { periods: await Promise.all(periods.map((name) => namedBy(parts, catalogue, name))) };
  if (periods !== undefined || jobs == null || from === undefined || to === undefined)
    throw invalid('a mark is of periods by name, or of a range', {
      help: 'JOB@PERIOD, one or several; or a glob of jobs with from and to: --job, --from, --to',
    });
  const glob = await nameOf(parts.database, catalogue, jobs);
  const zone = catalogue.byPath.get(glob)?.body.zone ?? catalogue.zone;
  return {
    jobs: glob,
    from: await parseBound(parts.database, from, zone),
    to: await parseBound(parts.database, to, zone),
  };
}

/** A period by its name. Throws `not-found`, `invalid`. */
export async function namedBy(
  { database }: Parts,
  catalogue: Catalogue,
  name: string,
): Promise<Readonly<{ job: string; period: Date }>> {
  const row = /^\d{1,18}$/.test(name) ? await readRunRecord(database, name) : undefined;
  if (row !== undefined && row.project === catalogue.project) return { job: row.path, period: row.period };
  const at = name.lastIndexOf('@');
  if (at < 1)
    throw invalid(`${JSON.stringify(name)} names no period`, { help: 'write JOB@PERIOD, or the number of a run' });
  const job = await findInForce(database, catalogue, name.slice(0, at));
  return { job: job.path, period: choosePeriod(catalogue, job, name.slice(at + 1)) };
}
