import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../../runtime/control/open.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { freeze } from '../../../runtime/control/operations/freeze.js';
import { recover } from '../../../runtime/control/operations/repair/recover.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { settle } from '../../../runtime/control/settle.js';
import type { Ending } from '../../../workflows/contract.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// recover by its rule in the table of triggers: with retries and alerts, without needs, and what failed behind it runs again after its needs.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const DAILY = 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n';
const RUN = 'run: { shell: "true" }\n';
const day = (n: number): string => `2024-03-${String(n).padStart(2, '0')}T00:00:00Z`;
/** Each test has a project and a folder of its own, as if it had been in force since long: a recover is about periods whose tick has come. */
let here = '';
async function deploy(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  here = name;
  const inFolder = Object.entries(files).map(([path, text]) => [`${name}/${path}`, text] as const);
  const all = { 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, ...Object.fromEntries(inFolder) };
  const { deployment } = await hera.apply(all, { on: null });
  await hera.database`update deployment set in_force_at = '2024-01-01' where id = ${deployment}`;
}
const run = (job: string, period: string) => hera.run(`${here}/${job}`, period);
const end = (job: string, period: string, ending: Ending) => hera.end(`${here}/${job}`, period, ending);
/** Without the folder of the test. */
const short = (job: string): string => job.slice(here.length + 1);
/** A tick of long ago is made up for. */
const tick = (instant: string) => hera.tick(instant, { newest: true });
type Chosen = Parameters<typeof recover>[1]['chosen'];
const named = (...names: readonly string[]): Chosen => ({
  periods: names.map((name) => ({ job: `${here}/${name.split('@')[0]!}`, period: new Date(name.split('@')[1]!) })),
});
const planOf = (
  project: string,
  chosen: Chosen,
  downstream: 'missing' | 'none' = 'missing',
  hash: string | null = null,
) => recover(hera.context, { ...asker, project, chosen, downstream, hash });
async function recovered(project: string, chosen: Chosen, downstream: 'missing' | 'none' = 'missing') {
  const { hash } = await planOf(project, chosen, downstream);
  return planOf(project, chosen, downstream, hash);
}
const membersOf = (operation: string | null) => hera.database<{ path: string; state: string }[]>`
  select job.path, member.state from member join job on job.id = member.job where operation = ${operation} order by ord`;

/** up → mid → end, and up → beside; each has run its course for a day. */
const CHAIN = {
  'up.yaml': DAILY,
  'mid.yaml': `needs: [./up]\n${RUN}`,
  'end.yaml': `needs: [./mid]\n${RUN}`,
  'beside.yaml': `needs: [./up]\n${RUN}`,
};

