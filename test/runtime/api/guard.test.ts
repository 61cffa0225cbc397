import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCESS, allows, isInScope, SCOPES } from '../../../runtime/api/access.js';
import { createCatalogues } from '../../../runtime/api/catalogue.js';
import { authorize } from '../../../runtime/api/guard.js';
import { answerProblem } from '../../../runtime/api/problem.js';
import { newApi } from '../../../runtime/api/route.js';
import { createStandings } from '../../../runtime/api/standing.js';
import { makeSignInLink, newToken } from '../../../runtime/auth/tokens.js';
import { ensureAccount, insertToken, type Role } from '../../../runtime/store/access.js';
import { putGrant } from '../../../runtime/store/grant.js';
import { inTransaction } from '../../../runtime/store/transaction.js';
import { type ApiForTests, openApi } from '../../support/api.js';
import { type Hera, startHera } from '../../support/hera.js';

let hera: Hera;
let api: ApiForTests;
beforeAll(async () => {
  hera = await startHera({ worker: false });
  api = await openApi(hera);
});
afterAll(async () => {
  await api?.stop();
  await hera?.stop();
});

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];
const registered = (): string[] =>
  api.app.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/api/worker/'))
    .map(({ method, path }) => `${method} ${path}`);
const concrete = (path: string): string => path.replace(':run', '999').replace(':n', '1').replace(':id', '7');
const HOST = { host: '127.0.0.1:8080' };
const same = { ...HOST, origin: 'http://127.0.0.1:8080', 'content-type': 'application/json' };

test('every registered endpoint is in the table of access, and every line of the table is an endpoint', () => {
  expect([...new Set(registered())].sort()).toEqual(Object.keys(ACCESS).sort());
});

const statusOf = async (endpoint: string, token: string | undefined): Promise<number> => {
  const [method, path] = endpoint.split(' ') as [string, string];
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await api.app.request(concrete(path), { method, headers: { ...HOST, ...authorization } });
  await response.body?.cancel();
  return response.status;
};

describe('every endpoint', () => {
  test('answers 401 to nobody, 403 below its role, and never 401 or 403 from it on', async () => {
    for (const [endpoint, permission] of Object.entries(ACCESS)) {
      if (permission === 'anyone') continue;
      expect([endpoint, await statusOf(endpoint, undefined)]).toEqual([endpoint, 401]);
      for (const role of ROLES) {
        const status = await statusOf(endpoint, api.tokens[role]);
        if (allows(role, permission))
          expect([endpoint, role, [401, 403].includes(status)]).toEqual([endpoint, role, false]);
        else expect([endpoint, role, status]).toEqual([endpoint, role, 403]);
      }
    }
  });

  test('is open to an admin’s token only where the scope of the token has the permission', async () => {
    for (const scope of SCOPES) {
      const { secret, hash } = newToken('hera');
      await insertToken(hera.database, { hash, account: 'a-admin', label: scope, days: 1, scopes: [scope] });
      for (const [endpoint, permission] of Object.entries(ACCESS)) {
        if (permission === 'anyone') continue;
        const refused = (await statusOf(endpoint, secret)) === 403;
        expect([endpoint, scope, refused]).toEqual([endpoint, scope, !isInScope([scope], permission)]);
      }
    }
  });

  test('that is not in the table is refused to everybody', async () => {
    const standings = createStandings(hera.database, createCatalogues(hera.database));
    const app = newApi();
    app.onError((error, c) => answerProblem(error, c, hera.running.context.log));
    app.use('/api/*', authorize(hera.database, standings));
    for (const path of ['/api/v1/forgotten', '/api/v1/me']) app.get(path, (c) => c.json({}));
    const ask = (path: string) => app.request(path, { headers: { authorization: `Bearer ${api.tokens.admin}` } });
    expect((await ask('/api/v1/me')).status).toBe(200);
    expect((await ask('/api/v1/forgotten')).status).toBe(403);
  });

  test('a path that is none says so only to those who are signed in', async () => {
    expect((await api.app.request('/api/v1/nothing', { headers: HOST })).status).toBe(401);
    expect((await api.ask('GET', '/api/v1/nothing')).body).toMatchObject({ error: { code: 'not-found' } });
  });
});

