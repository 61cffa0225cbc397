import { z } from '@hono/zod-openapi';
import { type Job, type Occasion, previewOf, withOwn } from '../../../compiler/manifest/index.js';
import { notFound } from '../../errors.js';
import { readAttempt, readPinnedTurn } from '../../store/attempt.js';
import { readRegion } from '../../store/installation.js';
import { databaseNow } from '../../store/ledger.js';
import { readBlob } from '../../store/log.js';
import type { RunRecord } from '../../store/read-run.js';
import { attemptsOf } from '../../store/read-run-detail.js';
import { calendarOf, findInForce } from '../catalogue.js';
import { findRun } from '../find-run.js';
import { type PreviewAnswer, preview } from '../preview-contract.js';
import { type Api, answers, createRoute, jobId, type Parts, projectName, text } from '../route.js';
import { choosePeriod } from '../typed-period.js';

const MOST_FRAGMENT = 64 * 1024;

/** What would run, or ran: scripts, arguments and environment with their templates rendered, secrets masked. */
export function previewRoutes(api: Api, parts: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/job/preview',
      summary: 'A job’s script as a run of a period would have it, by the definition in force',
      request: {
        query: z.object({
          project: projectName.optional(),
          job: jobId,
          period: text,
          /** This text instead of the script. */
          fragment: z.string().max(MOST_FRAGMENT).optional(),
        }),
      },
      responses: answers('The preview.', preview),
    }),
    async (c) => c.json(await previewJob(parts, c.req.valid('query')), 200),
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/runs/{run}/preview',
      summary: 'A run’s script as an attempt had it, or as its next one would, by the definition it is pinned to',
      request: {
        params: z.object({ run: z.string().max(300) }),
        query: z.object({
          project: projectName.optional(),
          /** Which attempt; the last unless given. */
          attempt: z.coerce.number().int().min(1).max(1_000_000).optional(),
        }),
      },
      responses: answers('The preview.', preview),
    }),
    async (c) => {
      const { project, attempt } = c.req.valid('query');
      return c.json(await previewRun(parts, await findRun(parts, c.req.valid('param').run, project), attempt), 200);
    },
  );
}

type JobQuery = Readonly<{ project?: string | undefined; job: string; period: string; fragment?: string | undefined }>;

async function previewJob({ database, catalogues }: Parts, query: JobQuery): Promise<PreviewAnswer> {
  const catalogue = await catalogues.of(await catalogues.projectOf(query.project));
  if (!catalogue) throw notFound('nothing is deployed yet', { help: 'deploy a project: hera apply' });
  const { body, ...job } = await findInForce(database, catalogue, query.job);
  const period = choosePeriod(catalogue, { ...job, body }, query.period).getTime();
  const { commit } = catalogue;
  const region = await readRegion(database);
  const now = (await databaseNow(database)).getTime();
  const occasion = { calendar: calendarOf(catalogue, body), period, now, commit, region };
  return answerOf({ database }, body, occasion, query.fragment);
}

/** By the attempt's own pin and beginning, so that it says what that attempt had; a run without one is told by what is in force. */
async function previewRun(parts: Parts, row: RunRecord, asked: number | undefined): Promise<PreviewAnswer> {
  const { database, catalogues } = parts;
  const n = asked ?? (await attemptsOf(database, [row.run])).at(-1)?.n;
  const attempt = n === undefined ? undefined : await readAttempt(database, row.run, n);
  if (asked !== undefined && !attempt) throw notFound(`run ${row.run} has no attempt ${asked}`);
  const period = row.period.getTime();
  if (attempt) {
    const { job, calendar, commit, region = null } = (await readPinnedTurn(database, row.run, attempt.turn)) ?? {};
    if (!job || commit === null || commit === undefined)
      throw notFound(`the definition of attempt ${attempt.n} of run ${row.run} is gone`);
    const occasion = { calendar: calendar ?? null, period, now: attempt.begunAt.getTime(), commit, region };
    return answerOf(parts, job, { ...occasion, run: row.run, attempt: attempt.n, outputs: attempt.given ?? {} });
  }
  const catalogue = await catalogues.of(row.project);
  const inForce = catalogue?.byNumber.get(row.job)?.body;
  const job = inForce && row.own ? withOwn(inForce, row.own) : inForce;
  if (!catalogue || !job) throw notFound(`the job of run ${row.run} is not deployed any more`);
  const { commit } = catalogue;
  const region = await readRegion(database);
  const now = (await databaseNow(database)).getTime();
  const occasion = { calendar: calendarOf(catalogue, job), period, now, commit, region, run: row.run };
  return answerOf(parts, job, occasion);
}

async function answerOf(
  { database }: Pick<Parts, 'database'>,
  job: Job,
  occasion: Occasion & Readonly<{ commit: string }>,
  fragment?: string,
): Promise<PreviewAnswer> {
  const script = fragment === undefined ? await readBlob(database, job.run.script.sha256) : Buffer.alloc(0);
  if (!script) throw notFound(`the script of ${job.id} is not stored`, { help: 'deploy its commit again' });
  const { args, command, files, env, realTime, later, left, masked, faults, ...shown } = previewOf(
    job,
    script.toString('utf8'),
    occasion,
    fragment,
  );
  return {
    ...{ ...shown, run: occasion.run ?? null, attempt: occasion.attempt ?? null, commit: occasion.commit },
    ...{
      args: [...args],
      command: command && { ...command, words: [...command.words] },
      files: [...files],
      env,
      realTime: [...realTime],
      later: [...later],
      left: [...left],
    },
    ...{ masked: [...masked], faults: [...faults] },
  };
}
