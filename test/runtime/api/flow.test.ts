import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../../runtime/api/client.js';
import { makeBundle } from '../../../runtime/git/bundle.js';
import { type ApiForTests, openApi } from '../../support/api.js';
import { type Hera, startHera } from '../../support/hera.js';
import { newRepository } from '../../support/repository.js';

const { path: repo, git, commit } = newRepository(mkdtempSync(join(tmpdir(), 'hera-flow-')));
let hera: Hera;
let api: ApiForTests;
let client: Client;

const FIRST = {
  'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\nmachineGroups: [default, idle]\n',
  'ods/orders.yaml':
    'title: 订单\nowner: trade\ntags: [core]\nschedule: "30 2 * * *"\nrun: { shell: "echo orders ${bizdate}" }\n',
  'dw/report.yaml': 'needs: [ods/orders]\nrun: { shell: "echo report" }\n',
  'by-hand/fail.yaml': 'run: { shell: "echo no >&2; exit 3" }\n',
  'by-hand/wait.yaml': 'run: { shell: "echo begun; sleep 600" }\ngrace: 1s\n',
  'by-hand/idle.yaml': 'machineGroup: idle\nrun: { shell: "true" }\n',
};

let first = '';
beforeAll(async () => {
  hera = await startHera();
  api = await openApi(hera);
  const app = api.app;
  client = createClient({
    url: 'http://127.0.0.1:8080',
    token: api.tokens.admin,
    fetch: async (request) => app.fetch(request),
  });
  first = commit(FIRST, 'First jobs');
  const answer = await client.plan({ project: 'shop', commit: first, bundle: await makeBundle(repo, first) });
  expect(answer.planned?.changes.map(({ job, kind }) => `${kind} ${job}`)).toEqual([
    'add by-hand/fail',
    'add by-hand/idle',
    'add by-hand/wait',
    'add dw/report',
    'add ods/orders',
  ]);
  await client.apply({ project: 'shop', commit: first, bundle: null }, answer.planned!.on, false);
});
afterAll(async () => {
  await api?.stop();
  await hera?.stop();
  rmSync(repo, { recursive: true, force: true });
});

const ended = (run: string) =>
  hera.until(async () => {
    const seen = await client.run(run);
    return ['succeeded', 'failed', 'cancelled'].includes(seen.state) && seen;
  }, `the end of ${run}`);
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

test('a deployment names its commit, author and what changed', async () => {
  const { items } = await client.deployments();
  expect(items[0]).toMatchObject({
    commit: first,
    subject: 'First jobs',
    author: 'Ada',
    appliedBy: 'a-admin',
    dirty: false,
  });
  expect(items[0]?.changes).toEqual({ added: 5, changed: 0, removed: 0 });
  expect(await client.projects()).toMatchObject([{ name: 'shop', zone: 'Asia/Shanghai' }]);
});

test('jobs are found by words, owner, tag, group and folder, and page by page', async () => {
  const ids = async (query: Parameters<Client['jobs']>[0]) => (await client.jobs(query)).items.map((job) => job.job);
  expect(await ids({})).toEqual(['by-hand/fail', 'by-hand/idle', 'by-hand/wait', 'dw/report', 'ods/orders']);
  expect(await ids({ q: '订单' })).toEqual(['ods/orders']);
  expect(await ids({ q: 'hand fail' })).toEqual(['by-hand/fail']);
  expect(await ids({ folder: 'by-hand', group: 'idle' })).toEqual(['by-hand/idle']);
  expect(await ids({ owner: 'trade' })).toEqual(['ods/orders']);
  expect(await ids({ tag: 'core' })).toEqual(['ods/orders']);
  const pages: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await client.jobs({ limit: 2, ...(cursor ? { cursor } : {}) });
    pages.push(page.items.map((job) => job.job).join(' '));
    cursor = page.next;
  }
  expect(pages).toEqual(['by-hand/fail by-hand/idle', 'by-hand/wait dw/report', 'ods/orders']);
});

