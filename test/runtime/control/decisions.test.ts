import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../../runtime/control/open.js';
import { backfill } from '../../../runtime/control/operations/backfill.js';
import { backfillPage } from '../../../runtime/control/operations/backfill-pages.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { settle } from '../../../runtime/control/settle.js';
import { installationId, writeRegion } from '../../../runtime/store/installation.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// What the control plane decides, step by step: overlap, retries, runs by hand beside what is owed, cancelling in every state, a commit
// that comes in the middle, catch-up.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const project = (name: string): Readonly<Record<string, string>> => ({
  'hera.project.yaml': `name: ${name}\nzone: UTC\n`,
});
const JOB = 'run: { shell: "true" }\n';
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;

/** Each test has a project of its own; `on: null` because it is the first deployment there. */
const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply({ ...project(name), ...files }, { on: null });

describe('jitter', () => {
  const spread = `schedule: { cron: "0 0 * * *", jitter: 10m }\n${JOB}`;
  const dueOf = async (run: string) => {
    const [row] =
      await hera.database`select due, next_send_at as next from outbox where run = ${run} and kind = any(${['start', 'due']})`;
    return row as Readonly<{ due: Date; next: Date }>;
  };

  test('spreads starts after the tick, each job at its own constant moment, and says until when', async () => {
    await deploy('jitter', { 'ji/a.yaml': spread, 'ji/b.yaml': spread, 'ji/c.yaml': `needs: [./a]\n${JOB}` });
    const moments: number[] = [];
    for (const n of [1, 2]) {
      await hera.tick(day(n));
      for (const job of ['ji/a', 'ji/b']) {
        const run = await hera.run(job, day(n));
        const { due, next } = await dueOf(run.id);
        expect(run).toMatchObject({ state: 'waiting', reasons: [{ kind: 'jitter', until: due.toISOString() }] });
        expect(next).toEqual(due);
        const moment = due.getTime() - Date.parse(day(n));
        expect(moment).toBeGreaterThanOrEqual(0);
        expect(moment).toBeLessThan(600_000);
        moments.push(moment);
      }
    }
    expect(moments.slice(2)).toEqual(moments.slice(0, 2));
    expect(moments[0]).not.toBe(moments[1]);
    // Who fires by it has none of its own.
    expect((await hera.run('ji/c', day(1))).reasons).toMatchObject([{ kind: 'need', job: 'ji/a' }]);
  });

  test('takes neither the hold of its job nor a slot before it is due, and both then', async () => {
    const files = {
      'hera.project.yaml': 'name: due\nzone: UTC\npools: { gate: 1 }\n',
      'du/a.yaml': `schedule: { cron: "0 0 * * *", jitter: 1h }\npools: [gate]\n${JOB}`,
      'du/b.yaml': `schedule: "0 0 * * *"\npools: [gate]\n${JOB}`,
    };
    await hera.apply(files, { on: null });
    await hera.tick(day(1));
    const spread = await hera.run('du/a', day(1));
    expect(spread).toMatchObject({ state: 'waiting', live: null, reasons: [{ kind: 'jitter' }] });
    const taken = () =>
      hera.database`select run from hold where run = ${spread.id} union all select run from slot where run = ${spread.id}`;
    expect(await taken()).toHaveLength(0);
    expect((await hera.run('du/b', day(1))).state).toBe('queued');
    // Looked at too early it waits on, and the row that wakes it stays.
    const wake = async () => {
      await hera.database`update outbox set next_send_at = now() where run = ${spread.id} and kind = 'due'`;
      await hera.payPages();
    };
    await wake();
    expect(await dueOf(spread.id)).toBeDefined();
    // Its moment comes: what is a spread of hours becomes one that is over.
    await hera.database`
      update definition set body = jsonb_set(body, '{jitterMs}', '-1e12') where body->>'id' = 'du/a'`;
    await wake();
    expect(await hera.run('du/a', day(1))).toMatchObject({
      state: 'waiting',
      reasons: [{ kind: 'pool', pool: 'gate' }],
    });
    await hera.end('du/b', day(1), OK);
    expect((await hera.run('du/a', day(1))).state).toBe('queued');
    expect(await taken()).toHaveLength(2);
  });

  test('holds no start by hand', async () => {
    await deploy('late', { 'la/b.yaml': spread });
    await askRun(hera.context, { ...asker, project: 'late', job: 'la/b', period: new Date(day(3)) });
    const byHand = await hera.run('la/b', day(3));
    expect(byHand).toMatchObject({ state: 'queued', reasons: [] });
    expect((await dueOf(byHand.id)).due.getTime()).toBeLessThanOrEqual(Date.now());
  });
});

