import type { Person } from './access.js';
import type { Queryable } from './database.js';

// Sessions of browsers: seen by whom they belong to, ended one by one or all at once. Their secrets are here as SHA-256 only.

export type SignInWay = 'link' | 'password' | 'oidc';

/** From where somebody signed in; null: nobody knows. */
export type Visitor = Readonly<{ address: string | null; agent: string | null }>;

export type SessionRow = Readonly<{
  id: string;
  account: string;
  way: SignInWay;
  address: string | null;
  agent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}>;

const AGENT_MOST = 300;

export async function insertSession(
  sql: Queryable,
  session: Readonly<{ hash: Buffer; account: string; days: number; way: SignInWay }> & Visitor,
): Promise<Date> {
  await sql`delete from session where expires_at < now()`;
  const [row] = await sql<{ at: Date }[]>`
    insert into session (hash, account, expires_at, way, address, agent)
    values (${session.hash}, ${session.account}, now() + ${`${session.days} days`}::interval, ${session.way},
            ${session.address}, ${session.agent?.slice(0, AGENT_MOST) ?? null})
    returning expires_at as at`;
  return row!.at;
}

/** The living session with this hash, and its number. Notes that it was seen, at most once a minute. */
export async function findSessionByHash(
  sql: Queryable,
  hash: Buffer,
): Promise<(Person & Readonly<{ session: string }>) | undefined> {
  const [row] = await sql<(Person & { session: string; stale: boolean })[]>`
    select account.name as account, account.role, session.id as session,
           session.last_seen_at < now() - interval '1 minute' as stale
    from session join account on account.name = session.account
    where session.hash = ${hash} and session.revoked_at is null and session.expires_at > now() and account.disabled_at is null`;
  if (row?.stale) await sql`update session set last_seen_at = now() where hash = ${hash}`;
  return row && { account: row.account, role: row.role, session: row.session };
}

/** Ends a session; asking again changes nothing. */
export async function revokeSession(sql: Queryable, hash: Buffer): Promise<void> {
  await sql`update session set revoked_at = now() where hash = ${hash} and revoked_at is null`;
}

/** Living sessions of an account, or (null) of all, the last seen first, at most 500. */
export async function listSessions(sql: Queryable, account: string | null): Promise<readonly SessionRow[]> {
  return sql<SessionRow[]>`
    select id, account, way, address, agent, created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt"
    from session
    where revoked_at is null and expires_at > now() and (${account}::text is null or account = ${account})
    order by last_seen_at desc, id limit 500`;
}

/** Ends a session by its number; answers whose it was, undefined when there is no such living one. */
export async function endSession(sql: Queryable, id: string, account: string | null): Promise<string | undefined> {
  const [row] = await sql<{ account: string }[]>`
    update session set revoked_at = now()
    where id = ${id} and revoked_at is null and expires_at > now() and (${account}::text is null or account = ${account})
    returning account`;
  return row?.account;
}

/** Ends all sessions of an account but `except`; how many there were. */
export async function endSessions(sql: Queryable, account: string, except: string | null): Promise<number> {
  const rows = await sql`
    update session set revoked_at = now()
    where account = ${account} and revoked_at is null and expires_at > now() and id is distinct from ${except}::uuid
    returning id`;
  return rows.length;
}