describe('a role on a folder', () => {
  const FILES = {
    'hera.project.yaml': 'name: shop\nzone: UTC\nteams: { trade: { members: [tom] } }\n',
    'fin/a.yaml': 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n',
    'fin/deep/b.yaml': 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n',
    'finance/c.yaml': 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n',
    'trade/_folder.yaml': 'owner: trade\n',
    'trade/d.yaml': 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n',
  };
  const JOBS = ['fin/a', 'fin/deep/b', 'finance/c', 'trade/d'];
  const secrets: Record<string, string> = {};
  const person = async (account: string, role: Role, grants: readonly (readonly [string, 'viewer' | 'operator'])[]) => {
    await ensureAccount(hera.database, account, role);
    const { secret, hash } = newToken('hera');
    await insertToken(hera.database, { hash, account, label: 'test', days: null, scopes: null });
    await inTransaction(hera.database, async (tx) => {
      for (const [folder, given] of grants)
        await putGrant(tx, { project: 'shop', folder, role: given, account, team: null, grantedBy: 'test' });
    });
    secrets[account] = secret;
  };
  const ask = async (account: string, path: string, body: object) => {
    const authorization = `Bearer ${secrets[account]}`;
    return await api.ask<{ hash: string }>('POST', `/api/v1/operations/${path}`, { body, headers: { authorization } });
  };
  const mayRun = async (account: string): Promise<string[]> => {
    const asked = await Promise.all(JOBS.map(async (job) => ({ job, ...(await ask(account, 'run', { job })) })));
    for (const { status } of asked) expect([200, 403, 409]).toContain(status);
    return asked.filter(({ status }) => status !== 403).map(({ job }) => job);
  };

  beforeAll(async () => {
    await hera.apply(FILES);
    await person('vera', 'viewer', []);
    await person('fred', 'viewer', [['fin', 'operator']]);
    await person('otto', 'operator', [
      ['fin', 'viewer'],
      ['fin/deep', 'operator'],
    ]);
    await person('tom', 'viewer', []);
  });

  test('counts for the jobs below it, and the nearest folder decides', async () => {
    expect(await mayRun('vera')).toEqual([]);
    expect(await mayRun('fred')).toEqual(['fin/a', 'fin/deep/b']);
    expect(await mayRun('otto')).toEqual(['fin/deep/b', 'finance/c', 'trade/d']);
  });

  test('is had by the members of the team that owns the jobs', async () => {
    expect(await mayRun('tom')).toEqual(['trade/d']);
  });

  test.each([
    ['backfill', { from: '2026-11-01', to: '2026-11-03' }, { jobs: 'fin/**' }, { jobs: '**' }],
    [
      'mark',
      { from: '2026-11-01', to: '2026-11-03', state: 'skipped', reason: 'why' },
      { jobs: 'fin/*' },
      { jobs: '*/*' },
    ],
    ['freeze', { reason: 'why' }, { scope: 'folder:fin' }, { scope: 'project' }],
    ['unfreeze', {}, { scope: 'folder:fin' }, { scope: 'folder:trade' }],
  ])('%s is done for all that it touches, or refused whole; its plan may be seen', async (verb, rest, mine, all) => {
    if (verb === 'unfreeze') await freezeAs('admin', 'folder:trade');
    for (const [body, status] of [
      [{ ...rest, ...mine }, 200],
      [{ ...rest, ...all }, 403],
    ] as const) {
      const plan = await ask('fred', verb, body);
      expect([plan.status, plan.body.hash]).toEqual([200, expect.any(String)]);
      expect((await ask('fred', verb, { ...body, plan: plan.body.hash })).status).toBe(status);
    }
  });

  const freezeAs = async (as: Role, scope: string) => {
    const body = { scope, reason: 'why' };
    const plan = await api.ask<{ hash: string }>('POST', '/api/v1/operations/freeze', { as, body });
    await api.ask('POST', '/api/v1/operations/freeze', { as, body: { ...body, plan: plan.body.hash } });
  };

  test('is given by who owns the folder, and by nobody else', async () => {
    const give = (account: string, folder: string) =>
      api.ask<{ id: string }>('POST', '/api/v1/grants', {
        body: { folder, role: 'operator', account: 'vera' },
        headers: { authorization: `Bearer ${secrets[account]}` },
      });
    expect((await give('fred', 'fin')).status).toBe(403);
    expect((await give('tom', 'fin')).status).toBe(403);
    expect((await give('tom', '')).status).toBe(403);
    const given = await give('tom', '/trade/');
    expect(given.body).toMatchObject({ folder: 'trade', account: 'vera', team: null, grantedBy: 'tom' });
    expect(await mayRun('vera')).toEqual(['trade/d']);
    const path = `/api/v1/grants/${given.body.id}`;
    expect((await api.ask('DELETE', path, { headers: { authorization: `Bearer ${secrets.fred}` } })).status).toBe(403);
    expect((await api.ask('DELETE', path)).status).toBe(200);
    expect((await api.ask('DELETE', path)).status).toBe(404);
    expect(await mayRun('vera')).toEqual([]);
  });

  test('lets nobody cancel a run of another folder', async () => {
    const run = (
      await api.ask<{ run: string }>('POST', '/api/v1/operations/run', {
        body: { job: 'finance/c', period: '2026-11-05' },
      })
    ).body.run;
    const refused = await ask('fred', 'cancel', { run });
    expect(refused.body).toMatchObject({ error: { code: 'forbidden', message: 'fred may not operate finance/c' } });
    expect((await ask('otto', 'cancel', { run })).status).toBe(200);
  });
});

