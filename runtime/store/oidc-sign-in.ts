import type { Role } from './access.js';
import type { AccountRow } from './account.js';
import type { Queryable, Transaction } from './database.js';

// Sign-ins that are with the OpenID provider, and the accounts of those who came back.

export type OidcSignIn = Readonly<{ state: Buffer; nonce: string; verifier: string; next: string }>;

/** Keeps a sign-in for `minutes`; what is over is forgotten. */
export async function insertOidcSignIn(sql: Queryable, one: OidcSignIn, minutes: number): Promise<void> {
  await sql`delete from oidc_sign_in where expires_at < now()`;
  await sql`
    insert into oidc_sign_in (state, nonce, verifier, next, expires_at)
    values (${one.state}, ${one.nonce}, ${one.verifier}, ${one.next}, now() + make_interval(mins => ${minutes}))`;
}

/** Takes a sign-in out; the second call, and one after its time, finds none. */
export async function takeOidcSignIn(sql: Queryable, state: Buffer): Promise<OidcSignIn | undefined> {
  const [row] = await sql<(OidcSignIn & { alive: boolean })[]>`
    delete from oidc_sign_in where state = ${state} returning state, nonce, verifier, next, expires_at > now() as alive`;
  return row?.alive ? row : undefined;
}

/** The account of an identity, locked; a disabled one too. */
export async function lockIdentity(
  tx: Transaction,
  issuer: string,
  subject: string,
): Promise<Pick<AccountRow, 'account' | 'role' | 'disabled'> | undefined> {
  const [row] = await tx<Pick<AccountRow, 'account' | 'role' | 'disabled'>[]>`
    select name as account, role, disabled_at is not null as disabled from account
    where issuer = ${issuer} and subject = ${subject} for update`;
  return row;
}

/** Makes the account of an identity; false when the name is somebody's, or the identity has one by now. */
export async function insertIdentity(
  tx: Transaction,
  one: Readonly<{ account: string; role: Role; title: string | null; issuer: string; subject: string }>,
): Promise<boolean> {
  const rows = await tx`
    insert into account (name, role, title, issuer, subject)
    values (${one.account}, ${one.role}, ${one.title}, ${one.issuer}, ${one.subject})
    on conflict do nothing returning name`;
  return rows.length === 1;
}
