import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCESS } from '../../../runtime/api/access.js';
import { createApi } from '../../../runtime/api/app.js';
import type { Account, Session } from '../../../runtime/api/people-contract.js';
import { oidcOf } from '../../../runtime/auth/oidc.js';
import { type ApiForTests, openApi } from '../../support/api.js';
import { type Hera, startHera } from '../../support/hera.js';
import { CLIENT, type ProviderForTests, startProvider, throughProvider } from '../../support/oidc.js';

// Accounts, sign-in, sessions, teams and tokens over the real API and database.

let hera: Hera;
let api: ApiForTests;
beforeAll(async () => {
  hera = await startHera({ worker: false, ledgerTimes: { everyMs: 3_600_000 } });
  api = await openApi(hera);
});
afterAll(async () => {
  await api?.stop();
  await hera?.stop();
});

const PEOPLE = /accounts|teams|tokens|sessions?$|sessions\/|me\/|sign-in-links|oidc-groups|grants/;

/** What each write about people is called in the audit; those of runs and commits have tests of their own. */
const WRITES: Readonly<Record<string, string>> = {
  'POST /api/v1/session': 'sign-in',
  'DELETE /api/v1/session': 'sign-out',
  'PUT /api/v1/me/password': 'account.password',
  'DELETE /api/v1/sessions': 'session.end-all',
  'DELETE /api/v1/sessions/:id': 'session.end',
  'POST /api/v1/tokens': 'token.create',
  'DELETE /api/v1/tokens/:id': 'token.revoke',
  'POST /api/v1/machine-tokens': 'machine-token.create',
  'DELETE /api/v1/machine-tokens/:id': 'machine-token.revoke',
  'POST /api/v1/sign-in-links': 'sign-in-link.create',
  'POST /api/v1/accounts': 'account.add',
  'PATCH /api/v1/accounts/:account': 'account.set',
  'DELETE /api/v1/accounts/:account': 'account.remove',
  'PUT /api/v1/teams/:team/members/:account': 'team.add',
  'DELETE /api/v1/teams/:team/members/:account': 'team.remove',
  'POST /api/v1/oidc-groups': 'oidc-group.set',
  'DELETE /api/v1/oidc-groups/:id': 'oidc-group.remove',
  'POST /api/v1/grants': 'grant',
  'DELETE /api/v1/grants/:id': 'ungrant',
};

const PASSWORD = 'four words of somebody';
const HOST = { host: '127.0.0.1:8080' };
const browser = {
  ...HOST,
  origin: 'http://127.0.0.1:8080',
  'content-type': 'application/json',
  'user-agent': 'a test',
};

const signIn = async (account: string, password: string) => {
  const answer = await api.app.request('/api/v1/session', {
    method: 'POST',
    headers: browser,
    body: JSON.stringify({ account, password }),
  });
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown>,
    cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '',
    retryAfter: Number(answer.headers.get('retry-after')),
  };
};
const asCookie = async (cookie: string, method: string, path: string, body?: unknown) => {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await api.app.request(path, { method, headers: { ...browser, cookie }, ...content });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
};
const add = (account: string, role = 'viewer', password: string | undefined = PASSWORD) =>
  api.ask<Account>('POST', '/api/v1/accounts', { body: { account, role, ...(password && { password }) } });
const change = (account: string, body: object) => api.ask<Account>('PATCH', `/api/v1/accounts/${account}`, { body });

