import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackfillRequest } from '../../../runtime/control/control.js';
import { open } from '../../../runtime/control/open.js';
import { backfill } from '../../../runtime/control/operations/backfill.js';
import {
  cancelBackfill,
  pauseBackfill,
  resumeBackfill,
  retryBackfill,
  setBackfill,
} from '../../../runtime/control/operations/backfill-control.js';
import { backfillPage } from '../../../runtime/control/operations/backfill-pages.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { raiseBackfillStopped } from '../../../runtime/control/raise.js';
import { readBackfill, stoppedBackfills } from '../../../runtime/store/backfill.js';
import { memberStates } from '../../../runtime/store/member.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// A backfill while it goes: which period is next, when, how many at once; what stops it, what lets it go on, what is run again, what is given up.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const JOB = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;
const FREE = `overlap: allow\n${DAILY}`;
const past = (n: number): string => `2020-03-${String(n).padStart(2, '0')}T00:00:00Z`;
const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, ...files }, { on: null });
const started = async (): Promise<void> => {};

type Asked = Partial<BackfillRequest> & Readonly<{ days?: readonly [number, number] }>;
const plan = (project: string, jobs: string, { days = [1, 5], ...more }: Asked = {}) => {
  const range = { from: new Date(past(days[0])), to: new Date(past(days[1])) };
  const request = { ...asker, project, jobs, ...range, only: 'all' as const, parallel: 1, hash: null, ...more };
  return backfill(hera.context, request, started);
};
const make = async (operation: string): Promise<void> => {
  while (!(await backfillPage(hera.context, operation)));
};
/** Asks a backfill and makes all of its members. */
async function fill(project: string, jobs: string, asked: Asked = {}): Promise<string> {
  const { hash } = await plan(project, jobs, asked);
  const { operation } = await plan(project, jobs, { ...asked, hash });
  await make(operation!);
  return operation!;
}
const states = async (job: string, days: readonly number[] = [1, 2, 3, 4]): Promise<string> =>
  (await Promise.all(days.map(async (n) => (await hera.run(job, past(n))).state[0]))).join('');
const of = (operation: string) => ({ ...asker, operation });
const isFinished = async (operation: string): Promise<boolean> =>
  (await readBackfill(hera.database, operation))?.finishedAt !== null;
const eventually = async (operation: string, step: typeof retryBackfill): Promise<void> => {
  const { hash } = await step(hera.context, { ...of(operation), hash: null }, started);
  await step(hera.context, { ...of(operation), hash }, started);
  await make(operation);
  await hera.payPages();
};

describe('the order of a backfill', () => {
  test('backward starts with the latest period, also where runs of the job do not overlap', async () => {
    await deploy('back', { 'ba/free.yaml': FREE, 'ba/one.yaml': DAILY });
    await fill('back', 'ba/free', { direction: 'backward', parallel: 2 });
    expect(await states('ba/free')).toBe('wwqq');
    await hera.end('ba/free', past(3), OK);
    expect(await states('ba/free')).toBe('wqsq');
    await fill('back', 'ba/one', { direction: 'backward', parallel: 2 });
    expect(await states('ba/one')).toBe('wwwq');
    await hera.end('ba/one', past(4), OK);
    expect(await states('ba/one')).toBe('wwqs');
  });

  test('backward is held to what a job needs of itself, and the plan says so', async () => {
    await deploy('self', { 'se/a.yaml': `needs: [{ self: previous }]\n${DAILY}` });
    expect((await plan('self', 'se/a', { direction: 'backward' })).notes.join()).toMatch(/needs its own earlier/);
    await fill('self', 'se/a', { direction: 'backward', parallel: 4 });
    expect(await states('se/a')).toBe('qwww');
  });
});

/** The time of day so many minutes from now. */
const clock = (minutes: number): number => (((Math.floor(Date.now() / 60_000) + minutes) % 1440) + 1440) % 1440;
const closed = () => ({ from: clock(120), to: clock(180) });

