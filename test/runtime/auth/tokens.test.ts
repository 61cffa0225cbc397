import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginSession } from '../../../runtime/auth/sign-in.js';
import {
  findMachineToken,
  findSession,
  findToken,
  hashToken,
  makeSignInLink,
  newToken,
  registerMachineToken,
  spendLink,
} from '../../../runtime/auth/tokens.js';
import {
  ensureAccount,
  findAccount,
  insertToken,
  listTokens,
  revokeMachineToken,
  revokeToken,
} from '../../../runtime/store/access.js';
import { type Database, openDatabase } from '../../../runtime/store/database.js';
import { migrate } from '../../../runtime/store/migrate.js';
import { endSessions, listSessions, revokeSession } from '../../../runtime/store/session.js';
import { freshDatabase, type TestDatabase } from '../../support/servers.js';

let database: TestDatabase;
let sql: Database;

const migrated = async (url: string) => {
  const connection = openDatabase(url, { max: 1 });
  await migrate(connection).finally(() => connection.end());
};

beforeAll(async () => {
  database = await freshDatabase({ migrate: migrated });
  sql = openDatabase(database.url);
  await ensureAccount(sql, 'ada', 'operator');
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await database.drop();
});

const NOWHERE = { address: null, agent: null };

const personal = async (days: number | null = null) => {
  const { secret, hash } = newToken('hera');
  const row = await insertToken(sql, { hash, account: 'ada', label: 'laptop', days, scopes: null });
  return { secret, id: row.id };
};

test('a token speaks for its account until it is revoked', async () => {
  const { secret, id } = await personal();
  expect(await findToken(sql, secret)).toEqual({ id, label: 'laptop', scopes: null, account: 'ada', role: 'operator' });
  expect((await listTokens(sql, 'ada')).find((row) => row.id === id)?.lastUsedAt).toBeInstanceOf(Date);
  expect(await revokeToken(sql, id, 'ada')).toBe(true);
  expect(await findToken(sql, secret)).toBeUndefined();
  expect(await revokeToken(sql, id, 'ada')).toBe(false);
});

test('a token that expired, or of somebody else, is nobody’s', async () => {
  expect(await findToken(sql, (await personal(-1)).secret)).toBeUndefined();
  expect(await findToken(sql, newToken('hera').secret)).toBeUndefined();
  expect(await findToken(sql, '')).toBeUndefined();
  expect(await findToken(sql, 'x'.repeat(10_000))).toBeUndefined();
  expect(await revokeToken(sql, (await personal()).id, 'eve')).toBe(false);
});

test('a disabled account loses its tokens and sessions at once', async () => {
  await ensureAccount(sql, 'bob', 'admin');
  const { secret, hash } = newToken('hera');
  await insertToken(sql, { hash, account: 'bob', label: 'l', days: null, scopes: null });
  const { session } = await beginSession(sql, { account: 'bob', role: 'admin' }, 'link', NOWHERE);
  expect(await findSession(sql, session)).toMatchObject({ account: 'bob', role: 'admin' });
  await sql`update account set disabled_at = now() where name = 'bob'`;
  expect(await findToken(sql, secret)).toBeUndefined();
  expect(await findSession(sql, session)).toBeUndefined();
  expect(await findAccount(sql, 'bob')).toBeUndefined();
  expect((await spendLink(sql, (await makeSignInLink(sql, 'bob')).secret)).kind).toBe('disabled');
});

test('of many callers with one sign-in link exactly one may begin a session', async () => {
  const link = await makeSignInLink(sql, 'ada');
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => spendLink(sql, link.secret)));
  expect(answers.map((answer) => answer.kind).sort()).toEqual(['ok', 'used', 'used', 'used', 'used']);
});

test('sessions are seen by whose they are, and end one by one or all but the one that asks', async () => {
  const begin = async (address: string) =>
    (await beginSession(sql, { account: 'ada', role: 'operator' }, 'password', { address, agent: 'a browser' }))
      .session;
  const secrets = [await begin('10.0.0.1'), await begin('10.0.0.2'), await begin('10.0.0.3')];
  const listed = await listSessions(sql, 'ada');
  expect(listed.map(({ address, way, agent }) => `${address} ${way} ${agent}`).sort()).toEqual([
    '10.0.0.1 password a browser',
    '10.0.0.2 password a browser',
    '10.0.0.3 password a browser',
  ]);
  await revokeSession(sql, hashToken(secrets[0]!));
  expect(await findSession(sql, secrets[0]!)).toBeUndefined();
  const kept = listed.find(({ address }) => address === '10.0.0.2')!.id;
  expect(await endSessions(sql, 'ada', kept)).toBe(1);
  expect(await findSession(sql, secrets[1]!)).toEqual({ account: 'ada', role: 'operator', session: kept });
  expect(await findSession(sql, secrets[2]!)).toBeUndefined();
});

test('a link after its ten minutes says that it expired', async () => {
  const link = await makeSignInLink(sql, 'ada');
  await sql`update sign_in_link set expires_at = now() - interval '1 second' where hash = ${hashToken(link.secret)}`;
  expect((await spendLink(sql, link.secret)).kind).toBe('expired');
  expect((await spendLink(sql, 'heral_nothing')).kind).toBe('unknown');
});

test('a machine token names its groups; registering it again sets them anew; revoked it is nothing', async () => {
  const { secret } = newToken('heram');
  const row = await registerMachineToken(sql, secret, 'host-1', ['default']);
  expect(await findMachineToken(sql, secret)).toEqual({ id: row.id, machineGroups: ['default'] });
  expect((await registerMachineToken(sql, secret, 'host-1', ['default', 'hadoop'])).id).toBe(row.id);
  expect((await findMachineToken(sql, secret))?.machineGroups).toEqual(['default', 'hadoop']);
  expect(await revokeMachineToken(sql, row.id)).toBe(true);
  expect(await findMachineToken(sql, secret)).toBeUndefined();
});

test('no table holds a secret, only its hash', async () => {
  const { secret } = await personal();
  const [row] = await sql<{ text: string }[]>`select string_agg(token::text, '') as text from token`;
  expect(row?.text).not.toContain(secret.slice(5));
  expect(row?.text).toContain(hashToken(secret).toString('hex'));
});
