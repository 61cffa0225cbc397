import { z } from '@hono/zod-openapi';
import type { RecoverRequest } from '../../control/control.js';
import { invalid, notFound } from '../../errors.js';
import { type CascadeRecord, cascadeMembers, listCascades } from '../../store/read-cascade.js';
import type { Catalogue } from '../catalogue.js';
import { type Cascade, cascade, cascadeDetail, type RepairPlan, repairPlan } from '../contract.js';
import { askerOf } from '../guard.js';
import { type Api, answers, createRoute, jobId, json, limit, number, type Parts, projectName, text } from '../route.js';
import { printDate, printInstant, printMaybe } from '../run-view.js';
import { parseBound } from '../typed-period.js';
import { namedBy } from './marks.js';
import { deployed, nameOf, withPlainPeriods } from './operations.js';

/** Each JOB@PERIOD, or the number of a run. */
const periods = z.array(z.string().min(1).max(300)).min(1).max(1000);
/** The hash of the plan that was seen: does it. Absent: only the plan is answered. */
const plan = z.string().max(100).nullish();

const recoverBody = z.object({
  project: projectName.optional(),
  periods: periods.optional(),
  /** Or, instead, the runs of a range that ended in one of these states; `failed` are those that timed out, too. */
  states: z
    .array(z.enum(['failed', 'timed_out', 'cancelled', 'skipped']))
    .min(1)
    .optional(),
  /** a glob over job ids (absent: all), */
  jobs: jobId.nullish(),
  /** inclusive, */
  from: text.optional(),
  /** exclusive. */
  to: text.optional(),
  /** `missing`: what failed behind them is run again after its needs. */
  downstream: z.enum(['missing', 'none']).default('missing'),
  plan,
});

const cascadeBody = z.object({
  project: projectName.optional(),
  periods,
  /** Only jobs in one of these folders. */
  folders: z.array(jobId).max(100).default([]),
  /** Only jobs that this glob meets. */
  jobs: jobId.nullish(),
  /** Only jobs so many needs away. */
  depth: z.number().int().min(0).max(1000).nullish(),
  /** Only periods before this time. */
  until: text.nullish(),
  /** Only what failed or timed out, and what waits. */
  onlyFailed: z.boolean().default(false),
  /** What becomes of members that are under way. */
  inFlight: z.enum(['wait', 'cancel']).default('wait'),
  plan,
});

/** What people ask when something went wrong, or was wrong and consumed. */
export function repairRoutes(api: Api, parts: Parts): void {
  const { control, database } = parts;
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/recover',
      summary:
        'Run periods again as production would, their needs not awaited: first the plan, then, named by its hash, the doing',
      request: { body: json(recoverBody) },
      responses: answers('The plan; `operation` is its number once it is done.', repairPlan),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const catalogue = await deployed(parts, body.project);
      const answer = await control.recover({
        ...{ ...askerOf(c), project: catalogue.project, downstream: body.downstream, hash: body.plan ?? null },
        chosen: await chosenBy(parts, catalogue, body),
      });
      return c.json(plain(answer), 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/operations/cascade',
      summary:
        'Run periods and all that is behind them, each once, in order: first the plan, then, named by its hash, the doing',
      request: { body: json(cascadeBody) },
      responses: answers('The plan; `operation` is its number once it is done.', repairPlan),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const catalogue = await deployed(parts, body.project);
      const answer = await control.cascade({
        ...{ ...askerOf(c), project: catalogue.project, hash: body.plan ?? null },
        starts: await Promise.all(body.periods.map((name) => namedBy(parts, catalogue, name))),
        limits: {
          folders: body.folders,
          jobs: body.jobs ?? null,
          depth: body.depth ?? null,
          until: body.until ? (await parseBound(database, body.until, catalogue.zone)).getTime() : null,
        },
        ...{ onlyFailed: body.onlyFailed, inFlight: body.inFlight },
      });
      return c.json(plain(answer), 200);
    },
  );
  for (const [verb, summary] of [
    ['resume', 'Ask again what did not succeed of a cascade; what waits behind it goes on'],
    ['cancel', 'End a whole cascade: what has not begun is what it was before, what runs is cancelled'],
  ] as const)
    api.openapi(
      createRoute({
        method: 'post',
        path: `/api/v1/cascades/{id}/${verb}`,
        summary: `${summary}: first the plan, then, named by its hash, the doing`,
        request: { params: z.object({ id: number }), body: json(z.object({ plan })) },
        responses: answers('The plan.', repairPlan),
      }),
      async (c) => {
        const change = { ...askerOf(c), operation: c.req.valid('param').id, hash: c.req.valid('json').plan ?? null };
        const answer = verb === 'resume' ? await control.resumeCascade(change) : await control.cancelCascade(change);
        return c.json(plain(answer), 200);
      },
    );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/cascades',
      summary: 'Cascades, newest first, and how far they are',
      request: { query: z.object({ project: projectName.optional(), limit: limit(20, 200) }) },
      responses: answers('The cascades.', z.object({ items: z.array(cascade) })),
    }),
    async (c) => {
      const query = c.req.valid('query');
      const project = await parts.catalogues.projectOf(query.project);
      const rows = await listCascades(database, { project, limit: query.limit });
      return c.json({ items: rows.map(viewCascade) }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/cascades/{id}',
      summary: 'A cascade and its members in the order of its plan, `from` a number on',
      request: {
        params: z.object({ id: number }),
        query: z.object({ from: z.coerce.number().int().min(0).default(0), limit: limit(200, 1000) }),
      },
      responses: answers('How far it is.', cascadeDetail),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const [row] = await listCascades(database, { project: null, id, limit: 1 });
      if (row === undefined) throw notFound(`there is no cascade ${id}`, { help: 'see them all: hera cascades' });
      const rows = await cascadeMembers(database, id, c.req.valid('query'));
      const items = rows.map(({ period, ...member }) => ({ ...member, period: printDate(period) }));
      return c.json({ ...viewCascade(row), items }, 200);
    },
  );
}