describe('an account', () => {
  test('is added with a role and a password, signs in, and is seen without its password', async () => {
    const made = await add('ada', 'operator');
    expect(made.body).toMatchObject({
      account: 'ada',
      role: 'operator',
      hasPassword: true,
      isOidc: false,
      disabled: false,
    });
    const { status, cookie, body } = await signIn('ada', PASSWORD);
    expect([status, body]).toEqual([200, { account: 'ada', role: 'operator', via: 'ui' }]);
    expect((await asCookie(cookie, 'GET', '/api/v1/me')).body).toMatchObject({ account: 'ada', hasPassword: true });
    const listed = JSON.stringify((await api.ask('GET', '/api/v1/accounts')).body);
    expect(listed).toContain('"ada"');
    expect(listed).not.toContain('argon2');
    expect((await add('ada')).status).toBe(409);
  });

  test('with a weak password is refused in words', async () => {
    const { status, body } = await add('weak', 'viewer', 'weakweakweakweak');
    expect([status, body]).toMatchObject([
      400,
      { error: { code: 'invalid', message: expect.stringMatching(/guess/) } },
    ]);
  });

  test('that does not exist is refused as a wrong password is', async () => {
    const wrong = await signIn('ada', 'not the one of ada');
    const nobody = await signIn('nobody', 'not the one of ada');
    expect([nobody.status, nobody.body.detail]).toEqual([wrong.status, wrong.body.detail]);
    expect(wrong.status).toBe(403);
  });

  test('after five wrong tries is closed also to the right one, says for how long, and an admin opens it', async () => {
    await add('eve');
    for (let n = 0; n < 5; n += 1) expect((await signIn('eve', 'wrong wrong wrong')).status).toBe(403);
    const closed = await signIn('eve', PASSWORD);
    expect(closed).toMatchObject({ status: 429, body: { error: { code: 'limited' } } });
    expect(closed.retryAfter).toBeGreaterThan(0);
    expect((await change('eve', { unlock: true })).status).toBe(200);
    expect((await signIn('eve', PASSWORD)).status).toBe(200);
  });

  test('has no more tries when they come at once than one after the other', async () => {
    await add('bob');
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn('bob', 'wrong wrong wrong')));
    const counts = (status: number) => answers.filter((one) => one.status === status).length;
    expect([counts(403), counts(429)]).toEqual([5, 15]);
  });

  test('that is disabled, or gets a new password, is signed out everywhere at once', async () => {
    await add('tom');
    const first = await signIn('tom', PASSWORD);
    await change('tom', { password: 'another four words' });
    expect((await asCookie(first.cookie, 'GET', '/api/v1/me')).status).toBe(401);
    const second = await signIn('tom', 'another four words');
    await change('tom', { disabled: true });
    expect((await asCookie(second.cookie, 'GET', '/api/v1/me')).status).toBe(401);
    expect((await signIn('tom', 'another four words')).status).toBe(403);
    await change('tom', { disabled: false });
    expect((await asCookie(second.cookie, 'GET', '/api/v1/me')).status).toBe(401);
  });

  test('that is removed is nobody, may be added anew, and then has nothing of before', async () => {
    await add('old', 'operator');
    await api.ask('PUT', '/api/v1/teams/trade/members/old');
    expect((await api.ask('DELETE', '/api/v1/accounts/old')).status).toBe(200);
    expect((await signIn('old', PASSWORD)).status).toBe(403);
    expect((await api.ask('DELETE', '/api/v1/accounts/old')).status).toBe(404);
    expect((await add('old', 'viewer', 'other words for old')).body).toMatchObject({
      role: 'viewer',
      lastSignInAt: null,
    });
    const { cookie } = await signIn('old', 'other words for old');
    expect((await asCookie(cookie, 'GET', '/api/v1/me')).body).toMatchObject({ role: 'viewer', teams: [] });
  });

  test('that is the only admin cannot be removed, disabled or made less', async () => {
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PATCH', { disabled: true }],
      ['PATCH', { role: 'viewer' }],
    ] as const) {
      const { status } = await api.ask(method, '/api/v1/accounts/a-admin', body === undefined ? {} : { body });
      expect([method, status]).toEqual([method, 409]);
    }
    await add('second', 'admin');
    expect((await change('second', { role: 'viewer' })).status).toBe(200);
  });
});

