import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ZodError } from 'zod';
import type { Log } from '../control/context.js';
import { FAILURES, Failure } from '../errors.js';
import type { Problem } from './contract.js';
import type { ApiEnv } from './guard.js';

/** Answers an error as a `problem`. What is not a Failure is our bug: it is logged with the request's number, and says no more. */
export function answerProblem(error: Error, c: Context<ApiEnv>, log: Log): Response {
  const requestId = c.get('requestId');
  if (error instanceof Failure) {
    const { help, details } = error.more;
    const { status } = FAILURES[error.code];
    const wait = (details as Readonly<{ retryAfterSeconds?: number }> | undefined)?.retryAfterSeconds;
    if (wait !== undefined) c.header('retry-after', String(wait));
    return answer(c, status, { code: error.code, message: error.message, help, details, requestId });
  }
  if (error instanceof ZodError) return answerShape(error, c);
  log.error('a request failed', { requestId, path: c.req.path, error: error.stack ?? String(error) });
  const message = `the server failed; its log has more under ${requestId}`;
  return answer(c, 500, { code: 'internal', message, requestId });
}

/** A request that has not the shape of the contract. */
export function answerShape(error: ZodError, c: Context<ApiEnv>): Response {
  const issues = error.issues.map((issue) => ({ path: placeOf(issue.path), message: wordsOf(issue) }));
  const message = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return answer(c, 400, { code: 'invalid', message, details: issues, requestId: c.get('requestId') });
}

const TITLES: Readonly<Record<Told['code'], string>> = {
  'not-found': 'There is no such thing',
  forbidden: 'Not permitted',
  unauthenticated: 'Not signed in',
  conflict: 'The state of things does not allow it now',
  stale: 'The plan is out of date',
  invalid: 'The request is wrong',
  limited: 'Asked too often',
  unavailable: 'Something that is needed cannot be reached',
  internal: 'The server failed',
};

type Told = Problem['error'];

/** As RFC 9457 has it; `error` says the same to those who know our codes. */
function answer(c: Context<ApiEnv>, status: ContentfulStatusCode, error: Told): Response {
  const problem: Problem = {
    type: `urn:hera:problem:${error.code}`,
    title: TITLES[error.code],
    status,
    detail: error.message,
    error,
  };
  return c.body(JSON.stringify(problem), status, { 'content-type': 'application/problem+json' });
}

const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`)).join('');

/** What is wrong in our words where the checker's are about its own types. */
function wordsOf(issue: ZodError['issues'][number]): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.minimum === 1 && issue.origin !== 'number'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    default:
      return issue.message;
  }
}

const unitOf = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '');
