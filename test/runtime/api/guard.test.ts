import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCESS, allows } from '../../../runtime/api/access.js';
import { makeSignInLink } from '../../../runtime/auth/tokens.js';
import type { Role } from '../../../runtime/store/access.js';
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

describe('every endpoint, asked by nobody and by every role', () => {
  test('answers 401 to nobody, 403 below its role, and never 401 or 403 from it on', async () => {
    for (const [endpoint, needed] of Object.entries(ACCESS)) {
      const [method, path] = endpoint.split(' ') as [string, string];
      if (needed === 'anyone') continue;
      const anonymous = await api.app.request(concrete(path), { method, headers: HOST });
      expect([endpoint, anonymous.status]).toEqual([endpoint, 401]);
      for (const role of ROLES) {
        const response = await api.app.request(concrete(path), {
          method,
          headers: { ...HOST, authorization: `Bearer ${api.tokens[role]}` },
        });
        await response.body?.cancel();
        if (allows(role, needed))
          expect([endpoint, role, [401, 403].includes(response.status)]).toEqual([endpoint, role, false]);
        else expect([endpoint, role, response.status]).toEqual([endpoint, role, 403]);
      }
    }
  });

  test('a path that is no endpoint says so only to those who are signed in', async () => {
    expect((await api.app.request('/api/v1/nothing', { headers: HOST })).status).toBe(401);
    expect((await api.ask('GET', '/api/v1/nothing')).body).toMatchObject({ error: { code: 'not-found' } });
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
  expect(await me.json()).toEqual({ account: 'a-operator', role: 'operator', via: 'ui' });
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
  expect(await (await asCi()).json()).toEqual({ account: 'ci', role: 'operator', via: 'token:ci' });
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
    '/api/openapi.json',
    {
      as: 'viewer',
    },
  );
  expect(body.openapi).toBe('3.1.0');
  const described = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  expect(described.sort()).toEqual(
    Object.keys(ACCESS)
      .filter((one) => one !== 'GET /api/openapi.json')
      .sort(),
  );
});
