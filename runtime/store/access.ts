import type { Queryable, Transaction } from './database.js';

// Who may ask: accounts, their tokens and sign-in links, and the tokens of machines (sessions are in `session.ts`). Secrets are here as SHA-256 only.

export type Role = 'viewer' | 'operator' | 'admin';
/** What a token may be narrowed to. */
export type Scope = 'read' | 'operate' | 'plan' | 'deploy' | 'administer';
export type Person = Readonly<{ account: string; role: Role }>;

export type TokenRow = Readonly<{
  id: string;
  account: string;
  role: Role;
  label: string;
  scopes: readonly Scope[] | null;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}>;

export type MachineTokenRow = Readonly<{
  id: string;
  label: string;
  machineGroups: readonly string[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}>;

/** Makes an account; one that exists keeps its role. */
export async function ensureAccount(sql: Queryable, name: string, role: Role): Promise<void> {
  await sql`insert into account (name, role) values (${name}, ${role}) on conflict do nothing`;
}

/** Whether anybody was ever known. */
export async function hasAccounts(sql: Queryable): Promise<boolean> {
  const rows = await sql`select from account limit 1`;
  return rows.length > 0;
}

export async function findAccount(sql: Queryable, name: string): Promise<Person | undefined> {
  const [row] = await sql<
    Person[]
  >`select name as account, role from account where name = ${name} and disabled_at is null`;
  return row;
}

/** A token's account, and to what the token is narrowed (null: to nothing). */
export type TokenHolder = Person & Readonly<{ id: string; label: string; scopes: readonly Scope[] | null }>;

/** The living token with this hash and its account's role. Notes its use, at most once a minute. */
export async function findTokenByHash(sql: Queryable, hash: Buffer): Promise<TokenHolder | undefined> {
  const [row] = await sql<(TokenHolder & { stale: boolean })[]>`
    select token.id, token.label, token.scopes, account.name as account, account.role,
           coalesce(token.last_used_at < now() - interval '1 minute', true) as stale
    from token join account on account.name = token.account
    where token.hash = ${hash} and token.revoked_at is null and account.disabled_at is null
      and (token.expires_at is null or token.expires_at > now())`;
  if (row?.stale) await sql`update token set last_used_at = now() where id = ${row.id}`;
  return row && { id: row.id, label: row.label, scopes: row.scopes, account: row.account, role: row.role };
}

/** `days`: until it expires; null: never. */
export async function insertToken(
  sql: Queryable,
  token: Readonly<{
    hash: Buffer;
    account: string;
    label: string;
    days: number | null;
    scopes: readonly Scope[] | null;
  }>,
): Promise<TokenRow> {
  const [row] = await sql<TokenRow[]>`
    insert into token (hash, account, label, expires_at, scopes)
    values (${token.hash}, ${token.account}, ${token.label}, now() + make_interval(days => ${token.days}::int),
            ${token.scopes === null ? null : [...token.scopes]})
    returning id, account, (select role from account where name = token.account) as role, label, scopes,
              created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt"`;
  return row!;
}

/** Keeps a token whose secret lives in a file of ours; one that is there already stays, and lives again if it was ended. */
export async function keepToken(
  sql: Queryable,
  token: Readonly<{ hash: Buffer; account: string; label: string }>,
): Promise<void> {
  await sql`
    insert into token (hash, account, label) values (${token.hash}, ${token.account}, ${token.label})
    on conflict (hash) do update set revoked_at = null`;
}

/** Living tokens, of one account or (null) of all, newest first, at most 200. */
export async function listTokens(sql: Queryable, account: string | null): Promise<readonly TokenRow[]> {
  return sql<TokenRow[]>`
    select token.id, token.account, account.role, token.label, token.scopes, token.created_at as "createdAt",
           token.expires_at as "expiresAt", token.last_used_at as "lastUsedAt"
    from token join account on account.name = token.account
    where token.revoked_at is null and (${account}::text is null or token.account = ${account})
    order by token.created_at desc, token.id limit 200`;
}

/** Ends a token, of one account or (null) of any; false when there is no such living token. */
export async function revokeToken(sql: Queryable, id: string, account: string | null): Promise<boolean> {
  const rows = await sql`
    update token set revoked_at = now()
    where id = ${id} and revoked_at is null and (${account}::text is null or account = ${account}) returning id`;
  return rows.length === 1;
}

/** Keeps a sign-in link for `minutes`; links that ended a day ago are forgotten. */
export async function insertSignInLink(sql: Queryable, hash: Buffer, account: string, minutes: number): Promise<Date> {
  await sql`delete from sign_in_link where expires_at < now() - interval '1 day'`;
  const [row] = await sql<{ at: Date }[]>`
    insert into sign_in_link (hash, account, expires_at) values (${hash}, ${account}, now() + ${`${minutes} minutes`}::interval)
    returning expires_at as at`;
  return row!.at;
}

export type LinkSpent =
  | Readonly<{ kind: 'ok'; account: string; role: Role }>
  | Readonly<{ kind: 'unknown' | 'used' | 'expired' | 'disabled' }>;

/** Uses a link up: of two callers at once one gets it, the other learns that it was used. */
export async function spendSignInLink(sql: Queryable, hash: Buffer): Promise<LinkSpent> {
  const [used] = await sql<{ account: string }[]>`
    update sign_in_link set used_at = now() where hash = ${hash} and used_at is null and expires_at > now() returning account`;
  if (used) {
    const person = await findAccount(sql, used.account);
    return person ? { kind: 'ok', ...person } : { kind: 'disabled' };
  }
  const [row] = await sql<
    { used: boolean }[]
  >`select used_at is not null as used from sign_in_link where hash = ${hash}`;
  if (!row) return { kind: 'unknown' };
  return { kind: row.used ? 'used' : 'expired' };
}

/** The living machine token with this hash. Notes its use, at most once a minute. */
export async function findMachineTokenByHash(
  sql: Queryable,
  hash: Buffer,
): Promise<Readonly<{ id: string; machineGroups: readonly string[] }> | undefined> {
  const [row] = await sql<{ id: string; machineGroups: string[]; stale: boolean }[]>`
    select id, machine_groups as "machineGroups", coalesce(last_used_at < now() - interval '1 minute', true) as stale
    from machine_token where hash = ${hash} and revoked_at is null and (expires_at is null or expires_at > now())`;
  if (row?.stale) await sql`update machine_token set last_used_at = now() where id = ${row.id}`;
  return row && { id: row.id, machineGroups: row.machineGroups };
}

/** Keeps a machine token. A hash that is there already keeps its row and gets these groups (a start with a kept token). */
export async function insertMachineToken(
  sql: Queryable,
  token: Readonly<{ hash: Buffer; label: string; machineGroups: readonly string[]; days: number | null }>,
): Promise<MachineTokenRow> {
  const [row] = await sql<MachineTokenRow[]>`
    insert into machine_token as m (hash, label, machine_groups, expires_at)
    values (${token.hash}, ${token.label}, ${[...token.machineGroups]}, now() + make_interval(days => ${token.days}::int))
    on conflict (hash) do update set machine_groups = excluded.machine_groups
    returning id, label, machine_groups as "machineGroups", created_at as "createdAt", expires_at as "expiresAt",
              last_used_at as "lastUsedAt"`;
  return row!;
}

/** Living machine tokens, newest first, at most 500. */
export async function listMachineTokens(sql: Queryable): Promise<readonly MachineTokenRow[]> {
  return sql<MachineTokenRow[]>`
    select id, label, machine_groups as "machineGroups", created_at as "createdAt", expires_at as "expiresAt",
           last_used_at as "lastUsedAt"
    from machine_token where revoked_at is null order by created_at desc, id limit 500`;
}

/** Ends a machine token; false when there is no such living one. */
export async function revokeMachineToken(sql: Transaction | Queryable, id: string): Promise<boolean> {
  const rows =
    await sql`update machine_token set revoked_at = now() where id = ${id} and revoked_at is null returning id`;
  return rows.length === 1;
}
