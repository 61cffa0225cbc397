import { z } from '@hono/zod-openapi';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { hashToken, SESSION_DAYS, signIn } from '../../auth/tokens.js';
import { forbidden } from '../../errors.js';
import { revokeSession } from '../../store/access.js';
import { insertAudit } from '../../store/event.js';
import { inTransaction } from '../../store/transaction.js';
import { me } from '../contract.js';
import { SESSION_COOKIE, whoOf } from '../guard.js';
import { type Api, answers, createRoute, json, type Parts } from '../route.js';

const REFUSED = {
  unknown: 'this sign-in link is not known here',
  used: 'this sign-in link was used already',
  expired: 'this sign-in link has expired',
  disabled: 'this account is disabled',
} as const;

/** Signing in by a one-time link, signing out, and who one is. */
export function sessionRoutes(api: Api, { database, version }: Parts): void {
  const audit = (who: string, what: string): Promise<void> =>
    inTransaction(database, (tx) => insertAudit(tx, { project: null, who, via: 'ui', what, subject: null, body: {} }));
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/health',
      summary: 'Whether the server answers',
      responses: answers('It does.', z.object({ ok: z.literal(true), version: z.string() })),
    }),
    (c) => c.json({ ok: true as const, version }, 200),
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/session',
      summary: 'Exchange a one-time sign-in link for a session cookie',
      request: {
        body: json(z.object({ link: z.string().max(300) })),
      },
      responses: answers('Signed in; the cookie is set.', me),
    }),
    async (c) => {
      const answer = await signIn(database, c.req.valid('json').link);
      if (answer.kind !== 'ok' || !answer.session)
        throw forbidden(REFUSED[answer.kind === 'ok' ? 'unknown' : answer.kind], {
          help: '`hera token link` prints a new one, as `hera up` does when it starts',
          details: { link: answer.kind },
        });
      setCookie(c, SESSION_COOKIE, answer.session, {
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        maxAge: SESSION_DAYS * 86_400,
        secure: c.req.header('origin')?.startsWith('https:') ?? false,
      });
      await audit(answer.account, 'sign-in');
      return c.json({ account: answer.account, role: answer.role, via: 'ui' }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/session',
      summary: 'Sign out',
      responses: answers('Signed out.', z.object({})),
    }),
    async (c) => {
      const who = whoOf(c);
      const secret = getCookie(c, SESSION_COOKIE);
      if (secret !== undefined) await revokeSession(database, hashToken(secret));
      deleteCookie(c, SESSION_COOKIE, { path: '/' });
      await audit(who.account, 'sign-out');
      return c.json({}, 200);
    },
  );
  api.openapi(
    createRoute({ method: 'get', path: '/api/v1/me', summary: 'Who asks', responses: answers('The account.', me) }),
    (c) => c.json(whoOf(c), 200),
  );
}
