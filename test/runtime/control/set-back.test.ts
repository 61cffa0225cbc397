import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../../runtime/control/open.js';
import { settleReplayed, settleTold } from '../../../runtime/control/replay.js';
import { OK, type PlainControl, plainControl } from '../../support/plain-control.js';
import { type PlainWorker, plainWorker } from '../../support/plain-worker.js';

// A database that was set back: commits that others saw are gone. What it has forgotten is told to it again, by workers of what lives and
// by workflows of what has ended, under the workflow's id, since numbers of runs may be given anew. The forgetting is done here by hand,
// row by row, so that each loss stands alone; a real restore of an older copy is in `restored.test.ts`.

let hera: PlainControl;
let worker: PlainWorker;
let other: PlainWorker;
beforeAll(async () => {
  hera = await plainControl();
  worker = await plainWorker(hera.database);
  other = await plainWorker(hera.database);
});
afterAll(() => hera.stop());

const JOB = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;
const RETRIED = `retries: { times: 2, wait: 1h }\n${DAILY}`;
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;

async function queued(name: string, job = DAILY) {
  await hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, [`${name}/a.yaml`]: job }, { on: null });
  await hera.tick(day(1));
  const look = () => hera.run(`${name}/a`, day(1));
  return { run: (await look()).id, look, workflow: `${name}:${name}/a@2030-01-01T00:00:00Z` };
}

/** Attempt 1 of turn 1 lives on `worker`, and then the database has forgotten it, the begin and the open. */
async function forgotten(name: string, job = DAILY) {
  const it = await queued(name, job);
  await open(hera.context, { run: it.run, temporalRunId: 'e1', workflow: it.workflow });
  await worker.begin(it.run, 1);
  await hera.database`delete from attempt where run = ${it.run}`;
  await hera.database`update run set state = 'queued', started_at = null where id = ${it.run}`;
  return it;
}
const lineage = (workflow: string, turn = 1) => ({ turn, workflow, host: 'h', pid: 7 });
const attemptsOf = (run: string) =>
  hera.database`select n, turn, state, instance, pid from attempt where run = ${run} order by n`;

