import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Oidc } from '../auth/oidc.js';
import type { Log } from '../control/context.js';
import type { Control } from '../control/control.js';
import { invalid } from '../errors.js';
import type { Repositories } from '../git/repository.js';
import type { Looker } from '../source/look.js';
import type { Database } from '../store/database.js';
import type { Catalogues } from './catalogue.js';
import { problem } from './contract.js';
import type { ApiEnv } from './guard.js';
import { answerShape } from './problem.js';
import type { Standings } from './standing.js';

/** What the routes of the API work with. */
export type Parts = Readonly<{
  database: Database;
  control: Control;
  catalogues: Catalogues;
  repositories: Repositories;
  /** Looks at the branches that projects are deployed from. */
  branches: Looker;
  standings: Standings;
  /** The OpenID provider by which people may sign in. */
  oidc: Oidc | undefined;
  log: Log;
  version: string;
  /** Whether a working tree that is no commit may be deployed: only on one machine's own `hera up`. */
  allowDirty: boolean;
  /** Whether alerts are delivered anywhere. */
  hasWebhook: boolean;
  /** A worker that was not heard of for so long is not alive. */
  aliveSeconds: number;
  /** Ends when the API stops: live streams end with it. */
  stopping: AbortSignal;
}>;

export type Api = OpenAPIHono<ApiEnv>;

/** An app whose requests that do not meet the contract are answered as a problem. */
export const newApi = (): Api =>
  new OpenAPIHono<ApiEnv>({
    defaultHook: (result, c) => (result.success ? undefined : answerShape(result.error, c)),
  });

const problems = (status: string) => ({
  description: status,
  content: { 'application/problem+json': { schema: problem } },
});

const BODY_MOST_BYTES = 2 * 1024 * 1024;

/** Of everything but a bundle, which has its own limit. */
export const limitBody: MiddlewareHandler<ApiEnv> = (c, next) =>
  c.req.header('content-type')?.startsWith('application/octet-stream') ? next() : limitJson(c, next);

const limitJson = bodyLimit({
  maxSize: BODY_MOST_BYTES,
  onError: () => {
    throw invalid(`a request has at most ${BODY_MOST_BYTES} bytes`);
  },
});

/** What a request must bring with it. */
export const json = <S extends z.ZodType>(schema: S) => ({
  required: true,
  content: { 'application/json': { schema } },
});

/** The two answers every endpoint has: its own, and a problem. */
export const answers = <S extends z.ZodType>(description: string, schema: S) =>
  ({
    200: { description, content: { 'application/json': { schema } } },
    '4XX': problems('the request cannot be done: `error.code` says why'),
    '5XX': problems('the server cannot do it now'),
  }) as const;

export { createRoute };

// Query parameters that several endpoints share.
export const projectName = z.string().regex(/^[a-z0-9-]{1,30}$/);
/** Letters, digits, `_`, `.`, `@` and `-`. */
export const accountName = z.string().regex(/^[\w.@-]{1,64}$/);
export const jobId = z.string().min(1).max(250);
export const number = z.string().regex(/^\d{1,18}$/);
/** A list in one parameter, its items joined by commas. */
export const list = z
  .string()
  .max(2000)
  .transform((text) => text.split(',').filter(Boolean));
export const limit = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);
export const flag = z.enum(['true', 'false', '1', '0', '']).transform((text) => text !== 'false' && text !== '0');
export const text = z.string().min(1).max(200);
