import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MarkRequest } from '../../../runtime/control/control.js';
import { open } from '../../../runtime/control/open.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { freeze } from '../../../runtime/control/operations/freeze.js';
import { mark } from '../../../runtime/control/operations/mark.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import type { MarkedState } from '../../../runtime/store/fact.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// What people say of periods by hand: in every state of a run, before its tick and after, and what it does to those that wait for it.

const asker = { by: 'ann', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const JOB = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;
const RETRIED = `retries: { times: 1, wait: 1h }\n${DAILY}`;
const PAIR = { up: DAILY, down: `needs: [./up]\n${JOB}` };
const REASON = 'the file came by mail';
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;

/** A project of that name with these jobs in a folder of that name. */
const deploy = (name: string, jobs: Readonly<Record<string, string>>) =>
  hera.apply(
    {
      'hera.project.yaml': `name: ${name}\nzone: UTC\n`,
      ...Object.fromEntries(Object.entries(jobs).map(([job, text]) => [`${name}/${job}.yaml`, text])),
    },
    { on: null },
  );
const requestOf = (name: string, job: string, n: number, state: MarkedState): MarkRequest => ({
  ...{ ...asker, project: name, state, reason: REASON, hash: null },
  chosen: { periods: [{ job: `${name}/${job}`, period: new Date(day(n)) }] },
});
const planOf = (request: MarkRequest) => mark(hera.context, { ...request, hash: null });
async function write(request: MarkRequest): Promise<void> {
  await mark(hera.context, { ...request, hash: (await planOf(request)).hash });
  await hera.payPages();
}
const marked = (name: string, job: string, n: number, state: MarkedState) => write(requestOf(name, job, n, state));
const look = (name: string, job: string, n: number) => hera.run(`${name}/${job}`, day(n));
const auditOf = async (name: string) =>
  hera.database`select who, subject, body from audit where project = ${name} and what = 'mark' order by id`;

describe('a mark of a run that waits', () => {
  test('ends its wait with the reason, releases what waits for it, and is never undone', async () => {
    await deploy('wait', { src: DAILY, ...PAIR, up: `needs: [./src]\n${JOB}` });
    await hera.tick(day(1));
    expect((await planOf(requestOf('wait', 'up', 1, 'succeeded'))).runs).toMatchObject([
      { job: 'wait/up', action: 'mark', why: 'waits (need): that ends' },
    ]);
    await marked('wait', 'up', 1, 'succeeded');
    const is = { state: 'succeeded', fact: 'succeeded', owed: null, live: null };
    expect(await look('wait', 'up', 1)).toMatchObject({
      ...is,
      reasons: [{ kind: 'marked', reason: REASON, by: 'ann' }],
    });
    expect((await look('wait', 'down', 1)).state).toBe('queued');
    await hera.end('wait/src', day(1), OK);
    await hera.tick(day(1));
    expect(await look('wait', 'up', 1)).toMatchObject({ ...is, turn: 0 });
    expect(await auditOf('wait')).toMatchObject([
      {
        who: 'ann',
        body: { job: 'wait/up', state: 'succeeded', reason: REASON, was: { fact: 'none', state: 'waiting' } },
      },
    ]);
  });

  test('for a retry gives that turn up, gives its hold back, and tells the execution that sleeps for it', async () => {
    await deploy('retry', { a: RETRIED });
    await hera.tick(day(1));
    await hera.tick(day(2));
    await hera.end('retry/a', day(1), FAILED);
    expect(await look('retry', 'a', 1)).toMatchObject({ state: 'waiting', live: 2 });
    expect((await look('retry', 'a', 2)).state).toBe('waiting');
    await marked('retry', 'a', 1, 'failed');
    const first = await look('retry', 'a', 1);
    expect(first).toMatchObject({ state: 'failed', fact: 'failed', owed: null, live: null });
    expect((await look('retry', 'a', 2)).state).toBe('queued');
    expect(await hera.database`select turn from outbox where run = ${first.id} and kind = 'cancel'`).toEqual([
      { turn: 2 },
    ]);
    expect(await open(hera.context, { run: first.id, temporalRunId: 'w' })).toMatchObject({ kind: 'none' });
  });

  test('that a freeze stopped at the door gives its turn up', async () => {
    await deploy('held', { a: DAILY });
    await hera.tick(day(1));
    const { id } = await look('held', 'a', 1);
    const asked = {
      ...{ ...asker, project: 'held', reason: 'r', until: null },
      target: { scope: 'project', subject: '', job: null },
    } as const;
    await freeze(hera.context, { ...asked, hash: (await freeze(hera.context, { ...asked, hash: null })).hash });
    await open(hera.context, { run: id, temporalRunId: 'w' });
    expect(await look('held', 'a', 1)).toMatchObject({ state: 'waiting', live: 1 });
    await marked('held', 'a', 1, 'skipped');
    expect(await look('held', 'a', 1)).toMatchObject({ state: 'skipped', fact: 'skipped', live: null, owed: null });
    expect((await hera.database`select run from hold where run = ${id}`).length).toBe(0);
  });
});

describe('a mark of a period that has no run', () => {
  test('before its tick leaves the tick nothing to do, and frees what waits for it', async () => {
    await deploy('early', PAIR);
    const request = requestOf('early', 'up', 1, 'succeeded');
    expect((await planOf(request)).runs[0]!.why).toBe('its tick is still to come, and will find the mark');
    await write(request);
    await hera.tick(day(1));
    expect(await look('early', 'up', 1)).toMatchObject({ state: 'succeeded', owed: null, turn: 0, live: null });
    expect((await look('early', 'down', 1)).state).toBe('queued');
  });

  test('and its tick, at the same moment, make one run that is marked and not run', async () => {
    for (let i = 1; i <= 12; i += 1) {
      const name = `moment${i}`;
      await deploy(name, PAIR);
      const request = requestOf(name, 'up', 1, 'succeeded');
      const { hash } = await planOf(request);
      const [done] = await Promise.allSettled([mark(hera.context, { ...request, hash }), hera.tick(day(1))]);
      await hera.payPages();
      const run = await look(name, 'up', 1);
      // Refused only where the tick's turn was admitted first.
      if (done.status === 'rejected') expect(run).toMatchObject({ state: 'queued', fact: 'none' });
      else {
        expect(run).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null, live: null });
        expect((await look(name, 'down', 1)).state).toBe('queued');
      }
    }
  });

  test('that is no tick is refused with the nearest two', async () => {
    await deploy('between', { a: DAILY });
    const asked = requestOf('between', 'a', 1, 'failed');
    const chosen = { periods: [{ job: 'between/a', period: new Date('2030-01-01T10:00:00Z') }] };
    await expect(planOf({ ...asked, chosen })).rejects.toMatchObject({
      code: 'invalid',
      more: { help: 'the nearest: 2030-01-01T00:00:00Z, 2030-01-02T00:00:00Z' },
    });
  });
});

