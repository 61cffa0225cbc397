import { z } from '@hono/zod-openapi';
import { notFound } from '../../errors.js';
import { endSession, endSessions, listSessions, type SessionRow } from '../../store/session.js';
import { inTransaction } from '../../store/transaction.js';
import { whoOf } from '../guard.js';
import { noteWrite } from '../note-write.js';
import { ownerOf } from '../own.js';
import { type Session, session } from '../people-contract.js';
import { type Api, accountName, answers, createRoute, type Parts } from '../route.js';
import { printInstant } from '../run-view.js';

const of = { query: z.object({ account: accountName.optional() }) };

/** Sessions of browsers, one's own; of others only as an admin. */
export function sessionsRoutes(api: Api, { database }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/sessions',
      summary: 'Living sessions of an account, one’s own unless named',
      request: of,
      responses: answers('The last seen first.', z.object({ items: z.array(session) })),
    }),
    async (c) => {
      const account = ownerOf(c, c.req.valid('query').account);
      const rows = await listSessions(database, account);
      return c.json({ items: rows.map((row) => viewSession(row, whoOf(c).session)) }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/sessions',
      summary: 'End all sessions of an account, one’s own unless named, but the one that asks',
      request: of,
      responses: answers('How many there were.', z.object({ ended: z.number().int() })),
    }),
    async (c) => {
      const account = ownerOf(c, c.req.valid('query').account);
      const ended = await inTransaction(database, async (tx) => {
        const n = await endSessions(tx, account, whoOf(c).session);
        await noteWrite(tx, c, { what: 'session.end-all', subject: account, body: { ended: n } });
        return n;
      });
      return c.json({ ended }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/sessions/{id}',
      summary: 'End a session at once',
      request: { params: z.object({ id: z.uuid() }) },
      responses: answers('Ended.', z.object({})),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { account, role } = whoOf(c);
      await inTransaction(database, async (tx) => {
        const of = await endSession(tx, id, role === 'admin' ? null : account);
        if (of === undefined) throw notFound(`there is no living session ${id}`, { help: 'hera session list' });
        await noteWrite(tx, c, { what: 'session.end', subject: of, body: { session: id } });
      });
      return c.json({}, 200);
    },
  );
}

const viewSession = (row: SessionRow, asking: string | null): Session => ({
  ...row,
  createdAt: printInstant(row.createdAt),
  lastSeenAt: printInstant(row.lastSeenAt),
  expiresAt: printInstant(row.expiresAt),
  isThis: row.id === asking,
});
