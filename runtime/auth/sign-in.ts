import { limited } from '../errors.js';
import { findAccount, type Person } from '../store/access.js';
import { noteSignIn, passwordOf } from '../store/account.js';
import type { Database } from '../store/database.js';
import { insertAudit } from '../store/event.js';
import { insertSession, type SignInWay, type Visitor } from '../store/session.js';
import { forgetTries, lockTries, writeTries } from '../store/sign-in-try.js';
import { inTransaction } from '../store/transaction.js';
import { isPassword } from './passwords.js';
import { newToken, SESSION_DAYS } from './tokens.js';
import { ACCOUNT_LIMIT, ADDRESS_LIMIT, judgeTry } from './tries.js';

/** A new session and its secret, which is told once. */
export type SignedIn = Person & Readonly<{ session: string }>;

/** Begins a session of an account, and notes it in the audit. */
export async function beginSession(
  database: Database,
  person: Person,
  way: SignInWay,
  visitor: Visitor,
): Promise<SignedIn> {
  const { secret, hash } = newToken('heras');
  const { account } = person;
  await inTransaction(database, async (tx) => {
    await insertSession(tx, { hash, account, days: SESSION_DAYS, way, ...visitor });
    await noteSignIn(tx, account);
    await insertAudit(tx, { project: null, who: account, via: 'ui', what: 'sign-in', subject: account, body: { way } });
  });
  return { ...person, session: secret };
}

/**
 * Signs an account in by its password; undefined when account or password is wrong, which of them is not said.
 * Throws `limited` while the account or the address has had too many tries; then the password is not even looked at.
 */
export async function signInByPassword(
  database: Database,
  account: string,
  password: string,
  visitor: Visitor,
): Promise<SignedIn | undefined> {
  const keys = [`account:${account}`, ...(visitor.address === null ? [] : [`address:${visitor.address}`])];
  await countTry(database, keys);
  const isRight = await isPassword(await passwordOf(database, account), password);
  const person = isRight ? await findAccount(database, account) : undefined;
  if (person === undefined) {
    await noteRefused(database, account);
    return undefined;
  }
  await inTransaction(database, (tx) => forgetTries(tx, [`account:${account}`]));
  return beginSession(database, person, 'password', visitor);
}

/** Counts a try under all of its keys, or throws `limited` and counts none. */
async function countTry(database: Database, keys: readonly string[]): Promise<void> {
  await inTransaction(database, async (tx) => {
    const writes: (() => Promise<void>)[] = [];
    for (const key of keys) {
      const { was, now } = await lockTries(tx, key);
      const judged = judgeTry(was, now, key.startsWith('account:') ? ACCOUNT_LIMIT : ADDRESS_LIMIT);
      if (judged.kind === 'closed')
        throw limited(`too many tries to sign in; the next one is taken in ${judged.seconds} s`, {
          help: 'wait, or ask an admin: hera user set NAME --unlock, or a sign-in link: hera token link --account NAME',
          details: { retryAfterSeconds: judged.seconds },
        });
      writes.push(() => writeTries(tx, key, judged.tries));
    }
    for (const write of writes) await write();
  });
}

async function noteRefused(database: Database, account: string): Promise<void> {
  await inTransaction(database, (tx) =>
    insertAudit(tx, { project: null, who: account, via: 'ui', what: 'sign-in-refused', subject: account, body: {} }),
  );
}
