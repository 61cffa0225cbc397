import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../../runtime/control/open.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { cascade } from '../../../runtime/control/operations/repair/cascade.js';
import { cascadePage } from '../../../runtime/control/operations/repair/cascade-page.js';
import { resumeCascade } from '../../../runtime/control/operations/repair/cascade-resume.js';
import { cancelCascade } from '../../../runtime/control/operations/repair/cascade-withdraw.js';
import { settle } from '../../../runtime/control/settle.js';
import type { Ending } from '../../../workflows/contract.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// cascade on a real database: everything behind a period, each once, each after all of its parts, whatever ends in whatever order.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const DAILY = 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n';
const RUN = 'run: { shell: "true" }\n';
const at = (day: number, hour = 0): string =>
  `2024-03-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00Z`;

/** Each test has a project and a folder of its own, in force since long: a cascade is about periods whose tick has come. */
let here = '';
let files: Readonly<Record<string, string>> = {};
async function deploy(name: string, of: Readonly<Record<string, string>>): Promise<void> {
  here = name;
  files = {
    'hera.project.yaml': `name: ${name}\nzone: UTC\n`,
    ...Object.fromEntries(Object.entries(of).map(([path, text]) => [`${name}/${path}`, text])),
  };
  const { deployment } = await hera.apply(files, { on: null });
  await hera.database`update deployment set in_force_at = '2024-01-01' where id = ${deployment}`;
}
const tick = (instant: string) => hera.tick(instant, { newest: true });
const run = (job: string, period: string) => hera.run(`${here}/${job}`, period);
const end = (job: string, period: string, ending: Ending = OK) => hera.end(`${here}/${job}`, period, ending);
/** By an execution that had no other turn. */
async function endApart(job: string, period: string): Promise<void> {
  const { id } = await run(job, period);
  const opened = await open(hera.context, { run: id, temporalRunId: `${job} again` });
  await hera.database`update run set state = 'running' where id = ${id} and state = 'queued'`;
  await settle(hera.context, id, opened.kind === 'go' ? opened.turn : 0, OK);
}
const short = (job: string): string => job.slice(here.length + 1);

type Options = Readonly<{
  limits?: Partial<Parameters<typeof cascade>[1]['limits']>;
  onlyFailed?: boolean;
  inFlight?: 'wait' | 'cancel';
}>;
const NO_LIMITS = { folders: [], jobs: null, depth: null, until: null };
const planOf = (
  starts: readonly (readonly [string, string])[],
  { limits = {}, onlyFailed = false, inFlight = 'wait' }: Options = {},
  hash: string | null = null,
) =>
  cascade(
    hera.context,
    {
      ...{ ...asker, project: here, onlyFailed, inFlight, hash },
      limits: { ...NO_LIMITS, ...limits },
      starts: starts.map(([job, period]) => ({ job: `${here}/${job}`, period: new Date(period) })),
    },
    async () => {},
  );
const makeAll = async (operation: string): Promise<void> => {
  while (!(await cascadePage(hera.context, operation)));
};
async function cascaded(starts: readonly (readonly [string, string])[], options: Options = {}): Promise<string> {
  const { hash } = await planOf(starts, options);
  const { operation } = await planOf(starts, options, hash);
  await makeAll(operation!);
  return operation!;
}
const membersOf = async (operation: string): Promise<Readonly<Record<string, string>>> => {
  const rows = await hera.database<{ path: string; period: Date; state: string }[]>`
    select job.path, member.period, member.state from member join job on job.id = member.job
    where operation = ${operation} order by ord`;
  return Object.fromEntries(
    rows.map((row) => [`${short(row.path)} ${row.period.toISOString().slice(8, 13)}`, row.state]),
  );
};
const isFinished = async (operation: string): Promise<boolean> =>
  (await hera.database`select from operation where id = ${operation} and finished_at is not null`).length === 1;
const statesOf = async (period: string, ...jobs: readonly string[]) =>
  Promise.all(jobs.map(async (job) => (await run(job, period)).state));

/** U → A → J and U → B → C → J: branches of unequal length. */
const DIAMOND = {
  'u.yaml': DAILY,
  'a.yaml': `needs: [./u]\n${RUN}`,
  'b.yaml': `needs: [./u]\n${RUN}`,
  'c.yaml': `needs: [./b]\n${RUN}`,
  'j.yaml': `needs: [./a, ./c]\n${RUN}`,
};
async function runDay(period: string, ...jobs: readonly string[]): Promise<void> {
  await tick(period);
  for (const job of jobs) await end(job, period);
}

