import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberStates } from '../../../runtime/store/member.js';
import { type Hera, startHera } from '../../support/hera.js';
import { type OwnTemporal, ownTemporal } from '../../support/own-servers.js';

// Temporal is killed with all it holds, and an empty one answers at its address. Everything is made again from Postgres: what lived is
// joined, what slept is awaited again, what is due fires.

const marker = mkdtempSync(join(tmpdir(), 'hera-marker-'));
let temporal: OwnTemporal;
let hera: Hera;
beforeAll(async () => {
  temporal = await ownTemporal();
  hera = await startHera({ temporal, ledgerTimes: { everyMs: 1000, olderThanSeconds: 2 } });
  await hera.apply({
    'hera.project.yaml': 'name: shop\nzone: UTC\n',
    'source.yaml': 'schedule: "*/2 * * * * ?"\nrun: { shell: "true" }\n',
    'filled.yaml': `schedule: "0 0 * * *"\noverlap: allow\nrun: { shell: "echo $HERA_PERIOD >> ${marker}/ran-$HERA_RUN_ID" }\n`,
    'long.yaml': `run: { shell: "while [ ! -e ${marker}/end ]; do sleep 0.1; done" }\n`,
    'retried.yaml':
      'schedule: "0 0 1 1 *"\nretries: { times: 1, wait: 15s }\nrun: { shell: "[ $HERA_ATTEMPT = 2 ]" }\n',
  });
});
afterAll(async () => {
  await hera.stop();
  rmSync(marker, { recursive: true, force: true });
});

const asker = { by: 'tester', via: 'test' };
const executionOf = async (run: string, turn: number): Promise<string | null> => {
  const [row] = await hera.database`select temporal_run_id as execution from turn where run = ${run} and n = ${turn}`;
  return row?.execution ?? null;
};

describe('a Temporal that has forgotten everything', () => {
  test('is given back its schedules, what waits for a retry, and what runs: a process is joined, not started again', async () => {
    const long = await hera.running.control.run({ ...asker, project: 'shop', job: 'long', period: null });
    const attempt = await hera.until(async () => {
      const [live] =
        await hera.database`select n from attempt where run = ${long.run} and state = 'live' and pid is not null`;
      return live;
    }, 'the process');
    const period = new Date('2026-01-01T00:00:00Z');
    const range = { from: period, to: new Date(period.getTime() + 1000), only: 'all' as const, parallel: 1 };
    const request = { ...asker, project: 'shop', jobs: 'retried', ...range };
    const { hash } = await hera.running.control.backfill({ ...request, hash: null });
    await hera.running.control.backfill({ ...request, hash });
    const retried = await hera.until(async () => {
      const seen = await hera.run('retried', period);
      return seen?.turn === 2 && seen.state === 'waiting' ? seen : undefined;
    }, 'the wait for a retry');
    const before = { long: await executionOf(long.run, 1), retried: await executionOf(retried.id, 2) };

    await temporal.kill();
    await temporal.startEmpty();

    await hera.until(async () => (await executionOf(long.run, 1)) !== before.long, 'another execution of the long run');
    await hera.until(async () => (await executionOf(retried.id, 2)) !== before.retried, 'one that waits for the retry');
    writeFileSync(join(marker, 'end'), '');
    await hera.until(async () => (await hera.run('long', long.period))?.state === 'succeeded', 'its end');
    expect(await hera.database`select n, state from attempt where run = ${long.run}`).toEqual([
      { n: attempt.n, state: 'ended' },
    ]);
    await hera.until(async () => (await hera.run('retried', period))?.state === 'succeeded', 'the retry');
    expect(await hera.run('retried', period)).toMatchObject({ turn: 2, attempts: 2 });
  });

  test('has lost no tick and doubled none', async () => {
    const [last] =
      await hera.database`select max(period) as at from run join job on job.id = run.job where path = 'source'`;
    await hera.until(async () => {
      const [row] = await hera.database`
        select from run join job on job.id = run.job
        where path = 'source' and run.state = 'succeeded' and period > ${last!.at} + interval '4 seconds'`;
      return row !== undefined;
    }, 'ticks that fire again');
    const [seen] = await hera.database`
      select count(*) filter (where step <> interval '2 seconds')::int as gaps,
             (select count(*)::int from (select run from attempt group by run, turn having count(*) > 1) as more) as doubles
      from (select period - lag(period) over (order by period) as step
            from run join job on job.id = run.job where path = 'source') as steps`;
    expect(seen).toEqual({ gaps: 0, doubles: 0 });
  });
});

describe('a backfill', () => {
  test('of sixty periods that loses Temporal and its control plane in the middle runs each of them once, to the end', async () => {
    const range = { from: new Date('2026-01-01'), to: new Date('2026-03-02'), only: 'all' as const, parallel: 8 };
    const request = { ...asker, project: 'shop', jobs: 'filled', ...range };
    const { hash, total } = await hera.running.control.backfill({ ...request, hash: null });
    expect(total).toBe(60);
    const { operation } = await hera.running.control.backfill({ ...request, hash });
    const states = () => memberStates(hera.database, operation!);
    await hera.until(async () => ((await states()).succeeded ?? 0) >= 10, 'the first ten');
    await hera.withoutControl(async () => {
      await temporal.kill();
      await temporal.startEmpty();
    });
    expect((await states()).succeeded).toBeLessThan(60);
    await hera.until(async () => (await states()).succeeded === 60, 'its end');
    const ran = readdirSync(marker).filter((name) => name.startsWith('ran-'));
    expect(ran).toHaveLength(60);
    expect(ran.filter((name) => readFileSync(join(marker, name), 'utf8').trim().split('\n').length > 1)).toEqual([]);
    const [again] = await hera.database<{ n: number }[]>`
      select count(*)::int as n from run where operation = ${operation} and (turn <> 1 or state <> 'succeeded')`;
    expect(again!.n).toBe(0);
    const [row] = await hera.database`select finished_at from operation where id = ${operation}`;
    expect(row!.finished_at).not.toBeNull();
  });
});

describe('what Hera needs of its namespace', () => {
  test('is restored by the ledger: search attributes, retention, and whose it is', async () => {
    const { connection, namespace } = hera.running.temporal;
    await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: ['HeraPeriod'] });
    const seconds = 86_400 as never;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: { seconds } },
    });
    await hera.until(async () => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      const { config } = await connection.workflowService.describeNamespace({ namespace });
      const hours = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 3600;
      return customAttributes !== null && 'HeraPeriod' in customAttributes! && hours === 72;
    }, 'its settings');
    const found = await connection.workflowService.describeNamespace({ namespace });
    const [installation] = await hera.database`select id from installation`;
    expect(found.namespaceInfo?.data?.['hera-installation']).toBe(installation!.id);
  });
});
