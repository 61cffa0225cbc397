import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../../runtime/control/open.js';
import { backfill } from '../../../runtime/control/operations/backfill.js';
import { backfillPage } from '../../../runtime/control/operations/backfill-pages.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { cancelRuns } from '../../../runtime/control/operations/cancel-runs.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { settle } from '../../../runtime/control/settle.js';
import { skipRun } from '../../../runtime/control/skip.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

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
const past = (n: number): string => `2020-03-${String(n).padStart(2, '0')}T00:00:00Z`;
const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply({ ...project(name), ...files }, { on: null });
const byHand = (name: string, job: string, period: string) =>
  askRun(hera.context, { ...asker, project: name, job, period: new Date(period) });

/** Plans a backfill of [from, to) and asks it; its pages are for the caller to make. */
async function askBackfill(name: string, jobs: string, from: string, to: string, parallel = 8): Promise<string> {
  const request = {
    ...asker,
    project: name,
    jobs,
    from: new Date(from),
    to: new Date(to),
    only: 'all' as const,
    parallel,
  };
  const { hash } = await backfill(hera.context, { ...request, hash: null }, async () => {});
  const { operation } = await backfill(hera.context, { ...request, hash }, async () => {});
  return operation!;
}
const makeAll = async (operation: string): Promise<void> => {
  while (!(await backfillPage(hera.context, operation)));
};
const finished = async (operation: string): Promise<boolean> => {
  const [row] = await hera.database`select finished_at from operation where id = ${operation}`;
  return row!.finished_at !== null;
};

describe('cancel of many', () => {
  test('ends what waits and what is queued of some jobs in a range, by its plan, and leaves the others alone', async () => {
    await deploy('herd', { 'he/a.yaml': DAILY, 'he/b.yaml': DAILY, 'other/c.yaml': DAILY });
    for (const n of [11, 12, 13]) await hera.tick(day(n));
    const range = { from: new Date(day(11)), to: new Date(day(13)) };
    const request = { ...asker, project: 'herd', jobs: 'he/*', ...range, states: ['waiting', 'queued'] as const };
    const plan = await cancelRuns(hera.context, { ...request, hash: null });
    expect(plan.runs.map(({ job, why }) => `${job} ${why}`)).toEqual([
      ...['he/a it is queued', 'he/b it is queued', 'he/a it waits (overlap)', 'he/b it waits (overlap)'],
    ]);
    await expect(cancelRuns(hera.context, { ...request, jobs: 'he/a', hash: plan.hash })).rejects.toMatchObject({
      code: 'stale',
    });
    expect(await cancelRuns(hera.context, { ...request, hash: plan.hash })).toMatchObject({ cancelled: 4, ended: 0 });
    await hera.payPages();
    expect(await hera.run('he/a', day(11))).toMatchObject({ state: 'cancelled', fact: 'cancelled', owed: null });
    expect((await hera.run('he/a', day(13))).state).toBe('queued');
    expect((await hera.run('other/c', day(11))).state).toBe('queued');
    expect((await cancelRuns(hera.context, { ...request, hash: null })).total).toBe(0);
  });
});

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

