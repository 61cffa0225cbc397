import { z } from '@hono/zod-openapi';
import { type AuditRecord, listAudit } from '../../store/read-audit.js';
import { page } from '../contract.js';
import { parseCursor, printCursor } from '../cursor.js';
import { whoOf } from '../guard.js';
import { type AuditLine, auditLine } from '../people-contract.js';
import { type Api, accountName, answers, createRoute, limit, type Parts, projectName } from '../route.js';
import { parseBound } from '../typed-period.js';

const word = z.string().min(1).max(300);
const query = z.object({
  project: projectName.optional(),
  who: accountName.optional(),
  what: word.optional(),
  /** A run, an operation, a deployment, an account, a token … */
  subject: word.optional(),
  /** Inclusive; also `now-24h`. */
  from: word.optional(),
  /** Exclusive. */
  to: word.optional(),
  limit: limit(50, 500),
  cursor: z.string().max(300).optional(),
});

/** Every write: who, from where, what, before and after. */
export function auditRoutes(api: Api, { database }: Parts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/audit',
      summary:
        'Lines of the audit, newest first. An admin sees all; others those of projects, without addresses, and their own',
      request: { query },
      responses: answers('A page of lines.', page(auditLine)),
    }),
    async (c) => {
      const { limit, cursor, from, to, project = null, who = null, what = null, subject = null } = c.req.valid('query');
      const { account, role } = whoOf(c);
      const [place, id] = cursor === undefined ? [] : parseCursor(cursor, 2);
      const found = await listAudit(database, {
        ...{ seenBy: role === 'admin' ? null : account, project, who, what, subject, limit: limit + 1 },
        ...{
          from: from ? await parseBound(database, from, 'UTC') : null,
          to: to ? await parseBound(database, to, 'UTC') : null,
        },
        after: place === undefined ? null : { place, id: id! },
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const next = found.length > items.length && last ? printCursor([last.place, last.id]) : null;
      return c.json({ items: items.map((row) => viewLine(row, role === 'admin' || row.who === account)), next }, 200);
    },
  );
}

const viewLine = ({ place: _, at, ...row }: AuditRecord, isNear: boolean): AuditLine => ({
  ...row,
  at: at.toISOString(),
  address: isNear ? row.address : null,
});