describe('the time of day of a backfill', () => {
  test('keeps its members waiting while it is closed, and is looked at when it opens', async () => {
    await deploy('night', { 'ni/a.yaml': FREE });
    const window = closed();
    const operation = await fill('night', 'ni/a', { window, parallel: 2 });
    expect(await states('ni/a')).toBe('wwww');
    expect((await hera.run('ni/a', past(1))).reasons).toMatchObject([{ kind: 'parallel' }]);
    const [owed] = await hera.database<{ due: Date }[]>`select due from outbox where body->>'operation' = ${operation}`;
    expect([owed!.due.getUTCHours() * 60 + owed!.due.getUTCMinutes(), owed!.due.getUTCSeconds()]).toEqual([
      window.from,
      0,
    ]);
    expect(owed!.due.getTime()).toBeGreaterThan(Date.now());
    await setBackfill(hera.context, { ...of(operation), pace: { window: { from: clock(-60), to: clock(60) } } });
    await hera.payPages();
    expect(await states('ni/a')).toBe('qqww');
  });

  test('that closed since a member was admitted stops it before it begins, with the same turn', async () => {
    await deploy('dawn', { 'da/a.yaml': FREE });
    const operation = await fill('dawn', 'da/a');
    await setBackfill(hera.context, { ...of(operation), pace: { window: closed() } });
    const { id } = await hera.run('da/a', past(1));
    expect(await open(hera.context, { run: id, temporalRunId: 'w' })).toMatchObject({ kind: 'none' });
    expect(await hera.run('da/a', past(1))).toMatchObject({ state: 'waiting', turn: 1, live: 1 });
    await setBackfill(hera.context, { ...of(operation), pace: { window: null } });
    await hera.payPages();
    expect(await hera.run('da/a', past(1))).toMatchObject({ state: 'queued', turn: 1, live: 1 });
  });
});

describe('a backfill that goes', () => {
  test('starts nothing while it is paused, what runs goes on, and it goes on where it was', async () => {
    await deploy('pause', { 'pa/a.yaml': FREE });
    const operation = await fill('pause', 'pa/a', { parallel: 2 });
    expect(await pauseBackfill(hera.context, of(operation))).toMatchObject({ pausedBy: 'tester' });
    await hera.database`update run set state = 'running' from job where job.id = run.job and path = 'pa/a' and period = ${past(1)}`;
    await hera.end('pa/a', past(1), OK).catch(() => {});
    await hera.payPages();
    expect((await states('pa/a')).slice(2)).toBe('ww');
    await resumeBackfill(hera.context, of(operation));
    await hera.payPages();
    for (const n of [2, 3, 4]) await hera.end('pa/a', past(n), OK);
    expect(await states('pa/a')).toBe('ssss');
    expect(await isFinished(operation)).toBe(true);
    await expect(pauseBackfill(hera.context, of(operation))).rejects.toMatchObject({ code: 'conflict' });
  });

  test('fills more places at once when it is given more, and gives none up when it is given fewer', async () => {
    await deploy('wider', { 'wi/a.yaml': FREE });
    const operation = await fill('wider', 'wi/a');
    await setBackfill(hera.context, { ...of(operation), pace: { parallel: 3 } });
    await hera.payPages();
    expect(await states('wi/a')).toBe('qqqw');
    await setBackfill(hera.context, { ...of(operation), pace: { parallel: 1 } });
    await hera.end('wi/a', past(1), OK);
    await hera.payPages();
    expect(await states('wi/a')).toBe('sqqw');
    await expect(setBackfill(hera.context, { ...of(operation), pace: {} })).rejects.toMatchObject({ code: 'invalid' });
  });

  test('tries its members again as often as it was asked, whatever their jobs say', async () => {
    await deploy('tries', { 'tr/a.yaml': `retries: { times: 3, wait: 1s }\n${FREE}`, 'tr/b.yaml': FREE });
    await fill('tries', 'tr/a', { retries: 0, days: [1, 2] });
    await hera.end('tr/a', past(1), FAILED);
    expect(await hera.run('tr/a', past(1))).toMatchObject({ state: 'failed', turn: 1 });
    await fill('tries', 'tr/b', { retries: 1, days: [1, 2] });
    await hera.end('tr/b', past(1), FAILED);
    expect(await hera.run('tr/b', past(1))).toMatchObject({ state: 'waiting', turn: 2 });
  });
});

