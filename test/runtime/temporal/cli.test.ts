import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findServerBinary } from '../../../runtime/temporal/server-binary.js';
import { type Hera, startHera } from '../../support/hera.js';

// What somebody does who knows Temporal and not yet Hera: its command line as it comes, against real schedules and runs.

const folder = mkdtempSync(join(tmpdir(), 'hera-cli-'));
const gate = join(folder, 'go');
const PERIOD = '2026-11-20T02:30:00Z';
const files = {
  'hera.project.yaml': 'name: shop\nzone: UTC\n',
  'ods/orders.yaml': 'schedule: "30 2 * * *"\nowner: trade\nrun: { shell: "true" }\n',
  'ods/slow.yaml': 'schedule: "30 2 * * *"\nrun: { shell: "exec sleep 300" }\n',
  'ods/gated.yaml': `schedule: "30 2 * * *"\nrun: { shell: "until [ -e ${gate} ]; do sleep 0.05; done" }\n`,
  'dw/daily.yaml': 'schedule: "15 3 * * *"\nrun: { shell: "true" }\n',
};

let hera: Hera;
let binary: string;
beforeAll(async () => {
  hera = await startHera({ ledgerTimes: { olderThanSeconds: 0 } });
  await hera.apply(files);
  binary = (await findServerBinary({ env: process.env, progress: () => {} })).path;
});
afterAll(async () => {
  await hera.stop();
  rmSync(folder, { recursive: true });
});

async function temporal(...args: readonly string[]): Promise<string> {
  const { address, namespace } = hera.temporal;
  // No configuration of whoever runs the tests: the command line must reach the tests' server.
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', NODE_ENV: 'test' } as const;
  const all = [...args, '--address', address, '--namespace', namespace];
  return (await promisify(execFile)(binary, all, { env, encoding: 'utf8' })).stdout;
}
const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse(await temporal(...args, '-o', 'json'));

const ask = (job: string, period: string) =>
  hera.running.control.run({ project: 'shop', job, period: new Date(period), by: 'tester', via: 'test' });
const idOf = (job: string, period: string): string => `shop:${job}@${period}`;
const inState = (job: string, period: string, state: string) =>
  hera.until(async () => {
    const run = await hera.run(job, period);
    return run?.state === state && run;
  }, `${job} to be ${state}`);

describe('schedule', () => {
  test('list and describe are readable: the id is the calendar and its zone, the note says it in words', async () => {
    const schedules = await hera.until(async () => {
      const all = (await json('schedule', 'list')) as readonly Readonly<{ scheduleId: string }>[];
      return all.length > 1 && all;
    }, 'the schedules to be visible');
    expect(schedules.map(({ scheduleId }) => scheduleId).sort()).toEqual([
      'shop/tick/daily-02.30/UTC',
      'shop/tick/daily-03.15/UTC',
    ]);
    const described = await temporal('schedule', 'describe', '--schedule-id', 'shop/tick/daily-02.30/UTC');
    expect(described).toContain('02:30');
    expect(described).toMatch(/daily|every day/i);
  });

  test('trigger makes the newest tick, once, and no other period', async () => {
    const id = 'shop/tick/daily-03.15/UTC';
    const latest = new Date(Date.now() - ((Date.now() - Date.parse('2026-11-20T03:15:00Z')) % 86_400_000));
    const trigger = () => temporal('schedule', 'trigger', '--schedule-id', id);
    const ended = async (): Promise<number> => {
      const query = `WorkflowType = "tick" AND ExecutionStatus = "Completed"`;
      return ((await json('workflow', 'list', '--query', query)) as unknown[]).length;
    };
    /** Two triggers in one second are one for Temporal: asked again until one more tick has ended. */
    const triggerOnce = async (): Promise<void> => {
      const before = await ended();
      await hera.until(async () => {
        await trigger();
        return (await ended()) > before;
      }, 'the tick to end');
    };
    await triggerOnce();
    // Nothing was in force at that instant.
    expect(await hera.database`select from tick`).toHaveLength(0);
    await hera.database`update deployment set in_force_at = ${new Date(latest.getTime() - 1000)}`;
    await triggerOnce();
    await inState('dw/daily', latest.toISOString(), 'succeeded');
    await triggerOnce();
    const runs = await hera.database<{ period: Date; attempts: number }[]>`
      select run.period, count(attempt.*)::int as attempts from run join job on job.id = run.job
      left join attempt on attempt.run = run.id where job.path = 'dw/daily' group by run.period`;
    expect([...runs]).toEqual([{ period: latest, attempts: 1 }]);
  });
});