test('a job tells its resolved definition, its script, its next runs and its neighbours', async () => {
  const job = await client.job('ods/orders');
  expect(job).toMatchObject({
    title: '订单',
    zone: 'Asia/Shanghai',
    downstream: ['dw/report'],
    commit: first,
    file: 'ods/orders.yaml',
  });
  expect(job.run).toMatchObject({ engine: 'shell', script: expect.stringContaining('echo orders') });
  expect(job.resolved).toContainEqual({ field: 'title', value: '订单', from: 'job', file: 'ods/orders.yaml' });
  expect(job.resolved).toContainEqual({ field: 'grace', value: '10s', from: 'default', file: null });
  expect(job.nextRuns).toHaveLength(5);
  expect(job.nextRuns.every((at) => at.endsWith('T18:30:00Z'))).toBe(true);
  expect((await client.job('dw/report')).base).toBe('ods/orders');
  await expect(client.job('dw/orders')).rejects.toMatchObject({
    code: 'not-found',
    more: { help: expect.stringContaining('ods/orders') },
  });
});

test('a run by hand is asked, seen with its attempt, and its log read whole, by range and by its end', async () => {
  const asked = await client.runJob({ job: 'ods/orders', period: '2026-11-20' });
  expect(asked).toMatchObject({ job: 'ods/orders', period: '2026-11-19T18:30:00Z', turn: 1 });
  const run = await ended(asked.run);
  expect(run).toMatchObject({ state: 'succeeded', bizdate: '20261119', trigger: 'manual', commit: first });
  expect(run.periodLocal).toBe('2026-11-20T02:30:00+08:00');
  expect(run.dataInterval).toEqual({ start: '2026-11-18T16:00:00Z', end: '2026-11-19T16:00:00Z' });
  expect(run.attempts).toMatchObject([{ n: 1, state: 'ended', exitCode: 0, signal: null, commit: first }]);
  expect(run.downstream).toMatchObject([{ job: 'dw/report', period: '2026-11-19T18:30:00Z' }]);
  const whole = await client.log(asked.run, 1, {});
  expect([text(whole.bytes), whole.sealed]).toEqual(['orders 20261119\n', true]);
  expect(text((await client.log('ods/orders@2026-11-20', 1, { tail: 5 })).bytes)).toBe('1119\n');
  expect(text((await client.log(asked.run, 1, { from: 0, to: 6 })).bytes)).toBe('orders');
  const ranged = await api.ask('GET', `/api/v1/runs/${asked.run}/attempts/1/log`, { headers: { range: 'bytes=7-14' } });
  expect([ranged.status, ranged.body, ranged.response.headers.get('content-range')]).toEqual([
    206,
    '20261119',
    'bytes 7-14/16',
  ]);
  expect((await client.job('ods/orders')).last).toMatchObject([{ run: asked.run, state: 'succeeded' }]);
});

test('a period that is no tick is refused with the nearest two', async () => {
  await expect(client.runJob({ job: 'ods/orders', period: '2026-11-20T03:00' })).rejects.toMatchObject({
    code: 'invalid',
    more: { help: expect.stringMatching(/2026-11-20T02:30:00\+08:00, 2026-11-21T02:30:00\+08:00/) },
  });
});

test('a failed run keeps its exit code and its output, and the list finds it by state and glob', async () => {
  const { run } = await client.runJob({ job: 'by-hand/fail', period: null });
  expect((await ended(run)).attempts).toMatchObject([{ exitCode: 3, outcome: 'failed' }]);
  expect(text((await client.log(run, 1, {})).bytes)).toBe('no\n');
  const found = await client.runs({ state: 'failed', job: 'by-hand/**', attempts: true });
  expect(found.items).toMatchObject([{ run, job: 'by-hand/fail', attempts: [{ exitCode: 3 }] }]);
  expect((await client.runs({ state: 'failed', trigger: 'backfill' })).items).toEqual([]);
  expect((await client.runs({ job: 'by-hand/fail', from: 'now-1h', to: 'now' })).items).toHaveLength(1);
  expect((await client.runs({ job: 'by-hand/fail', to: 'now-1h' })).items).toEqual([]);
});

test('a log is followed while it grows, and the stream ends when the run is cancelled', async () => {
  const { run } = await client.runJob({ job: 'by-hand/wait', period: null });
  await hera.until(async () => (await client.run(run)).attempts.length > 0, 'the attempt');
  const pieces: string[] = [];
  for await (const piece of client.followLog(run, 1)) {
    pieces.push(text(piece.bytes));
    if (pieces.join('') === 'begun\n')
      expect(await client.cancel({ run, owed: false })).toMatchObject({ run, cancelling: true });
  }
  expect(pieces.join('')).toBe('begun\n');
  expect(await ended(run)).toMatchObject({ state: 'cancelled', attempts: [{ signal: 'SIGTERM' }] });
  await expect(client.cancel({ run, owed: false })).rejects.toMatchObject({ code: 'conflict' });
});

