import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../../runtime/control/open.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { settle } from '../../../runtime/control/settle.js';
import { skipRun } from '../../../runtime/control/skip.js';
import { OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// What meets what: an operation and a run under way, a tick and a turn by hand, a need and a period that was skipped before, a job and
// the former one of its path. Each meeting is staged step by step, on a real database.

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
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;
const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply({ ...project(name), ...files }, { on: null });
const byHand = (name: string, job: string, period: string) =>
  askRun(hera.context, { ...asker, project: name, job, period: new Date(period) });

describe('cancel', () => {
  test('of a turn by hand that waits, together with what the run owes, leaves the run cancelled and nothing to start', async () => {
    await deploy('both', { 'bo/a.yaml': DAILY });
    await hera.tick(day(1));
    await hera.tick(day(2));
    const { run } = await byHand('both', 'bo/a', day(2));
    expect(await hera.run('bo/a', day(2))).toMatchObject({ state: 'waiting', owed: 'schedule', trigger: 'manual' });
    expect(await cancelRun(hera.context, { ...asker, run, owed: true })).toMatchObject({
      state: 'cancelled',
      cancelling: false,
    });
    expect(await hera.run('bo/a', day(2))).toMatchObject({
      state: 'cancelled',
      owed: null,
      fact: 'cancelled',
      live: null,
    });
    await hera.end('bo/a', day(1), OK);
    expect((await hera.run('bo/a', day(2))).state).toBe('cancelled');
  });

  test('that meets the admission of its run ends the turn that was just asked', async () => {
    await deploy('meets', { 'me/up.yaml': DAILY, 'me/a.yaml': `needs: [./up]\n${JOB}` });
    await hera.tick(day(1));
    const { id } = await hera.run('me/a', day(1));
    const up = await hera.run('me/up', day(1));
    // The upstream's settle has admitted the run and has not committed when the cancel comes.
    let cancelled: Promise<unknown> = Promise.resolve();
    await open(hera.context, { run: up.id, temporalRunId: 'w' });
    await hera.database`update run set state = 'running' where id = ${up.id}`;
    const context = {
      ...hera.context,
      hooks: {
        'settle.before-commit': async () => {
          cancelled = cancelRun(hera.context, { ...asker, run: id, owed: false });
          await blocked();
        },
      },
    };
    await settle(context, up.id, 1, OK);
    expect(await cancelled).toMatchObject({ state: 'cancelled', cancelling: false });
    expect(await hera.run('me/a', day(1))).toMatchObject({ state: 'cancelled', live: null, fact: 'cancelled' });
  });
});

/** Until some transaction waits for the lock of another. */
async function blocked(): Promise<void> {
  for (;;) {
    const [row] = await hera.database<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    if (row!.n > 0) return;
  }
}

describe('a tick', () => {
  test('that finds a turn by hand under way starts its own when that ends, though its needs were met long before', async () => {
    await deploy('handtick', { 'ht/up.yaml': DAILY, 'ht/a.yaml': `needs: [./up]\nschedule: "0 0,12 * * *"\n${JOB}` });
    const noon = '2030-01-01T12:00:00Z';
    await hera.tick(day(1));
    await hera.end('ht/up', day(1), OK);
    await hera.end('ht/a', day(1), OK);
    const { run } = await byHand('handtick', 'ht/a', noon);
    await open(hera.context, { run, temporalRunId: 'w' });
    await hera.tick(noon);
    expect(await hera.run('ht/a', noon)).toMatchObject({ owed: 'schedule', trigger: 'manual' });
    await hera.end('ht/a', noon, OK);
    expect(await hera.run('ht/a', noon)).toMatchObject({ state: 'queued', trigger: 'schedule', turn: 2 });
  });
});

describe('a need on a period that was skipped', () => {
  test('long before the run was made skips the run too, with the reason', async () => {
    await deploy('skipped', {
      'sk/up.yaml': DAILY,
      'sk/down.yaml': `needs: [./up]\nschedule: "0 12 * * *"\n${JOB}`,
      'sk/after.yaml': `needs: [./down]\n${JOB}`,
    });
    await hera.tick(day(1));
    await hera.tick(day(2));
    await skipRun(hera.context, (await hera.run('sk/up', day(2))).id, { kind: 'closed' });
    await hera.payPages();
    await hera.tick('2030-01-02T12:00:00Z');
    await hera.payPages();
    for (const job of ['sk/down', 'sk/after'])
      expect(await hera.run(job, '2030-01-02T12:00:00Z')).toMatchObject({
        state: 'skipped',
        fact: 'skipped',
        owed: null,
        reasons: [{ kind: 'upstream-skipped' }],
      });
  });

  test('of the job itself moves to the tick before, also when the skip comes while the run waits', async () => {
    await deploy('selfskip', { 'se/a.yaml': `needs: [{ self: previous }]\n${DAILY}` });
    for (const n of [1, 2, 3]) await hera.tick(day(n));
    expect((await hera.run('se/a', day(3))).state).toBe('waiting');
    const two = await hera.run('se/a', day(2));
    await skipRun(hera.context, two.id, { kind: 'closed' });
    await hera.payPages();
    expect((await hera.run('se/a', day(3))).reasons).toMatchObject([
      { kind: 'need', period: day(1).replace('Z', '.000Z') },
    ]);
  });
});
