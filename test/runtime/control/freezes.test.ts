import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseBound, parseUntil } from '../../../runtime/api/typed-period.js';
import { createAttempts } from '../../../runtime/control/attempts.js';
import type { FreezeTarget } from '../../../runtime/control/control.js';
import { open } from '../../../runtime/control/open.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { freeze, unfreeze } from '../../../runtime/control/operations/freeze.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { endFreeze } from '../../../runtime/store/freeze.js';
import { databaseNow, forgottenRuns } from '../../../runtime/store/ledger.js';
import { takeDue } from '../../../runtime/store/outbox.js';
import { plantMachineToken } from '../../support/estate.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';
import { shiftClock } from '../../support/shifted-clock.js';

// What people hold back: at admission, and at the two doors behind it, for runs that were admitted before the freeze.

const asker = { by: 'ann', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const JOB = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;
const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply(
    { 'hera.project.yaml': `name: ${name}\nzone: UTC\nmachineGroups: [default, spark]\n`, ...files },
    { on: null },
  );
const state = async (job: string, period: string) => (await hera.run(job, period)).state;

const PROJECT: FreezeTarget = { scope: 'project', subject: '', job: null };
const folder = (subject: string): FreezeTarget => ({ scope: 'folder', subject, job: null });
const group = (subject: string): FreezeTarget => ({ scope: 'group', subject, job: null });
const jobOf = async (path: string): Promise<FreezeTarget> => {
  const [row] = await hera.database<{ id: string }[]>`select id from job where path = ${path}`;
  return { scope: 'job', subject: path, job: row!.id };
};

async function frost(project: string, target: FreezeTarget, until: Date | null = null): Promise<string> {
  const request = { ...asker, project, target, reason: 'the source moves', until };
  const { hash } = await freeze(hera.context, { ...request, hash: null });
  return (await freeze(hera.context, { ...request, hash })).freezes[0]!.id;
}

async function melt(project: string, target: FreezeTarget): Promise<void> {
  const { hash } = await unfreeze(hera.context, { ...asker, project, target, hash: null });
  await unfreeze(hera.context, { ...asker, project, target, hash });
  await hera.payPages();
}

describe('a freeze of a chain', () => {
  test('holds a job with all that is behind it, tells who else will wait, and what stays frozen when it ends', async () => {
    await deploy('links', {
      'li/a.yaml': DAILY,
      'li/b.yaml': `needs: [./a]\n${JOB}`,
      'li/c.yaml': `needs: [./b]\n${JOB}`,
      'li/other.yaml': DAILY,
      'li/page.yaml': `needs: [./other, ./b]\n${JOB}`,
    });
    const numbers = await hera.database<{ path: string; id: string }[]>`
      select path, id from job where path = any(${['li/a', 'li/b']})`;
    const jobs = ['li/a', 'li/b'].map((path) => numbers.find((row) => row.path === path)!.id);
    const chain: FreezeTarget = { scope: 'chain', subject: 'upstream-of:li/b', job: null, jobs };
    const request = { ...asker, project: 'links', target: chain, reason: 'wrong since 02:00', until: null };
    const plan = await freeze(hera.context, { ...request, hash: null });
    expect(plan).toMatchObject({ jobs: 2, notes: ['2 jobs outside of it will wait for it: li/c, li/page'] });
    await frost('links', chain);
    await hera.tick(day(1));
    expect(await state('li/a', day(1))).toBe('waiting');
    expect(await state('li/other', day(1))).toBe('queued');
    expect((await hera.run('li/a', day(1))).reasons).toMatchObject([{ kind: 'freeze', scope: 'chain' }]);
    await frost('links', await jobOf('li/a'));
    const end = await unfreeze(hera.context, { ...asker, project: 'links', target: chain, hash: null });
    expect(end.notes).toEqual(['1 job of it will wait for what stays frozen: li/b']);
    await melt('links', chain);
    expect(await state('li/a', day(1))).toBe('waiting');
    await melt('links', await jobOf('li/a'));
    expect(await state('li/a', day(1))).toBe('queued');
  });
});

describe('a freeze', () => {
  test.each([
    ['a job', () => jobOf('dw/sub/a'), ['dw/sub/a']],
    ['a folder', () => folder('dw'), ['dw/sub/a', 'dw/b']],
    ['a machine group', () => group('spark'), ['dw/b']],
    ['a project', () => PROJECT, ['dw/sub/a', 'dw/b', 'dwx/c']],
  ] as const)(
    'of %s holds back its jobs and no others, says why, and lets them go when it is ended',
    async (what, of, held) => {
      const name = `scope-${what.split(' ').at(-1)}`;
      const path = (job: string) => job.replace(/^dw/, `${name}/dw`);
      await deploy(name, {
        [`${path('dw/sub/a')}.yaml`]: DAILY,
        [`${path('dw/b')}.yaml`]: `machineGroup: spark\n${DAILY}`,
        [`${path('dwx/c')}.yaml`]: DAILY,
      });
      const target = await (what === 'a job' ? jobOf(path('dw/sub/a')) : of());
      const meant = target.scope === 'folder' ? folder(path('dw')) : target;
      const id = await frost(name, meant);
      await hera.tick(day(1));
      for (const job of ['dw/sub/a', 'dw/b', 'dwx/c']) {
        const run = await hera.run(path(job), day(1));
        expect([job, run.state]).toEqual([job, (held as readonly string[]).includes(job) ? 'waiting' : 'queued']);
        if (run.state === 'waiting')
          expect(run.reasons).toMatchObject([{ kind: 'freeze', freeze: id, reason: 'the source moves', by: 'ann' }]);
      }
      await melt(name, meant);
      for (const job of held) expect(await state(path(job), day(1))).toBe('queued');
    },
  );

  test('lets a run by hand pass, and the run waits on for what it owes', async () => {
    await deploy('hand', { 'hand/a.yaml': DAILY });
    await frost('hand', PROJECT);
    await hera.tick(day(1));
    await askRun(hera.context, { ...asker, project: 'hand', job: 'hand/a', period: new Date(day(1)) });
    expect(await hera.run('hand/a', day(1))).toMatchObject({ state: 'queued', trigger: 'manual' });
    await hera.end('hand/a', day(1), OK);
    expect(await hera.run('hand/a', day(1))).toMatchObject({ state: 'waiting', reasons: [{ kind: 'freeze' }] });
  });

  test('holds a retry whose time has come, and no retry is spent', async () => {
    await deploy('retry', { 'retry/a.yaml': `retries: { times: 1, wait: 0s }\n${DAILY}` });
    await hera.tick(day(1));
    await hera.end('retry/a', day(1), FAILED);
    await frost('retry', PROJECT);
    const { id } = await hera.run('retry/a', day(1));
    expect(await open(hera.context, { run: id, temporalRunId: 'w' })).toMatchObject({ kind: 'none' });
    expect(await hera.run('retry/a', day(1))).toMatchObject({
      state: 'waiting',
      turn: 2,
      reasons: [{ kind: 'freeze' }],
    });
    await melt('retry', PROJECT);
    await hera.end('retry/a', day(1), OK);
    expect(await hera.run('retry/a', day(1))).toMatchObject({ state: 'succeeded', turn: 2 });
  });

  test('whose time is over ends by itself, and says so', async () => {
    await deploy('timed', { 'timed/a.yaml': DAILY });
    const id = await frost('timed', PROJECT, new Date(Date.now() + 3_600_000));
    await hera.tick(day(1));
    await hera.payPages();
    expect(await state('timed/a', day(1))).toBe('waiting');
    // The hour passes: the row that is owed then is due.
    await hera.database`update frozen set until = clock_timestamp() - interval '1 second' where id = ${id}`;
    await hera.database`update outbox set next_send_at = now() where kind = 'thaw' and body->>'freeze' = ${id}`;
    await hera.payPages();
    expect(await state('timed/a', day(1))).toBe('queued');
    const [row] = await hera.database`select ended_by from frozen where id = ${id}`;
    expect(row!.ended_by).toBe('hera');
  });

  test('that is ended leaves what another one holds, and the plan said so', async () => {
    await deploy('two', { 'two/a.yaml': DAILY });
    await frost('two', PROJECT);
    const second = await frost('two', folder('two'));
    await hera.tick(day(1));
    expect((await hera.run('two/a', day(1))).reasons).toHaveLength(2);
    const plan = await unfreeze(hera.context, { ...asker, project: 'two', target: PROJECT, hash: null });
    expect(plan.runs).toMatchObject([{ job: 'two/a', action: 'hold', why: `also frozen by ${second}` }]);
    await melt('two', PROJECT);
    expect((await hera.run('two/a', day(1))).reasons).toMatchObject([{ kind: 'freeze', freeze: second }]);
  });

  test('is refused when exactly that is frozen, when its end has passed, and when the plan is another one', async () => {
    await deploy('no', { 'no/a.yaml': DAILY });
    await frost('no', PROJECT);
    await expect(frost('no', PROJECT)).rejects.toMatchObject({ code: 'conflict' });
    await expect(frost('no', folder('no'), new Date(0))).rejects.toMatchObject({ code: 'invalid' });
    const request = { ...asker, project: 'no', target: folder('no'), reason: 'x', until: null };
    await expect(freeze(hera.context, { ...request, hash: 'another' })).rejects.toMatchObject({ code: 'stale' });
    await expect(
      unfreeze(hera.context, { ...asker, project: 'no', target: folder('no'), hash: null }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a run that was queued before the freeze', () => {
  test('is stopped at open: same turn, its hold given to a run by hand, and started when the freeze is over', async () => {
    await deploy('open', { 'open/a.yaml': DAILY });
    await hera.tick(day(1));
    const { id } = await hera.run('open/a', day(1));
    await frost('open', PROJECT);
    expect(await open(hera.context, { run: id, temporalRunId: 'w' })).toMatchObject({
      kind: 'none',
      result: 'held by a freeze: the source moves (ann)',
    });
    expect(await hera.run('open/a', day(1))).toMatchObject({ state: 'waiting', turn: 1, live: 1 });
    const hand = await askRun(hera.context, {
      ...asker,
      project: 'open',
      job: 'open/a',
      period: new Date('2029-12-31T00:00:00Z'),
    });
    expect(await state('open/a', '2029-12-31T00:00:00Z')).toBe('queued');
    await cancelRun(hera.context, { ...asker, run: hand.run, owed: false });
    await melt('open', PROJECT);
    await hera.end('open/a', day(1), OK);
    expect(await hera.run('open/a', day(1))).toMatchObject({ state: 'succeeded', turn: 1 });
  });

  test('and opened is stopped at begin, asked again it is answered the same; what runs already goes on', async () => {
    const machine = await plantMachineToken(hera.database, ['default']);
    const instance = crypto.randomUUID();
    await hera.database`
      insert into worker_instance (id, token, host, pid, machine_groups, version, started_at, renewed_at)
      values (${instance}, ${machine.id}, 'h', 1, ${['default']}, '1', now(), now())`;
    const attempts = createAttempts({ database: hera.database });
    const begin = (run: string) =>
      attempts.begin({ id: machine.id, label: 'm', machineGroups: ['default'] } as never, {
        ...{ run, turn: 1, instance, host: 'h' },
      });
    await deploy('begin', { 'begin/a.yaml': DAILY, 'begin/b.yaml': DAILY });
    await hera.tick(day(1));
    const [a, b] = [await hera.run('begin/a', day(1)), await hera.run('begin/b', day(1))];
    for (const { id } of [a, b]) await open(hera.context, { run: id, temporalRunId: 'w' });
    expect(await begin(b.id)).toMatchObject({ kind: 'granted' });
    await frost('begin', PROJECT);
    expect(await begin(b.id)).toMatchObject({ kind: 'granted', joined: true });
    expect(await begin(a.id)).toMatchObject({ kind: 'held', reason: 'held by a freeze: the source moves (ann)' });
    expect(await begin(a.id)).toMatchObject({ kind: 'held' });
    expect(await hera.run('begin/a', day(1))).toMatchObject({ state: 'waiting', turn: 1 });
    await melt('begin', PROJECT);
    expect(await open(hera.context, { run: a.id, temporalRunId: 'w' })).toMatchObject({ kind: 'go', turn: 1 });
    expect(await begin(a.id)).toMatchObject({ kind: 'granted' });
  });
});

test('a run that waits for a freeze is no forgotten one; one whose freeze ended without a word is', async () => {
  await deploy('lost', { 'lost/a.yaml': DAILY });
  const id = await frost('lost', PROJECT);
  await hera.tick(day(1));
  const run = await hera.run('lost/a', day(1));
  await hera.database`update run set created_at = now() - interval '1 hour' where id = ${run.id}`;
  expect(await forgottenRuns(hera.database, 100)).not.toContain(run.id);
  await hera.database.begin((tx) => endFreeze(tx, id, { by: 'ann', due: false }));
  expect(await forgottenRuns(hera.database, 100)).toContain(run.id);
  expect((await takeDue(hera.database, 100, ['thaw'])).length).toBe(0);
});

test.each([-7_200_000, 7_200_000])(
  'its length counts from now by the clock of the database, where the process is wrong by %i ms',
  async (ms) => {
    const now = (await databaseNow(hera.database)).getTime();
    const makeRight = shiftClock(ms);
    try {
      const until = await parseUntil(hera.database, '2h', 'UTC');
      const before = await parseBound(hera.database, 'now-2h', 'UTC');
      expect(Math.abs(until.getTime() - now - 7_200_000)).toBeLessThan(600_000);
      expect(Math.abs(before.getTime() - now + 7_200_000)).toBeLessThan(600_000);
    } finally {
      makeRight();
    }
  },
);