describe('workflow', () => {
  test('list finds the runs of a job by HeraJob, and show tells how one ended', async () => {
    await ask('ods/orders', PERIOD);
    await inState('ods/orders', PERIOD, 'succeeded');
    const found = (await hera.until(async () => {
      const all = (await json(
        'workflow',
        'list',
        '--query',
        'HeraJob = "ods/orders" AND HeraTeam = "trade"',
      )) as unknown[];
      return all.length > 0 && all;
    }, 'the run to be visible')) as readonly Readonly<{ execution: { workflowId: string } }>[];
    expect(found.map(({ execution }) => execution.workflowId)).toEqual([idOf('ods/orders', PERIOD)]);
    const result = await temporal('workflow', 'result', '--workflow-id', idOf('ods/orders', PERIOD));
    expect(result).toMatch(/"kind":\s*"exited"/);
    const history = await temporal('workflow', 'show', '--workflow-id', idOf('ods/orders', PERIOD));
    expect(history).toContain('WorkflowExecutionCompleted');
  });

  test('reset of a run that succeeded runs nothing again', async () => {
    await ask('ods/orders', PERIOD).then(() => inState('ods/orders', PERIOD, 'succeeded'));
    const before = await hera.run('ods/orders', PERIOD);
    const id = idOf('ods/orders', PERIOD);
    await temporal('workflow', 'reset', '--workflow-id', id, '--type', 'FirstWorkflowTask', '--reason', 'to see');
    const result = await temporal('workflow', 'result', '--workflow-id', id);
    expect(result).toContain('nothing is asked of this run');
    expect(await hera.run('ods/orders', PERIOD)).toEqual(before);
  });

  test('reset of a run that runs joins its process', async () => {
    await ask('ods/gated', PERIOD);
    await inState('ods/gated', PERIOD, 'running');
    const id = idOf('ods/gated', PERIOD);
    await temporal('workflow', 'reset', '--workflow-id', id, '--type', 'FirstWorkflowTask', '--reason', 'to see');
    await hera.until(async () => {
      const [turn] = await hera.database<{ id: string }[]>`
        select temporal_run_id as id from turn join run on run.id = turn.run join job on job.id = run.job
        where job.path = 'ods/gated' and turn.ending is null`;
      const described = (await json('workflow', 'describe', '--workflow-id', id)) as {
        workflowExecutionInfo: { execution: { runId: string } };
      };
      return turn?.id === described.workflowExecutionInfo.execution.runId;
    }, 'the new execution to own the turn');
    writeFileSync(gate, '');
    expect(await inState('ods/gated', PERIOD, 'succeeded')).toMatchObject({ attempts: 1 });
  });

  test('cancel ends the process, and the run is cancelled', async () => {
    await ask('ods/slow', PERIOD);
    await inState('ods/slow', PERIOD, 'running');
    await temporal('workflow', 'cancel', '--workflow-id', idOf('ods/slow', PERIOD));
    expect(await inState('ods/slow', PERIOD, 'cancelled')).toMatchObject({ attempts: 1 });
  });

  test('terminate is noticed by the ledger: the run has failed, with that reason, and its process ends', async () => {
    const period = '2026-11-19T02:30:00Z';
    await ask('ods/slow', period);
    await inState('ods/slow', period, 'running');
    await temporal('workflow', 'terminate', '--workflow-id', idOf('ods/slow', period), '--reason', 'to see');
    await hera.until(async () => {
      await hera.running.ledger.round();
      return (await hera.run('ods/slow', period))?.state === 'failed';
    }, 'the ledger to notice');
    expect((await hera.run('ods/slow', period))?.reasons).toMatchObject([{ kind: 'terminated' }]);
    await hera.until(async () => {
      const live = await hera.database`
        select from attempt join job on job.id = attempt.job where job.path = 'ods/slow' and attempt.state = 'live'`;
      return live.length === 0;
    }, 'the process to end');
  });

  test('start runs a job by its name, at its latest tick or a given one, as a turn by hand', async () => {
    const start = (id: string, input: object) =>
      temporal(
        ...['workflow', 'start', '--type', 'jobRun', '--task-queue', 'hera-control', '--workflow-id', id],
        ...['--input', JSON.stringify(input)],
      );
    await start('by-hand-1', { job: 'ods/orders', period: '2026-11-18T02:30:00Z' });
    expect(await inState('ods/orders', '2026-11-18T02:30:00Z', 'succeeded')).toMatchObject({
      trigger: 'manual',
      fact: 'none',
    });
    expect(await temporal('workflow', 'result', '--workflow-id', 'by-hand-1')).toMatch(/run \d+, turn 1/);
    await start('by-hand-2', { job: 'ods/nothing' });
    expect(await temporal('workflow', 'result', '--workflow-id', 'by-hand-2')).toContain(
      'refused: project shop has no job ods/nothing',
    );
  });
});
