import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admit, admitLocked } from '../../../runtime/control/admit.js';
import { open } from '../../../runtime/control/open.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { settle } from '../../../runtime/control/settle.js';
import { forgottenRuns } from '../../../runtime/store/ledger.js';
import { inTransaction } from '../../../runtime/store/transaction.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// Slots of pools, taken and given back by many hands in any order: never more than there are, never one that is free while somebody waits
// for it, and nobody is left for the ledger to find.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;
const RUN = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${RUN}`;

async function deploy(project: string, pools: string, jobs: Readonly<Record<string, string>>, on?: string | null) {
  const files = Object.entries(jobs).map(([name, text]) => [`${project}/${name}.yaml`, text]);
  return hera.apply(
    { 'hera.project.yaml': `name: ${project}\nzone: UTC\npools: ${pools}\n`, ...Object.fromEntries(files) },
    on === undefined ? {} : { on },
  );
}

type Seen = Readonly<{
  id: string;
  path: string;
  state: string;
  waits: string | null;
  pool: string | null;
  live: number | null;
}>;
const look = (project: string): Promise<readonly Seen[]> => hera.database<Seen[]>`
  select run.id, job.path, run.state, run.waits_on as waits, run.waits_for as pool,
         (select n from turn where turn.run = run.id and ending is null) as live
  from run join job on job.id = run.job where run.project = ${project} order by run.period, run.id`;

type Taken = Readonly<{ pool: string; size: number; taken: number; waiting: number; least: number | null }>;
/** What each pool has, and the least that somebody who waits for it asks for. */
const poolsNow = (project: string): Promise<readonly Taken[]> => hera.database<Taken[]>`
  select pool.name as pool, pool.size,
    (select coalesce(sum(slots), 0)::int from slot where slot.project = pool.project and slot.pool = pool.name) as taken,
    (select count(*)::int from run where run.project = pool.project and run.waits_on = 'pool' and run.waits_for = pool.name) as waiting,
    (select min((definition.body->'pools'->>pool.name)::int) from run
       join job_definition jd on jd.job = run.job and jd.until is null join definition on definition.hash = jd.hash
       where run.project = pool.project and run.waits_on = 'pool' and run.waits_for = pool.name) as least
  from pool where pool.project = ${project} order by pool.name`;

async function expectSound(project: string, demands: readonly Demand[]): Promise<void> {
  for (const pool of await poolsNow(project)) {
    expect(pool.taken).toBeLessThanOrEqual(pool.size);
    if (pool.least !== null)
      expect({ ...pool, free: pool.size - pool.taken < pool.least }).toMatchObject({ free: true });
  }
  const held = await hera.database<{ path: string; state: string; slots: Record<string, number> }[]>`
    select job.path, run.state, jsonb_object_agg(slot.pool, slot.slots) as slots
    from slot join run on run.id = slot.run join job on job.id = run.job where slot.project = ${project} group by 1, 2, run.id`;
  for (const { path, state, slots } of held) {
    expect(['queued', 'running']).toContain(state);
    expect(slots).toEqual(wanted(demands[Number(path.at(-1))]!));
  }
  await hera.database`update run set created_at = now() - interval '1 hour' where project = ${project}`;
  expect(await forgottenRuns(hera.database, 100)).toEqual([]);
}

type Demand = Readonly<{ a: number; b: number; allow: boolean; retry: boolean; priority: string }>;
const wanted = ({ a, b }: Demand): Record<string, number> => ({ ...(a ? { a } : {}), ...(b ? { b } : {}) });
const jobText = (demand: Demand): string =>
  [
    `pools: ${JSON.stringify(wanted(demand))}`,
    `overlap: ${demand.allow ? 'allow' : 'wait'}`,
    `priority: ${demand.priority}`,
    `retries: { times: ${demand.retry ? 1 : 0}, wait: 0s }`,
    DAILY,
  ].join('\n');

const demand: fc.Arbitrary<Demand> = fc.record({
  a: fc.nat(2),
  b: fc.nat(2),
  allow: fc.boolean(),
  retry: fc.boolean(),
  priority: fc.constantFrom('highest', 'normal', 'low'),
});
type Act = Readonly<{ kind: 'tick' | 'end' | 'fail' | 'cancel'; which: number }>;
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom('tick', 'end', 'end', 'fail', 'cancel'),
  which: fc.nat(50),
});

describe('slots of pools', () => {
  test('are never more than there are, and never free while somebody waits, in whatever order runs come, end, fail and are cancelled', async () => {
    const demands = fc.array(demand, { minLength: 2, maxLength: 5 });
    const batches = fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(demands, batches, async (estate, work) => {
        const project = `p${randomUUID().slice(0, 8)}`;
        await deploy(
          project,
          '{ a: 2, b: 3 }',
          Object.fromEntries(estate.map((one, i) => [`j${i}`, jobText(one)])),
          null,
        );
        let next = 1;
        for (const batch of work) {
          const runs = await look(project);
          const instants = batch.map(({ kind }) => (kind === 'tick' ? day(next++) : ''));
          await Promise.all(batch.map((one, i) => doIt(project, one, runs, instants[i]!)));
          await hera.payPages();
          await expectSound(project, estate);
        }
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 180_000);

  async function doIt(project: string, { kind, which }: Act, runs: readonly Seen[], instant: string): Promise<void> {
    if (kind === 'tick') return tickOf(project, instant);
    const live = runs.filter((run) =>
      kind === 'cancel' ? run.state === 'waiting' || run.live !== null : run.live !== null,
    );
    const run = live[which % Math.max(1, live.length)];
    if (run === undefined) return;
    if (kind === 'cancel') await cancelRun(hera.context, { ...asker, run: run.id, owed: false }).catch(isOver);
    else {
      const opened = await open(hera.context, { run: run.id, temporalRunId: 'w' });
      if (opened.kind === 'go') await settle(hera.context, run.id, opened.turn, kind === 'end' ? OK : FAILED);
    }
  }

  const isOver = (error: unknown): void => expect(error).toMatchObject({ code: 'conflict' });
  const tickOf = async (project: string, instant: string): Promise<void> => {
    const { tickPage } = await import('../../../runtime/control/tick.js');
    const rows = await hera.database<{ id: string }[]>`select id from timetable where project = ${project}`;
    for (const { id } of rows) await tickPage(hera.context, { timetable: id, instant });
  };
});

describe('a pool', () => {
  const first = async (project: string) => (await look(project)).map((run) => `${run.path.split('/')[1]} ${run.state}`);

  test('is given to the highest priority first, then to the lowest period; a run says what it waits for', async () => {
    await deploy(
      'order',
      '{ gate: 1 }',
      {
        low: `pools: [gate]\npriority: low\n${DAILY}`,
        high: `pools: [gate]\npriority: high\n${DAILY}`,
      },
      null,
    );
    await hera.tick(day(1));
    expect(await first('order')).toEqual(expect.arrayContaining(['high queued', 'low waiting']));
    await hera.tick(day(2));
    expect((await hera.run('order/low', day(1))).reasons).toEqual([
      { kind: 'pool', pool: 'gate', slots: 1, size: 1, free: 0 },
    ]);
    await hera.end('order/high', day(1), OK);
    expect((await hera.run('order/high', day(2))).state).toBe('queued');
    expect((await hera.run('order/low', day(1))).state).toBe('waiting');
    await hera.end('order/high', day(2), OK);
    expect((await hera.run('order/low', day(1))).state).toBe('queued');
  });

  test('is another one’s while a retry waits, and the retry takes it anew; the hold of its job it keeps', async () => {
    await deploy(
      'retry',
      '{ gate: 1 }',
      {
        a: `pools: [gate]\nretries: { times: 1, wait: 0s }\n${DAILY}`,
        b: `pools: [gate]\npriority: low\n${DAILY}`,
      },
      null,
    );
    await hera.tick(day(1));
    await hera.end('retry/a', day(1), FAILED);
    expect((await hera.run('retry/b', day(1))).state).toBe('queued');
    const { id } = await hera.run('retry/a', day(1));
    expect(await open(hera.context, { run: id, temporalRunId: 'w' })).toMatchObject({ kind: 'none' });
    await hera.tick(day(2));
    expect((await hera.run('retry/a', day(1))).reasons).toMatchObject([{ kind: 'pool', pool: 'gate' }]);
    const [hold] = await hera.database`select run from hold where run = ${id}`;
    expect([hold?.run, (await hera.run('retry/a', day(2))).state]).toEqual([id, 'waiting']);
    await hera.end('retry/b', day(1), OK);
    expect(await hera.run('retry/a', day(1))).toMatchObject({ state: 'queued', turn: 2 });
  });

  test('that a deployment makes larger takes those that wait; a smaller one lets nobody in until it is below its size', async () => {
    const jobs = { a: `pools: [gate]\noverlap: allow\n${DAILY}` };
    await deploy('size', '{ gate: 1 }', jobs, null);
    for (const n of [1, 2, 3, 4]) await hera.tick(day(n));
    const states = async () => (await look('size')).map((run) => run.state);
    expect(await states()).toEqual(['queued', 'waiting', 'waiting', 'waiting']);
    await deploy('size', '{ gate: 3 }', jobs);
    await hera.payPages();
    expect(await states()).toEqual(['queued', 'queued', 'queued', 'waiting']);
    await deploy('size', '{ gate: 1 }', jobs);
    await hera.payPages();
    await hera.end('size/a', day(1), OK);
    await hera.end('size/a', day(2), OK);
    expect(await states()).toEqual(['succeeded', 'succeeded', 'queued', 'waiting']);
    await hera.end('size/a', day(3), OK);
    expect(await states()).toEqual(['succeeded', 'succeeded', 'succeeded', 'queued']);
  });

  test('full of ten that wait for another one lets the eleventh pass them', async () => {
    const both = Array.from({ length: 10 }, (_, i) => [`b${i}`, `pools: [gate, door]\npriority: high\n${DAILY}`]);
    await deploy(
      'pass',
      '{ gate: 1, door: 1 }',
      {
        ...Object.fromEntries(both),
        door: `pools: [door]\npriority: highest\n${DAILY}`,
        first: `pools: [gate]\npriority: highest\n${DAILY}`,
        last: `pools: [gate]\npriority: low\n${DAILY}`,
      },
      null,
    );
    await hera.tick(day(1));
    await hera.end('pass/first', day(1), OK);
    await hera.payPages();
    expect((await hera.run('pass/last', day(1))).state).toBe('queued');
  });

  test('that is given back while somebody comes to wait for it is not left free: who came is found', async () => {
    await deploy(
      'meet',
      '{ gate: 1 }',
      {
        a: `pools: [gate]\n${DAILY}`,
        b: `pools: [gate]\nneeds: [./up]\n${DAILY}`,
        up: RUN.replace('run', 'schedule: "0 0 * * *"\nrun'),
      },
      null,
    );
    await hera.tick(day(1));
    const [a, b] = [await hera.run('meet/a', day(1)), await hera.run('meet/b', day(1))];
    await open(hera.context, { run: a.id, temporalRunId: 'w' });
    await hera.database`update need set met = true where run = ${b.id}`;
    let ending: Promise<unknown> | undefined;
    await inTransaction(hera.database, async (tx) => {
      // b looks at the pool, finds it full and says that it waits; before that is committed, a ends.
      await admitLocked(tx, [b.id]);
      ending = settle(hera.context, a.id, 1, OK);
      await untilOneWaits();
    });
    await ending;
    expect((await hera.run('meet/b', day(1))).state).toBe('waiting');
    await hera.payPages();
    expect((await hera.run('meet/b', day(1))).state).toBe('queued');
  });
});

test('a hold that those who wait for it cannot use, for want of slots, leaves none behind to wait for nobody', async () => {
  const other = `pools: [gate]\noverlap: allow\npriority: highest\n${DAILY}`;
  await deploy('both', '{ gate: 2 }', { a: `pools: [gate]\n${DAILY}`, other }, null);
  for (const n of [1, 2, 3, 4, 5]) await hera.tick(day(n));
  await hera.end('both/a', day(1), OK);
  await hera.payPages();
  const [wanted] = await hera.database`
    select count(*)::int as n from run join job on job.id = run.job where job.path = 'both/a' and waits_on = 'overlap'`;
  expect(wanted!.n).toBe(0);
});

test('a hold that is given back while another period comes to wait for it goes to that one', async () => {
  await hera.apply({ 'hera.project.yaml': 'name: hold\nzone: UTC\n', 'hold/a.yaml': DAILY }, { on: null });
  await hera.tick(day(1));
  const first = await hera.run('hold/a', day(1));
  await open(hera.context, { run: first.id, temporalRunId: 'w' });
  await hera.tick(day(2));
  const second = await hera.run('hold/a', day(2));
  // As if nobody had looked at it yet.
  await hera.database`update run set waits_on = null, reasons = '[]' where id = ${second.id}`;
  let ending: Promise<unknown> | undefined;
  await inTransaction(hera.database, async (tx) => {
    await admitLocked(tx, [second.id]);
    ending = settle(hera.context, first.id, 1, OK);
    await untilOneWaits();
  });
  await ending;
  await hera.payPages();
  expect((await hera.run('hold/a', day(2))).state).toBe('queued');
  expect((await admit(hera.context, [second.id])).queued).toBe(0);
});

/** Until some transaction of this database waits for a lock. */
async function untilOneWaits(): Promise<void> {
  for (;;) {
    const rows = await hera.database`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    if (rows.length > 0) return;
  }
}
