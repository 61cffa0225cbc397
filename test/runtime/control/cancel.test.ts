import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admit } from '../../../runtime/control/admit.js';
import { open } from '../../../runtime/control/open.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { settle } from '../../../runtime/control/settle.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';
import { type PlainWorker, plainWorker } from '../../support/plain-worker.js';

// A cancel at each state of a run and at each point of an attempt: final, for the turn it meets and for no other one, and never undone.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
let worker: PlainWorker;
beforeAll(async () => {
  hera = await plainControl();
  worker = await plainWorker(hera.database);
});
afterAll(() => hera.stop());

const JOB = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;
const RETRIED = `retries: { times: 1, wait: 1h }\n${DAILY}`;
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;
const KILLED = { kind: 'killed', signal: 'SIGTERM', by: 'cancel' } as const;

const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, ...files }, { on: null });
const cancel = (run: string, owed = false) => cancelRun(hera.context, { ...asker, run, owed });
const openBy = (run: string, execution: string) => open(hera.context, { run, temporalRunId: execution });
const byHand = (project: string, job: string, period: string) =>
  askRun(hera.context, { ...asker, project, job, period: new Date(period) });

/** A project of its own with one daily job, ticked once: its run, queued. */
async function queued(name: string, job = DAILY): Promise<Readonly<{ run: string; look(): ReturnType<typeof look> }>> {
  await deploy(name, { [`${name}/a.yaml`]: job });
  await hera.tick(day(1));
  const look = () => hera.run(`${name}/a`, day(1));
  return { run: (await look()).id, look };
}

/** The same, opened by execution `e1` and begun: attempt 1 lives. */
async function running(name: string, job = DAILY) {
  const it = await queued(name, job);
  await openBy(it.run, 'e1');
  expect(await worker.begin(it.run, 1)).toMatchObject({ kind: 'granted', attempt: 1 });
  return it;
}

const CANCELLED = { state: 'cancelled', fact: 'cancelled', owed: null, live: null };

/** Everything that starts runs looks at it again. */
async function stays(run: string, look: () => Promise<object>): Promise<void> {
  await hera.payPages();
  await admit(hera.context, [run]);
  await hera.tick(day(1));
  expect(await openBy(run, 'late')).toMatchObject({ kind: 'none' });
  expect(await look()).toMatchObject(CANCELLED);
  const [owed] = await hera.database`select count(*)::int as n from outbox where run = ${run} and kind = 'start'`;
  expect(owed!.n).toBe(0);
}