test('a job is frozen after a plan, its backfill waits and says so, and goes on when the time of the freeze is over', async () => {
  const body = { scope: 'ods', reason: 'the source moves', until: '2h' };
  const plan = await client.freeze({ ...body, plan: null });
  expect(plan).toMatchObject({ kind: 'freeze', jobs: 1, freezes: [] });
  expect((await client.freezes()).items).toEqual([]);
  const done = await client.freeze({ ...body, plan: plan.hash });
  expect(done.freezes).toMatchObject([{ scope: 'folder', subject: 'ods', reason: 'the source moves', by: 'a-admin' }]);
  expect((await client.job('ods/orders')).freezes).toMatchObject([{ id: done.freezes[0]!.id }]);
  expect((await client.job('dw/report')).freezes).toEqual([]);
  const range = { jobs: 'ods/orders', from: '2026-11-01', to: '2026-11-02', only: 'all' as const, parallel: 1 };
  const { hash } = await client.backfill({ ...range, plan: null });
  await client.backfill({ ...range, plan: hash });
  const held = await hera.until(async () => {
    const seen = await client.run('ods/orders@2026-11-01').catch(() => undefined);
    return seen !== undefined && seen.reasons.length > 0 && seen;
  }, 'the run that waits');
  expect(held).toMatchObject({ state: 'waiting', reasons: [{ kind: 'freeze', subject: 'ods', by: 'a-admin' }] });
  expect(await client.status()).toMatchObject({
    ...{ project: 'shop', late: [], freezes: [{ subject: 'ods' }] },
    waiting: [{ runs: 1, job: 'ods/orders', reason: { kind: 'freeze' } }],
  });
  // Two hours later.
  await hera.database`update frozen set until = clock_timestamp() where subject = 'ods'`;
  await hera.database`
    update outbox set due = clock_timestamp(), next_send_at = clock_timestamp() where kind = 'thaw'`;
  expect((await ended(held.run)).state).toBe('succeeded');
  expect((await client.freezes({ ended: true })).items).toMatchObject([{ endedBy: 'hera' }]);
  await expect(client.unfreeze({ scope: 'ods', plan: null })).rejects.toMatchObject({ code: 'not-found' });
  await expect(client.freeze({ ...body, scope: 'group:gone', plan: null })).rejects.toMatchObject({
    code: 'not-found',
    more: { help: 'there are: default, idle' },
  });
});

test('a period is marked before its tick, by its name and after a plan, and its run says by whom and why', async () => {
  const body = { periods: ['ods/orders@2031-03-05'], state: 'succeeded', reason: 'came by mail' } as const;
  const plan = await client.mark({ ...body, plan: null });
  expect(plan).toMatchObject({
    ...{ kind: 'mark', total: 1, operation: null, first: '2031-03-04T18:30:00Z' },
    runs: [{ job: 'ods/orders', period: '2031-03-04T18:30:00Z', action: 'mark' }],
  });
  await expect(client.mark({ ...body, plan: 'another' })).rejects.toMatchObject({ code: 'stale' });
  await expect(client.run('ods/orders@2031-03-05')).rejects.toMatchObject({ code: 'not-found' });
  expect(await client.mark({ ...body, plan: plan.hash })).toMatchObject({ hash: plan.hash });
  const run = await client.run('ods/orders@2031-03-05');
  expect(run).toMatchObject({
    ...{ state: 'succeeded', reasons: [{ kind: 'marked', reason: 'came by mail', by: 'a-admin' }], turns: [] },
    fact: { state: 'succeeded', reason: 'came by mail', markedBy: 'a-admin' },
  });
  const again = { ...body, periods: [run.run], state: 'failed' as const };
  expect((await client.mark({ ...again, plan: null })).runs).toMatchObject([{ why: 'was succeeded' }]);
  await expect(client.mark({ ...body, periods: ['ods/orders@2031-03-05T05:00'], plan: null })).rejects.toMatchObject({
    code: 'invalid',
    more: { help: 'the nearest: 2031-03-05T02:30:00+08:00, 2031-03-06T02:30:00+08:00' },
  });
  await expect(client.mark({ ...body, jobs: 'ods/*', plan: null })).rejects.toMatchObject({ code: 'invalid' });
});