describe('one’s own', () => {
  test('password is changed by who knows the current one; other sessions end, this one stays', async () => {
    await add('amy');
    const [here, there] = [await signIn('amy', PASSWORD), await signIn('amy', PASSWORD)];
    const set = (current: string) =>
      asCookie(here.cookie, 'PUT', '/api/v1/me/password', { current, password: 'new words of amy' });
    expect((await set('not the current one')).status).toBe(403);
    expect((await set(PASSWORD)).status).toBe(200);
    expect((await asCookie(here.cookie, 'GET', '/api/v1/me')).status).toBe(200);
    expect((await asCookie(there.cookie, 'GET', '/api/v1/me')).status).toBe(401);
    expect((await signIn('amy', 'new words of amy')).status).toBe(200);
  });

  test('sessions are listed with where they come from and ended; those of others are an admin’s matter', async () => {
    await add('sam');
    const [here, there] = [await signIn('sam', PASSWORD), await signIn('sam', PASSWORD)];
    const { items } = (await asCookie(here.cookie, 'GET', '/api/v1/sessions')).body as unknown as { items: Session[] };
    expect(items.map((one) => [one.way, one.agent, one.isThis])).toHaveLength(2);
    const other = items.find((one) => !one.isThis)!;
    expect(other).toMatchObject({ account: 'sam', way: 'password', agent: 'a test' });
    expect((await asCookie(here.cookie, 'GET', '/api/v1/sessions?account=ada')).status).toBe(403);
    const ada = await signIn('ada', PASSWORD);
    expect((await asCookie(ada.cookie, 'DELETE', `/api/v1/sessions/${other.id}`)).status).toBe(404);
    expect((await asCookie(here.cookie, 'DELETE', `/api/v1/sessions/${other.id}`)).status).toBe(200);
    expect((await asCookie(there.cookie, 'GET', '/api/v1/me')).status).toBe(401);
    expect((await api.ask<{ ended: number }>('DELETE', '/api/v1/sessions?account=sam')).body.ended).toBe(1);
    expect((await asCookie(here.cookie, 'GET', '/api/v1/me')).status).toBe(401);
  });

  test('tokens are made, seen and ended by everybody; those of others, and new accounts, by admins', async () => {
    const ada = await signIn('ada', PASSWORD);
    const made = await asCookie(ada.cookie, 'POST', '/api/v1/tokens', { label: 'laptop', days: 1, scopes: ['read'] });
    expect(made.body).toMatchObject({ account: 'ada', scopes: ['read'], secret: expect.stringMatching(/^hera_/) });
    const of = (account: string) => asCookie(ada.cookie, 'POST', '/api/v1/tokens', { label: 'x', account });
    expect((await of('sam')).status).toBe(403);
    const asRole = asCookie(ada.cookie, 'POST', '/api/v1/tokens', { label: 'x', account: 'ada', role: 'admin' });
    expect((await asRole).status).toBe(403);
    const mine = (await asCookie(ada.cookie, 'GET', '/api/v1/tokens')).body as unknown as {
      id: string;
      account: string;
    }[];
    expect(new Set(mine.map(({ account }) => account))).toEqual(new Set(['ada']));
    const authorization = `Bearer ${(made.body as unknown as { secret: string }).secret}`;
    // One that may only read cannot give itself more.
    expect(
      (await api.ask('POST', '/api/v1/tokens', { body: { label: 'more' }, headers: { authorization } })).status,
    ).toBe(403);
    const sam = await signIn('sam', PASSWORD);
    expect((await asCookie(sam.cookie, 'DELETE', `/api/v1/tokens/${mine[0]!.id}`)).status).toBe(404);
    expect((await asCookie(ada.cookie, 'DELETE', `/api/v1/tokens/${mine[0]!.id}`)).status).toBe(200);
  });
});