describe('a cascade', () => {
  test('runs a join once, after the last of its parts, and says so in its plan', async () => {
    await deploy('diamond', DIAMOND);
    await runDay(at(1), 'u', 'a', 'b', 'c', 'j');
    await hera.database`update run set started_at = ended_at - interval '1 minute' where project = ${here}`;
    const plan = await planOf([['u', at(1)]]);
    expect(plan.estimate).toEqual({ workMs: 300_000, longestMs: 240_000, unknown: 0 });
    expect(plan.runs.map(({ job, action, why }) => `${short(job)}: ${action}: ${why}`)).toEqual([
      'u: run: asked; was succeeded',
      `a: run: awaits diamond/u@${at(1)}; was succeeded`,
      `b: run: awaits diamond/u@${at(1)}; was succeeded`,
      `c: run: awaits diamond/b@${at(1)}; was succeeded`,
      `j: run: awaits diamond/a@${at(1)} and 1 more; was succeeded`,
    ]);
    expect(plan).toMatchObject({ total: 5, counts: { run: 5 }, inFlight: [], waiting: [] });
    const operation = await cascaded([['u', at(1)]]);
    expect(await statesOf(at(1), 'u', 'a', 'b', 'c', 'j')).toEqual(['queued', ...Array(4).fill('waiting')]);
    expect((await run('j', at(1))).fact).toBe('none');
    await end('u', at(1));
    await end('a', at(1));
    expect(await statesOf(at(1), 'b', 'c', 'j')).toEqual(['queued', 'waiting', 'waiting']);
    await end('b', at(1));
    await end('c', at(1));
    await end('j', at(1));
    for (const job of ['u', 'a', 'b', 'c', 'j'])
      expect(await run(job, at(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', turn: 2, owed: null });
    expect(await isFinished(operation)).toBe(true);
    expect(Object.values(await membersOf(operation))).toEqual(Array(5).fill('succeeded'));
  });

  test('crosses cadences: hours feed a day, a day feeds the next one and a week', async () => {
    await deploy('cadences', {
      'hour.yaml': `schedule: "0 0,12 * * *"\n${RUN}`,
      'day.yaml': `schedule: "0 1 * * *"\nneeds: [{ job: ./hour, periods: all }, { self: previous }]\n${RUN}`,
      'week.yaml': `schedule: "0 2 * * 1"\nneeds: [{ job: ./day, periods: all }]\n${RUN}`,
    });
    // March 2024: the 4th is a Monday.
    const plan = await planOf([['hour', at(1, 12)]], { limits: { until: Date.parse(at(5)) } });
    expect(plan.runs.map(({ job, period }) => `${short(job)} ${period.slice(8, 13)}`)).toEqual([
      'hour 01T12',
      'day 02T01',
      'day 03T01',
      'day 04T01',
      'week 04T02',
    ]);
  });

  test('stops only behind what fails; others go on; resumed, it continues and runs nothing twice', async () => {
    await deploy('branches', DIAMOND);
    await runDay(at(1), 'u', 'a', 'b', 'c', 'j');
    const operation = await cascaded([['u', at(1)]]);
    await end('u', at(1));
    await end('b', at(1), FAILED);
    await end('a', at(1));
    expect(await statesOf(at(1), 'a', 'b', 'c', 'j')).toEqual(['succeeded', 'failed', 'waiting', 'waiting']);
    expect(await isFinished(operation)).toBe(false);
    const seen = await resumeCascade(hera.context, { ...asker, operation, hash: null });
    expect(seen.runs.map(({ job, action }) => `${short(job)}: ${action}`)).toEqual([
      'b: run',
      'c: goes on',
      'j: goes on',
    ]);
    await resumeCascade(hera.context, { ...asker, operation, hash: seen.hash });
    expect(await statesOf(at(1), 'a', 'b', 'c', 'j')).toEqual(['succeeded', 'queued', 'waiting', 'waiting']);
    for (const job of ['b', 'c', 'j']) await end(job, at(1));
    expect(await isFinished(operation)).toBe(true);
    expect((await run('a', at(1))).turn).toBe(2);
    expect((await run('b', at(1))).turn).toBe(3);
    await expect(resumeCascade(hera.context, { ...asker, operation, hash: null })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('lets a run that still waited for others wait for those too, and runs nothing on missing data', async () => {
    await deploy('others', { ...DIAMOND, 'x.yaml': DAILY, 'j.yaml': `needs: [./a, ./c, ./x]\n${RUN}` });
    await tick(at(1));
    for (const job of ['u', 'a', 'b', 'c']) await end(job, at(1));
    const plan = await planOf([['u', at(1)]]);
    expect(plan.runs.at(-1)).toMatchObject({ job: 'others/j', action: 'run after its needs' });
    await cascaded([['u', at(1)]]);
    for (const job of ['u', 'a', 'b', 'c']) await end(job, at(1));
    expect(await run('j', at(1))).toMatchObject({ state: 'waiting', reasons: [{ kind: 'need', job: 'others/x' }] });
    await end('x', at(1));
    expect(await run('j', at(1))).toMatchObject({ state: 'queued', turn: 1, trigger: 'cascade' });
  });

  test('awaits what is under way, or cancels it where that is asked, and runs each once after that', async () => {
    for (const inFlight of ['wait', 'cancel'] as const) {
      await deploy(inFlight, { ...DIAMOND, 'a.yaml': `needs: [./u]\nretries: { times: 1, wait: 1h }\n${RUN}` });
      await tick(at(1));
      await end('u', at(1));
      await end('a', at(1), FAILED);
      const { id } = await run('b', at(1));
      const opened = await open(hera.context, { run: id, temporalRunId: 'w' });
      const plan = await planOf([['u', at(1)]], { inFlight });
      expect(plan.inFlight).toMatchObject([{ run: id, state: 'queued' }]);
      expect(plan.counts['cancel and run']).toBe(inFlight === 'cancel' ? 1 : undefined);
      await cascaded([['u', at(1)]], { inFlight });
      // The retry to come is given up; what runs is asked to end, or let be.
      expect(await run('a', at(1))).toMatchObject({ state: 'waiting', owed: 'cascade', live: null });
      const [turn] =
        await hera.database`select cancel_requested_at is not null as asked from turn where run = ${id} and n = 1`;
      expect(turn!.asked).toBe(inFlight === 'cancel');
      await end('u', at(1));
      await settle(
        hera.context,
        id,
        opened.kind === 'go' ? opened.turn : 0,
        inFlight === 'wait' ? OK : { kind: 'cancelled' },
      );
      expect(await run('b', at(1))).toMatchObject({ state: 'queued', owed: 'cascade', turn: 2, fact: 'none' });
      for (const job of ['b', 'a', 'c', 'j']) await endApart(job, at(1));
      expect(await run('j', at(1))).toMatchObject({ state: 'succeeded', turn: 1 });
    }
  });

  test('keeps to its limits: folder, job, depth, end, only what failed', async () => {
    await deploy('limits', { ...DIAMOND, 'far/k.yaml': `needs: [../j]\n${RUN}` });
    await tick(at(1));
    for (const job of ['u', 'b', 'c']) await end(job, at(1));
    await end('a', at(1), FAILED);
    const jobs = async (options: Options) =>
      (await planOf([['u', at(1)]], options)).runs.map(({ job }) => short(job)).join(' ');
    expect(await jobs({})).toBe('u a b c j far/k');
    expect(await jobs({ limits: { depth: 1 } })).toBe('u a b');
    expect(await jobs({ limits: { jobs: 'limits/*' } })).toBe('u a b c j');
    expect(await jobs({ limits: { folders: ['limits/far'] } })).toBe('u');
    expect(await jobs({ limits: { until: Date.parse(at(1)) } })).toBe('u');
    expect(await jobs({ onlyFailed: true })).toBe('a j far/k');
  });

  test('is withdrawn whole: what has not begun is what it was, what runs is cancelled, production has what it waited with', async () => {
    await deploy('whole', { ...DIAMOND, 'late.yaml': `needs: [./j, ./x]\n${RUN}`, 'x.yaml': DAILY });
    await runDay(at(1), 'u', 'a', 'b', 'c', 'j');
    const operation = await cascaded([['u', at(1)]]);
    await end('u', at(1));
    const { id } = await run('a', at(1));
    const opened = await open(hera.context, { run: id, temporalRunId: 'w' });
    await hera.database`
      insert into attempt (run, n, turn, project, job, state, instance, host, machine_group, deployment, commit, definition, begun_at, renewed_at)
      select run.id, 2, run.turn, run.project, run.job, 'live', gen_random_uuid(), 'h', 'default', run.evaluated_by, 'c', 'd', now(), now()
      from run where id = ${id}`;
    const plan = await cancelCascade(hera.context, { ...asker, operation, hash: null }, async () => {});
    expect(plan.counts).toEqual({ cancel: 2, withdraw: 3 });
    await cancelCascade(hera.context, { ...asker, operation, hash: plan.hash }, async () => {});
    await makeAll(operation);
    await hera.payPages();
    await settle(hera.context, id, opened.kind === 'go' ? opened.turn : 0, { kind: 'cancelled' });
    expect(await run('a', at(1))).toMatchObject({ state: 'cancelled', fact: 'cancelled' });
    for (const job of ['b', 'c', 'j'])
      expect(await run(job, at(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null, live: null });
    expect(await run('late', at(1))).toMatchObject({ state: 'waiting', owed: 'catch-up' });
    expect((await run('late', at(1))).reasons).toMatchObject([{ kind: 'need', job: 'whole/x' }]);
    expect(await membersOf(operation)).toEqual({
      ...{ 'u 01T00': 'succeeded', 'a 01T00': 'cancelled', 'b 01T00': 'withdrawn' },
      ...{ 'c 01T00': 'withdrawn', 'j 01T00': 'withdrawn', 'late 01T00': 'withdrawn' },
    });
    expect(await isFinished(operation)).toBe(true);
  });

  test('goes on with a page that was done half: nothing that a member has done since is lost', async () => {
    await deploy('half', DIAMOND);
    await runDay(at(1), 'u', 'a', 'b', 'c', 'j');
    const { hash } = await planOf([['u', at(1)]]);
    const operation = (await planOf([['u', at(1)]], {}, hash)).operation!;
    await cascadePage(hera.context, operation);
    const [{ cursor } = { cursor: null }] = await hera.database`select cursor from operation where id = ${operation}`;
    await makeAll(operation);
    await end('u', at(1));
    // As if the control plane had died after it made the members, before it noted that.
    await hera.database`update operation set cursor = ${hera.database.json(cursor)} where id = ${operation}`;
    await makeAll(operation);
    expect(await run('u', at(1))).toMatchObject({ state: 'succeeded', fact: 'succeeded', turn: 2 });
    for (const job of ['a', 'b', 'c', 'j']) await end(job, at(1));
    expect(await isFinished(operation)).toBe(true);
    for (const job of ['u', 'a', 'b', 'c', 'j']) expect((await run(job, at(1))).turn).toBe(2);
  });

  test('pins the definition in force when a member starts, and a commit that comes meanwhile changes only what has not begun', async () => {
    await deploy('commit', DIAMOND);
    await runDay(at(1), 'u', 'a', 'b', 'c', 'j');
    const plan = await planOf([['u', at(1)]]);
    expect(plan.notes.join()).toContain('definition in force when it starts');
    await cascaded([['u', at(1)]]);
    await end('u', at(1));
    const [{ deployment } = { deployment: '' }] = await hera.database<{ deployment: string }[]>`
      select deployment from project where name = ${here}`;
    const changed = { ...files, 'commit/j.yaml': `description: new\nneeds: [./a, ./c]\n${RUN}` };
    const { deployment: next } = await hera.apply(changed, { on: deployment });
    await hera.payPages();
    for (const job of ['a', 'b', 'c', 'j']) await end(job, at(1));
    const turns = await hera.database`
      select job.path, turn.deployment from turn join run on run.id = turn.run join job on job.id = run.job
      where run.project = ${here} and turn.n = 2 order by job.path`;
    expect(turns.map((turn) => [short(turn.path), turn.deployment === next])).toEqual([
      ['a', false],
      ['b', false],
      ['c', true],
      ['j', true],
      ['u', false],
    ]);
  });

  test('leaves what was skipped for a reason of its own, and the next one awaits the one before that', async () => {
    await deploy('skips', { 'd.yaml': `needs: [{ self: previous }]\n${DAILY}` });
    await hera.database`update deployment set in_force_at = '2024-02-29T12:00:00Z' where in_force_at = '2024-01-01'`;
    await runDay(at(1), 'd');
    await tick(at(2));
    await cancelRun(hera.context, { ...asker, run: (await run('d', at(2))).id, owed: true });
    await hera.database`update run set state = 'skipped', reasons = '[{"kind": "marked"}]' where project = ${here} and period = ${at(2)}`;
    await hera.database`update fact set state = 'skipped' where project = ${here} and period = ${at(2)}`;
    await runDay(at(3), 'd');
    const plan = await planOf([['d', at(1)]], { limits: { until: Date.parse(at(4)) } });
    expect(plan.runs.map(({ period }) => period.slice(8, 10))).toEqual(['01', '03']);
    await cascaded([['d', at(1)]], { limits: { until: Date.parse(at(4)) } });
    expect((await run('d', at(3))).reasons).toMatchObject([{ kind: 'need', period: at(1).replace('Z', '.000Z') }]);
    await end('d', at(1));
    await end('d', at(3));
  });
});