describe('a cancel of a run', () => {
  test('that waits for a need is final at once and never undone', async () => {
    await deploy('needs', { 'needs/up.yaml': DAILY, 'needs/a.yaml': `needs: [./up]\n${JOB}` });
    await hera.tick(day(1));
    const look = () => hera.run('needs/a', day(1));
    const { id } = await look();
    expect(await cancel(id)).toMatchObject({ state: 'cancelled', cancelling: false });
    await hera.end('needs/up', day(1), OK);
    await stays(id, look);
  });

  test('that waits for the hold of its job is final at once, and the next period goes on', async () => {
    await deploy('hold', { 'hold/a.yaml': DAILY });
    for (const n of [1, 2, 3]) await hera.tick(day(n));
    const { id } = await hera.run('hold/a', day(2));
    expect(await cancel(id)).toMatchObject({ state: 'cancelled', cancelling: false });
    await hera.end('hold/a', day(1), OK);
    expect(await hera.run('hold/a', day(2))).toMatchObject(CANCELLED);
    expect((await hera.run('hold/a', day(3))).state).toBe('queued');
  });

  test('that is queued, whose start was sent and has not arrived, is final at once: who opens later finds nothing', async () => {
    const { run, look } = await queued('sent');
    await hera.database`update outbox set sends = 1, sent_at = now() where run = ${run}`;
    expect(await cancel(run)).toMatchObject({ state: 'cancelled', cancelling: false });
    await stays(run, look);
  });

  test('that was opened begins no process, and its workflow settles it', async () => {
    const { run, look } = await queued('opened');
    await openBy(run, 'e1');
    expect(await cancel(run)).toMatchObject({ cancelling: true });
    expect(await worker.begin(run, 1)).toEqual({ kind: 'ended', ending: { kind: 'cancelled' } });
    await settle(hera.context, run, 1, { kind: 'cancelled' });
    await stays(run, look);
  });

  test('whose process runs is an order in every renewal until the process has ended, however that ends', async () => {
    const { run, look } = await running('runs');
    expect(await cancel(run)).toMatchObject({ state: 'running', cancelling: true });
    const held = [{ run, n: 1, pid: 1 }];
    for (let i = 0; i < 2; i += 1) expect(await worker.renew(held)).toEqual([{ run, n: 1, why: 'cancel' }]);
    expect(await cancel(run)).toMatchObject({ cancelling: true });
    expect(await worker.end(run, 1, OK)).toEqual({ accepted: true });
    expect(await settle(hera.context, run, 1, OK)).toMatchObject({ outcome: 'cancelled' });
    await stays(run, look);
  });

  test('whose attempt was lost begins no other one', async () => {
    const { run, look } = await running('lost');
    await worker.lose(run, 1);
    await cancel(run);
    expect(await worker.begin(run, 1)).toEqual({ kind: 'ended', ending: { kind: 'cancelled' } });
    await settle(hera.context, run, 1, { kind: 'cancelled' });
    await stays(run, look);
  });

  test('whose success was recorded first is refused, though its workflow has not heard of it yet', async () => {
    const { run, look } = await running('won', RETRIED);
    await worker.end(run, 1, OK);
    await expect(cancel(run)).rejects.toMatchObject({ code: 'conflict', more: { details: { state: 'succeeded' } } });
    await settle(hera.context, run, 1, OK);
    expect(await look()).toMatchObject({ state: 'succeeded', fact: 'succeeded' });
  });

  test('whose last failure was recorded first is refused', async () => {
    const { run } = await running('failed');
    await worker.end(run, 1, FAILED);
    await expect(cancel(run)).rejects.toMatchObject({ code: 'conflict', more: { details: { state: 'failed' } } });
  });

  test('whose failure was recorded first and is to be retried is accepted: no retry follows, and the exit code is kept', async () => {
    const { run, look } = await running('retried', RETRIED);
    await worker.end(run, 1, FAILED);
    expect(await cancel(run)).toMatchObject({ cancelling: true });
    expect(await settle(hera.context, run, 1, FAILED)).toMatchObject({ kind: 'done', outcome: 'cancelled' });
    const [attempt] = await hera.database`select ending, outcome from attempt where run = ${run}`;
    expect(attempt).toMatchObject({ ending: FAILED, outcome: 'failed' });
    await stays(run, look);
  });

  test('that waits for its retry is final at once, and the execution that sleeps for it is told', async () => {
    const { run, look } = await running('sleeps', RETRIED);
    await worker.end(run, 1, FAILED);
    await settle(hera.context, run, 1, FAILED);
    expect(await cancel(run)).toMatchObject({ state: 'cancelled', cancelling: false });
    const [told] = await hera.database`
      select turn.temporal_run_id as execution from outbox join turn on turn.run = outbox.run and turn.n = outbox.turn
      where outbox.run = ${run} and kind = 'cancel'`;
    expect(told).toEqual({ execution: 'e1' });
    await stays(run, look);
  });

  test('that was cancelled behind our back, in Temporal, is cancelled', async () => {
    const { run, look } = await running('behind', RETRIED);
    await worker.end(run, 1, KILLED);
    expect(await settle(hera.context, run, 1, KILLED)).toMatchObject({ kind: 'done', outcome: 'cancelled' });
    await stays(run, look);
  });

  test('of a turn by hand that has just ended cancels what the run owes, when that is asked too', async () => {
    await deploy('both', { 'both/up.yaml': DAILY, 'both/a.yaml': `needs: [./up]\n${JOB}` });
    await hera.tick(day(1));
    const { run } = await byHand('both', 'both/a', day(1));
    await openBy(run, 'e1');
    await worker.begin(run, 1);
    await worker.end(run, 1, OK);
    await expect(cancel(run)).rejects.toMatchObject({ code: 'conflict' });
    expect(await cancel(run, true)).toMatchObject({ note: expect.stringContaining('already ended (succeeded)') });
    await settle(hera.context, run, 1, OK);
    expect(await hera.run('both/a', day(1))).toMatchObject(CANCELLED);
  });
});

describe('a cancel that comes late', () => {
  test('meets no later turn: an execution that slept for a cancelled turn may open no other one', async () => {
    const { run, look } = await running('late', RETRIED);
    await worker.end(run, 1, FAILED);
    await settle(hera.context, run, 1, FAILED);
    // A turn by hand takes the place of the retry for which e1 sleeps, and e1 wakes by its timer while its cancel is on the way.
    await byHand('late', 'late/a', day(1));
    expect(await openBy(run, 'e1')).toMatchObject({ kind: 'none' });
    const [start] = await hera.database`select sends from outbox where run = ${run} and kind = 'start'`;
    expect(start).toEqual({ sends: 0 });
    expect(await openBy(run, 'e2')).toMatchObject({ kind: 'go', turn: 3 });
    expect((await look()).live).toBe(3);
  });

  test('also where an operation took the place of the retry, and where another execution slept for it', async () => {
    const { run } = await running('moved', RETRIED);
    await worker.end(run, 1, FAILED);
    await settle(hera.context, run, 1, FAILED);
    expect(await openBy(run, 'e2')).toMatchObject({ kind: 'wait', turn: 2 });
    await byHand('moved', 'moved/a', day(1));
    expect(await openBy(run, 'e2')).toMatchObject({ kind: 'none' });
    expect(await openBy(run, 'e3')).toMatchObject({ kind: 'go', turn: 3 });
  });
});
