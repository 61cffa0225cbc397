import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { parseTimeWindow, type TimeWindow } from '../../../compiler/calendar/index.js';
import { invalid, notFound } from '../../errors.js';
import { databaseNow } from '../../store/ledger.js';
import { backfillRecord, backfillRecords } from '../../store/read-backfill.js';
import { type Backfill, backfill } from '../backfill-contract.js';
import { viewBackfill } from '../backfill-view.js';
import { backfillPlan, operationPlan, page } from '../contract.js';
import { type ApiEnv, askerOf } from '../guard.js';
import {
  type Api,
  answers,
  createRoute,
  flag,
  jobId,
  json,
  limit,
  number,
  type Parts,
  projectName,
  text,
} from '../route.js';
import { parseBound } from '../typed-period.js';
import { deployed, nameOf, withPlainPeriods } from './operations.js';

/** The hash of the plan that was seen: does it. Absent: only the plan is answered. */
const plan = z.string().max(100).nullish();
const parallel = z.number().int().min(1).max(1000);
const retries = z.number().int().min(0).max(100).nullish();
/** `22:00-06:00` in the project's zone; null: at any time. */
const window = z.string().max(20).nullish();

const backfillBody = z.object({
  project: projectName.optional(),
  /** A glob over job ids; null: every job that has ticks. */
  jobs: jobId.nullish(),
  /** Inclusive. */
  from: text,
  /** Exclusive. */
  to: text,
  only: z.enum(['all', 'missing', 'failed']).default('all'),
  /** Whether what awaits these periods is run too, directly or through others. */
  downstream: z.boolean().default(false),
  order: z.enum(['forward', 'backward']).default('forward'),
  parallel: parallel.default(1),
  window,
  retries,
  plan,
});

/** What is not named stays as it is. */
const paceBody = z.object({ parallel: parallel.optional(), window, retries });

const STEPS = [
  ['retry', 'Run the failed members of a backfill again, also of one that has ended'],
  ['cancel', 'End a whole backfill: what has not begun is what it was before, what runs is ended'],
] as const;

/** Backfills: asked with a plan, looked at, and led while they go. */
export function backfillRoutes(api: Api, parts: Parts): void {
  const { database, control } = parts;
  const params = z.object({ id: number });
  const seen = async (id: string): Promise<Backfill> => {
    const row = await backfillRecord(database, id);
    if (row === undefined) throw notFound(`there is no backfill ${id}`, { help: 'see them all: hera backfills' });
    return viewBackfill(row, await databaseNow(database));
  };
  const named = (c: Context<ApiEnv>, id: string) => ({ ...askerOf(c), operation: id });
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/backfill',
      summary: 'Run a range of periods: first its plan, then, named by its hash, the doing',
      request: { body: json(backfillBody) },
      responses: answers('The plan; `operation` is its number once it is done.', backfillPlan),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const catalogue = await deployed(parts, body.project);
      const jobs = body.jobs ? await nameOf(database, catalogue, body.jobs) : null;
      const zone = (jobs !== null && catalogue.byPath.get(jobs)?.body.zone) || catalogue.zone;
      const answer = await control.backfill({
        ...{ ...askerOf(c), project: catalogue.project, jobs, only: body.only, parallel: body.parallel },
        from: await parseBound(database, body.from, zone),
        to: await parseBound(database, body.to, zone),
        ...{ downstream: body.downstream, direction: body.order, retries: body.retries ?? null },
        ...{ window: windowOf(body.window), zone: catalogue.zone, hash: body.plan ?? null },
      });
      return c.json(withPlainPeriods(answer), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/backfills',
      summary: 'Backfills, newest first, and how far they are; `open`: only those that have not ended',
      request: {
        query: z.object({
          ...{ project: projectName.optional(), open: flag.optional() },
          ...{ limit: limit(20, 100), cursor: number.optional() },
        }),
      },
      responses: answers('A page of backfills.', page(backfill)),
    }),
    async (c) => {
      const { project, open = false, limit: most, cursor } = c.req.valid('query');
      const name = await parts.catalogues.projectOf(project);
      const of = { project: name, open, before: cursor ?? null, limit: most + 1 };
      const [rows, now] = [await backfillRecords(database, of), await databaseNow(database)];
      const items = rows.slice(0, most).map((row) => viewBackfill(row, now));
      return c.json({ items, next: rows.length > most ? (items.at(-1)?.operation ?? null) : null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/backfills/{id}',
      summary: 'How far a backfill is; its runs are those of `GET /api/v1/runs?operation=`',
      request: { params },
      responses: answers('The backfill.', backfill),
    }),
    async (c) => c.json(await seen(c.req.valid('param').id), 200),
  );
  for (const verb of ['pause', 'resume'] as const)
    api.openapi(
      createRoute({
        method: 'post',
        path: `/api/v1/backfills/{id}/${verb}`,
        summary: verb === 'pause' ? 'Start nothing more of a backfill; what runs goes on' : 'Let a backfill go on',
        request: { params },
        responses: answers('The backfill.', backfill),
      }),
      async (c) => {
        const { id } = c.req.valid('param');
        await (verb === 'pause' ? control.pauseBackfill(named(c, id)) : control.resumeBackfill(named(c, id)));
        return c.json(await seen(id), 200);
      },
    );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/backfills/{id}/set',
      summary: 'Change the pace of a backfill while it goes: places, time of day, retries',
      request: { params, body: json(paceBody) },
      responses: answers('The backfill.', backfill),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { parallel: places, window: of, retries: times } = c.req.valid('json');
      const pace = {
        ...(places !== undefined && { parallel: places }),
        ...(of !== undefined && { window: windowOf(of) }),
        ...(times !== undefined && { retries: times }),
      };
      await control.setBackfill({ ...named(c, id), pace });
      return c.json(await seen(id), 200);
    },
  );
  for (const [verb, summary] of STEPS)
    api.openapi(
      createRoute({
        method: 'post',
        path: `/api/v1/backfills/{id}/${verb}`,
        summary: `${summary}: first the plan, then, named by its hash, the doing`,
        request: { params, body: json(z.object({ plan })) },
        responses: answers('The plan; `operation` is the number of the backfill once it is done.', operationPlan),
      }),
      async (c) => {
        const step = { ...named(c, c.req.valid('param').id), hash: c.req.valid('json').plan ?? null };
        const answer = verb === 'retry' ? await control.retryBackfill(step) : await control.cancelBackfill(step);
        return c.json(withPlainPeriods(answer), 200);
      },
    );
}

function windowOf(typed: string | null | undefined): TimeWindow | null {
  if (typed === null || typed === undefined) return null;
  const found = parseTimeWindow(typed);
  if (found === undefined)
    throw invalid(`${JSON.stringify(typed)} is no time of day`, { help: 'write it as 22:00-06:00' });
  return found;
}
