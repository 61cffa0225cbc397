import type { IncomingMessage } from 'node:http';
import type { Context, MiddlewareHandler } from 'hono';
import { askedFrom } from '../store/origin.js';
import type { Visitor } from '../store/session.js';
import type { ApiEnv } from './guard.js';

/**
 * Notes from where each request comes, for sessions, limits and the audit. `behindProxy`: the last proxy is ours, and what it says of the
 * address counts; else nobody's word does but that of the connection.
 */
export const noteVisitor =
  (behindProxy: boolean): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const address = addressOf(c, behindProxy);
    c.set('visitor', { address, agent: c.req.header('user-agent') ?? null });
    await askedFrom(address, next);
  };

export const visitorOf = (c: Context<ApiEnv>): Visitor => c.get('visitor');

function addressOf(c: Context<ApiEnv>, behindProxy: boolean): string | null {
  const told = behindProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  // Absent when the request did not come by a socket: the pages ask in this process.
  const { incoming } = (c.env ?? {}) as Readonly<{ incoming?: IncomingMessage }>;
  const address = told || incoming?.socket?.remoteAddress;
  return address?.replace(/^::ffff:(?=\d+\.)/, '').slice(0, 64) ?? null;
}
