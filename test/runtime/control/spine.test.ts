import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Hera, startHera } from '../../support/hera.js';

// The way of a run, whole: a commit is applied, its timetable fires or a person asks, real processes run, facts release those that wait.

const PROJECT = 'name: shop\nzone: Asia/Shanghai\nmachineGroups: [default, other]\n';

const files = {
  'hera.project.yaml': PROJECT,
  'ods/orders.yaml': 'schedule: "0 2 * * *"\nrun: { shell: "echo orders of ${bizdate}" }\n',
  'ods/clicks.yaml': 'schedule: "30 2 * * *"\nrun: { shell: "echo clicks of ${bizdate}" }\n',
  'dw/joined.yaml': 'needs: [ods/orders, ods/clicks]\nrun: { shell: "echo joined $HERA_BIZDATE" }\n',
  'dw/total.ts':
    "import { defineJob, shell, self } from 'hera';\nexport default defineJob({ needs: ['./joined', self.previous()], run: shell('echo total') });\n",
  'bad/fails.yaml': 'schedule: "0 3 * * *"\nretries: { times: 1, wait: 1s }\nrun: { shell: "exit 3" }\n',
  'bad/after.yaml': 'needs: [bad/fails]\nrun: { shell: "true" }\n',
  'slow/sleeps.yaml': 'schedule: "0 4 * * *"\nrun: { shell: "exec sleep 300" }\n',
  'far/job.yaml': 'schedule: "0 5 * * *"\nmachineGroup: other\nrun: { shell: "true" }\n',
  'slow/late.yaml': 'schedule: "0 4 * * *"\ntimeout: 1s\ngrace: 1s\nrun: { shell: "exec sleep 300" }\n',
};

let hera: Hera;
beforeAll(async () => {
  hera = await startHera();
  await hera.apply(files);
});
afterAll(() => hera.stop());

const asker = { by: 'tester', via: 'test' };

async function backfill(jobs: string, from: string, to: string): Promise<string> {
  const request = {
    ...asker,
    project: 'shop',
    jobs,
    from: new Date(from),
    to: new Date(to),
    only: 'all' as const,
    parallel: 4,
  };
  const plan = await hera.running.control.backfill({ ...request, hash: null });
  const done = await hera.running.control.backfill({ ...request, hash: plan.hash });
  return done.operation!;
}

const finished = (operation: string) =>
  hera.until(async () => {
    const [row] =
      await hera.database`select finished_at from operation where id = ${operation} and finished_at is not null`;
    return row;
  }, `the end of backfill ${operation}`);

describe('a backfill of three days', () => {
  test('runs each period once, in the order of needs, with the join after both of its parts', async () => {
    await finished(await backfill('**', '2026-11-20T00:00:00+08:00', '2026-11-20T02:59:00+08:00'));
    const rows = await hera.database<{ path: string; state: string; attempts: number; started: Date; ended: Date }[]>`
      select job.path, run.state, count(attempt.*)::int as attempts, min(attempt.begun_at) as started, max(attempt.ended_at) as ended
      from run join job on job.id = run.job join attempt on attempt.run = run.id
      where run.period < '2026-11-20T02:59:00+08:00' group by 1, 2 order by 1`;
    expect(rows.map(({ path, state, attempts }) => ({ path, state, attempts }))).toEqual([
      { path: 'dw/joined', state: 'succeeded', attempts: 1 },
      { path: 'dw/total', state: 'succeeded', attempts: 1 },
      { path: 'ods/clicks', state: 'succeeded', attempts: 1 },
      { path: 'ods/orders', state: 'succeeded', attempts: 1 },
    ]);
    const at = Object.fromEntries(rows.map((row) => [row.path, row]));
    expect(at['dw/joined']!.started.getTime()).toBeGreaterThanOrEqual(at['ods/orders']!.ended.getTime());
    expect(at['dw/joined']!.started.getTime()).toBeGreaterThanOrEqual(at['ods/clicks']!.ended.getTime());
    expect(at['dw/total']!.started.getTime()).toBeGreaterThanOrEqual(at['dw/joined']!.ended.getTime());
  });

  test('a failing job is tried again as often as it says, then fails with its exit code, and what needs it waits with the reason', async () => {
    await backfill('bad/*', '2026-11-20T00:00:00+08:00', '2026-11-21T00:00:00+08:00');
    const run = await hera.until(async () => {
      const seen = await hera.run('bad/fails', '2026-11-20T03:00:00+08:00');
      return seen?.state === 'failed' ? seen : undefined;
    }, 'the failure');
    expect(run).toMatchObject({
      fact: 'failed',
      attempts: 2,
      turn: 2,
      owed: null,
      reasons: [{ kind: 'ending', text: 'exit code 3', code: 3 }],
    });
    expect(await hera.run('bad/after', '2026-11-20T03:00:00+08:00')).toMatchObject({
      state: 'waiting',
      attempts: 0,
      reasons: [{ kind: 'need', job: 'bad/fails', state: 'failed', run: run.id }],
    });
  });
});