test('a queued run whose machine group has no worker says so', async () => {
  const { run } = await client.runJob({ job: 'by-hand/idle', period: null });
  expect((await client.run(run)).reasons).toEqual([{ kind: 'no-worker', machineGroup: 'idle' }]);
  expect((await client.runs({ job: 'by-hand/idle' })).items[0]?.reasons).toEqual([
    { kind: 'no-worker', machineGroup: 'idle' },
  ]);
  await client.cancel({ run, owed: false });
});

test('events of runs come as they happen and are resumed by their id without a gap', async () => {
  const reader = async (headers: Record<string, string>, until: (seen: string[]) => boolean) => {
    const { response } = await streamed('/api/v1/events', headers);
    const seen: string[] = [];
    let id = '';
    let buffered = '';
    for await (const chunk of response.body!) {
      buffered += Buffer.from(chunk as Uint8Array).toString('utf8');
      for (const block of buffered.split('\n\n').slice(0, -1)) {
        id = /^id: (.*)$/m.exec(block)?.[1] ?? id;
        seen.push(block);
      }
      buffered = buffered.slice(buffered.lastIndexOf('\n\n') + 2);
      if (until(seen)) break;
    }
    return { seen, id };
  };
  const streamed = async (path: string, headers: Record<string, string>) => ({
    response: await api.app.request(path, {
      headers: { host: 'localhost', authorization: `Bearer ${api.tokens.viewer}`, ...headers },
    }),
  });
  const { id } = await reader({}, (seen) => seen.length > 0);
  const { run } = await client.runJob({ job: 'by-hand/fail', period: null });
  await ended(run);
  const states = (seen: string[]) =>
    seen.flatMap((block) => {
      const data = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '{}') as { run?: string; kind?: string };
      return data.run === run ? [block] : [];
    });
  const { seen } = await reader({ 'last-event-id': id }, (blocks) => /failed/.test(states(blocks).join('')));
  expect(states(seen).length).toBeGreaterThan(1);
});

test('a backfill is planned, done by its hash, and its members are counted', async () => {
  const range = { jobs: 'ods/orders', from: '2026-11-10', to: '2026-11-13', only: 'all', parallel: 2 } as const;
  const plan = await client.backfill({ ...range, plan: null });
  expect(plan).toMatchObject({ total: 3, operation: null, first: expect.stringContaining('2026-11-09T18:30:00') });
  await expect(client.backfill({ ...range, plan: 'other' })).rejects.toMatchObject({ code: 'stale' });
  const done = await client.backfill({ ...range, plan: plan.hash });
  const progress = await hera.until(async () => {
    const seen = await client.operation(done.operation!);
    return seen.finishedAt !== null && seen;
  }, 'the backfill');
  expect(progress).toMatchObject({ members: 3, states: { succeeded: 3 }, askedBy: 'a-admin' });
  const runs = await client.runs({ operation: done.operation!, limit: 2 });
  expect(runs.items.map((run) => run.period)).toEqual(['2026-11-11T18:30:00Z', '2026-11-10T18:30:00Z']);
  const rest = await client.runs({ operation: done.operation!, limit: 2, cursor: runs.next! });
  expect(rest).toMatchObject({ items: [{ period: '2026-11-09T18:30:00Z' }], next: null });
});