describe('a backfill', () => {
  test('that meets a run waiting for its retry has its own turn instead, and gives the hold back while it waits', async () => {
    await deploy('retrying', {
      're/up.yaml': DAILY,
      're/a.yaml': `needs: [./up]\nretries: { times: 2, wait: 1h }\n${JOB}`,
    });
    await makeAll(await askBackfill('retrying', 're/*', past(1), past(2)));
    await hera.end('re/up', past(1), OK);
    await hera.end('re/a', past(1), FAILED);
    expect(await hera.run('re/a', past(1))).toMatchObject({ state: 'waiting', turn: 2, live: 2 });
    await makeAll(await askBackfill('retrying', 're/*', past(1), past(2)));
    expect(await hera.run('re/a', past(1))).toMatchObject({ state: 'waiting', live: null, owed: 'backfill' });
    const [held] =
      await hera.database`select count(*)::int as n from hold join job on job.id = hold.job where job.path = 're/a'`;
    expect(held!.n).toBe(0);
    await hera.end('re/up', past(1), OK);
    expect(await hera.run('re/a', past(1))).toMatchObject({ state: 'queued', turn: 3 });
  });

  test('that meets a running turn takes no success of it for new data', async () => {
    await deploy('under', { 'un/up.yaml': DAILY, 'un/down.yaml': `needs: [./up]\n${JOB}` });
    await makeAll(await askBackfill('under', 'un/up', past(1), past(2)));
    const operation = await askBackfill('under', 'un/*', past(1), past(2));
    await backfillPage(hera.context, operation);
    // The facts are set aside; the former turn ends before its run is a member.
    await hera.end('un/up', past(1), OK);
    await makeAll(operation);
    expect(await hera.run('un/down', past(1))).toMatchObject({ state: 'waiting', fact: 'none' });
    expect(await hera.run('un/up', past(1))).toMatchObject({ state: 'queued', turn: 2, fact: 'none' });
  });

  test('whose process dies between making a page and admitting it admits the page when it is asked again', async () => {
    await deploy('crash', { 'cr/a.yaml': DAILY });
    const operation = await askBackfill('crash', 'cr/*', past(1), past(2));
    await backfillPage(hera.context, operation);
    await makeAll(operation);
    // As the crash leaves it: made, not admitted, and the cursor says so.
    const { id } = await hera.run('cr/a', past(1));
    await hera.database`delete from outbox where run = ${id}`;
    await hera.database`delete from turn where run = ${id}`;
    await hera.database`update run set state = 'waiting', turn = 0 where id = ${id}`;
    const cursor = { phase: 'runs', at: 1, done: false, unseen: [id] };
    await hera.database`update operation set cursor = ${hera.database.json(cursor)} where id = ${operation}`;
    await makeAll(operation);
    expect((await hera.run('cr/a', past(1))).state).toBe('queued');
  });

  test('is finished also when its last member is cancelled or skipped while it waits', async () => {
    await deploy('ends', { 'en/up.yaml': DAILY, 'en/a.yaml': `needs: [./up]\n${JOB}` });
    const one = await askBackfill('ends', 'en/*', past(1), past(2));
    await makeAll(one);
    await hera.end('en/up', past(1), FAILED);
    expect(await finished(one)).toBe(false);
    await cancelRun(hera.context, { ...asker, run: (await hera.run('en/a', past(1))).id, owed: false });
    expect(await finished(one)).toBe(true);
    const two = await askBackfill('ends', 'en/*', past(2), past(3));
    await makeAll(two);
    await hera.end('en/up', past(2), FAILED);
    await skipRun(hera.context, (await hera.run('en/a', past(2))).id, { kind: 'closed' });
    expect(await finished(two)).toBe(true);
  });

  test('gives the place of a run that waits for its retry to the next one', async () => {
    await deploy('places', { 'pl/a.yaml': `overlap: allow\nretries: { times: 1, wait: 1h }\n${DAILY}` });
    await makeAll(await askBackfill('places', 'pl/*', past(1), past(3), 1));
    expect((await hera.run('pl/a', past(2))).reasons).toMatchObject([{ kind: 'parallel' }]);
    await hera.end('pl/a', past(1), FAILED);
    expect((await hera.run('pl/a', past(2))).state).toBe('queued');
  });
});

describe('a job that comes to the path of a former one', () => {
  test('runs for periods that the former ran for, by a workflow of its own', async () => {
    const other = { 'ot/b.yaml': DAILY };
    await deploy('again', { ...other, 'ot/a.yaml': DAILY });
    await makeAll(await askBackfill('again', 'ot/a', past(1), past(2)));
    await hera.end('ot/a', past(1), OK);
    await hera.apply({ ...project('again'), ...other });
    await hera.apply({ ...project('again'), ...other, 'ot/a.yaml': DAILY });
    await makeAll(await askBackfill('again', 'ot/a', past(1), past(2)));
    await byHand('again', 'ot/a', past(5));
    const rows = await hera.database`
      select run.workflow_id, run.state from run join job on job.id = run.job where job.path = 'ot/a' and run.period = ${past(1)} order by run.id`;
    expect(rows.map((row) => row.state)).toEqual(['succeeded', 'queued']);
    expect(new Set(rows.map((row) => row.workflow_id)).size).toBe(2);
  });
});