describe('an attempt that lives and that the database has forgotten', () => {
  test('is asked for by the next renewal, and known again: no other worker may begin its turn', async () => {
    const { run, workflow, look } = await forgotten('lives');
    expect(await worker.renew([{ run, n: 1, pid: 7 }])).toEqual([{ run, n: 1, why: 'unknown' }]);
    expect(await worker.claim(run, 1, lineage(workflow))).toMatchObject({ claim: 'kept' });
    expect(await attemptsOf(run)).toMatchObject([{ n: 1, turn: 1, state: 'live', instance: worker.instance }]);
    expect((await look()).state).toBe('running');
    expect(await worker.renew([{ run, n: 1, pid: 7 }])).toEqual([]);
    expect(await worker.claim(run, 1, lineage(workflow))).toMatchObject({ claim: 'kept' });
    expect(await attemptsOf(run)).toHaveLength(1);
    expect(await other.begin(run, 1)).toMatchObject({ kind: 'wait' });
    expect(await worker.begin(run, 1)).toMatchObject({ kind: 'granted', attempt: 1, joined: true });
  });

  test('that has ended meanwhile is believed by its ending', async () => {
    const { run, workflow, look } = await forgotten('ended');
    const told = { instance: worker.instance, ending: OK as never, logBytes: 0, of: lineage(workflow) };
    expect(await worker.endTold(run, 1, told)).toEqual({ accepted: true });
    expect(await worker.endTold(run, 1, told)).toEqual({ accepted: true });
    expect(await attemptsOf(run)).toMatchObject([{ n: 1, state: 'ended' }]);
    expect(await settleTold(hera.context, { run, turn: 1, ending: OK, workflow })).toMatchObject({
      outcome: 'succeeded',
    });
    expect(await look()).toMatchObject({ state: 'succeeded', fact: 'succeeded' });
  });

  test('is ended where another worker has the turn by now, where the turn has ended, and where somebody cancelled it', async () => {
    const taken = await forgotten('taken');
    await other.begin(taken.run, 1);
    expect(await worker.renew([{ run: taken.run, n: 1, pid: 7 }])).toEqual([{ run: taken.run, n: 1, why: 'lost' }]);
    expect(await worker.claim(taken.run, 1, lineage(taken.workflow))).toEqual({ claim: 'lost' });
    const over = await forgotten('over');
    await settleTold(hera.context, { run: over.run, turn: 1, ending: OK, workflow: over.workflow });
    expect(await worker.claim(over.run, 1, lineage(over.workflow))).toEqual({ claim: 'lost' });
    const stopped = await forgotten('stopped');
    await hera.database`update turn set cancel_requested_at = now() where run = ${stopped.run}`;
    expect(await worker.claim(stopped.run, 1, lineage(stopped.workflow))).toMatchObject({ claim: 'cancel' });
  });

  test('waits where its tick was forgotten too, and belongs to the run that the tick makes anew, whatever its number', async () => {
    const { run, workflow } = await forgotten('anew');
    for (const table of ['outbox', 'hold', 'need', 'turn'] as const)
      await hera.database`delete from ${hera.database(table)} where run = ${run}`;
    await hera.database`delete from run where id = ${run}`;
    await hera.database`delete from tick where project = 'anew'`;
    expect(await worker.claim(run, 1, lineage(workflow))).toEqual({ claim: 'wait' });
    await hera.tick(day(1));
    const made = await hera.run('anew/a', day(1));
    expect(made.id).not.toBe(run);
    expect(await worker.claim(run, 1, lineage(workflow))).toEqual({ claim: 'kept', as: { run: made.id, n: 1 } });
    expect(await other.begin(made.id, 1)).toMatchObject({ kind: 'wait' });
    // Its workflow knows the old number, and tells the end under its own id.
    expect(await worker.begin(run, 1, workflow)).toMatchObject({ kind: 'granted', run: made.id, joined: true });
    await settleTold(hera.context, { run, turn: 1, ending: OK, workflow });
    expect(await hera.run('anew/a', day(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', turn: 1 });
  });
});

describe('a workflow that knows a run by a number that means another run now', () => {
  test('opens, begins and settles its own run, never the other one', async () => {
    const mine = await queued('mine');
    const theirs = await queued('theirs');
    const stale = { run: theirs.run, temporalRunId: 'e1', workflow: mine.workflow };
    expect(await open(hera.context, stale)).toMatchObject({ kind: 'go', run: mine.run });
    expect(await worker.begin(theirs.run, 1, mine.workflow)).toMatchObject({ kind: 'granted', run: mine.run });
    await settleTold(hera.context, { run: theirs.run, turn: 1, ending: OK, workflow: mine.workflow });
    expect((await mine.look()).state).toBe('succeeded');
    expect(await theirs.look()).toMatchObject({ state: 'queued', fact: 'none', live: 1 });
    expect((await theirs.look()).id).toBe(theirs.run);
  });

  test('of a run that is nowhere is answered, so that it ends and does not ask for ever', async () => {
    const gone = 'nobody:x@2030-01-01T00:00:00Z';
    expect(await open(hera.context, { run: '1', temporalRunId: 'e1', workflow: gone })).toMatchObject({ kind: 'none' });
    expect(await settleTold(hera.context, { run: '1', turn: 1, ending: OK, workflow: gone })).toEqual({
      kind: 'done',
      outcome: 'succeeded',
      state: 'unknown',
    });
  });
});

describe('an ending that the database has lost', () => {
  test('is settled for good by what the workflow told: a failure after all its retries is not retried again', async () => {
    const { run, look } = await forgotten('spent', RETRIED);
    const failed = { kind: 'exited', code: 3 } as const;
    expect(await settleReplayed(hera.context, { run, turn: 1 }, failed)).toMatchObject({ outcome: 'failed' });
    expect(await look()).toMatchObject({ state: 'failed', fact: 'failed', live: null, turn: 1 });
  });

  test('ends what the database still takes for alive', async () => {
    const { run, look, workflow } = await forgotten('alive');
    await worker.claim(run, 1, lineage(workflow));
    await settleReplayed(hera.context, { run, turn: 1 }, OK);
    expect(await attemptsOf(run)).toMatchObject([{ n: 1, state: 'ended' }]);
    expect(await look()).toMatchObject({ state: 'succeeded', fact: 'succeeded' });
  });

  test('of a later turn than the database knows is the end of the one it knows', async () => {
    const { run, look, workflow } = await forgotten('later', RETRIED);
    expect(await settleTold(hera.context, { run, turn: 3, ending: OK, workflow })).toMatchObject({
      outcome: 'succeeded',
    });
    expect(await look()).toMatchObject({ state: 'succeeded', fact: 'succeeded', turn: 1 });
  });
});
