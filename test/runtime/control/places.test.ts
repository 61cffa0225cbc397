import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../../runtime/control/open.js';
import { backfill } from '../../../runtime/control/operations/backfill.js';
import { backfillPage } from '../../../runtime/control/operations/backfill-pages.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { settle } from '../../../runtime/control/settle.js';
import { dropTaken, oweStarts, takeDue } from '../../../runtime/store/outbox.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// Holds of jobs and places in backfills, where the two meet: whoever cannot have both takes neither, and whoever gives one back leaves
// nobody waiting for what is free. Nothing here may need the ledger.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const JOB = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;
const past = (n: number): string => `2020-03-${String(n).padStart(2, '0')}T00:00:00Z`;
const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, ...files }, { on: null });
const state = async (job: string, period: string) => (await hera.run(job, period)).state;
const holderOf = async (job: string): Promise<string | undefined> => {
  const [row] = await hera.database<{ run: string }[]>`
    select hold.run from hold join job on job.id = hold.job where job.path = ${job}`;
  return row?.run;
};

async function fill(project: string, jobs: string, from: string, to: string, parallel: number): Promise<void> {
  const range = { from: new Date(from), to: new Date(to), only: 'all' as const, parallel };
  const request = { ...asker, project, jobs, ...range };
  const { hash } = await backfill(hera.context, { ...request, hash: null }, async () => {});
  const { operation } = await backfill(hera.context, { ...request, hash }, async () => {});
  while (!(await backfillPage(hera.context, operation!)));
}

/** A turn by hand of the job has its hold, under way. */
async function byHand(project: string, job: string): Promise<() => Promise<unknown>> {
  const { run, turn } = await askRun(hera.context, { ...asker, project, job, period: new Date(past(20)) });
  await open(hera.context, { run, temporalRunId: 'w' });
  return () => settle(hera.context, run, turn, OK);
}

describe('a hold that is free', () => {
  test('goes to production although lower periods of a backfill wait for it too, which have no place', async () => {
    await deploy('meet', { 'meet/held.yaml': DAILY, 'meet/other.yaml': `overlap: allow\n${DAILY}` });
    const endIt = await byHand('meet', 'meet/held');
    // One place: `other` takes it, since the hold of `held` is not to be had. Four periods of `held` wait, then production's.
    await fill('meet', 'meet/*', past(1), past(5), 1);
    await hera.tick(day(1));
    expect(await state('meet/other', past(1))).toBe('queued');
    expect((await hera.run('meet/held', day(1))).reasons).toMatchObject([{ kind: 'overlap' }]);
    await endIt();
    expect(await state('meet/held', day(1))).toBe('queued');
    expect((await hera.run('meet/held', past(1))).reasons).toMatchObject([{ kind: 'parallel' }]);
    expect(await holderOf('meet/held')).toBe((await hera.run('meet/held', day(1))).id);
  });

  test('is looked for by the next one when a member of the backfill has its place, lowest period first', async () => {
    await deploy('next', { 'next/held.yaml': DAILY, 'next/other.yaml': `overlap: allow\n${DAILY}` });
    const endIt = await byHand('next', 'next/held');
    await fill('next', 'next/*', past(1), past(3), 2);
    expect(await state('next/held', past(1))).toBe('waiting');
    expect([await state('next/other', past(1)), await state('next/other', past(2))]).toEqual(['queued', 'queued']);
    await endIt();
    await hera.end('next/other', past(2), OK);
    expect(await state('next/held', past(1))).toBe('queued');
    await hera.end('next/held', past(1), OK);
    expect(await state('next/held', past(2))).toBe('queued');
  });
});

describe('a place', () => {
  test('that a member cannot use, because another run has the hold, goes to the next member in the same moment', async () => {
    await deploy('pass', { 'pass/a.yaml': DAILY, 'pass/b.yaml': DAILY });
    const endIt = await byHand('pass', 'pass/a');
    await fill('pass', 'pass/*', past(1), past(2), 1);
    expect([await state('pass/a', past(1)), await state('pass/b', past(1))]).toEqual(['waiting', 'queued']);
    await hera.end('pass/b', past(1), OK);
    await endIt();
    expect(await state('pass/a', past(1))).toBe('queued');
  });

  test('that is not free when a retry is due leaves the retry its hold, and is given to it first', async () => {
    await deploy('keep', {
      'keep/a.yaml': `retries: { times: 1, wait: 0s }\n${DAILY}`,
      'keep/b.yaml': `overlap: allow\n${DAILY}`,
    });
    await fill('keep', 'keep/*', past(1), past(2), 1);
    expect(await state('keep/b', past(1))).toBe('waiting');
    await hera.end('keep/a', past(1), FAILED);
    expect(await state('keep/b', past(1))).toBe('queued');
    const { id } = await hera.run('keep/a', past(1));
    expect(await open(hera.context, { run: id, temporalRunId: 'w2' })).toMatchObject({ kind: 'none' });
    await hera.tick(day(1));
    expect([await holderOf('keep/a'), await state('keep/a', day(1))]).toEqual([id, 'waiting']);
    await hera.end('keep/b', past(1), OK);
    expect(await state('keep/a', past(1))).toBe('queued');
    await hera.end('keep/a', past(1), OK);
    expect(await state('keep/a', day(1))).toBe('queued');
  });
});

describe('what is owed to Temporal', () => {
  test('is not forgotten by a sender that took the row when it meant a turn that is gone', async () => {
    await deploy('owed', { 'owed/a.yaml': DAILY });
    await hera.tick(day(1));
    const { id } = await hera.run('owed/a', day(1));
    const taken = (await takeDue(hera.database, 1000)).find((row) => row.run === id)!;
    const owe = (turn: number) =>
      hera.database.begin((tx) => oweStarts(tx, [{ project: 'owed', run: id, turn, priority: 3 }]));
    const left = async () => (await hera.database`select turn from outbox where run = ${id}`).map((row) => row.turn);
    await owe(2);
    await dropTaken(hera.database, taken);
    expect(await left()).toEqual([2]);
    const again = (await takeDue(hera.database, 1000)).find((row) => row.run === id)!;
    await dropTaken(hera.database, again);
    expect(await left()).toEqual([]);
  });
});
