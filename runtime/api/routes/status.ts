import { z } from '@hono/zod-openapi';
import { notFound } from '../../errors.js';
import { type Api, answers, createRoute, type Parts, projectName } from '../route.js';
import { status } from '../status-contract.js';
import { viewStatus } from '../status-view.js';

const hours = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);

/** What is late, what waits, what was missed, and what comes. */
export function statusRoutes(api: Api, { database, catalogues }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/status',
      summary: 'What is late, what waits for what, what was missed and made up for, and what is expected next',
      request: {
        query: z.object({
          project: projectName.optional(),
          /** How far back it looks for what was missed and restored. */
          hours: hours(24, 24 * 31),
          /** How far ahead it looks. */
          ahead: hours(6, 24 * 7),
        }),
      },
      responses: answers('The status; lists show the first 100.', status),
    }),
    async (c) => {
      const query = c.req.valid('query');
      const catalogue = await catalogues.of(await catalogues.projectOf(query.project));
      if (!catalogue) throw notFound('nothing is deployed yet', { help: 'deploy a project: hera apply' });
      return c.json(await viewStatus(database, catalogue, query), 200);
    },
  );
}
