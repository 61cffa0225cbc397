import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from '@hono/zod-openapi';
import { sentenceOf } from '../../alerts/webhook.js';
import { conflict } from '../../errors.js';
import { type AlertRow, listAlerts, raiseAlert, readAlert } from '../../store/alert.js';
import { inTransaction } from '../../store/transaction.js';
import { type Alert, alert, page } from '../contract.js';
import { whoOf } from '../guard.js';
import { noteWrite } from '../note-write.js';
import { type Api, answers, createRoute, limit, number, type Parts, projectName } from '../route.js';
import { printInstant, printMaybe } from '../run-view.js';

const PATIENCE_MS = 15_000;
const LOOK_MS = 250;

/** What somebody on call must hear of, and whether he can be reached. */
export function alertRoutes(api: Api, { database, catalogues, hasWebhook, stopping }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/alerts',
      summary: 'Alerts of a project and of the installation, newest first',
      request: {
        query: z.object({ project: projectName.optional(), limit: limit(50, 200), cursor: number.optional() }),
      },
      responses: answers('A page of alerts.', page(alert)),
    }),
    async (c) => {
      const query = c.req.valid('query');
      const project = await catalogues.projectOf(query.project);
      const found = await listAlerts(database, project, query.cursor ?? null, query.limit + 1);
      const items = found.slice(0, query.limit).map(viewAlert);
      return c.json({ items, next: found.length > items.length ? (items.at(-1)?.id ?? null) : null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/alerts/test',
      summary: 'Send a test to the webhook and answer what became of it, after 15 s at most',
      responses: answers('The test alert, delivered or with the reason why not yet.', alert),
    }),
    async (c) => {
      if (!hasWebhook)
        throw conflict('this server has no webhook: alerts are only listed', {
          help: 'start it with HERA_ALERT_URL and HERA_ALERT_SECRET',
        });
      const body = { by: whoOf(c).account };
      await inTransaction(database, (tx) => noteWrite(tx, c, { what: 'alert-test', subject: 'webhook', body: {} }));
      const id = (await raiseAlert(database, { key: `test:${randomUUID()}`, kind: 'test', project: null, body }))!;
      // Another process may be the one that sends it: its row is all that tells.
      for (const until = Date.now() + PATIENCE_MS; ; await delay(LOOK_MS)) {
        const found = (await readAlert(database, id))!;
        const isOver = found.deliveredAt !== null || found.lastError !== null;
        if (isOver || Date.now() > until || stopping.aborted) return c.json(viewAlert(found), 200);
      }
    },
  );
}

const viewAlert = (row: AlertRow): Alert => ({
  id: row.id,
  kind: row.kind,
  text: sentenceOf(row),
  project: row.project,
  run: row.run,
  job: row.job,
  period: printMaybe(row.period),
  owner: row.owner,
  raisedAt: printInstant(row.raisedAt),
  deliveredAt: printMaybe(row.deliveredAt),
  givenUpAt: printMaybe(row.givenUpAt),
  sends: row.sends,
  lastError: row.lastError,
});
