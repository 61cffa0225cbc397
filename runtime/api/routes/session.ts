import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { hashPassword, isPassword, refuseWeak } from '../../auth/passwords.js';
import { beginSession, type SignedIn, signInByPassword } from '../../auth/sign-in.js';
import { hashToken, SESSION_DAYS, spendLink } from '../../auth/tokens.js';
import { forbidden } from '../../errors.js';
import { passwordOf, readAccount, updateAccount } from '../../store/account.js';
import { endSessions, revokeSession, type Visitor } from '../../store/session.js';
import { inTransaction } from '../../store/transaction.js';
import { type ApiEnv, SESSION_COOKIE, whoOf } from '../guard.js';
import { noteWrite } from '../note-write.js';
import { me, meInFull, signInWays } from '../people-contract.js';
import { type Api, accountName, answers, createRoute, json, type Parts } from '../route.js';
import { visitorOf } from '../visitor.js';

const REFUSED = {
  unknown: 'this sign-in link is not known here',
  used: 'this sign-in link was used already',
  expired: 'this sign-in link has expired',
  disabled: 'this account is disabled',
} as const;

const plain = z.string().max(1000);
const signInBody = z.union([
  z.object({ link: z.string().max(300) }),
  z.object({ account: accountName, password: plain }),
]);

/** Signing in by a one-time link or a password, signing out, and who one is. */
export function sessionRoutes(api: Api, parts: Parts): void {
  const { database, version, standings } = parts;
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
      method: 'get',
      path: '/api/v1/sign-in-ways',
      summary: 'How one may sign in here, beside a link',
      responses: answers('The ways.', signInWays),
    }),
    (c) => c.json({ password: true, oidc: parts.oidc?.title ?? null }, 200),
  );
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/session',
      summary: 'Exchange a one-time sign-in link, or an account and its password, for a session cookie',
      request: { body: json(signInBody) },
      responses: answers('Signed in; the cookie is set.', me),
    }),
    async (c) => {
      const body = c.req.valid('json');
      const visitor = visitorOf(c);
      const { account, role, session } =
        'link' in body ? await byLink(parts, body.link, visitor) : await byPassword(parts, body, visitor);
      setSession(c, session);
      return c.json({ account, role, via: 'ui' }, 200);
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
      const secret = getCookie(c, SESSION_COOKIE);
      await inTransaction(database, async (tx) => {
        if (secret !== undefined) await revokeSession(tx, hashToken(secret));
        await noteWrite(tx, c, { what: 'sign-out', subject: whoOf(c).account, body: {} });
      });
      deleteCookie(c, SESSION_COOKIE, { path: '/' });
      return c.json({}, 200);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/me',
      summary: 'Who asks',
      responses: answers('The account.', meInFull),
    }),
    async (c) => {
      const { account, role, via, scopes } = whoOf(c);
      const [row, { teams, grants }] = await Promise.all([
        readAccount(database, account),
        standings.of({ account, role }),
      ]);
      const known = { title: row?.title ?? null, hasPassword: row?.hasPassword ?? false, teams: [...teams].sort() };
      return c.json({ account, role, via, scopes: scopes && [...scopes], ...known, grants: [...grants] }, 200);
    },
  );
  ownPasswordRoute(api, parts);
}

async function byLink({ database }: Parts, link: string, visitor: Visitor): Promise<SignedIn> {
  const spent = await spendLink(database, link);
  if (spent.kind !== 'ok')
    throw forbidden(REFUSED[spent.kind], {
      help: '`hera token link` prints a new one, as `hera up` does when it starts',
      details: { link: spent.kind },
    });
  return beginSession(database, { account: spent.account, role: spent.role }, 'link', visitor);
}

async function byPassword(
  { database }: Parts,
  { account, password }: Readonly<{ account: string; password: string }>,
  visitor: Visitor,
): Promise<SignedIn> {
  const signedIn = await signInByPassword(database, account, password, visitor);
  if (signedIn) return signedIn;
  throw forbidden('the account or the password is wrong', {
    help: 'an admin can set a new one: hera user set NAME --password, or give a link: hera token link --account NAME',
    details: { password: 'wrong' },
  });
}

/** Sets the session's cookie: no script reads it, and no other site's page sends it with a write. */
export function setSession(
  c: Context<ApiEnv>,
  session: string,
  secure = c.req.header('origin')?.startsWith('https:') ?? false,
): void {
  setCookie(c, SESSION_COOKIE, session, {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    maxAge: SESSION_DAYS * 86_400,
    secure,
  });
}

function ownPasswordRoute(api: Api, { database }: Parts): void {
  api.openapi(
    createRoute({
      method: 'put',
      path: '/api/v1/me/password',
      summary: 'Set one’s own password; every other session of the account ends',
      request: { body: json(z.object({ current: plain.optional(), password: plain })) },
      responses: answers('Set.', z.object({})),
    }),
    async (c) => {
      const { current, password } = c.req.valid('json');
      const { account } = whoOf(c);
      const stored = await passwordOf(database, account);
      // A first one needs none: who asks has signed in by a link or by the provider.
      if (stored !== undefined && !(await isPassword(stored, current ?? '')))
        throw forbidden('the current password is wrong', { details: { password: 'wrong' } });
      refuseWeak(account, password);
      const hashed = await hashPassword(password);
      await inTransaction(database, async (tx) => {
        await updateAccount(tx, account, { password: hashed });
        await endSessions(tx, account, whoOf(c).session);
        await noteWrite(tx, c, { what: 'account.password', subject: account, body: { first: stored === undefined } });
      });
      return c.json({}, 200);
    },
  );
}