describe('a recover', () => {
  test('runs a failed period again, releases what waits, and says in its plan what it will do and for how long', async () => {
    await deploy('again', CHAIN);
    await tick(day(1));
    await end('up', day(1), FAILED);
    await hera.database`update run set started_at = now() - interval '90 seconds', ended_at = now(), state = 'succeeded'
      where project = 'again' and period < ${day(1)}`;
    const plan = await planOf('again', named(`up@${day(1)}`));
    expect(plan).toMatchObject({
      ...{ kind: 'recover', total: 1, operation: null, counts: { run: 1 }, inFlight: [] },
      runs: [{ job: 'again/up', action: 'run', why: 'was failed' }],
    });
    const done = await recovered('again', named(`up@${day(1)}`));
    expect(await run('up', day(1))).toMatchObject({ state: 'queued', owed: 'recover', fact: 'none', turn: 2 });
    await end('up', day(1), OK);
    expect(await run('up', day(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null });
    expect((await run('mid', day(1))).state).toBe('queued');
    expect(await membersOf(done.operation)).toEqual([{ path: 'again/up', state: 'succeeded' }]);
    const [row] =
      await hera.database`select finished_at is not null as done from operation where id = ${done.operation}`;
    expect(row).toEqual({ done: true });
  });

  test('waits for none of its own needs, has the retries of its job, and tells when it fails for good', async () => {
    await deploy('alone', { ...CHAIN, 'mid.yaml': `needs: [./up]\nretries: { times: 1, wait: 0s }\n${RUN}` });
    await tick(day(1));
    await recovered('alone', named(`mid@${day(1)}`));
    expect(await run('mid', day(1))).toMatchObject({ state: 'queued', owed: 'recover', trigger: 'recover' });
    await end('mid', day(1), FAILED);
    expect(await run('mid', day(1))).toMatchObject({ state: 'waiting', turn: 2, reasons: [{ kind: 'retry' }] });
    await end('mid', day(1), FAILED);
    const { id } = await run('mid', day(1));
    expect(await run('mid', day(1))).toMatchObject({ state: 'failed', fact: 'failed' });
    const alerts = await hera.database`select body->>'trigger' as trigger from alert where run = ${id}`;
    expect(alerts).toEqual([{ trigger: 'recover' }]);
  });

  test('makes what failed behind it run after its needs, through what waits, and leaves what succeeded or was cancelled', async () => {
    await deploy('behind', { ...CHAIN, 'join.yaml': `needs: [./end, ./beside]\n${RUN}` });
    await tick(day(1));
    await end('up', day(1), OK);
    await end('mid', day(1), FAILED);
    await end('beside', day(1), OK);
    const [mid, beside] = [await run('mid', day(1)), await run('beside', day(1))];
    const plan = await recovered('behind', named(`up@${day(1)}`));
    expect(plan.runs.map(({ job, action }) => `${short(job)}: ${action}`)).toEqual([
      'up: run',
      'mid: run after its needs',
    ]);
    expect(await run('mid', day(1))).toMatchObject({
      state: 'waiting',
      owed: 'dependency',
      fact: 'none',
      turn: mid.turn,
    });
    expect(await run('beside', day(1))).toMatchObject({ state: 'succeeded', turn: beside.turn });
    await end('up', day(1), OK);
    expect((await run('mid', day(1))).state).toBe('queued');
    await end('mid', day(1), OK);
    await end('end', day(1), OK);
    expect(await run('join', day(1))).toMatchObject({ state: 'queued', turn: 1 });
    expect((await run('beside', day(1))).turn).toBe(beside.turn);
  });

  test('with `downstream: none` leaves alone what failed behind it', async () => {
    await deploy('only', CHAIN);
    await tick(day(1));
    await end('up', day(1), OK);
    await end('mid', day(1), FAILED);
    const plan = await recovered('only', named(`up@${day(1)}`), 'none');
    expect(plan.total).toBe(1);
    expect(await run('mid', day(1))).toMatchObject({ state: 'failed', fact: 'failed', owed: null });
  });

  test('takes all that ended so in a range, by a glob', async () => {
    await deploy('night', { 'a/x.yaml': DAILY, 'a/y.yaml': DAILY, 'b/z.yaml': DAILY });
    for (const n of [1, 2]) {
      await tick(day(n));
      for (const job of ['a/x', 'b/z']) await end(job, day(n), FAILED);
      await end('a/y', day(n), OK);
    }
    const range = { from: new Date(day(1)), to: new Date(day(3)), states: ['failed', 'timed_out'] } as const;
    const listed = async (jobs: string | null) =>
      (await planOf('night', { ...range, jobs })).runs.map(({ job, period }) => `${short(job)} ${period.slice(8, 10)}`);
    expect(await listed(null)).toEqual(['a/x 01', 'b/z 01', 'a/x 02', 'b/z 02']);
    expect(await listed('night/a/**')).toEqual(['a/x 01', 'a/x 02']);
    expect(await listed('night/c/**')).toEqual([]);
    expect((await recovered('night', { ...range, jobs: 'night/a/*' })).total).toBe(2);
    // One at a time, for they are of one job.
    expect([(await run('a/x', day(1))).state, (await run('a/x', day(2))).state]).toEqual(['queued', 'waiting']);
    expect((await run('b/z', day(1))).state).toBe('failed');
  });

  test('is refused where something is under way, for a period whose tick has not come, and when the plan has become another', async () => {
    await deploy('refused', CHAIN);
    await tick(day(1));
    const busy = await planOf('refused', named(`up@${day(1)}`));
    expect(busy.runs).toMatchObject([{ action: 'cancel first', why: 'it is queued' }]);
    await expect(planOf('refused', named(`up@${day(1)}`), 'missing', busy.hash)).rejects.toMatchObject({
      ...{ code: 'conflict', message: 'refused/up@2024-03-01T00:00:00.000Z is under way' },
    });
    await end('up', day(1), FAILED);
    await expect(planOf('refused', named(`up@${day(1)}`), 'missing', busy.hash)).rejects.toMatchObject({
      code: 'stale',
    });
    expect(await run('up', day(1))).toMatchObject({ state: 'failed', fact: 'failed', owed: null });
    await expect(planOf('refused', named('up@2099-01-01T00:00:00Z'))).rejects.toMatchObject({ code: 'invalid' });
    await expect(planOf('refused', named(`up@${day(1).replace('T00', 'T01')}`))).rejects.toMatchObject({
      code: 'invalid',
    });
    await expect(planOf('refused', named(`nobody@${day(1)}`))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('runs although a freeze covers its job or the job is closed, and its plan says so', async () => {
    await deploy('cold', { 'a.yaml': DAILY, 'b.yaml': `enabled: false\n${DAILY}` });
    const request = { ...asker, project: 'cold', reason: 'source moves', until: null };
    const target = { scope: 'project', subject: '', job: null } as const;
    const { hash } = await freeze(hera.context, { ...request, target, hash: null });
    await freeze(hera.context, { ...request, target, hash });
    const plan = await recovered('cold', named(`a@${day(1)}`, `b@${day(1)}`));
    expect(plan.runs.map(({ why }) => why)).toEqual([
      'has never run; frozen (source moves, by tester): it runs all the same',
      'has never run; its job is closed: it runs all the same; frozen (source moves, by tester): it runs all the same',
    ]);
    for (const job of ['a', 'b']) {
      const { id } = await run(job, day(1));
      expect(await open(hera.context, { run: id, temporalRunId: 'w' })).toMatchObject({ kind: 'go' });
    }
  });

  test('takes the place of a retry to come', async () => {
    await deploy('retry', { ...CHAIN, 'up.yaml': `retries: { times: 3, wait: 1h }\n${DAILY}` });
    await tick(day(1));
    await end('up', day(1), FAILED);
    expect(await run('up', day(1))).toMatchObject({ state: 'waiting', turn: 2, reasons: [{ kind: 'retry' }] });
    await recovered('retry', named(`up@${day(1)}`));
    expect(await run('up', day(1))).toMatchObject({ state: 'queued', turn: 3, trigger: 'recover' });
  });

  test('awaits nothing after a commit that comes while it waits for its turn', async () => {
    await deploy('later', CHAIN);
    await recovered('later', named(`mid@${day(1)}`, `mid@${day(2)}`));
    expect(await run('mid', day(2))).toMatchObject({ state: 'waiting', reasons: [{ kind: 'overlap' }] });
    const text = { 'later/mid.yaml': `description: other\nneeds: [./up, ./end]\n${RUN}`, 'later/end.yaml': DAILY };
    const files = { 'hera.project.yaml': 'name: later\nzone: UTC\n', 'later/up.yaml': DAILY, ...text };
    const [{ deployment } = { deployment: '' }] = await hera.database<{ deployment: string }[]>`
      select deployment from project where name = 'later'`;
    await hera.apply(files, { on: deployment });
    await hera.payPages();
    await end('mid', day(1), OK);
    const { deployment: next } = (await hera.database`select deployment from project where name = 'later'`)[0]!;
    expect(await run('mid', day(2))).toMatchObject({ state: 'queued', trigger: 'recover' });
    const [turn] = await hera.database`select turn.deployment from turn join run on run.id = turn.run
      where run.period = ${day(2)} and run.project = 'later' and turn.trigger = 'recover'`;
    expect(turn!.deployment).toBe(next);
  });

  test('that is cancelled before a process began leaves the period as it was; after that it is cancelled', async () => {
    await deploy('back', CHAIN);
    await tick(day(1));
    await end('up', day(1), OK);
    const first = await recovered('back', named(`up@${day(1)}`));
    expect((await run('up', day(1))).fact).toBe('none');
    const { id } = await run('up', day(1));
    await cancelRun(hera.context, { ...asker, run: id, owed: false });
    expect(await run('up', day(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null });
    expect(await membersOf(first.operation)).toEqual([{ path: 'back/up', state: 'withdrawn' }]);
    const second = await recovered('back', named(`up@${day(1)}`));
    const opened = await open(hera.context, { run: id, temporalRunId: 'w' });
    await hera.database`
      insert into attempt (run, n, turn, project, job, state, instance, host, machine_group, deployment, commit, definition, begun_at, renewed_at)
      select run.id, 2, run.turn, run.project, run.job, 'lost', gen_random_uuid(), 'h', 'default', run.evaluated_by, 'c', 'd', now(), now()
      from run where id = ${id}`;
    expect(opened).toMatchObject({ kind: 'go' });
    await cancelRun(hera.context, { ...asker, run: id, owed: false });
    await settle(hera.context, id, opened.kind === 'go' ? opened.turn : 0, { kind: 'cancelled' });
    expect(await run('up', day(1))).toMatchObject({ state: 'cancelled', fact: 'cancelled' });
    expect(await membersOf(second.operation)).toEqual([{ path: 'back/up', state: 'cancelled' }]);
  });

  test('is refused beside a run by hand that waits or runs', async () => {
    await deploy('hand', { 'a.yaml': DAILY });
    await tick(day(1));
    await askRun(hera.context, { ...asker, project: 'hand', job: 'hand/a', period: new Date(day(2)) });
    const plan = await planOf('hand', named(`a@${day(2)}`));
    expect(plan.runs).toMatchObject([{ action: 'cancel first' }]);
  });
});