describe('overlap', () => {
  test('a second period of a job waits for the first and is started when that ends, lowest period first', async () => {
    await deploy('overlap', { 'ov/a.yaml': `schedule: "0 0 * * *"\n${JOB}` });
    for (const n of [1, 2, 3]) await hera.tick(day(n));
    expect((await hera.run('ov/a', day(1))).state).toBe('queued');
    expect(await hera.run('ov/a', day(3))).toMatchObject({ state: 'waiting', reasons: [{ kind: 'overlap' }] });
    await hera.end('ov/a', day(1), OK);
    expect((await hera.run('ov/a', day(2))).state).toBe('queued');
    expect((await hera.run('ov/a', day(3))).state).toBe('waiting');
    await hera.end('ov/a', day(2), FAILED);
    expect((await hera.run('ov/a', day(3))).state).toBe('queued');
  });

  test('with `overlap: allow` both are started', async () => {
    await deploy('allow', { 'al/a.yaml': `schedule: "0 0 * * *"\noverlap: allow\n${JOB}` });
    for (const n of [1, 2]) await hera.tick(day(n));
    expect([(await hera.run('al/a', day(1))).state, (await hera.run('al/a', day(2))).state]).toEqual([
      'queued',
      'queued',
    ]);
  });

  test('with `overlap: skip` what is ready while another period is live is left out, and a run by hand is not', async () => {
    await deploy('oskip', { 'os/a.yaml': `schedule: "0 0 * * *"\noverlap: skip\n${JOB}` });
    for (const n of [1, 2]) await hera.tick(day(n));
    await hera.payPages();
    const first = await hera.run('os/a', day(1));
    expect(await hera.run('os/a', day(2))).toMatchObject({
      ...{ state: 'skipped', fact: 'skipped', owed: null },
      reasons: [{ kind: 'overlap-skip', run: first.id }],
    });
    await askRun(hera.context, { ...asker, project: 'oskip', job: 'os/a', period: new Date(day(3)) });
    await hera.payPages();
    expect(await hera.run('os/a', day(3))).toMatchObject({ state: 'waiting', reasons: [{ kind: 'overlap' }] });
    await hera.end('os/a', day(1), OK);
    expect((await hera.run('os/a', day(3))).state).toBe('queued');
    await hera.tick(day(4));
    await hera.payPages();
    expect((await hera.run('os/a', day(4))).state).toBe('skipped');
  });

  test('with `overlap: cancel-old` the newest period ends the older one and leaves out those between; one by hand it awaits', async () => {
    await deploy('oold', { 'oo/a.yaml': `schedule: "0 0 * * *"\noverlap: cancel-old\n${JOB}` });
    await hera.tick(day(1));
    const first = await hera.run('oo/a', day(1));
    await open(hera.context, { run: first.id, temporalRunId: 'w' });
    for (const n of [2, 3]) {
      await hera.tick(day(n));
      await hera.payPages();
    }
    // Asked to end; its execution has yet to say so.
    expect(await hera.run('oo/a', day(1))).toMatchObject({ state: 'queued', live: 1 });
    expect(await hera.run('oo/a', day(2))).toMatchObject({ state: 'skipped', reasons: [{ kind: 'overlap-skip' }] });
    await settle(hera.context, first.id, 1, { kind: 'cancelled' });
    expect(await hera.run('oo/a', day(1))).toMatchObject({ state: 'cancelled', fact: 'cancelled' });
    expect((await hera.run('oo/a', day(3))).state).toBe('queued');
    await hera.end('oo/a', day(3), OK);
    await askRun(hera.context, { ...asker, project: 'oold', job: 'oo/a', period: new Date(day(3)) });
    await hera.tick(day(4));
    await hera.payPages();
    expect((await hera.run('oo/a', day(3))).state).toBe('queued');
    expect(await hera.run('oo/a', day(4))).toMatchObject({ state: 'waiting', reasons: [{ kind: 'overlap' }] });
    await hera.end('oo/a', day(3), OK);
    expect((await hera.run('oo/a', day(4))).state).toBe('queued');
  });

  test('a retry keeps the hold of its job', async () => {
    await deploy('keeps', { 'ke/a.yaml': `schedule: "0 0 * * *"\nretries: { times: 1, wait: 0s }\n${JOB}` });
    for (const n of [1, 2]) await hera.tick(day(n));
    await hera.end('ke/a', day(1), FAILED);
    expect(await hera.run('ke/a', day(1))).toMatchObject({ state: 'waiting', turn: 2, reasons: [{ kind: 'retry' }] });
    expect((await hera.run('ke/a', day(2))).state).toBe('waiting');
    await hera.end('ke/a', day(1), OK);
    expect(await hera.run('ke/a', day(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null });
    expect((await hera.run('ke/a', day(2))).state).toBe('queued');
  });
});

describe('a turn by hand', () => {
  test('before the tick leaves the period to be run: the tick finds the run and owes its own turn', async () => {
    await deploy('early', { 'ea/a.yaml': `schedule: "0 0 * * *"\n${JOB}` });
    await askRun(hera.context, { ...asker, project: 'early', job: 'ea/a', period: new Date(day(5)) });
    await hera.end('ea/a', day(5), OK);
    expect(await hera.run('ea/a', day(5))).toMatchObject({ state: 'succeeded', fact: 'none', turn: 1 });
    await hera.tick(day(5));
    expect(await hera.run('ea/a', day(5))).toMatchObject({
      state: 'queued',
      owed: 'schedule',
      turn: 2,
      trigger: 'schedule',
    });
    await hera.end('ea/a', day(5), OK);
    expect(await hera.run('ea/a', day(5))).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null });
  });

  test('while the run waits goes beside it, and the run waits on when it has ended', async () => {
    await deploy('beside', { 'be/up.yaml': `schedule: "0 0 * * *"\n${JOB}`, 'be/down.yaml': `needs: [./up]\n${JOB}` });
    await hera.tick(day(1));
    await askRun(hera.context, { ...asker, project: 'beside', job: 'be/down', period: new Date(day(1)) });
    expect(await hera.run('be/down', day(1))).toMatchObject({ state: 'queued', owed: 'dependency', trigger: 'manual' });
    await hera.end('be/down', day(1), FAILED);
    expect(await hera.run('be/down', day(1))).toMatchObject({ state: 'waiting', fact: 'none', owed: 'dependency' });
    await hera.end('be/up', day(1), OK);
    expect(await hera.run('be/down', day(1))).toMatchObject({ state: 'queued', trigger: 'dependency' });
  });

  test('that fails on a success leaves it a success', async () => {
    await deploy('keep', { 'kp/a.yaml': `schedule: "0 0 * * *"\n${JOB}` });
    await hera.tick(day(1));
    await hera.end('kp/a', day(1), OK);
    await askRun(hera.context, { ...asker, project: 'keep', job: 'kp/a', period: new Date(day(1)) });
    await hera.end('kp/a', day(1), FAILED);
    expect(await hera.run('kp/a', day(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded' });
  });

  test('that fails on a failure leaves the reason of the failure it found', async () => {
    await deploy('why', { 'wy/a.yaml': `schedule: "0 0 * * *"\n${JOB}` });
    await hera.tick(day(1));
    await hera.end('wy/a', day(1), FAILED);
    const before = (await hera.run('wy/a', day(1))).reasons;
    expect(before).toMatchObject([{ kind: 'ending' }]);
    await askRun(hera.context, { ...asker, project: 'why', job: 'wy/a', period: new Date(day(1)) });
    await hera.end('wy/a', day(1), FAILED);
    expect(await hera.run('wy/a', day(1))).toMatchObject({ state: 'failed', reasons: before });
  });

  test('of a run that is queued or running already is refused', async () => {
    await deploy('busy', { 'bu/a.yaml': `schedule: "0 0 * * *"\n${JOB}` });
    await hera.tick(day(1));
    await expect(
      askRun(hera.context, { ...asker, project: 'busy', job: 'bu/a', period: new Date(day(1)) }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  test('of a manual job takes the second of asking as its period', async () => {
    await deploy('byhand', { 'bh/a.yaml': JOB });
    const asked = await askRun(hera.context, { ...asker, project: 'byhand', job: 'bh/a', period: null });
    expect(Math.abs(asked.period.getTime() - Date.now())).toBeLessThan(60_000);
    expect(asked.period.getMilliseconds()).toBe(0);
  });
});

describe('cancel', () => {
  test('of a waiting run is final at once, and what waits for it says so', async () => {
    await deploy('cwait', {
      'cw/up.yaml': `schedule: "0 0 * * *"\n${JOB}`,
      'cw/mid.yaml': `needs: [./up]\n${JOB}`,
      'cw/end.yaml': `needs: [./mid]\n${JOB}`,
    });
    await hera.tick(day(1));
    const { id } = await hera.run('cw/mid', day(1));
    expect(await cancelRun(hera.context, { ...asker, run: id, owed: false })).toMatchObject({
      state: 'cancelled',
      cancelling: false,
    });
    await hera.payPages();
    expect(await hera.run('cw/mid', day(1))).toMatchObject({ state: 'cancelled', fact: 'cancelled', owed: null });
    expect((await hera.run('cw/end', day(1))).reasons).toMatchObject([
      { kind: 'need', job: 'cw/mid', state: 'cancelled' },
    ]);
    await hera.end('cw/up', day(1), OK);
    expect((await hera.run('cw/mid', day(1))).state).toBe('cancelled');
  });

  test('of a queued run that was not sent is final at once, and gives its hold to the next period', async () => {
    await deploy('cqueue', { 'cq/a.yaml': `schedule: "0 0 * * *"\n${JOB}` });
    for (const n of [1, 2]) await hera.tick(day(n));
    const { id } = await hera.run('cq/a', day(1));
    expect(await cancelRun(hera.context, { ...asker, run: id, owed: false })).toMatchObject({
      state: 'cancelled',
      cancelling: false,
    });
    const [left] = await hera.database`select count(*)::int as n from outbox where run = ${id}`;
    expect(left!.n).toBe(0);
    expect((await hera.run('cq/a', day(2))).state).toBe('queued');
  });

  test('while a retry waits is final at once, and no retry follows', async () => {
    await deploy('cretry', { 'cr/a.yaml': `schedule: "0 0 * * *"\nretries: { times: 3, wait: 1h }\n${JOB}` });
    await hera.tick(day(1));
    await hera.end('cr/a', day(1), FAILED);
    const { id } = await hera.run('cr/a', day(1));
    expect(await cancelRun(hera.context, { ...asker, run: id, owed: false })).toMatchObject({ state: 'cancelled' });
    expect(await hera.run('cr/a', day(1))).toMatchObject({ state: 'cancelled', live: null, fact: 'cancelled' });
    expect(await open(hera.context, { run: id, temporalRunId: 'w' })).toMatchObject({ kind: 'none' });
  });

  test('asked before the ending wins over exit code 0; asked again after it is refused', async () => {
    await deploy('cfirst', { 'cf/a.yaml': `schedule: "0 0 * * *"\n${JOB}` });
    await hera.tick(day(1));
    const { id } = await hera.run('cf/a', day(1));
    await open(hera.context, { run: id, temporalRunId: 'w' });
    await hera.database`update run set state = 'running' where id = ${id}`;
    expect(await cancelRun(hera.context, { ...asker, run: id, owed: false })).toMatchObject({
      cancelling: true,
      state: 'running',
    });
    expect(await settle(hera.context, id, 1, OK)).toMatchObject({ outcome: 'cancelled' });
    expect(await hera.run('cf/a', day(1))).toMatchObject({ state: 'cancelled', fact: 'cancelled' });
    await expect(cancelRun(hera.context, { ...asker, run: id, owed: false })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('of a turn by hand leaves what the run owes, and says so', async () => {
    await deploy('chand', { 'ch/up.yaml': `schedule: "0 0 * * *"\n${JOB}`, 'ch/a.yaml': `needs: [./up]\n${JOB}` });
    await hera.tick(day(1));
    const asked = await askRun(hera.context, { ...asker, project: 'chand', job: 'ch/a', period: new Date(day(1)) });
    const answer = await cancelRun(hera.context, { ...asker, run: asked.run, owed: false });
    expect(answer).toMatchObject({
      state: 'waiting',
      note: 'the run still owes its dependency turn; --owed ends both',
    });
  });
});

describe('a job of another region', () => {
  const jobs = {
    're/up.yaml': `schedule: "0 0 * * *"\n${JOB}`,
    're/far.yaml': `needs: [./up]\nregions: [eu, us]\n${JOB}`,
    're/down.yaml': `needs: [./far]\n${JOB}`,
  };
  const deployIn = (name: string) =>
    hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\nregions: [eu, us, cn]\n`, ...jobs }, { on: null });
  const stand = (region: string | null) => writeRegion(hera.database, region);
  beforeAll(() => installationId(hera.database));
  afterEach(() => stand(null));

  test('is a success for what needs it, once its own needs are met; where it runs it runs', async () => {
    await stand('cn');
    const applied = await deployIn('region');
    expect(applied.planned.warnings).toEqual([]);
    await hera.tick(day(1));
    await hera.payPages();
    expect((await hera.run('re/far', day(1))).state).toBe('waiting');
    expect((await hera.run('re/down', day(1))).state).toBe('waiting');
    await hera.end('re/up', day(1), OK);
    await hera.payPages();
    expect(await hera.run('re/far', day(1))).toMatchObject({
      ...{ state: 'skipped', fact: 'succeeded', owed: null },
      reasons: [{ kind: 'region', here: 'cn', regions: ['eu', 'us'] }],
    });
    expect((await hera.run('re/down', day(1))).state).toBe('queued');
    await hera.end('re/down', day(1), OK);
    await stand('us');
    await hera.tick(day(2));
    await hera.end('re/up', day(2), OK);
    expect((await hera.run('re/far', day(2))).state).toBe('queued');
  });

  test('is not run in an installation without a region either, and its plan warns; a person runs it all the same', async () => {
    const jobs_ = Object.fromEntries(Object.entries(jobs).map(([path, text]) => [path.replace('re/', 'rn/'), text]));
    const { planned } = await hera.apply(
      { 'hera.project.yaml': 'name: nowhere\nzone: UTC\nregions: [eu, us]\n', ...jobs_ },
      { on: null },
    );
    expect(planned.warnings).toMatchObject([{ kind: 'no-region', job: 'rn/far' }]);
    await hera.tick(day(1));
    await hera.end('rn/up', day(1), OK);
    await hera.payPages();
    expect((await hera.run('rn/far', day(1))).state).toBe('skipped');
    await askRun(hera.context, { ...asker, project: 'nowhere', job: 'rn/far', period: new Date(day(1)) });
    expect((await hera.run('rn/far', day(1))).state).toBe('queued');
  });
});

describe('a commit in the middle', () => {
  test('waiting runs await what the new definitions say; a job that is gone is skipped with the commit', async () => {
    const up = `schedule: "0 0 * * *"\n${JOB}`;
    const first = {
      'mi/a.yaml': up,
      'mi/b.yaml': up,
      'mi/c.yaml': `needs: [./a]\n${JOB}`,
      'mi/d.yaml': `needs: [./a]\n${JOB}`,
    };
    await deploy('middle', first);
    await hera.tick(day(1));
    const { 'mi/d.yaml': _, ...left } = first;
    await hera.apply({ ...project('middle'), ...left, 'mi/c.yaml': `needs: [./b]\n${JOB}` }, { commit: 'c0ffee' });
    await hera.payPages();
    expect(await hera.run('mi/d', day(1))).toMatchObject({
      state: 'skipped',
      reasons: [{ kind: 'removed', commit: 'c0ffee' }],
    });
    expect((await hera.run('mi/c', day(1))).reasons).toMatchObject([{ kind: 'need', job: 'mi/b' }]);
    await hera.end('mi/b', day(1), OK);
    expect((await hera.run('mi/c', day(1))).state).toBe('queued');
  });

  test('a run admitted by an ending is pinned to the definition in force then, though nobody has evaluated it anew yet', async () => {
    const up = `schedule: "0 0 * * *"\n${JOB}`;
    await deploy('pinned', { 'pi/a.yaml': up, 'pi/b.yaml': `needs: [./a]\n${JOB}` });
    await hera.tick(day(1));
    const { deployment } = await hera.apply({
      ...project('pinned'),
      'pi/a.yaml': up,
      'pi/b.yaml': 'needs: [./a]\nrun: { shell: "echo new" }\n',
    });
    await hera.end('pi/a', day(1), OK);
    const run = await hera.run('pi/b', day(1));
    const [turn] = await hera.database`select deployment from turn where run = ${run.id} and n = ${run.turn}`;
    expect(turn!.deployment).toBe(deployment);
  });

  test('applying the commit in force again does nothing; one planned on another deployment is stale', async () => {
    const files = { ...project('again'), 'ag/a.yaml': JOB };
    const one = await hera.apply(files, { on: null, commit: 'abc' });
    expect(await hera.apply(files, { on: null, commit: 'abc' })).toMatchObject({
      already: true,
      deployment: one.deployment,
    });
    await expect(hera.apply(files, { on: null, commit: 'abd' })).rejects.toMatchObject({ code: 'stale' });
  });

  test('a renamed job keeps its number, its facts and its history', async () => {
    const [before] = await deploy('rename', { 're/old.yaml': `schedule: "0 0 * * *"\n${JOB}` }).then(
      () => hera.database`select id from job where path = 're/old'`,
    );
    await hera.tick(day(1));
    await hera.end('re/old', day(1), OK);
    await hera.apply({ ...project('rename'), 're/new.yaml': `formerly: [re/old]\nschedule: "0 0 * * *"\n${JOB}` });
    const [after] = await hera.database`select id from job where path = 're/new'`;
    expect(after!.id).toBe(before!.id);
    expect((await hera.run('re/new', day(1))).fact).toBe('succeeded');
  });
});

describe('catch-up', () => {
  test('an old missed tick runs under `all`, under `latest` only when it is the newest, under `none` never; the rest is listed as skipped', async () => {
    const job = (policy: string): string => `schedule: "0 0 * * *"\ncatchUp: ${policy}\n${JOB}`;
    await deploy('catchup', {
      'cu/all.yaml': job('all'),
      'cu/latest.yaml': job('latest'),
      'cu/none.yaml': job('none'),
    });
    // The deployment is in force since an earlier day, so that days before now were due.
    const ago = (days: number): Date => new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - days * 86_400_000);
    await hera.database`update deployment set in_force_at = ${ago(9)} where project = 'catchup'`;
    await hera.tick(ago(3).toISOString(), { newest: false });
    await hera.tick(ago(2).toISOString(), { newest: true });
    const state = async (job: string, days: number) => (await hera.run(`cu/${job}`, ago(days).toISOString())).state;
    // `all` reaches back one day by default, and always takes the newest.
    expect([await state('all', 3), await state('latest', 3), await state('none', 3)]).toEqual([
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect([await state('all', 2), await state('latest', 2), await state('none', 2)]).toEqual([
      'queued',
      'queued',
      'skipped',
    ]);
    expect((await hera.run('cu/none', ago(2).toISOString())).reasons).toEqual([{ kind: 'catch-up', policy: 'none' }]);
  });
});

describe('catch-up by the schedule itself', () => {
  test('a tick that a held-up schedule brings hours later is subject to the same policies, though nobody says it was missed', async () => {
    await deploy('heldup', { 'hu/none.yaml': `schedule: "0 0 * * *"\ncatchUp: none\n${JOB}` });
    const ago = (days: number): string =>
      new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - days * 86_400_000).toISOString();
    await hera.database`update deployment set in_force_at = ${ago(9)} where project = 'heldup'`;
    await hera.tick(ago(2));
    expect(await hera.run('hu/none', ago(2))).toMatchObject({
      state: 'skipped',
      reasons: [{ kind: 'catch-up', policy: 'none' }],
    });
  });
});

describe('a backfill', () => {
  const ask = async (
    name: string,
    jobs: string,
    days: readonly [string, string],
    only: 'all' | 'missing' | 'failed' = 'all',
    parallel = 8,
  ) => {
    const request = { ...asker, project: name, jobs, from: new Date(days[0]), to: new Date(days[1]), only, parallel };
    const plan = await backfill(hera.context, { ...request, hash: null }, async () => {});
    const done = await backfill(hera.context, { ...request, hash: plan.hash }, async () => {});
    if (done.operation !== null) while (!(await backfillPage(hera.context, done.operation)));
    return done;
  };

  test('takes each period once, on new data only: a member awaits its upstream’s new turn although the old one had succeeded', async () => {
    await deploy('fill', { 'fi/up.yaml': `schedule: "0 0 * * *"\n${JOB}`, 'fi/down.yaml': `needs: [./up]\n${JOB}` });
    const from = '2020-03-01T00:00:00Z';
    const first = await ask('fill', 'fi/*', [from, '2020-03-02T00:00:00Z']);
    expect(first.total).toBe(2);
    await hera.end('fi/up', from, OK);
    await hera.end('fi/down', from, OK);
    const [finished] = await hera.database`select finished_at from operation where id = ${first.operation}`;
    expect(finished!.finished_at).not.toBeNull();
    await ask('fill', 'fi/*', [from, '2020-03-02T00:00:00Z']);
    expect(await hera.run('fi/down', from)).toMatchObject({ state: 'waiting', fact: 'none', owed: 'backfill' });
    await hera.end('fi/up', from, OK);
    expect(await hera.run('fi/down', from)).toMatchObject({ state: 'queued', turn: 2 });
  });

  test('keeps within its limit, lowest period first', async () => {
    await deploy('limit', { 'li/a.yaml': `schedule: "0 0 * * *"\noverlap: allow\n${JOB}` });
    await ask('limit', 'li/*', ['2020-03-01T00:00:00Z', '2020-03-05T00:00:00Z'], 'all', 2);
    const states = async () =>
      Promise.all([1, 2, 3, 4].map(async (n) => (await hera.run('li/a', `2020-03-0${n}T00:00:00Z`)).state));
    expect(await states()).toEqual(['queued', 'queued', 'waiting', 'waiting']);
    await hera.end('li/a', '2020-03-02T00:00:00Z', OK);
    expect(await states()).toEqual(['queued', 'succeeded', 'queued', 'waiting']);
  });

  test('with `missing` leaves successes alone; a changed world makes the plan stale; the future is refused', async () => {
    await deploy('only', { 'on/a.yaml': `schedule: "0 0 * * *"\noverlap: allow\n${JOB}` });
    const range = ['2020-03-01T00:00:00Z', '2020-03-03T00:00:00Z'] as const;
    await ask('only', 'on/*', range);
    await hera.end('on/a', '2020-03-01T00:00:00Z', OK);
    const request = {
      ...asker,
      project: 'only',
      jobs: 'on/*',
      from: new Date(range[0]),
      to: new Date(range[1]),
      only: 'missing' as const,
      parallel: 1,
    };
    const plan = await backfill(hera.context, { ...request, hash: null }, async () => {});
    expect(plan.runs.map((run) => run.period)).toEqual(['2020-03-02T00:00:00.000Z']);
    await hera.end('on/a', '2020-03-02T00:00:00Z', OK);
    await expect(backfill(hera.context, { ...request, hash: plan.hash }, async () => {})).rejects.toMatchObject({
      code: 'stale',
      more: { details: { difference: { went: [{ job: 'on/a', period: '2020-03-02T00:00:00.000Z' }], came: [] } } },
    });
    await expect(
      backfill(hera.context, { ...request, to: new Date('2090-01-01'), hash: null }, async () => {}),
    ).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('a run that awaits more than its reasons show', () => {
  test('shows what is left of the first ones when it is looked at, and is let go by the last, whatever the order', async () => {
    const ups = Array.from({ length: 30 }, (_, i) => `mn/u${String(i).padStart(2, '0')}`);
    const files = Object.fromEntries(ups.map((up) => [`${up}.yaml`, `schedule: "0 0 * * *"\n${JOB}`]));
    await deploy('many', { ...files, 'mn/join.yaml': `needs: [${ups.join(', ')}]\n${JOB}` });
    await hera.tick(day(1));
    const join = () => hera.run('mn/join', day(1));
    const shown = async () => (await join()).reasons.map((reason) => reason.job);
    const end = (some: readonly string[]) => Promise.all(some.map((up) => hera.end(up, day(1), OK)));
    expect(await shown()).toEqual(ups.slice(0, 20));
    await end(ups.slice(22));
    expect(await shown()).toEqual(ups.slice(0, 20));
    await end(ups.slice(3, 19));
    // More than twenty were open: these endings have only said that there is something to see.
    await hera.payPages();
    expect(await shown()).toEqual([0, 1, 2, 19, 20, 21].map((i) => ups[i]));
    await end(ups.slice(19, 22));
    await end(ups.slice(1, 3));
    expect(await shown()).toEqual([ups[0]]);
    expect((await join()).state).toBe('waiting');
    await end(ups.slice(0, 1));
    expect(await join()).toMatchObject({ state: 'queued', turn: 1, reasons: [] });
  });
});