describe('a mark of a run that is under way', () => {
  test('is refused with the remedy, all of its request with it, until the run is cancelled', async () => {
    await deploy('busy', { a: DAILY });
    await hera.tick(day(1));
    const both: MarkRequest = {
      ...requestOf('busy', 'a', 1, 'succeeded'),
      chosen: { jobs: 'busy/*', from: new Date(day(1)), to: new Date(day(3)) },
    };
    const plan = await planOf(both);
    expect(plan.runs.map(({ action }) => action)).toEqual(['cancel first', 'mark']);
    await expect(mark(hera.context, { ...both, hash: plan.hash })).rejects.toMatchObject({
      code: 'conflict',
      more: { help: `cancel it first: hera cancel busy/a@${day(1)}` },
    });
    await expect(look('busy', 'a', 2)).rejects.toThrow('there is no run');
    await cancelRun(hera.context, { ...asker, run: (await look('busy', 'a', 1)).id, owed: false });
    const at = { job: 'busy/a', period: day(1).replace('Z', '.000Z') };
    const difference = {
      counts: { came: 0, went: 0, changed: 1 },
      ...{ came: [], went: [], changed: [{ ...at, before: 'cancel first', action: 'mark' }] },
    };
    await expect(mark(hera.context, { ...both, hash: plan.hash })).rejects.toMatchObject({
      ...{ code: 'stale', more: { details: { kind: 'mark', difference } } },
    });
    await expect(mark(hera.context, { ...both, hash: 'never shown' })).rejects.toMatchObject({
      ...{ code: 'stale', more: { details: { difference: null } } },
    });
    await write(both);
    for (const n of [1, 2]) expect(await look('busy', 'a', n)).toMatchObject({ state: 'succeeded', fact: 'succeeded' });
  });

  test('by hand, waiting for the hold, is refused too', async () => {
    await deploy('hand', { a: DAILY });
    await hera.tick(day(1));
    await askRun(hera.context, { ...asker, project: 'hand', job: 'hand/a', period: new Date(day(2)) });
    expect(await look('hand', 'a', 2)).toMatchObject({ state: 'waiting', live: 1 });
    expect((await planOf(requestOf('hand', 'a', 2, 'failed'))).runs[0]!.action).toBe('cancel first');
    await expect(marked('hand', 'a', 2, 'failed')).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a mark of what has ended', () => {
  test('as succeeded frees what waited for the failure to be repaired', async () => {
    await deploy('repair', PAIR);
    await hera.tick(day(1));
    await hera.end('repair/up', day(1), FAILED);
    expect((await look('repair', 'down', 1)).state).toBe('waiting');
    await marked('repair', 'up', 1, 'succeeded');
    expect((await look('repair', 'up', 1)).state).toBe('succeeded');
    expect((await look('repair', 'down', 1)).state).toBe('queued');
  });

  test('as failed holds back what had its need met already and waits for something else yet', async () => {
    await deploy('back', { ...PAIR, other: DAILY, down: `needs: [./up, ./other]\n${JOB}` });
    await hera.tick(day(1));
    await hera.end('back/up', day(1), OK);
    await marked('back', 'up', 1, 'failed');
    await hera.end('back/other', day(1), OK);
    expect(await look('back', 'down', 1)).toMatchObject({
      state: 'waiting',
      reasons: [{ kind: 'need', job: 'back/up', state: 'failed' }],
    });
  });

  test('as skipped skips what waits for it', async () => {
    await deploy('skip', PAIR);
    await hera.tick(day(1));
    await hera.end('skip/up', day(1), FAILED);
    await marked('skip', 'up', 1, 'skipped');
    expect(await look('skip', 'down', 1)).toMatchObject({ state: 'skipped', reasons: [{ kind: 'upstream-skipped' }] });
  });

  test('repeated is the same plan and changes nothing; what succeeded by itself keeps its own fact', async () => {
    await deploy('again', { a: DAILY });
    await hera.tick(day(1));
    await hera.end('again/a', day(1), OK);
    const range: MarkRequest = {
      ...requestOf('again', 'a', 1, 'succeeded'),
      chosen: { jobs: 'again/a', from: new Date(day(1)), to: new Date(day(3)) },
    };
    const { hash } = await planOf(range);
    await mark(hera.context, { ...range, hash });
    await mark(hera.context, { ...range, hash });
    expect((await auditOf('again')).length).toBe(1);
    expect((await planOf(range)).runs.map(({ why }) => why)).toEqual([
      'is succeeded already: stays so',
      'is succeeded already, marked by ann: stays so',
    ]);
    expect((await look('again', 'a', 1)).reasons).toEqual([]);
  });

  test('stays what a run is after a turn by hand of it', async () => {
    await deploy('after', { a: DAILY });
    await marked('after', 'a', 1, 'succeeded');
    await askRun(hera.context, { ...asker, project: 'after', job: 'after/a', period: new Date(day(1)) });
    await hera.end('after/a', day(1), FAILED);
    expect(await look('after', 'a', 1)).toMatchObject({
      ...{ state: 'succeeded', fact: 'succeeded', turn: 1 },
      reasons: [{ kind: 'marked' }],
    });
  });
});

describe('an apply that marks what is missing', () => {
  const files = (name: string) => ({
    'hera.project.yaml': `name: ${name}\nzone: UTC\n`,
    [`${name}/up.yaml`]: DAILY,
    [`${name}/down.yaml`]: `needs: [{ job: ./up, last: 3, unit: day }]\n${DAILY}`,
  });
  const midnight = new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000);
  const next = midnight.toISOString();

  test('leaves the next run nothing to await that nobody will run, and says why each was marked', async () => {
    const { marked, planned } = await hera.apply(files('fresh'), { on: null, markMissing: true });
    expect(marked).toBe(2);
    expect(planned.warnings).toMatchObject([{ kind: 'never-run', help: expect.stringContaining('--mark-missing') }]);
    const before = new Date(midnight.getTime() - 86_400_000).toISOString();
    expect(await hera.run('fresh/up', before)).toMatchObject({
      ...{ state: 'succeeded', fact: 'succeeded', turn: 0 },
      reasons: [{ kind: 'marked', reason: 'never run: its job was first deployed later', by: 'tester' }],
    });
    expect((await auditOf('fresh')).length).toBe(2);
    await hera.tick(next);
    await hera.end('fresh/up', next, OK);
    expect((await hera.run('fresh/down', next)).state).toBe('queued');
  });

  test('is not the same as one that does not: the next run waits, and says that they were never run', async () => {
    expect((await hera.apply(files('plain'), { on: null })).marked).toBe(0);
    await hera.tick(next);
    await hera.end('plain/up', next, OK);
    const run = await hera.run('plain/down', next);
    expect(run.state).toBe('waiting');
    expect(run.reasons.map(({ job, state }) => [job, state])).toEqual([
      ['plain/up', 'none'],
      ['plain/up', 'none'],
    ]);
  });
});

test('a mark without a reason is refused', async () => {
  await deploy('mute', { a: DAILY });
  await expect(planOf({ ...requestOf('mute', 'a', 1, 'failed'), reason: ' ' })).rejects.toMatchObject({
    code: 'invalid',
  });
});
