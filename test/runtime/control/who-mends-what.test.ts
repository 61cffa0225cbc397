import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HookPoint, Hooks } from '../../../runtime/control/context.js';
import { open } from '../../../runtime/control/open.js';
import { settle } from '../../../runtime/control/settle.js';
import { tickPage } from '../../../runtime/control/tick.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// What breaks between two steps of the control plane, staged at named points: the process dies there, and whoever comes next goes on.
// A death is an exception at the point: what was committed before it stays, nothing after it happens.

class Died extends Error {}

const hooks: { -readonly [point in HookPoint]?: Hooks[point] } = {};
/** The next time the point is reached, the process dies; true once it has. */
const dieAt = (point: HookPoint) => {
  const death = { came: false };
  hooks[point] = () => {
    delete hooks[point];
    death.came = true;
    throw new Died(point);
  };
  return death;
};
const dies = (work: Promise<unknown>): Promise<void> => expect(work).rejects.toBeInstanceOf(Died);

let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl(hooks);
});
afterEach(() => {
  for (const point of Object.keys(hooks) as HookPoint[]) delete hooks[point];
});
afterAll(() => hera.stop());

const JOB = 'run: { shell: "true" }\n';
const DAILY = `schedule: "0 0 * * *"\n${JOB}`;
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T00:00:00Z`;
const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, ...files }, { on: null });

describe('a tick that dies', () => {
  test('between or within its pages is gone on with at its cursor: every run is there once, with one turn', async () => {
    const many = Object.fromEntries(Array.from({ length: 510 }, (_, i) => [`many/j${i}.yaml`, DAILY]));
    await deploy('many', many);
    const [timetables] = await hera.database<{ id: string }[]>`select id from timetable where project = 'many'`;
    const timetable = timetables!.id;
    const page = () => tickPage(hera.context, { timetable, instant: day(1) });
    // In the first page: made and not admitted; then admitted, and the cursor where it was; then the same in the second page.
    for (const point of ['tick.inserted', 'tick.admitted'] as const) {
      dieAt(point);
      await dies(page());
    }
    expect(await page()).toBe(false);
    for (const point of ['tick.inserted', 'tick.admitted'] as const) {
      dieAt(point);
      await dies(page());
    }
    expect(await page()).toBe(true);
    const [made] = await hera.database`
      select count(*)::int as runs, count(distinct job)::int as jobs, min(turn)::int as least, max(turn)::int as most,
             count(*) filter (where state = 'queued')::int as queued
      from run where project = 'many'`;
    expect(made).toEqual({ runs: 510, jobs: 510, least: 1, most: 1, queued: 510 });
    const [owed] = await hera.database`select count(*)::int as n from outbox where project = 'many' and kind = 'start'`;
    expect(owed!.n).toBe(510);
  });
});

describe('another deployment that comes between the telling of a plan and the lock of its project', () => {
  const project = { 'hera.project.yaml': 'name: between\nzone: UTC\n' };
  /** The project's row, as every tick takes it; false: somebody holds it. */
  const isFree = (): Promise<boolean> =>
    hera.database`select from project where name = 'between' for share nowait`.then(
      () => true,
      () => false,
    );

  test('makes it stale by what is in force then, with nothing of it written; the same commit is there already', async () => {
    const first = await hera.apply({ ...project, 'bw/a.yaml': JOB }, { on: null });
    const files = (other: string) => ({ ...project, 'bw/a.yaml': JOB, [`bw/${other}.yaml`]: JOB });
    /** While a plan is told, another commit is put in force. */
    const meanwhile = (commit: string, other: string, on: string): void => {
      hooks['apply.told'] = async () => {
        delete hooks['apply.told'];
        await hera.apply(files(other), { on, commit });
      };
    };
    meanwhile('c1', 'winner', first.deployment);
    const failure = await hera.apply(files('loser'), { on: first.deployment, commit: 'c2' }).catch((error) => error);
    const [force] = await hera.database`select deployment as id from project where name = 'between'`;
    expect(force!.id).not.toBe(first.deployment);
    expect(failure).toMatchObject({ code: 'stale', more: { details: { on: force!.id, planned: { on: force!.id } } } });
    const jobs = await hera.database`select path from job where path like 'bw/%' order by path`;
    expect(jobs.map(({ path }) => path)).toEqual(['bw/a', 'bw/winner']);
    meanwhile('c3', 'same', force!.id);
    expect(await hera.apply(files('same'), { on: force!.id, commit: 'c3' })).toMatchObject({ already: true });
  });

  test('could not come later: ticks go on while a plan is told, and wait while it is written', async () => {
    const seen: Record<string, boolean> = {};
    for (const point of ['apply.told', 'apply.locked', 'apply.written', 'apply.committed'] as const)
      hooks[point] = async () => {
        seen[point] = await isFree();
      };
    await hera.apply({ ...project, 'bw/b.yaml': JOB });
    expect(seen).toEqual({
      'apply.told': true,
      'apply.locked': false,
      'apply.written': false,
      'apply.committed': true,
    });
  });
});

describe('a schedule that fires twice', () => {
  test('makes each run once, also when both firings come at once', async () => {
    await deploy('twice', { 'twice/a.yaml': DAILY, 'twice/b.yaml': `needs: [./a]\n${JOB}` });
    await Promise.all(Array.from({ length: 5 }, () => hera.tick(day(1))));
    const rows = await hera.database`
      select job.path, run.turn from run join job on job.id = run.job where run.project = 'twice' order by 1`;
    expect(rows.map((row) => [row.path, row.turn])).toEqual([
      ['twice/a', 1],
      ['twice/b', 0],
    ]);
  });
});

describe('two executions of a run', () => {
  test('open the same turn and are answered the same; the newest one has it', async () => {
    await deploy('double', { 'double/a.yaml': DAILY });
    await hera.tick(day(1));
    const { id } = await hera.run('double/a', day(1));
    const first = await open(hera.context, { run: id, temporalRunId: 'e1' });
    expect(await open(hera.context, { run: id, temporalRunId: 'e2' })).toEqual(first);
    const owner = async () =>
      (await hera.database`select temporal_run_id as execution from turn where run = ${id}`)[0]!.execution;
    expect(await owner()).toBe('e2');
    // Both end it: the second is told what the first was.
    await hera.database`update run set state = 'running' where id = ${id}`;
    const settled = await settle(hera.context, id, 1, OK);
    expect(await settle(hera.context, id, 1, FAILED)).toEqual(settled);
    expect(await hera.run('double/a', day(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', turn: 1 });
  });
});

describe('a settle', () => {
  test('that dies before its commit has changed nothing, and is done when it is asked again', async () => {
    await deploy('before', { 'before/a.yaml': DAILY, 'before/b.yaml': `needs: [./a]\n${JOB}` });
    await hera.tick(day(1));
    const { id } = await hera.run('before/a', day(1));
    await open(hera.context, { run: id, temporalRunId: 'e1' });
    await hera.database`update run set state = 'running' where id = ${id}`;
    dieAt('settle.before-commit');
    await dies(settle(hera.context, id, 1, OK));
    expect(await hera.run('before/a', day(1))).toMatchObject({ state: 'running', fact: 'none', live: 1 });
    expect((await hera.run('before/b', day(1))).state).toBe('waiting');
    await settle(hera.context, id, 1, OK);
    expect((await hera.run('before/b', day(1))).state).toBe('queued');
  });

  test('that was committed and not answered answers the same when it is asked again, and releases nobody twice', async () => {
    await deploy('after', {
      'after/a.yaml': `retries: { times: 1, wait: 1h }\n${DAILY}`,
      'after/b.yaml': `needs: [./a]\n${JOB}`,
    });
    await hera.tick(day(1));
    const { id } = await hera.run('after/a', day(1));
    await open(hera.context, { run: id, temporalRunId: 'e1' });
    await hera.database`update run set state = 'running' where id = ${id}`;
    dieAt('settle.committed');
    await dies(settle(hera.context, id, 1, FAILED));
    const answers = await Promise.all([1, 2].map(() => settle(hera.context, id, 1, FAILED)));
    expect(answers).toEqual([answers[0], { kind: 'retry', turn: 2, waitMs: 3_600_000 }]);
    await hera.database`update turn set not_before = now() where run = ${id} and n = 2`;
    await open(hera.context, { run: id, temporalRunId: 'e1' });
    await hera.database`update run set state = 'running' where id = ${id}`;
    dieAt('settle.committed');
    await dies(settle(hera.context, id, 2, OK));
    expect(await settle(hera.context, id, 2, OK)).toMatchObject({ kind: 'done', outcome: 'succeeded' });
    expect(await hera.run('after/b', day(1))).toMatchObject({ state: 'queued', turn: 1 });
    const [turns] = await hera.database`select count(*)::int as n from turn where run = ${id}`;
    expect(turns!.n).toBe(2);
  });
});
