import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { conflict, invalid } from '../errors.js';
import type { Database } from '../store/database.js';
import { giveKeyBack, keepAnswer, takeKey } from '../store/idempotency.js';
import { type ApiEnv, endpointOf, whoOf } from './guard.js';

// `Idempotency-Key`: who does not know whether a write arrived sends it again with the same key, and gets the first one's answer, for a day.
// Only what was done is kept: a refusal changed nothing, and may be asked again. Source: draft-ietf-httpapi-idempotency-key-header.

const KEY = /^[\x21-\x7e]{1,200}$/;

/** Their answers hold a secret, which is told once and kept nowhere. */
const SECRET: ReadonlySet<string> = new Set([
  'POST /api/v1/tokens',
  'POST /api/v1/machine-tokens',
  'POST /api/v1/sign-in-links',
]);

/** Behind `authorize`: a key is its account's own. */
export const answerOnce =
  (database: Database): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const given = c.req.header('idempotency-key');
    if (given === undefined || c.req.method === 'GET' || c.get('who') === undefined) return next();
    // The draft has it as a quoted string; most clients send it bare.
    const key = given.replace(/^"(.*)"$/, '$1');
    if (!KEY.test(key)) throw invalid('an idempotency key is 1 to 200 printable characters without spaces');
    const { account } = whoOf(c);
    const request = await fingerprint(c);
    const kept = await takeKey(database, { account, key, request });
    if (kept !== undefined) return replay(c, kept, request);
    // Errors have become answers by the time that `next` is back.
    await next().catch(async (error: unknown) => {
      await giveKeyBack(database, account, key);
      throw error;
    });
    if (!c.res.ok) return giveKeyBack(database, account, key);
    const answer = SECRET.has(endpointOf(c) ?? '') ? null : await c.res.clone().text();
    await keepAnswer(database, { account, key, status: c.res.status, answer });
  };

type Kept = NonNullable<Awaited<ReturnType<typeof takeKey>>>;

function replay(c: Context<ApiEnv>, kept: Kept, request: Buffer): Response {
  if (!kept.request.equals(request))
    throw conflict('this idempotency key was used for another request', { help: 'a new request has a new key' });
  if (kept.status === null)
    throw conflict('the first request with this idempotency key has not ended', {
      help: 'ask again in a moment; if it was cut off, look at the audit before you ask with another key',
    });
  if (kept.answer === null)
    throw conflict('this was done already; its secret was told once', { help: 'end it, and make another' });
  c.header('idempotency-replayed', 'true');
  c.header('content-type', 'application/json');
  return c.body(kept.answer, kept.status as 200);
}

/** What makes two requests one. A bundle is not read for it: its query names the commit, which is its content. */
async function fingerprint(c: Context<ApiEnv>): Promise<Buffer> {
  const { pathname, search } = new URL(c.req.url);
  const hash = createHash('sha256').update(`${c.req.method} ${pathname}${search}\n`);
  if (!c.req.header('content-type')?.startsWith('application/octet-stream')) hash.update(await c.req.text());
  return hash.digest();
}