test('a backfill waits for its time of day, is paused, paced and led to its end, and a second one is given up whole', async () => {
  const clock = (minutes: number): string =>
    new Date(Date.now() + (480 + minutes) * 60_000).toISOString().slice(11, 16);
  const range = { jobs: 'ods/*', from: '2026-10-01', to: '2026-10-06', only: 'missing', order: 'backward' } as const;
  const ask = { ...range, parallel: 1, window: `${clock(120)}-${clock(180)}`, retries: 0 };
  const { hash, counts } = await client.backfill({ ...ask, plan: null });
  expect(counts).toMatchObject({ chosen: 5, downstream: 0, underWay: 0 });
  const id = (await client.backfill({ ...ask, plan: hash })).operation!;
  const becomes = (progress: string) =>
    hera.until(async () => {
      const seen = await client.backfillOf(id);
      return seen.progress === progress && seen;
    }, `backfill ${id} to be ${progress}`);
  const asleep = await hera.until(async () => {
    const seen = await client.backfillOf(id);
    return seen.states.waiting === 5 && seen;
  }, 'its members');
  expect(asleep).toMatchObject({ progress: 'closed', window: ask.window, order: 'backward', retries: 0, done: 0 });
  expect(Date.parse(asleep.opensAt!)).toBeGreaterThan(Date.now());
  await client.pauseBackfill(id);
  expect(await client.setBackfill(id, { window: null, parallel: 3 })).toMatchObject({
    progress: 'paused',
    parallel: 3,
  });
  expect((await client.backfills({ open: true })).items.map((one) => one.operation)).toContain(id);
  await client.resumeBackfill(id);
  expect(await becomes('ended')).toMatchObject({ states: { succeeded: 5 }, done: 5, endsAt: null });
  await expect(client.pauseBackfill(id)).rejects.toMatchObject({ code: 'conflict' });
  expect(await client.stepBackfill(id, 'retry', null)).toMatchObject({ total: 0 });
  await expect(client.setBackfill(id, { window: 'night' })).rejects.toMatchObject({ code: 'invalid' });

  const again = { ...ask, only: 'all' } as const;
  const second = await client.backfill({ ...again, plan: (await client.backfill({ ...again, plan: null })).hash });
  const end = await client.stepBackfill(second.operation!, 'cancel', null);
  await client.stepBackfill(second.operation!, 'cancel', end.hash);
  const given = await hera.until(async () => {
    const seen = await client.backfillOf(second.operation!);
    return seen.progress === 'ended' && seen;
  }, 'the end of the second');
  expect(given).toMatchObject({ states: { withdrawn: 5 }, cancelledBy: 'a-admin' });
  expect((await client.runs({ job: 'ods/orders', from: '2026-10-01', to: '2026-10-06' })).items).toMatchObject(
    Array(5).fill({ state: 'succeeded', turn: 1 }),
  );
});

test('a commit that does not compile answers its diagnostics, and is not applied', async () => {
  const broken = commit({ 'ods/orders.yaml': 'schedule: "99 2 * * *"\nrun: { shell: "true" }\n' }, 'Broken');
  const bundle = await makeBundle(repo, broken, first);
  const answer = await client.plan({ project: 'shop', commit: broken, bundle });
  expect(answer).toMatchObject({
    planned: null,
    diagnostics: [{ code: 'HERA3001', file: 'ods/orders.yaml', line: 1 }],
  });
  await expect(client.apply({ project: 'shop', commit: broken, bundle: null }, null, false)).rejects.toMatchObject({
    code: 'invalid',
  });
  git('reset', '--quiet', '--hard', first);
});

test('a plan made on an older deployment is stale, another project’s commit is refused, and so is a working tree', async () => {
  const second = commit({ 'ods/orders.yaml': FIRST['ods/orders.yaml'].replace('echo', 'echo the') }, 'Second');
  const on = (await client.deployments()).items[0]!.id;
  const bundle = await makeBundle(repo, second, first);
  await expect(client.apply({ project: 'shop', commit: second, bundle }, null, false)).rejects.toMatchObject({
    code: 'stale',
  });
  await expect(
    client.plan({ project: 'other', commit: second, bundle: await makeBundle(repo, second) }),
  ).rejects.toMatchObject({ code: 'invalid' });
  await expect(client.plan({ project: 'shop', commit: second, dirty: true, bundle: null })).rejects.toMatchObject({
    code: 'forbidden',
  });
  const done = await client.apply({ project: 'shop', commit: second, bundle: null }, on, false);
  expect(done).toMatchObject({ already: false, planned: { changes: [{ job: 'ods/orders', kind: 'change' }] } });
  expect(await client.apply({ project: 'shop', commit: second, bundle: null }, on, false)).toMatchObject({
    already: true,
  });
});

