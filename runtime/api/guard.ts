import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { matchedRoutes } from 'hono/route';
import { isAtLeast, roleEverywhere, roleOn, type Standing } from '../auth/rights.js';
import { findSession, findToken } from '../auth/tokens.js';
import type { Asker } from '../control/control.js';
import { forbidden, unauthenticated } from '../errors.js';
import type { Role, Scope } from '../store/access.js';
import type { Database } from '../store/database.js';
import type { Visitor } from '../store/session.js';
import { ACCESS, isInScope, PERMISSIONS, type Permission } from './access.js';
import type { Standings } from './standing.js';

/** Who asks, and from where: `ui`, `cli`, `token:<label>`. `scopes`: to what the token is narrowed; null: to nothing. `session`: of a browser. */
export type Who = Readonly<{
  account: string;
  role: Role;
  via: string;
  scopes: readonly Scope[] | null;
  session: string | null;
}>;
/** `standing`: of who is no admin, on an endpoint that needs more than reading. */
export type ApiEnv = {
  Variables: { requestId: string; who: Who | undefined; standing: Standing | undefined; visitor: Visitor };
};

export const SESSION_COOKIE = 'hera_session';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Gives every request a number that the answer, the log and an error's text share. */
export const numberRequests: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const id = randomUUID();
  c.set('requestId', id);
  c.header('x-request-id', id);
  c.header('x-content-type-options', 'nosniff');
  c.header('cache-control', 'no-store');
  await next();
};

/**
 * Refuses requests under a foreign name, and from a foreign page. A name of another site that resolves to us (DNS rebinding) is a foreign
 * Host; a page of another site that posts to us is a foreign Origin.
 */
export const checkNames =
  (allowedHosts: readonly string[]): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const host = hostOf(c);
    if (!isAllowed(host, allowedHosts))
      throw forbidden(`this server is not called ${host}`, {
        help: 'start it with the name: hera server --host-name NAME',
      });
    const origin = c.req.header('origin');
    if (origin !== undefined && hostOfOrigin(origin) !== host) throw forbidden('the request comes from another site');
    await next();
  };

const hostOf = (c: Context): string => (c.req.header('host') ?? new URL(c.req.url).host).toLowerCase();

function hostOfOrigin(origin: string): string | undefined {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return undefined;
  }
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, '');
  return LOOPBACK.has(name) || allowed.some((one) => one.toLowerCase() === host || one.toLowerCase() === name);
}

/** Finds out who asks and whether they may; every path below `/api` passes here, unknown ones too. */
export const authorize =
  (database: Database, standings: Standings): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const endpoint = endpointOf(c);
    const permission = endpoint === undefined ? 'read' : ACCESS[endpoint];
    if (permission === undefined) throw forbidden(`${endpoint} is nobody's yet`);
    const who = await identify(c, database, permission === 'anyone');
    c.set('who', who);
    if (permission !== 'anyone') {
      if (!who)
        throw unauthenticated('sign in, or send a token', {
          help: 'HERA_TOKEN, or `hera login`; `hera up` prints a sign-in link',
        });
      refuseScope(who, permission);
      c.set('standing', await refuseRole(who, permission, standings));
    }
    await next();
  };

function refuseScope(who: Who, permission: Permission): void {
  if (isInScope(who.scopes, permission)) return;
  throw forbidden(
    `this token is for ${who.scopes!.join(', ')}; this needs ${PERMISSIONS[permission]!.scopes.join(' or ')}`,
    {
      help: 'make a token with that scope: hera token create LABEL --scope …',
    },
  );
}

/** Throws `forbidden` below the role that is needed: everywhere, or, where the handler asks of each object again, somewhere. */
async function refuseRole(who: Who, permission: Permission, standings: Standings): Promise<Standing | undefined> {
  const { role, on } = PERMISSIONS[permission]!;
  if (who.role === 'admin' || role === 'viewer') return undefined;
  const standing = role === 'admin' ? undefined : await standings.of(who);
  const isAllowed =
    standing !== undefined &&
    (on === 'installation'
      ? isAtLeast(roleEverywhere(standing), role)
      : await standings.hasSomewhere(standing, role as 'operator' | 'owner'));
  if (isAllowed) return standing;
  throw forbidden(`${who.account} is ${who.role}; this needs ${role}`, {
    help:
      on === 'installation'
        ? `ask an admin for the role ${role}`
        : `ask an owner of the job, or an admin, for the role ${role} on its folder`,
  });
}

/** `GET /api/v1/runs/:run` of the handler that will answer; undefined when none will. */
export function endpointOf(c: Context): string | undefined {
  const route = matchedRoutes(c).findLast(({ method }) => method !== 'ALL');
  return route && `${route.method} ${route.path}`;
}

async function identify(c: Context<ApiEnv>, database: Database, open: boolean): Promise<Who | undefined> {
  const bearer = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (bearer !== undefined) {
    const token = await findToken(database, bearer);
    if (!token)
      throw unauthenticated('this token is not valid', { help: 'it may be revoked or expired: ask for another' });
    return {
      account: token.account,
      role: token.role,
      via: c.req.header('x-hera-client') === 'cli' ? 'cli' : `token:${token.label}`,
      scopes: token.scopes,
      session: null,
    };
  }
  // A browser sends its cookie whoever made it ask; the Origin says who did. Checked for the sign-in too: nobody is signed in by a stranger's page.
  if (!READS.has(c.req.method) && c.req.header('origin') === undefined)
    throw open || getCookie(c, SESSION_COOKIE) !== undefined
      ? forbidden('a write from a browser needs its Origin header')
      : unauthenticated('sign in, or send a token');
  const cookie = getCookie(c, SESSION_COOKIE);
  const person = cookie === undefined ? undefined : await findSession(database, cookie);
  return person && { ...person, via: 'ui', scopes: null };
}

/** Who asks; behind `authorize` on an endpoint that is not for anyone. */
export function whoOf(c: Context<ApiEnv>): Who {
  const who = c.get('who');
  if (!who) throw unauthenticated('sign in, or send a token');
  return who;
}

/** Who asks, as the control plane takes it: with the right to ask of each job, unless that is every job's. */
export function askerOf(c: Context<ApiEnv>): Asker {
  const { account: by, via } = whoOf(c);
  const standing = c.get('standing');
  if (standing === undefined) return { by, via };
  return { by, via, mayOperate: (project, job) => isAtLeast(roleOn(standing, project, job), 'operator') };
}