describe('what failed in a backfill', () => {
  test('is run again in another round, on the facts of that round only, and what waited for it goes on', async () => {
    await deploy('again', { 'ag/up.yaml': FREE, 'ag/down.yaml': `overlap: allow\nneeds: [./up]\n${JOB}` });
    const operation = await fill('again', 'ag/*', { days: [1, 3], parallel: 9 });
    await hera.end('ag/up', past(1), FAILED);
    await hera.end('ag/up', past(2), OK);
    await hera.end('ag/down', past(2), OK);
    expect(await isFinished(operation)).toBe(false);
    const seen = await retryBackfill(hera.context, { ...of(operation), hash: null }, started);
    expect(seen.runs).toMatchObject([{ job: 'ag/up', why: 'failed: it is run again' }]);
    await eventually(operation, retryBackfill);
    expect(await hera.run('ag/up', past(1))).toMatchObject({ state: 'queued', turn: 2, fact: 'none' });
    await hera.end('ag/up', past(1), OK);
    await hera.end('ag/down', past(1), OK);
    expect(await isFinished(operation)).toBe(true);
    expect(await readBackfill(hera.database, operation)).toMatchObject({ rounds: 1, counts: { succeeded: 4 } });
    expect((await retryBackfill(hera.context, { ...of(operation), hash: null }, started)).total).toBe(0);
  });

  test('of a finished one too; a plan by which something else failed is stale', async () => {
    await deploy('twice', { 'tw/a.yaml': FREE });
    const operation = await fill('twice', 'tw/a', { days: [1, 3], parallel: 2 });
    await hera.end('tw/a', past(1), FAILED);
    const { hash } = await retryBackfill(hera.context, { ...of(operation), hash: null }, started);
    await hera.end('tw/a', past(2), FAILED);
    expect(await isFinished(operation)).toBe(true);
    await expect(retryBackfill(hera.context, { ...of(operation), hash }, started)).rejects.toMatchObject({
      code: 'stale',
    });
    await eventually(operation, retryBackfill);
    expect(await isFinished(operation)).toBe(false);
    for (const n of [1, 2]) await hera.end('tw/a', past(n), OK);
    expect(await readBackfill(hera.database, operation)).toMatchObject({ counts: { succeeded: 2 } });
    const alerts = await hera.database<
      { key: string }[]
    >`select key from alert where key like ${`operation:${operation}:%`}`;
    expect(alerts.map(({ key }) => key)).toEqual([`operation:${operation}:0:end`]);
  });

  test('is told of once when nothing moves any more, although others still wait for it', async () => {
    await deploy('stops', { 'st/up.yaml': FREE, 'st/down.yaml': `needs: [./up]\n${JOB}` });
    const operation = await fill('stops', 'st/*', { days: [1, 3], parallel: 9 });
    await hera.database`update operation set asked_at = asked_at - interval '1 minute' where id = ${operation}`;
    const stopped = async () => (await stoppedBackfills(hera.database)).filter((one) => one.operation === operation);
    await hera.end('st/up', past(1), FAILED);
    expect(await stopped()).toEqual([]);
    await hera.end('st/up', past(2), FAILED);
    expect(await stopped()).toEqual([{ operation, waiting: 2 }]);
    for (let round = 0; round < 2; round += 1) await raiseBackfillStopped(hera.database, operation, 2);
    const alerts = await hera.database`select body from alert where key like ${`operation:${operation}:%`}`;
    expect(alerts).toMatchObject([{ body: { failed: 2, waiting: 2 } }]);
  });
});