test('a preview is what the process got, byte for byte, in both dialects, and marks what is of the real time', async () => {
  const script =
    'cat "$0"; printf "%s\\n" "$@"; printf "%s" "$DAY|$HERA_RUN_ID|$HERA_ATTEMPT|$HERA_BATCH|$DB_PASSWORD"\n';
  const job = (name: string, head: string, text: string, arg: string) => ({
    [`${name}.sh`]: script + text,
    [`${name}.yaml`]: `${head}schedule: "30 2 * * *"\nbatch: { unit: day, offset: -1 }\nvars: { t: "dw.\${zdt.format('MM')}" }\nenv: { DAY: "\${yesterday}", DB_PASSWORD: hunter2 }\nrun: { shell: { file: ./${name.split('/')[1]}.sh, args: ["${arg}"] } }\n`,
  });
  const files = {
    ...job(
      'pre/new',
      '',
      '# ${bizdate} ${run.id} ${run.attempt} ${run.batch} ${zdt.nowMillis} ${t} ${HOME} 中\n',
      '${run.period}',
    ),
    ...job(
      'pre/old',
      'templates: hera\n',
      '# ${bizdate} ${zdt.set(5,1).format("yyyyMMdd")} ${zdt.nowMillis} ${t} 中\n',
      '${t}',
    ),
  };
  const on = (await client.deployments()).items[0]!;
  const third = commit(files, 'Two dialects');
  const bundle = await makeBundle(repo, third, on.commit);
  await client.apply({ project: 'shop', commit: third, bundle }, on.id, false);
  for (const name of ['pre/new', 'pre/old']) {
    const before = await client.previewJob({ job: name, period: '2026-11-23' });
    const { run } = await client.runJob({ job: name, period: '2026-11-23' });
    expect(await ended(run)).toMatchObject({ state: 'succeeded', batch: '2026-11-22' });
    const preview = await client.previewRun(run, 1);
    const { script: shown, args, env, realTime } = preview;
    const said = text((await client.log(run, 1, {})).bytes);
    expect(said).toBe(`${shown}${args[0]}\n${env.DAY}|${run}|1|2026-11-22|hunter2`);
    // The one before knew neither run nor real time, and all the rest.
    const [mark] = realTime;
    expect(realTime).toHaveLength(1);
    const stamp = shown.slice(mark!.offset, mark!.offset + mark!.length);
    const known = (text: string) => text.replaceAll('${run.id}', run).replaceAll('${run.attempt}', '1');
    expect(known(before.script).replace(/\d{13}/, stamp)).toBe(shown);
    expect([before.later, before.args]).toEqual([name === 'pre/new' ? ['run.id', 'run.attempt'] : [], args]);
    expect([env.DB_PASSWORD, preview.masked]).toEqual(['******', ['DB_PASSWORD']]);
    expect(JSON.stringify(preview)).not.toContain('hunter2');
  }
  const fragment = { job: 'pre/old', period: '2026-11-23T02:30', fragment: '${t} ${zdt.get(99)} ${yesterday}' };
  expect(await client.previewJob(fragment)).toMatchObject({
    script: 'dw.11 ${zdt.get(99)} 20261122',
    faults: ['`${zdt.get(99)}` cannot be rendered: there is no field 99'],
  });
});

test('what a run tells its dependents stands in their scripts, in the preview of what they ran, and beside its attempt', async () => {
  const said = 'echo HERA_OUTPUT rows=12; echo HERA_OUTPUT day=${bizdate}; echo HERA_OUTPUT password=hunter3';
  const files = {
    'out/up.yaml': `run: { shell: "${said}" }\n`,
    'out/down.yaml':
      'needs: [{ job: ./up, periods: latest }]\nrun: { shell: "echo ${needs.up.rows} of ${needs.out/up.day}, ${needs.up.password}" }\n',
    'out/lacks.yaml': 'needs: [{ job: ./up, periods: latest }]\nrun: { shell: "echo ${needs.up.lines}" }\n',
  };
  const on = (await client.deployments()).items[0]!;
  const next = commit(files, 'Outputs');
  await client.apply({ project: 'shop', commit: next, bundle: await makeBundle(repo, next, on.commit) }, on.id, false);
  const up = await ended((await client.runJob({ job: 'out/up', period: null })).run);
  const { rows, day, password } = up.attempts[0]!.outputs!;
  expect([rows, day, password]).toEqual(['12', up.bizdate, '******']);
  const down = await ended((await client.runJob({ job: 'out/down', period: null })).run);
  expect(text((await client.log(down.run, 1, {})).bytes)).toBe(`12 of ${up.bizdate}, hunter3\n`);
  const preview = await client.previewRun(down.run, 1);
  expect([preview.script, preview.masked]).toEqual([`echo 12 of ${up.bizdate}, ******`, ['needs.out/up.password']]);
  const lacks = await ended((await client.runJob({ job: 'out/lacks', period: null })).run);
  expect([lacks.state, lacks.attempts[0]!.note]).toEqual([
    'failed',
    `templates that cannot be rendered: the script: \`out/up\` of ${up.period} has told no output \`lines\``,
  ]);
});