async function chosenBy(
  parts: Parts,
  catalogue: Catalogue,
  { periods: names, states, jobs, from, to }: z.infer<typeof recoverBody>,
): Promise<RecoverRequest['chosen']> {
  const isRange = jobs != null || from !== undefined || to !== undefined || states !== undefined;
  if (names !== undefined && !isRange)
    return { periods: await Promise.all(names.map((name) => namedBy(parts, catalogue, name))) };
  if (names !== undefined || states === undefined || from === undefined || to === undefined)
    throw invalid('a recover is of periods by name, or of what ended so in a range', {
      help: 'JOB@PERIOD, one or several; or --state failed with --from and --to, and --job for some jobs only',
    });
  const glob = jobs == null ? null : await nameOf(parts.database, catalogue, jobs);
  const zone = (glob !== null && catalogue.byPath.get(glob)?.body.zone) || catalogue.zone;
  const wanted = new Set(
    states.flatMap((state) => (state === 'failed' ? (['failed', 'timed_out'] as const) : [state])),
  );
  const bound = (typed: string) => parseBound(parts.database, typed, zone);
  return { jobs: glob, from: await bound(from), to: await bound(to), states: [...wanted] };
}

/** Periods as everywhere in the API: to the second. */
function plain(answer: RepairPlan): RepairPlan {
  const shorten = <T extends Readonly<{ period: string }>>(one: T): T => ({
    ...one,
    period: printDate(new Date(one.period)),
  });
  return {
    ...withPlainPeriods(answer),
    inFlight: answer.inFlight.map(shorten),
    waiting: answer.waiting.map(shorten),
  };
}

function viewCascade({ request, cursor, ...row }: CascadeRecord): Cascade {
  const starts = (request.starts ?? []) as readonly Readonly<{ job: string; period: string }>[];
  const open = ['waiting', 'queued', 'running', 'planned'].reduce((sum, state) => sum + (row.states[state] ?? 0), 0);
  const bad = ['failed', 'timed_out', 'cancelled'].reduce((sum, state) => sum + (row.states[state] ?? 0), 0);
  const busy = (row.states.queued ?? 0) + (row.states.running ?? 0) + (cursor.done ? 0 : 1);
  return {
    ...{ operation: row.id, project: row.project, askedBy: row.askedBy, members: row.members },
    starts: starts.map(({ job, period }) => ({ job, period: printDate(new Date(period)) })),
    askedAt: printInstant(row.askedAt),
    states: { ...row.states },
    progress:
      cursor.phase === 'cancel' ? 'cancelled' : open === 0 ? 'ended' : busy === 0 && bad > 0 ? 'stopped' : 'going',
    finishedAt: printMaybe(row.finishedAt),
  };
}
