import { z } from '@hono/zod-openapi';
import type { Job } from '../../../compiler/manifest/index.js';
import { notFound } from '../../errors.js';
import { haveExpired } from '../../store/history-retention.js';
import { readOperation } from '../../store/operation.js';
import { lastDefinition, readDeployment } from '../../store/read-estate.js';
import { listRuns, type RunRecord } from '../../store/read-run.js';
import {
  attemptsOf,
  droppedNeeds,
  factOf,
  liveGroups,
  needsOf,
  type TurnRecord,
  turnsOf,
} from '../../store/read-run-detail.js';
import { type Catalogue, findNumbers } from '../catalogue.js';
import {
  page,
  type RunDetail,
  type RunWithAttempts,
  runDetail,
  runState,
  runWithAttempts,
  trigger,
} from '../contract.js';
import { parseCursor, printCursor } from '../cursor.js';
import { findRun } from '../find-run.js';
import { grouped } from '../grouped.js';
import {
  type Api,
  answers,
  createRoute,
  flag,
  jobId,
  limit,
  list,
  number,
  type Parts,
  projectName,
  text,
} from '../route.js';
import {
  printDate,
  printInstant,
  type Scene,
  timeOfRun,
  viewAttempt,
  viewDownstream,
  viewDropped,
  viewInputs,
  viewOwn,
  viewRun,
  viewTurn,
} from '../run-view.js';
import { parseBound } from '../typed-period.js';

const runsQuery = z.object({
  project: projectName.optional(),
  /** A glob over job ids. */
  job: jobId.optional(),
  state: list.pipe(z.array(runState)).optional(),
  trigger: trigger.optional(),
  operation: number.optional(),
  from: text.optional(),
  to: text.optional(),
  /** Whether each run comes with its attempts. */
  attempts: flag.optional(),
  limit: limit(50, 200),
  cursor: z.string().max(200).optional(),
});

/** The list of runs, and one run with all that explains it. */
export function runRoutes(api: Api, parts: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/runs',
      summary:
        'Runs, newest period first. A page looks at 20,000 rows at most: a short one with `next` is not the last',
      request: { query: runsQuery },
      responses: answers('A page of runs.', page(runWithAttempts)),
    }),
    async (c) => c.json(await readPage(parts, c.req.valid('query')), 200),
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/runs/{run}',
      summary: 'One run, by its number or as JOB@PERIOD: why it waits, what it needed, its turns and attempts',
      request: { params: z.object({ run: z.string().max(300) }), query: z.object({ project: projectName.optional() }) },
      responses: answers('The run.', runDetail),
    }),
    async (c) =>
      c.json(
        await readDetail(parts, await findRun(parts, c.req.valid('param').run, c.req.valid('query').project)),
        200,
      ),
  );
}

async function readPage(
  parts: Parts,
  query: z.infer<typeof runsQuery>,
): Promise<{ items: RunWithAttempts[]; next: string | null }> {
  const { database, catalogues } = parts;
  const catalogue = await catalogues.of(await catalogues.projectOf(query.project));
  if (!catalogue) return { items: [], next: null };
  const bound = async (at: string | undefined): Promise<Date | null> =>
    at === undefined ? null : parseBound(database, at, catalogue.zone);
  const after = query.cursor === undefined ? undefined : parseCursor(query.cursor, 2);
  const found = await listRuns(database, {
    project: catalogue.project,
    jobs: query.job === undefined ? null : await findNumbers(database, catalogue, query.job),
    states: query.state ?? null,
    trigger: query.trigger ?? null,
    operation: query.operation ?? null,
    from: await bound(query.from),
    to: await bound(query.to),
    after: after ? { period: new Date(Number(after[0])), id: after[1]! } : null,
    limit: query.limit,
  });
  const scene = await sceneOf(parts, catalogue);
  const attempts = query.attempts
    ? grouped(
        await attemptsOf(
          database,
          found.runs.map((row) => row.run),
        ),
        (row) => row.run,
      )
    : undefined;
  const items = found.runs.map((row) => ({
    ...viewRun(scene, row),
    ...(attempts && { attempts: (attempts.get(row.run) ?? []).map(viewAttempt) }),
  }));
  return { items, next: found.next && printCursor([String(found.next.period.getTime()), found.next.id]) };
}

const sceneOf = async ({ database, aliveSeconds }: Parts, catalogue: Catalogue): Promise<Scene> => ({
  catalogue,
  liveGroups: await liveGroups(database, aliveSeconds),
});

async function readDetail(parts: Parts, row: RunRecord): Promise<RunDetail> {
  const { database, catalogues } = parts;
  const catalogue = await catalogues.of(row.project);
  if (!catalogue) throw notFound(`project ${row.project} has no deployment`);
  const job = catalogue.byNumber.get(row.job)?.body ?? (await lastDefinition<Job>(database, row.job));
  if (!job) throw notFound(`the definition of ${row.path} is gone`);
  const [scene, turns, attempts, attemptsExpired, fact, dropped] = await Promise.all([
    sceneOf(parts, catalogue),
    turnsOf(database, row.run),
    attemptsOf(database, [row.run]),
    haveExpired(database, row.run),
    factOf(database, row.project, row.job, row.period),
    droppedNeeds(database, row.run),
  ]);
  const own = row.own ?? turns.at(-1)?.own ?? null;
  return {
    ...viewRun(scene, row),
    ...timeOfRun(catalogue, job, row.period),
    owed: row.owed as RunDetail['owed'],
    fact: fact ? { ...fact, at: printInstant(fact.at) } : null,
    needs: await readNeeds(parts, catalogue, row, turns),
    dropped: dropped.map(viewDropped),
    downstream: [...(await viewDownstream(database, catalogue, row.path, row.period))],
    turns: turns.map(viewTurn),
    attempts: attempts.map(viewAttempt),
    attemptsExpired,
    workflowId: row.workflowId,
    machineGroup: own?.machineGroup ?? job.machineGroup,
    own: viewOwn(own),
    deployment: await readPin(parts, row.deployment ?? catalogue.deployment),
    operation: await readAsked(parts, row.operation),
  };
}

/** What it awaits while it waits, what its last turn was admitted with after. */
async function readNeeds(
  parts: Parts,
  catalogue: Catalogue,
  row: RunRecord,
  turns: readonly TurnRecord[],
): Promise<RunDetail['needs']> {
  const awaited = await needsOf(parts.database, row.run);
  if (awaited.length > 0) return awaited.map((need) => ({ ...need, period: printDate(need.period) }));
  return [...(await viewInputs(parts.database, catalogue, turns.at(-1)?.inputs ?? []))];
}

async function readPin({ database }: Parts, id: string): Promise<RunDetail['deployment']> {
  const found = await readDeployment(database, id);
  return found ? { id: found.id, commit: found.commit, subject: found.subject, author: found.author } : null;
}

async function readAsked({ database }: Parts, id: string | null): Promise<RunDetail['operation']> {
  const found = id === null ? undefined : await readOperation(database, id);
  return found ? { id: found.id, kind: found.kind, by: found.askedBy, at: printInstant(found.askedAt) } : null;
}