test('variables and a machine group for one run only are of that run, whatever runs after it', async () => {
  const files = {
    'own/daily.yaml':
      'schedule: "30 2 * * *"\nvars: { table: dw.a, secret.key: none }\nrun: { shell: "echo ${table} ${day} ${bizdate} ${secret.key}" }\n',
    'own/asked.yaml':
      'params: { day: { type: date }, mode: { type: enum, values: [fast, slow], default: fast } }\nretries: { times: 1, wait: 1s }\n' +
      'run: { shell: "echo ${day} ${mode}; test $HERA_ATTEMPT = 2" }\n',
  };
  const on = (await client.deployments()).items[0]!;
  const next = commit(files, 'Own');
  await client.apply({ project: 'shop', commit: next, bundle: await makeBundle(repo, next, on.commit) }, on.id, false);
  const daily = { job: 'own/daily', period: '2026-11-20' };
  const vars = { table: 'dw.b', day: '${date:yyyy-MM-dd}', 'secret.key': 'hunter4' };
  const logOf = async (run: string, attempt: number) => text((await client.log(run, attempt, {})).bytes);

  const own = await ended((await client.runJob({ ...daily, vars })).run);
  expect(await logOf(own.run, 1)).toBe('dw.b 2026-11-20 20261119 hunter4\n');
  const shown = { vars: { ...vars, 'secret.key': '******' }, machineGroup: null };
  expect([own.own, own.turns[0]!.own]).toEqual([shown, shown]);
  expect((await client.previewRun(own.run, 1)).script).toBe('echo dw.b 2026-11-20 20261119 ******');
  const { items } = await client.audit({ subject: own.run });
  expect(items[0]).toMatchObject({ what: 'run', body: { own: shown } });
  await client.runJob(daily);
  const after = await hera.until(async () => {
    const seen = await client.run(own.run);
    return seen.turns.at(-1)?.n === 2 && seen.turns.at(-1)?.outcome !== null && seen;
  }, 'the second turn');
  expect([await logOf(own.run, 2), after.own]).toEqual(['dw.a 20261119 none\n', null]);

  const asked = await ended((await client.runJob({ job: 'own/asked', period: null, vars: { day: '2026-11-01' } })).run);
  expect(asked).toMatchObject({ state: 'succeeded', own: { vars: { day: '2026-11-01' } } });
  expect([await logOf(asked.run, 1), await logOf(asked.run, 2)]).toEqual(['2026-11-01 fast\n', '2026-11-01 fast\n']);

  const elsewhere = await client.runJob({ ...daily, period: '2026-11-21', machineGroup: 'idle' });
  expect(await client.run(elsewhere.run)).toMatchObject({
    ...{ machineGroup: 'idle', own: { vars: {}, machineGroup: 'idle' } },
    reasons: [{ kind: 'no-worker', machineGroup: 'idle' }],
  });
  await client.cancel({ run: elsewhere.run, owed: false });

  for (const [body, says] of [
    [{ job: 'own/asked' }, '`day`'],
    [{ job: 'own/asked', vars: { day: 'monday' } }, 'a day such as'],
    [{ job: 'own/asked', vars: { day: '2026-11-01', mode: 'quick' } }, 'one of `fast`, `slow`'],
    [{ job: 'own/daily', vars: { tabel: 'x' } }, '`tabel`'],
    [{ job: 'own/daily', vars: { bizdate: '20200101' } }, 'built in'],
    [{ job: 'own/daily', machineGroup: 'idel' }, 'idel'],
  ] as const)
    await expect(client.runJob({ period: null, ...body })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(says),
    });
});

test('machines are listed with their groups, alive', async () => {
  expect((await client.machines()).items).toMatchObject([{ alive: true, machineGroups: ['default'] }]);
});
