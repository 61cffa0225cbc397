import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertAttempt, sealLog } from '../../../runtime/store/attempt.js';
import { dropOldHistory } from '../../../runtime/store/history-retention.js';
import { appendChunks, type LogKey, logLength } from '../../../runtime/store/log.js';
import { dropOldLogs } from '../../../runtime/store/log-retention.js';
import { type ApiForTests, openApi } from '../../support/api.js';
import { plantRun } from '../../support/estate.js';
import { type Hera, startHera } from '../../support/hera.js';

// Logs over a real socket, as curl and browsers read them.

const run = promisify(execFile);
let hera: Hera;
let api: ApiForTests;
let server: Server;
let base = '';
const folder = mkdtempSync(join(tmpdir(), 'hera-logs-'));

beforeAll(async () => {
  hera = await startHera({ worker: false });
  api = await openApi(hera);
  await new Promise<void>((resolve) => {
    server = serve({ fetch: api.app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve()) as Server;
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await api.stop();
  await hera.stop();
  rmSync(folder, { recursive: true });
});

/** An attempt whose log is `bytes`, made by the store's own statements; `begunAt` moves it into another week. */
async function plantLog(bytes: Buffer, { sealed = true, begunAt }: { sealed?: boolean; begunAt?: string } = {}) {
  const planted = await plantRun(hera.database, { script: 'true' });
  const [{ job }] = (await hera.database`select job from run where id = ${planted.run}`) as [{ job: string }];
  await hera.database.begin(async (tx) => {
    await insertAttempt(tx, {
      ...{ run: planted.run, turn: 1, project: planted.project, job, host: 'h', machineGroup: 'default', inputs: [] },
      ...{ instance: '00000000-0000-4000-8000-000000000000', deployment: planted.deployment },
      ...{ commit: 'c', definition: 'd', given: null },
    });
    if (begunAt !== undefined)
      await tx`update attempt set begun_at = ${begunAt}::timestamptz, state = 'ended' where run = ${planted.run}`;
    const key: LogKey = { run: planted.run, n: 1, begunAt: (await logLength(tx, planted.run, 1))!.begunAt };
    for (let at = 0; at < bytes.length; at += 1_000_000)
      await appendChunks(tx, key, at, bytes.subarray(at, at + 1_000_000));
    if (sealed) await sealLog(tx, planted.run, 1, bytes.length);
  });
  return { ...planted, path: `/api/v1/runs/${planted.run}/attempts/1/log` };
}

const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(base + path, { method, headers: { authorization: `Bearer ${api.tokens.viewer}`, ...headers } });
const curl = async (...args: string[]): Promise<string> =>
  (await run('curl', ['-sS', '-H', `authorization: Bearer ${api.tokens.viewer}`, ...args], { encoding: 'latin1' }))
    .stdout;

const CONTENT = Buffer.from(Array.from({ length: 9_500_000 }, (_, i) => (i * 31 + (i >> 9)) % 251));

test('the whole log and any range of it, however long, come as they are, with honest headers', async () => {
  const { path } = await plantLog(CONTENT);
  const whole = await get(path, { 'accept-encoding': 'gzip, br' });
  expect(whole.status).toBe(200);
  expect(whole.headers.get('content-length')).toBe('9500000');
  expect(whole.headers.get('content-encoding')).toBeNull();
  expect(Buffer.from(await whole.arrayBuffer()).equals(CONTENT)).toBe(true);
  for (const [range, from, to] of [
    ['bytes=0-0', 0, 1],
    ['bytes=17-8999999', 17, 9_000_000],
    ['bytes=9499990-', 9_499_990, 9_500_000],
    ['bytes=-20', 9_499_980, 9_500_000],
    ['bytes=100-99999999', 100, 9_500_000],
  ] as const) {
    const part = await get(path, { range });
    expect([part.status, part.headers.get('content-range'), part.headers.get('content-length')]).toEqual([
      206,
      `bytes ${from}-${to - 1}/9500000`,
      String(to - from),
    ]);
    expect(Buffer.from(await part.arrayBuffer()).equals(CONTENT.subarray(from, to))).toBe(true);
  }
  const beyond = await get(path, { range: 'bytes=9500000-' });
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */9500000']);
  for (const range of ['bytes=0-1,5-6', 'lines=1-2', 'bytes=5-2'])
    expect((await get(path, { range })).status).toBe(200);
  const head = await get(path, {}, 'HEAD');
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '9500000']);
});

test('a part is only taken for a part of the same log: the validator of a closed log is strong, a growing one has none', async () => {
  const { path } = await plantLog(CONTENT.subarray(0, 1000));
  const etag = (await get(path)).headers.get('etag') ?? '';
  expect(etag).toMatch(/^"/);
  expect((await get(path, { range: 'bytes=5-9', 'if-range': etag })).status).toBe(206);
  expect((await get(path, { range: 'bytes=5-9', 'if-range': '"another"' })).status).toBe(200);
  const growing = await plantLog(CONTENT.subarray(0, 1000), { sealed: false });
  const answer = await get(growing.path);
  expect([answer.headers.get('etag'), answer.headers.get('x-hera-log-sealed')]).toEqual([null, 'false']);
});

test('curl takes a range, and resumes a download that broke off', async () => {
  const { path } = await plantLog(CONTENT);
  expect(await curl('-r', '1000000-1000009', base + path)).toBe(
    CONTENT.subarray(1_000_000, 1_000_010).toString('latin1'),
  );
  const file = join(folder, 'resumed');
  writeFileSync(file, CONTENT.subarray(0, 5_000_003));
  await curl('-C', '-', '-o', file, base + path);
  expect(readFileSync(file).equals(CONTENT)).toBe(true);
});

test('who watches lengths is told each growth and the end, and no bytes', async () => {
  const { path, run } = await plantLog(Buffer.from('one\n'), { sealed: false });
  const response = await get(`${path}/stream?lengths=1`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const reach = async (what: string): Promise<void> => {
    while (!seen.includes(what)) {
      const part = await reader.read();
      if (part.done) throw new Error(`ended with ${seen}`);
      seen += part.value;
    }
  };
  await reach('{"length":4}');
  const { begunAt } = (await logLength(hera.database, run, 1))!;
  await hera.database.begin((tx) => appendChunks(tx, { run, n: 1, begunAt }, 4, Buffer.from('two\n')));
  await hera.database`select pg_notify('hera_log', ${`${run}:1`})`;
  await reach('{"length":8}');
  await hera.database.begin((tx) => sealLog(tx, run, 1, 8));
  await hera.database`select pg_notify('hera_log', ${`${run}:1`})`;
  await reach('event: end');
  expect(seen).not.toContain('base64');
});

test('output goes by the week when it was kept long enough, and its attempt says that it has expired', async () => {
  const [{ old, kept }] = (await hera.database`
    select (date_trunc('week', now()) - interval '70 days')::text as old, (date_trunc('week', now()) - interval '63 days')::text as kept`) as [
    { old: string; kept: string },
  ];
  for (const week of [old, kept]) {
    const name = `log_chunk_${week.slice(0, 10).replaceAll('-', '')}`;
    const end = new Date(Date.parse(`${week.slice(0, 10)}T00:00:00Z`) + 7 * 86_400_000).toISOString();
    await hera.database.unsafe(`create table ${name} partition of log_chunk for values from ('${week}') to ('${end}')`);
  }
  const gone = await plantLog(Buffer.from('old words\n'), { begunAt: old });
  const young = await plantLog(Buffer.from('young words\n'), { begunAt: kept });
  const live = await plantLog(Buffer.from('a long job\n'), { begunAt: kept, sealed: false });
  await hera.database`update attempt set state = 'live' where run = ${live.run}`;
  expect(await (await get(gone.path)).text()).toBe('old words\n');
  expect(await dropOldLogs(hera.database, 62)).toEqual([old.slice(0, 10)]);
  expect(await dropOldLogs(hera.database, 62)).toEqual([]);
  const answer = await get(gone.path);
  expect([answer.status, ((await answer.json()) as { error: { message: string } }).error.message]).toEqual([
    404,
    `the output of attempt 1 of run ${gone.run} has expired`,
  ]);
  const shown = await api.ask<{ attempts: { logExpired: boolean; logBytes: number }[] }>(
    'GET',
    `/api/v1/runs/${gone.run}`,
  );
  expect(shown.body.attempts).toMatchObject([{ logExpired: true, logBytes: 10 }]);
  expect(await (await get(young.path)).text()).toBe('young words\n');
  // The week of an attempt that lives stays, however old.
  expect(await dropOldLogs(hera.database, 1)).toEqual([]);
  await hera.database`update attempt set state = 'ended' where run = ${live.run}`;
  expect(await dropOldLogs(hera.database, 1)).toEqual([kept.slice(0, 10)]);
  expect((await get(young.path)).status).toBe(404);
});

test('attempts, former turns and events go by the month when they were kept long enough, and their run says so', async () => {
  const { database } = hera;
  const months = (await database`
    select to_char(date_trunc('month', now()) - make_interval(months => n), 'YYYY-MM-DD') as first,
           to_char(date_trunc('month', now()) - make_interval(months => n - 1), 'YYYY-MM-DD') as last
    from unnest(array[16, 15]) as n`) as unknown as { first: string; last: string }[];
  const nameOf = (table: string, { first }: { first: string }) => `${table}_${first.replaceAll('-', '')}`;
  for (const month of months)
    for (const table of ['attempt', 'event'])
      await database.unsafe(
        `create table ${nameOf(table, month)} partition of ${table} for values from ('${month.first}') to ('${month.last}')`,
      );
  const [oldest, next] = [months[0]!, months[1]!];
  const gone = await plantLog(Buffer.from('old words\n'), { begunAt: oldest.first });
  const live = await plantLog(Buffer.from('a long job\n'), { begunAt: next.first });
  await database`insert into event (project, kind, at) values ('shop', 'old', ${oldest.first}::timestamptz)`;
  const ending = database.json({ kind: 'exited', code: 0 });
  await database`update turn set ending = ${ending}, outcome = 'succeeded', ended_at = ${oldest.first}::timestamptz where run = ${gone.run}`;
  await database`
    insert into turn (run, n, trigger, asked_by, ending, outcome, ended_at)
    select run, 2, trigger, asked_by, ending, outcome, ended_at from turn where run = ${gone.run}`;
  await database`update run set state = 'succeeded', turn = 2, started_at = ${oldest.first}::timestamptz where id = ${gone.run}`;
  type Shown = { attempts: unknown[]; attemptsExpired: boolean; turns: { n: number }[]; state: string };
  const shown = async (run: string) => (await api.ask<Shown>('GET', `/api/v1/runs/${run}`)).body;
  expect(await shown(gone.run)).toMatchObject({ attempts: [{ n: 1 }], attemptsExpired: false });
  expect(await dropOldHistory(database, 400)).toEqual([
    nameOf('attempt', oldest),
    nameOf('event', oldest),
    nameOf('event', next),
  ]);
  expect(await dropOldHistory(database, 400)).toEqual([]);
  expect(await shown(gone.run)).toMatchObject({
    ...{ attempts: [], attemptsExpired: true, state: 'succeeded', turns: [{ n: 2 }] },
  });
  expect((await get(gone.path)).status).toBe(404);
  // A month with an attempt of a turn that goes on stays, however old.
  expect(await shown(live.run)).toMatchObject({ attempts: [{ n: 1 }], attemptsExpired: false });
});
