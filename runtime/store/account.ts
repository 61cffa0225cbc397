import type { Role } from './access.js';
import type { Queryable, Transaction } from './database.js';

// Accounts as admins see and change them. A removed one keeps its row, since tokens, runs and the audit name it; it may be added anew.

export type AccountRow = Readonly<{
  account: string;
  title: string | null;
  role: Role;
  hasPassword: boolean;
  /** Whether an OpenID provider vouches for it. */
  isOidc: boolean;
  disabled: boolean;
  createdAt: Date;
  lastSignInAt: Date | null;
}>;

const columns = (sql: Queryable) => sql`
  name as account, title, role, password is not null as "hasPassword", subject is not null as "isOidc",
  disabled_at is not null as disabled, created_at as "createdAt", last_sign_in_at as "lastSignInAt"`;

/** All accounts but removed ones, by name, at most 2,000. */
export async function listAccounts(sql: Queryable): Promise<readonly AccountRow[]> {
  return sql<AccountRow[]>`
    select ${columns(sql)} from account where removed_at is null order by name limit 2000`;
}

/** An account as it is, locked until the transaction ends; undefined when there is none, or it was removed. */
export async function lockAccount(tx: Transaction, account: string): Promise<AccountRow | undefined> {
  const [row] = await tx<AccountRow[]>`
    select ${columns(tx)} from account where name = ${account} and removed_at is null for update`;
  return row;
}

/** An account as it is; undefined when there is none, or it was removed. */
export async function readAccount(sql: Queryable, account: string): Promise<AccountRow | undefined> {
  const [row] = await sql<AccountRow[]>`
    select ${columns(sql)} from account where name = ${account} and removed_at is null`;
  return row;
}

/** Adds an account; undefined when one has the name. A removed one comes back as if it were new. */
export async function insertAccount(
  tx: Transaction,
  {
    account,
    role,
    title,
    password,
  }: Readonly<{ account: string; role: Role; title: string | null; password: string | null }>,
): Promise<AccountRow | undefined> {
  const [row] = await tx<AccountRow[]>`
    insert into account as a (name, role, title, password) values (${account}, ${role}, ${title}, ${password})
    on conflict (name) do update
      set role = excluded.role, title = excluded.title, password = excluded.password, issuer = null, subject = null,
          created_at = now(), disabled_at = null, removed_at = null, last_sign_in_at = null
      where a.removed_at is not null
    returning ${columns(tx)}`;
  return row;
}

/** What to change; what is absent stays. `password`: a hash. */
export type AccountChange = Readonly<{
  role?: Role | undefined;
  title?: string | null | undefined;
  password?: string | undefined;
  disabled?: boolean | undefined;
}>;

export async function updateAccount(tx: Transaction, account: string, change: AccountChange): Promise<AccountRow> {
  const { role = null, title, password = null, disabled = null } = change;
  const [row] = await tx<AccountRow[]>`
    update account
    set role = coalesce(${role}, role),
        title = case when ${title !== undefined} then ${title ?? null} else title end,
        password = coalesce(${password}, password),
        disabled_at = case when ${disabled}::boolean is null then disabled_at
                           when ${disabled}::boolean then coalesce(disabled_at, now()) end
    where name = ${account} returning ${columns(tx)}`;
  return row!;
}

/** Takes an account away with its password, tokens, sessions, links, teams and grants; its name stays in what it did. */
export async function removeAccount(tx: Transaction, account: string): Promise<void> {
  await tx`
    update account set removed_at = now(), disabled_at = now(), password = null, issuer = null, subject = null
    where name = ${account}`;
  await tx`update token set revoked_at = now() where account = ${account} and revoked_at is null`;
  await tx`update session set revoked_at = now() where account = ${account} and revoked_at is null`;
  await tx`delete from sign_in_link where account = ${account}`;
  await tx`delete from team_member where account = ${account}`;
  await tx`delete from folder_grant where account = ${account}`;
}

/** How many admins there are that may sign in; they stay as they are until the transaction ends. */
export async function lockAdmins(tx: Transaction): Promise<readonly string[]> {
  const rows = await tx<{ name: string }[]>`
    select name from account where role = 'admin' and disabled_at is null order by name for update`;
  return rows.map(({ name }) => name);
}

/** The hash of a living account's password; undefined when it has none. */
export async function passwordOf(sql: Queryable, account: string): Promise<string | undefined> {
  const [row] = await sql<{ password: string }[]>`
    select password from account where name = ${account} and password is not null and disabled_at is null`;
  return row?.password;
}

export async function noteSignIn(sql: Queryable, account: string): Promise<void> {
  await sql`update account set last_sign_in_at = now() where name = ${account}`;
}