test('a machine token that has expired is refused, and never begins anything', async () => {
  const { body } = await api.ask<{ id: string; secret: string; expiresAt: string }>('POST', '/api/v1/machine-tokens', {
    body: { label: 'host', machineGroups: ['default'], days: 1 },
  });
  expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now());
  const hello = () =>
    api.app.request('/api/worker/v1/begin', {
      method: 'POST',
      headers: { ...HOST, authorization: `Bearer ${body.secret}`, 'content-type': 'application/json' },
      body: '{}',
    });
  expect((await hello()).status).not.toBe(401);
  await hera.database`update machine_token set expires_at = now() where id = ${body.id}`;
  expect((await hello()).status).toBe(401);
});

test('a team is whom the project’s file names and whom an admin puts in', async () => {
  await hera.apply({
    'hera.project.yaml': 'name: shop\nzone: UTC\nteams: { trade: { title: 交易, members: [ada, ghost] } }\n',
    'a.yaml': 'owner: trade\nrun: { shell: "true" }\n',
  });
  expect((await api.ask('PUT', '/api/v1/teams/trade/members/ghost')).status).toBe(404);
  expect((await api.ask('PUT', '/api/v1/teams/trade/members/sam')).status).toBe(200);
  expect((await api.ask('PUT', '/api/v1/teams/trade/members/sam')).status).toBe(200);
  const { items } = (await api.ask<{ items: { team: string }[] }>('GET', '/api/v1/teams', { as: 'viewer' })).body;
  expect(items.filter(({ team }) => team === 'trade')).toEqual([
    {
      ...{ team: 'trade', project: 'shop', title: '交易' },
      members: [
        { account: 'ada', source: 'file' },
        { account: 'ghost', source: 'file' },
      ],
    },
    { team: 'trade', project: null, title: null, members: [{ account: 'sam', source: 'admin' }] },
  ]);
  expect((await api.ask('DELETE', '/api/v1/teams/trade/members/ada')).status).toBe(404);
  expect((await api.ask('DELETE', '/api/v1/teams/trade/members/sam')).status).toBe(200);
});

describe('an idempotency key', () => {
  const send = (key: string, body: object, as: 'admin' | 'operator' = 'admin', path = '/api/v1/accounts') =>
    api.ask<{ id: string }>('POST', path, { as, body, headers: { 'idempotency-key': key } });

  test('does a write once, however often it is sent, and answers as the first time', async () => {
    const body = { account: 'once', role: 'viewer' };
    const first = await send('k-1', body);
    const again = await send('k-1', body);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body).toEqual(first.body);
    expect(again.response.headers.get('idempotency-replayed')).toBe('true');
    expect(first.response.headers.get('idempotency-replayed')).toBeNull();
    // Without a key it is another request.
    expect((await api.ask('POST', '/api/v1/accounts', { body })).status).toBe(409);
  });

  test('does it once also when all come at the same time', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => send('k-2', { account: 'race', role: 'viewer' })));
    const [line] =
      await hera.database`select count(*)::int as n from audit where what = 'account.add' and subject = 'race'`;
    expect(line?.n).toBe(1);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    expect((await send('k-2', { account: 'race', role: 'viewer' })).status).toBe(200);
  });

  test('of another request, or of somebody else, is no answer to this one', async () => {
    expect((await send('k-1', { account: 'other', role: 'viewer' })).body).toMatchObject({
      error: { code: 'conflict' },
    });
    expect((await send('k-1', { account: 'once', role: 'viewer' }, 'operator')).status).toBe(403);
  });

  test('is free again when nothing was done under it', async () => {
    expect((await send('k-3', { account: 'not a name', role: 'viewer' })).status).toBe(400);
    expect((await send('k-3', { account: 'a-name', role: 'viewer' })).status).toBe(200);
  });

  test('keeps no secret: the second request says that it was done', async () => {
    const body = { label: 'secret once' };
    const made = await send('k-4', body, 'admin', '/api/v1/tokens');
    expect((await send('k-4', body, 'admin', '/api/v1/tokens')).body).toMatchObject({ error: { code: 'conflict' } });
    const { secret } = made.body as unknown as { secret: string };
    const [row] = await hera.database<{ text: string }[]>`select string_agg(i::text, '') as text from idempotency i`;
    expect(row?.text).not.toContain(secret.slice(5));
  });

  test('that is none is refused, and a day later it is forgotten', async () => {
    expect((await send('a b', { account: 'x' })).status).toBe(400);
    await hera.database`update idempotency set at = at - interval '25 hours'`;
    expect((await send('k-1', { account: 'later', role: 'viewer' })).status).toBe(200);
  });
});