describe('the end of a whole backfill', () => {
  test('leaves what had not begun as it was, and ends what is under way', async () => {
    await deploy('ends', { 'en/up.yaml': FREE, 'en/a.yaml': FREE, 'en/late.yaml': `needs: [./up]\n${JOB}` });
    await fill('ends', 'en/a', { parallel: 4 });
    for (const n of [1, 2, 3]) await hera.end('en/a', past(n), OK);
    await hera.end('en/a', past(4), FAILED);
    const operation = await fill('ends', 'en/a', { parallel: 2 });
    const { id } = await hera.run('en/a', past(1));
    await open(hera.context, { run: id, temporalRunId: 'w' });
    await eventually(operation, cancelBackfill);
    // The first had been opened: its workflow ends it. The second was queued, the others waited.
    expect(await hera.run('en/a', past(1))).toMatchObject({ state: 'queued', fact: 'none' });
    expect(await hera.run('en/a', past(2))).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null });
    expect(await hera.run('en/a', past(3))).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null });
    expect(await hera.run('en/a', past(4))).toMatchObject({ state: 'failed', fact: 'failed', owed: null });
    expect(await isFinished(operation)).toBe(false);
    await hera.database`update run set state = 'running' where id = ${id}`;
    await hera.end('en/a', past(1), { kind: 'killed', signal: 'SIGTERM', by: 'cancel' });
    expect(await isFinished(operation)).toBe(true);
    expect(await memberStates(hera.database, operation)).toEqual({ withdrawn: 4 });
    await expect(eventually(operation, cancelBackfill)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('gives a run that production waited with back to production, which awaits again what it awaited', async () => {
    await deploy('owes', { 'ow/up.yaml': FREE, 'ow/a.yaml': `needs: [./up]\n${JOB}` });
    await hera.database`update deployment set in_force_at = '2020-01-01' where project = 'owes'`;
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    const at = new Date(today).toISOString();
    await hera.tick(at);
    const before = await hera.run('ow/a', at);
    expect(before).toMatchObject({ state: 'waiting', reasons: [{ kind: 'need' }] });
    const range = { from: new Date(today), to: new Date(today + 1000), window: closed() };
    const operation = await fill('owes', 'ow/a', range);
    expect(await hera.run('ow/a', at)).toMatchObject({ owed: 'backfill' });
    await eventually(operation, cancelBackfill);
    expect(await hera.run('ow/a', at)).toMatchObject({ state: 'waiting', owed: before.owed, fact: 'none' });
    expect((await hera.run('ow/a', at)).reasons).toEqual(before.reasons);
    await hera.end('ow/up', at, OK);
    expect(await hera.run('ow/a', at)).toMatchObject({ state: 'queued', trigger: before.owed });
  });

  test('leaves a turn by hand alone', async () => {
    await deploy('hand', { 'ha/a.yaml': DAILY });
    const { run } = await askRun(hera.context, { ...asker, project: 'hand', job: 'ha/a', period: new Date(past(2)) });
    await open(hera.context, { run, temporalRunId: 'w' });
    const operation = await fill('hand', 'ha/a', { days: [2, 3] });
    await eventually(operation, cancelBackfill);
    expect(await hera.run('ha/a', past(2))).toMatchObject({ owed: null, live: 1, trigger: 'manual' });
    await hera.end('ha/a', past(2), OK);
    expect(await isFinished(operation)).toBe(true);
  });

  test('in the middle of its making makes no more, and puts the facts back that were set aside', async () => {
    await deploy('midway', { 'mi/a.yaml': FREE });
    await fill('midway', 'mi/a', { parallel: 4 });
    for (const n of [1, 2, 3, 4]) await hera.end('mi/a', past(n), OK);
    const { hash } = await plan('midway', 'mi/a');
    const { operation } = await plan('midway', 'mi/a', { hash });
    await backfillPage(hera.context, operation!);
    expect(await hera.run('mi/a', past(1))).toMatchObject({ state: 'succeeded', fact: 'none' });
    await eventually(operation!, cancelBackfill);
    expect(await hera.run('mi/a', past(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', turn: 1 });
    expect(await memberStates(hera.database, operation!)).toEqual({ withdrawn: 4 });
  });
});

describe('a backfill with what is downstream', () => {
  test('takes whoever awaits its periods, directly or through others, each once, but nobody behind a closed job', async () => {
    await deploy('below', {
      'be/up.yaml': FREE,
      'be/left.yaml': `needs: [./up]\n${JOB}`,
      'be/right.yaml': `needs: [./up]\n${JOB}`,
      'be/join.yaml': `needs: [./left, ./right]\n${JOB}`,
      'be/week.yaml': `schedule: "0 1 * * 1"\nneeds: [{ job: ./join, last: 7, unit: day }]\n${JOB}`,
      'be/shut.yaml': `enabled: false\nneeds: [{ job: ./up }]\n${JOB}`,
    });
    // The 2nd of March 2020 is a Monday: its week are the seven days before it.
    const seen = await plan('below', 'be/up', { days: [1, 3], downstream: true });
    expect(seen.runs.map(({ job, period }) => `${job}@${period.slice(8, 13)}`)).toEqual([
      ...['be/join@01T00', 'be/left@01T00', 'be/right@01T00', 'be/up@01T00'],
      ...['be/join@02T00', 'be/left@02T00', 'be/right@02T00', 'be/up@02T00', 'be/week@02T01'],
    ]);
    expect(seen.counts).toMatchObject({ chosen: 2, downstream: 7 });
    await fill('below', 'be/up', { days: [1, 2], downstream: true, parallel: 9 });
    expect(await hera.run('be/join', past(1))).toMatchObject({ state: 'waiting' });
    for (const job of ['be/up', 'be/left', 'be/right']) await hera.end(job, past(1), OK);
    expect(await hera.run('be/join', past(1))).toMatchObject({ state: 'queued' });
  });
});

describe('the plan of a backfill', () => {
  test('says what each period was, what is under way or taken over, how long it may take, and whom it keeps waiting', async () => {
    await deploy('tells', { 'te/up.yaml': FREE, 'te/a.yaml': `needs: [./up]\n${JOB}`, 'te/other.yaml': DAILY });
    await fill('tells', 'te/up', { parallel: 4 });
    for (const n of [1, 2, 3]) await hera.end('te/up', past(n), OK);
    await hera.database`
      update run set started_at = now() - interval '90 seconds', ended_at = now() from job where job.id = run.job and path = 'te/up'
        and run.state = 'succeeded'`;
    const seen = await plan('tells', 'te/up', { parallel: 2 });
    expect(seen.runs.map((one) => one.why)).toEqual([
      ...['was succeeded', 'was succeeded', 'was succeeded'],
      'has no result; is queued now: its end is awaited first',
    ]);
    expect(seen).toMatchObject({ estimateMs: 180_000, counts: { underWay: 1, takenOver: 0 } });
    expect((await plan('tells', 'te/other')).estimateMs).toBeNull();
    expect((await plan('tells', 'te/other', { parallel: 4 })).notes.join()).toMatch(/at most 1 at once/);
  });
});
