import { z } from '@hono/zod-openapi';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { accountOf } from '../../auth/oidc-account.js';
import { beginSession } from '../../auth/sign-in.js';
import { Failure, notFound } from '../../errors.js';
import { type Api, createRoute, type Parts } from '../route.js';
import { visitorOf } from '../visitor.js';
import { setSession } from './session.js';

const COOKIE = 'hera_oidc';
const PATH = '/api/v1/session/oidc';
const MINUTES_10 = 600;

/** Signing in by the OpenID provider: away to it, and back. Both are addresses for browsers, so that they answer by sending them on. */
export function oidcRoutes(api: Api, { database, oidc, log }: Parts): void {
  const sentOn = (description: string) => ({
    302: { description },
    404: { description: 'There is no provider here.' },
  });
  api.openapi(
    createRoute({
      method: 'get',
      path: PATH,
      summary: 'Sign in by the OpenID provider: sends the browser there',
      request: { query: z.object({ next: z.string().max(2000).optional() }) },
      responses: sentOn('To the provider.'),
    }),
    async (c) => {
      if (!oidc) throw noProvider();
      const { url, state } = await oidc.begin(safeNext(c.req.valid('query').next));
      const secure = oidc.settings.redirectUri.protocol === 'https:';
      // Lax: the provider's page leads back here, and that navigation must carry it.
      setCookie(c, COOKIE, state, { httpOnly: true, sameSite: 'Lax', path: PATH, maxAge: MINUTES_10, secure });
      return c.redirect(url.href, 302);
    },
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: `${PATH}/callback`,
      summary: 'Where the OpenID provider sends the browser back to',
      responses: sentOn('To the page that was wanted, signed in; or to the sign-in, which says why not.'),
    }),
    async (c) => {
      if (!oidc) throw noProvider();
      const state = getCookie(c, COOKIE);
      deleteCookie(c, COOKIE, { path: PATH });
      try {
        const { identity, next } = await oidc.finish(new URL(c.req.url).searchParams, state);
        const person = await accountOf(database, identity, oidc.settings.defaultRole);
        const { session } = await beginSession(database, person, 'oidc', visitorOf(c));
        setSession(c, session, oidc.settings.redirectUri.protocol === 'https:');
        return c.redirect(next, 302);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log.warn('a sign-in by the provider was refused', { why: error.message, cause: String(error.cause ?? '') });
        const kind = (error.more.details as Readonly<{ oidc?: string }> | undefined)?.oidc ?? 'unavailable';
        return c.redirect(`/sign-in?refused=${encodeURIComponent(kind)}`, 302);
      }
    },
  );
}

const noProvider = () =>
  notFound('this server has no OpenID provider', { help: 'HERA_OIDC_ISSUER: see docs/people.md' });

/** Only a page of ours: never another site. */
const safeNext = (next: string | undefined): string =>
  next !== undefined && /^\/(?![/\\])/.test(next) && !next.startsWith('/api/') ? next : '/jobs';