describe('the audit', () => {
  type Line = Readonly<{ who: string; via: string; what: string; subject: string; address: string; body: object }>;
  const lines = async (query: string, as: 'viewer' | 'admin' = 'admin') =>
    (await api.ask<{ items: Line[]; next: string | null }>('GET', `/api/v1/audit?${query}`, { as })).body;

  test('tells who, from where, what, before and after', async () => {
    const app = createApi({
      ...{ database: hera.database, control: hera.running.control, stateDir: '/nonexistent', allowedHosts: [] },
      ...{ log: hera.running.context.log, behindProxy: true },
    });
    await app.app.request('/api/v1/accounts/ada', {
      method: 'PATCH',
      headers: {
        ...{ ...HOST, authorization: `Bearer ${api.tokens.admin}`, 'content-type': 'application/json' },
        'x-forwarded-for': '6.6.6.6, 10.1.2.3',
      },
      body: JSON.stringify({ role: 'viewer' }),
    });
    app.stop();
    expect((await lines('what=account.set&subject=ada&limit=1')).items[0]).toMatchObject({
      ...{ who: 'a-admin', via: 'token:test', address: '10.1.2.3', what: 'account.set', subject: 'ada' },
      body: { before: { role: 'operator' }, after: { role: 'viewer' } },
    });
    await change('ada', { role: 'operator' });
    // Without our own proxy in front nobody's word counts.
    expect((await lines('what=account.set&subject=ada&limit=1')).items[0]?.address).toBeNull();
  });

  test('goes on page by page without a gap, and filters by who, what and time', async () => {
    const all = (await lines('limit=500')).items;
    const paged: Line[] = [];
    for (let cursor = ''; ; ) {
      const page = await lines(`limit=7${cursor}`);
      paged.push(...page.items);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(paged.slice(0, all.length)).toEqual(all);
    for (const { what } of (await lines('what=sign-in')).items) expect(what).toBe('sign-in');
    expect((await lines('who=ada&what=sign-in')).items.every(({ who }) => who === 'ada')).toBe(true);
    expect((await lines('to=2000-01-01')).items).toEqual([]);
  });

  test('shows who is no admin what happened to projects, without addresses, and nothing of other people', async () => {
    const seen = (await lines('limit=500', 'viewer')).items;
    expect(seen.some(({ what }) => what === 'apply')).toBe(true);
    expect(seen.filter(({ what, who }) => /^(account|sign|session|token)/.test(what) && who !== 'a-viewer')).toEqual(
      [],
    );
    expect(seen.filter(({ address, who }) => address !== null && who !== 'a-viewer')).toEqual([]);
  });

  test('holds nothing secret, whatever is written', async () => {
    const planted: string[] = ['a planted password of ours', 'another planted password'];
    await add('plant', 'operator', planted[0]);
    const { cookie } = await signIn('plant', planted[0]!);
    await signIn('plant', 'a planted wrong password');
    await asCookie(cookie, 'PUT', '/api/v1/me/password', { current: planted[0], password: planted[1] });
    const secretOf = async (path: string, body: object) => {
      const made = (await api.ask<{ secret?: string; link?: string }>('POST', path, { body })).body;
      return made.secret ?? made.link ?? '';
    };
    planted.push(cookie.split('=')[1]!, 'a planted wrong password', 'argon2');
    planted.push(await secretOf('/api/v1/tokens', { label: 'planted' }));
    planted.push(await secretOf('/api/v1/machine-tokens', { label: 'planted', machineGroups: ['default'] }));
    planted.push(await secretOf('/api/v1/sign-in-links', { account: 'plant' }));
    const [row] = await hera.database<{ text: string }[]>`select string_agg(a::text, '\n') as text from audit a`;
    expect(row?.text).toContain('plant');
    for (const secret of planted) {
      expect(secret.length).toBeGreaterThan(5);
      expect(row?.text).not.toContain(secret);
    }
  });

  test('has a line for every write about people that the table of access knows', async () => {
    const { body: machine } = await api.ask<{ id: string }>('POST', '/api/v1/machine-tokens', {
      body: { label: 'x', machineGroups: ['default'] },
    });
    await api.ask('DELETE', `/api/v1/machine-tokens/${machine.id}`);
    await asCookie((await signIn('ada', PASSWORD)).cookie, 'DELETE', '/api/v1/session');
    const given = { folder: '', role: 'viewer', account: 'ada' };
    await api.ask(
      'DELETE',
      `/api/v1/grants/${(await api.ask<{ id: string }>('POST', '/api/v1/grants', { body: given })).body.id}`,
    );
    const rule = { group: 'x', role: 'viewer' };
    await api.ask(
      'DELETE',
      `/api/v1/oidc-groups/${(await api.ask<{ id: string }>('POST', '/api/v1/oidc-groups', { body: rule })).body.id}`,
    );
    const writes = Object.keys(ACCESS).filter((endpoint) => !endpoint.startsWith('GET ') && PEOPLE.test(endpoint));
    expect(writes.sort()).toEqual(Object.keys(WRITES).sort());
    const rows = await hera.database<{ what: string }[]>`select distinct what from audit`;
    const told = new Set(rows.map(({ what }) => what));
    expect(Object.values(WRITES).filter((what) => !told.has(what))).toEqual([]);
  });
});

describe('the OpenID provider', () => {
  const BACK = 'http://127.0.0.1:8080/api/v1/session/oidc/callback';
  let provider: ProviderForTests;
  let withOidc: ApiForTests;
  beforeAll(async () => {
    provider = await startProvider(BACK);
    const oidc = oidcOf({
      ...{ issuer: provider.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, title: 'Our company' },
      publicUrl: 'http://127.0.0.1:8080',
    });
    withOidc = await openApi(hera, { oidc });
  });
  afterAll(async () => {
    await withOidc?.stop();
    await provider?.stop();
  });

  const get = (path: string, cookie = '') => withOidc.app.request(path, { headers: { ...HOST, cookie } });
  const begin = async (next = '/runs?state=failed') => {
    const away = await get(`/api/v1/session/oidc?next=${encodeURIComponent(next)}`);
    return { url: away.headers.get('location') ?? '', cookie: away.headers.get('set-cookie')?.split(';')[0] ?? '' };
  };
  const comeBack = async (login: string) => {
    const { url, cookie } = await begin();
    const back = new URL(await throughProvider(url, login, BACK));
    return { path: `${back.pathname}${back.search}`, cookie };
  };
  const signInBy = async (login: string) => {
    const { path, cookie } = await comeBack(login);
    const answer = await get(path, cookie);
    const session = answer.headers.getSetCookie().find((one) => one.startsWith('hera_session='));
    return { to: answer.headers.get('location'), session: session?.split(';')[0] ?? '' };
  };

  test('signs in by code, PKCE, state and nonce, and leads to the page that was wanted', async () => {
    expect(await (await get('/api/v1/sign-in-ways')).json()).toEqual({ password: true, oidc: 'Our company' });
    const { url } = await begin();
    const asked = new URL(url).searchParams;
    expect([asked.get('code_challenge_method'), asked.get('response_type')]).toEqual(['S256', 'code']);
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
    provider.people.set('lin', { name: '林', groups: [] });
    const { to, session } = await signInBy('lin');
    expect(to).toBe('/runs?state=failed');
    expect(await (await get('/api/v1/me', session)).json()).toMatchObject({
      account: 'lin',
      role: 'viewer',
      title: '林',
    });
  });

  test('leads to no other site afterwards', async () => {
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', '/api/v1/session']) {
      const { url, cookie } = await begin(next);
      const back = new URL(await throughProvider(url, 'lin', BACK));
      expect((await get(`${back.pathname}${back.search}`, cookie)).headers.get('location')).toBe('/jobs');
    }
  });

  test('signs nobody in twice by one code, by another browser, or by a state of somebody else', async () => {
    const { path, cookie } = await comeBack('lin');
    const refused = async (to: string, by: string, why: string) => {
      const answer = await get(to, by);
      expect(answer.headers.get('location')).toBe(`/sign-in?refused=${why}`);
      expect(answer.headers.getSetCookie().some((one) => one.startsWith('hera_session=heras'))).toBe(false);
    };
    await refused(path, '', 'unknown');
    await refused(path, (await begin()).cookie, 'unknown');
    await refused(path.replace(/code=[^&]+/, 'code=another'), cookie, 'provider');
    await refused(path, cookie, 'unknown');
  });

  test('gives role and teams by its groups, anew at each sign-in', async () => {
    const rule = (body: object) => api.ask<{ id: string }>('POST', '/api/v1/oidc-groups', { body });
    const rules = [
      await rule({ group: 'data/ops', role: 'operator' }),
      await rule({ group: 'data/trade', team: 'trade' }),
    ];
    provider.people.set('wei', { groups: ['data/ops', 'data/trade', 'unknown'] });
    const first = await signInBy('wei');
    expect(await (await get('/api/v1/me', first.session)).json()).toMatchObject({ role: 'operator', teams: ['trade'] });
    provider.people.set('wei', { groups: [] });
    const second = await signInBy('wei');
    expect(await (await get('/api/v1/me', second.session)).json()).toMatchObject({ role: 'viewer', teams: [] });
    // What a group gave is gone for the older session too.
    expect(await (await get('/api/v1/me', first.session)).json()).toMatchObject({ role: 'viewer', teams: [] });
    for (const { body } of rules) expect((await api.ask('DELETE', `/api/v1/oidc-groups/${body.id}`)).status).toBe(200);
  });

  test('never takes over an account that it did not make, and lets no disabled one in', async () => {
    await add('root', 'operator');
    expect((await signInBy('root')).to).toBe('/sign-in?refused=taken');
    await change('lin', { disabled: true });
    expect((await signInBy('lin')).to).toBe('/sign-in?refused=disabled');
    provider.people.set('spaced', { preferred_username: 'with a space', email: 'x' });
    expect((await signInBy('spaced')).to).toBe('/sign-in?refused=name');
  });
});

test.each([
  [{ issuer: 'http://idp.example.org', clientId: 'x', publicUrl: 'https://hera.example.org' }, /https/],
  [{ issuer: 'https://idp.example.org', publicUrl: 'https://hera.example.org' }, /CLIENT_ID/],
  [{ issuer: 'https://idp.example.org', clientId: 'x' }, /PUBLIC_URL/],
  [{ issuer: 'idp', clientId: 'x', publicUrl: 'https://hera.example.org' }, /ISSUER/],
  [{ issuer: 'https://i.org', clientId: 'x', publicUrl: 'https://h.org', defaultRole: 'admin' }, /DEFAULT_ROLE/],
])('a provider that cannot work is refused at the start: %o', (env, why) => {
  expect(() => oidcOf(env)).toThrow(why);
});
