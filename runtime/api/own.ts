import type { Context } from 'hono';
import { forbidden } from '../errors.js';
import { type ApiEnv, whoOf } from './guard.js';

/** Whose things are meant: one's own unless an account is named. Throws `forbidden` when another's is, and one is no admin. */
export function ownerOf(c: Context<ApiEnv>, named: string | undefined): string {
  const { account, role } = whoOf(c);
  if (named === undefined || named === account || role === 'admin') return named ?? account;
  throw forbidden(`${account} is ${role}; what is ${named}'s is for ${named} and for admins`);
}