test('a problem carries the number under which the server logged the request', async () => {
  const { body, response, status } = await api.ask<{ error: { requestId: string } }>('GET', '/api/v1/runs/999');
  expect(status).toBe(404);
  expect(body.error.requestId).toBe(response.headers.get('x-request-id'));
});

test('a foreign Host or Origin is refused, whatever the credentials', async () => {
  const authorization = `Bearer ${api.tokens.admin}`;
  const status = async (headers: Record<string, string>) =>
    (await api.app.request('/api/v1/me', { headers: { authorization, ...headers } })).status;
  expect(await status({ host: 'evil.example' })).toBe(403);
  expect(await status({ host: 'hera.example' })).toBe(200);
  expect(await status({ host: 'localhost:1234' })).toBe(200);
  expect(await status({ host: 'localhost:1234', origin: 'http://evil.example' })).toBe(403);
  expect(await status({ host: 'localhost:1234', origin: 'null' })).toBe(403);
  expect(await status({ host: 'localhost:1234', origin: 'http://localhost:1234' })).toBe(200);
});

const signIn = async (account: string) => {
  const { secret } = await makeSignInLink(hera.database, account);
  const answer = await api.app.request('/api/v1/session', {
    method: 'POST',
    headers: same,
    body: JSON.stringify({ link: secret }),
  });
  return { secret, answer, cookie: answer.headers.get('set-cookie') ?? '' };
};

test('a sign-in link gives a session once, by POST, in a cookie that scripts cannot read', async () => {
  const { secret, answer, cookie } = await signIn('a-operator');
  expect(answer.status).toBe(200);
  expect(cookie).toMatch(/^hera_session=heras_[\w-]{43}; .*HttpOnly; SameSite=Lax/);
  const again = await api.app.request('/api/v1/session', {
    method: 'POST',
    headers: same,
    body: JSON.stringify({ link: secret }),
  });
  expect(await again.json()).toMatchObject({ error: { code: 'forbidden', details: { link: 'used' } } });
  const me = await api.app.request('/api/v1/me', { headers: { ...HOST, cookie } });
  expect(await me.json()).toMatchObject({ account: 'a-operator', role: 'operator', via: 'ui' });
});

