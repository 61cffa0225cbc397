import type { Context } from 'hono';
import { ZodError } from 'zod';
import type { Log } from '../control/context.js';
import { FAILURES, Failure } from '../errors.js';
import type { ApiEnv } from './guard.js';

/** Answers an error as a `problem`. What is not a Failure is our bug: it is logged with the request's number, and says no more. */
export function answerProblem(error: Error, c: Context<ApiEnv>, log: Log): Response {
  const requestId = c.get('requestId');
  if (error instanceof Failure) {
    const { help, details } = error.more;
    const { status } = FAILURES[error.code];
    return c.json({ error: { code: error.code, message: error.message, help, details, requestId } }, status);
  }
  if (error instanceof ZodError) return answerShape(error, c);
  log.error('a request failed', { requestId, path: c.req.path, error: error.stack ?? String(error) });
  const message = `the server failed; its log has more under ${requestId}`;
  return c.json({ error: { code: 'internal', message, requestId } }, 500);
}

/** A request that has not the shape of the contract. */
export function answerShape(error: ZodError, c: Context<ApiEnv>): Response {
  const issues = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const message = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return c.json({ error: { code: 'invalid', message, details: issues, requestId: c.get('requestId') } }, 400);
}