describe('a run by hand', () => {
  test('runs at once, writes no fact, and leaves the run as it was', async () => {
    const period = new Date('2026-11-20T02:00:00+08:00');
    const before = await hera.run('ods/orders', period);
    const asked = await hera.running.control.run({ ...asker, project: 'shop', job: 'ods/orders', period });
    await hera.until(async () => {
      const [turn] =
        await hera.database`select outcome from turn where run = ${asked.run} and n = ${asked.turn} and ending is not null`;
      return turn;
    }, 'the end of the turn');
    expect(await hera.run('ods/orders', period)).toMatchObject({
      state: 'succeeded',
      fact: before!.fact,
      turn: before!.turn + 1,
    });
  });

  test('a period that is none is refused with the nearest two', async () => {
    await expect(
      hera.running.control.run({
        ...asker,
        project: 'shop',
        job: 'ods/orders',
        period: new Date('2026-11-20T02:01:00+08:00'),
      }),
    ).rejects.toMatchObject({
      code: 'invalid',
      more: { details: { nearest: ['2026-11-20T02:00:00+08:00', '2026-11-21T02:00:00+08:00'] } },
    });
  });
});

describe('a freeze that comes when a run is queued and no worker has taken it yet', () => {
  test('stops it before its process begins, and it runs by the same turn when the freeze is over', async () => {
    const { control } = hera.running;
    const period = '2026-11-20T05:00:00+08:00';
    await backfill('far/job', '2026-11-20T05:00:00+08:00', '2026-11-20T05:01:00+08:00');
    await hera.until(async () => {
      const [turn] = await hera.database`
        select from turn join run on run.id = turn.run join job on job.id = run.job
        where job.path = 'far/job' and run.state = 'queued' and turn.opened_at is not null`;
      return turn;
    }, 'its workflow, which has opened the turn');
    const target = { scope: 'group', subject: 'other', job: null } as const;
    const request = { ...asker, project: 'shop', target, reason: 'the cluster is upgraded', until: null };
    const { hash, runs } = await control.freeze({ ...request, hash: null });
    expect(runs).toMatchObject([{ job: 'far/job', action: 'hold' }]);
    await control.freeze({ ...request, hash });
    await hera.startMachine(['other']);
    const held = await hera.until(async () => {
      const seen = await hera.run('far/job', period);
      return seen?.state === 'waiting' && seen;
    }, 'the run, held by the worker that asked for it');
    expect(held).toMatchObject({
      turn: 1,
      attempts: 0,
      reasons: [{ kind: 'freeze', reason: 'the cluster is upgraded' }],
    });
    const plan = await control.unfreeze({ ...asker, project: 'shop', target, hash: null });
    await control.unfreeze({ ...asker, project: 'shop', target, hash: plan.hash });
    const run = await hera.until(async () => {
      const seen = await hera.run('far/job', period);
      return seen?.state === 'succeeded' && seen;
    }, 'its success');
    expect(run).toMatchObject({ turn: 1, attempts: 1 });
  });
});

describe('ending a process', () => {
  test('a timeout ends it and is told as such', async () => {
    const asked = await hera.running.control.run({ ...asker, project: 'shop', job: 'slow/late', period: null });
    const run = await hera.until(async () => {
      const seen = await hera.run('slow/late', asked.period);
      return seen?.state === 'timed_out' ? seen : undefined;
    }, 'the timeout');
    expect(run.fact).toBe('none');
  });

  test('a cancel reaches the process within a moment, is final, and a second one is refused', async () => {
    const asked = await hera.running.control.run({ ...asker, project: 'shop', job: 'slow/sleeps', period: null });
    await hera.until(async () => (await hera.run('slow/sleeps', asked.period))?.state === 'running', 'the process');
    const answer = await hera.running.control.cancel({ ...asker, run: asked.run, owed: false });
    expect(answer).toMatchObject({ cancelling: true });
    await hera.until(
      async () => (await hera.run('slow/sleeps', asked.period))?.state === 'cancelled',
      'the cancellation',
    );
    await expect(hera.running.control.cancel({ ...asker, run: asked.run, owed: false })).rejects.toMatchObject({
      code: 'conflict',
    });
    const [attempt] = await hera.database`select ending from attempt where run = ${asked.run}`;
    expect(attempt!.ending).toMatchObject({ kind: 'killed', by: 'cancel' });
  });
});