test('a write with a cookie needs our own Origin; with a bearer token it does not', async () => {
  const { cookie } = await signIn('a-operator');
  const post = async (headers: Record<string, string>) =>
    (await api.app.request('/api/v1/operations/cancel', { method: 'POST', headers, body: '{"run":"999"}' })).status;
  const plain = { ...HOST, 'content-type': 'application/json', cookie };
  expect(await post(plain)).toBe(403);
  expect(await post({ ...plain, origin: 'http://evil.example' })).toBe(403);
  expect(await post({ ...same, cookie })).toBe(404);
  expect((await api.ask('POST', '/api/v1/operations/cancel', { body: { run: '999' } })).status).toBe(404);
});

test('after signing out the session is nobody’s', async () => {
  const { cookie } = await signIn('a-viewer');
  expect((await api.app.request('/api/v1/session', { method: 'DELETE', headers: { ...same, cookie } })).status).toBe(
    200,
  );
  expect((await api.app.request('/api/v1/me', { headers: { ...HOST, cookie } })).status).toBe(401);
});

test('tokens are made with a role, shown once, listed without secret, and end at once', async () => {
  const made = await api.ask<{ id: string; secret: string }>('POST', '/api/v1/tokens', {
    body: { label: 'ci', account: 'ci', role: 'operator', days: 30 },
  });
  expect(made.body).toMatchObject({
    account: 'ci',
    role: 'operator',
    label: 'ci',
    secret: expect.stringMatching(/^hera_/),
  });
  const asCi = () =>
    api.app.request('/api/v1/me', { headers: { ...HOST, authorization: `Bearer ${made.body.secret}` } });
  expect(await (await asCi()).json()).toMatchObject({ account: 'ci', role: 'operator', via: 'token:ci' });
  expect(JSON.stringify((await api.ask('GET', '/api/v1/tokens')).body)).not.toContain(made.body.secret);
  expect((await api.ask('DELETE', `/api/v1/tokens/${made.body.id}`)).status).toBe(200);
  expect((await asCi()).status).toBe(401);
  expect((await api.ask('DELETE', `/api/v1/tokens/${made.body.id}`)).status).toBe(404);
});

test('an account cannot be given another role by making a token', async () => {
  const { status } = await api.ask('POST', '/api/v1/tokens', {
    body: { label: 'x', account: 'a-viewer', role: 'admin' },
  });
  expect(status).toBe(400);
});

test('every write leaves a line in the audit: who, from where, what', async () => {
  const { body } = await api.ask<{ id: string }>('POST', '/api/v1/machine-tokens', {
    body: { label: 'host-9', machineGroups: ['default'] },
    headers: { 'x-hera-client': 'cli' },
  });
  await api.ask('DELETE', `/api/v1/machine-tokens/${body.id}`);
  const lines = await hera.database<{ who: string; via: string; what: string }[]>`
    select who, via, what from audit where subject = ${body.id} order by id`;
  expect([...lines]).toEqual([
    { who: 'a-admin', via: 'cli', what: 'machine-token.create' },
    { who: 'a-admin', via: 'token:test', what: 'machine-token.revoke' },
  ]);
});

test('the contract is served as OpenAPI 3.1 and names every endpoint', async () => {
  const { body } = await api.ask<{ openapi: string; paths: Record<string, Record<string, unknown>> }>(
    'GET',
    '/api/v1/openapi.json',
    {
      as: 'viewer',
    },
  );
  expect(body.openapi).toBe('3.1.0');
  expect(await new Validator().validate(structuredClone(body))).toEqual({ valid: true });
  const described = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  expect(described.sort()).toEqual(
    Object.keys(ACCESS)
      .filter((one) => !one.endsWith('openapi.json'))
      .sort(),
  );
});
