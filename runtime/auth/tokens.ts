// Auth answers one question: who asks? By a person's token, a browser's session, a one-time sign-in link, or a machine's token.
// In: a secret as it came over the wire. Out: an account with its role, a machine's groups, or nothing.
// A secret is shown once, when it is made; we keep its SHA-256 (32 random bytes need no slow hash: there is nothing to guess).
// Never here: what a role may do (`roles.ts`), HTTP (`runtime/api`), SQL (`runtime/store/access.ts`).

import { createHash, randomBytes } from 'node:crypto';
import {
  findMachineTokenByHash,
  findTokenByHash,
  insertMachineToken,
  insertSignInLink,
  keepToken,
  type LinkSpent,
  type MachineTokenRow,
  type Person,
  spendSignInLink,
  type TokenHolder,
} from '../store/access.js';
import type { Queryable } from '../store/database.js';
import { findSessionByHash } from '../store/session.js';

/** What a secret is for, told by its first letters, so that a leaked one is recognised by people and by scanners. */
export type TokenPrefix = 'hera' | 'heram' | 'heral' | 'heras';

export type NewToken = Readonly<{ secret: string; hash: Buffer }>;

const SECRET_BYTES = 32;
// No secret of ours is longer; what is longer is refused without being hashed.
const SECRET_MOST = 256;
export const SIGN_IN_MINUTES = 10;
export const SESSION_DAYS = 30;

/** SHA-256 of a secret: what the tables hold. */
export const hashToken = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** A new secret of 256 random bits, `<prefix>_<base64url>`. `hera`: a person's; `heram`: a machine's; `heral`: a sign-in link; `heras`: a session. */
export function newToken(prefix: TokenPrefix): NewToken {
  const secret = `${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { secret, hash: hashToken(secret) };
}

const looksLike = (secret: string): boolean => secret.length > 0 && secret.length <= SECRET_MOST;

/** The person a bearer token speaks for; undefined when unknown, revoked, expired, or of a disabled account. */
export const findToken = async (sql: Queryable, secret: string): Promise<TokenHolder | undefined> =>
  looksLike(secret) ? findTokenByHash(sql, hashToken(secret)) : undefined;

/** The person of a session cookie; undefined when unknown, ended, expired, or of a disabled account. */
export const findSession = async (
  sql: Queryable,
  secret: string,
): Promise<(Person & Readonly<{ session: string }>) | undefined> =>
  looksLike(secret) ? findSessionByHash(sql, hashToken(secret)) : undefined;

/** The machine token of a worker and the groups it may serve; undefined when unknown or revoked. */
export const findMachineToken = async (
  sql: Queryable,
  secret: string,
): Promise<Readonly<{ id: string; machineGroups: readonly string[] }> | undefined> =>
  looksLike(secret) ? findMachineTokenByHash(sql, hashToken(secret)) : undefined;

/** Makes a link's secret: it works once, for ten minutes, exchanged for a session. */
export async function makeSignInLink(
  sql: Queryable,
  account: string,
): Promise<Readonly<{ secret: string; expiresAt: Date }>> {
  const { secret, hash } = newToken('heral');
  return { secret, expiresAt: await insertSignInLink(sql, hash, account, SIGN_IN_MINUTES) };
}

/** Uses a link's secret up. The second call with the same link says `used`. */
export const spendLink = async (sql: Queryable, link: string): Promise<LinkSpent> =>
  looksLike(link) ? spendSignInLink(sql, hashToken(link)) : { kind: 'unknown' };

/** Registers a machine token that already exists as a secret (a file of an earlier start); asking again sets its groups anew. */
export const registerMachineToken = (
  sql: Queryable,
  secret: string,
  label: string,
  machineGroups: readonly string[],
): Promise<MachineTokenRow> => insertMachineToken(sql, { hash: hashToken(secret), label, machineGroups, days: null });

/** Registers a person's token that already exists as a secret, as `registerMachineToken` does. */
export const registerToken = (sql: Queryable, secret: string, account: string, label: string): Promise<void> =>
  keepToken(sql, { hash: hashToken(secret), account, label });
