import { z } from '@hono/zod-openapi';
import { notFound } from '../../errors.js';
import { databaseNow } from '../../store/ledger.js';
import { findInForce } from '../catalogue.js';
import { explanation } from '../explain-contract.js';
import { explain } from '../explain-view.js';
import { type Api, answers, createRoute, jobId, type Parts, projectName, text } from '../route.js';

/** Why a period of a job has run, waits, or does not exist. */
export function explainRoutes(api: Api, { database, catalogues, aliveSeconds }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/explain',
      summary:
        'Why a period of a job runs, waits or has no run: each awaited period, its state, since when, and what ends the wait',
      request: { query: z.object({ project: projectName.optional(), job: jobId, period: text }) },
      responses: answers('The explanation.', explanation),
    }),
    async (c) => {
      const { project, job, period } = c.req.valid('query');
      const catalogue = await catalogues.of(await catalogues.projectOf(project));
      if (!catalogue) throw notFound('nothing is deployed yet', { help: 'deploy a project: hera apply' });
      const context = { database, catalogue, now: (await databaseNow(database)).getTime(), aliveSeconds };
      return c.json(await explain(context, await findInForce(database, catalogue, job), period), 200);
    },
  );
}
