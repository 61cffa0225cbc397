import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LEDGER } from '../../../runtime/control/ledger.js';
import { openDiary } from '../../support/diary.js';
import { type Hera, migrated, startHera } from '../../support/hera.js';
import type { TestDatabase } from '../../support/servers.js';

// Several control planes share the work, each with sender, workflows and ledger, and are killed -9 in the middle of it: nothing is done
// twice, nothing is left undone, and no run needs the ledger to be remembered.

const diary = openDiary();
const children: ChildProcess[] = [];
let base: TestDatabase;
let hera: Hera;
beforeAll(async () => {
  base = await migrated();
  hera = await startHera({ base, ledgerTimes: { everyMs: 2000, olderThanSeconds: 15 } });
  await hera.apply({
    'hera.project.yaml': 'name: shop\nzone: UTC\n',
    'quick.yaml': `schedule: "*/2 * * * * ?"\nrun: { shell: "${diary.note('quick')}" }\n`,
    'after.yaml': `needs: [quick]\nrun: { shell: "${diary.note('after')}" }\n`,
    'filled.yaml': `schedule: "0 0 * * *"\noverlap: allow\nrun: { shell: "${diary.note('filled')}" }\n`,
    'again.yaml': `schedule: "*/4 * * * * ?"\noverlap: allow\nretries: { times: 1, wait: 2s }\nrun: { shell: "${diary.note('again')}; [ $HERA_ATTEMPT != 1 ]" }\n`,
    'cast.yaml': `schedule: "0 0 * * *"\noverlap: allow\nrun: { shell: "${diary.note('cast')}" }\n`,
    'behind.yaml': `needs: [cast, { self: previous }]\nrun: { shell: "${diary.note('behind')}" }\n`,
    'below.yaml': `needs: [filled]\noverlap: allow\nrun: { shell: "${diary.note('below')}" }\n`,
  });
});
afterAll(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await killHard(child);
  await hera.stop();
  diary.remove();
});

async function killHard(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Another control plane of the same installation, in a process of its own, with a clock that is wrong by so much; resolves when it works. */
async function another(shiftedMs = 0): Promise<ChildProcess> {
  const { address, namespace } = hera.temporal;
  const ledgerTimes = { ...LEDGER, graceMs: 2000, everyMs: 2000, olderThanSeconds: 15 };
  const options = { databaseUrl: base.url, temporal: { address, namespace }, ledgerTimes };
  const entry = fileURLToPath(new URL('./control-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SHIFTED_MS: String(shiftedMs) },
  });
  children.push(child);
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the control plane ended with ${code}`))),
  ]);
  return child;
}

const DAYS = 30;

/** A backfill of so many days of two jobs; its number. */
async function fill(first: string): Promise<string> {
  const from = new Date(first);
  const to = new Date(from.getTime() + DAYS * 86_400_000);
  const asked = { by: 'tester', via: 'test', project: 'shop', from, to };
  const request = { ...asked, jobs: '*l*', only: 'all' as const, parallel: 12 };
  const { hash, total } = await hera.running.control.backfill({ ...request, hash: null });
  expect(total).toBe(2 * DAYS);
  return (await hera.running.control.backfill({ ...request, hash })).operation!;
}

const count = async (operation: string, state: string): Promise<number> => {
  const [row] = await hera.database<{ n: number }[]>`
    select count(*)::int as n from run where operation = ${operation} and state = ${state}`;
  return row!.n;
};
const some = (operation: string, least: number) =>
  hera.until(async () => (await count(operation, 'succeeded')) >= least, `${least} members`);

async function expectAllOnce(): Promise<void> {
  for (const job of ['quick', 'after']) await diary.expectEachOnce(hera, job, 2);
  for (const job of ['filled', 'below']) {
    const periods = diary.written(job);
    expect([job, periods.length]).toEqual([job, new Set(periods).size]);
  }
  const [bugs] = await hera.database`select count(*)::int as n from audit where what = 'forgotten-runs'`;
  expect(bugs!.n).toBe(0);
}

describe('three control planes', () => {
  test('of which two are killed in the middle of the work leave nothing undone and do nothing twice', {
    timeout: 300_000,
  }, async () => {
    const [one, two] = await Promise.all([another(), another()]);
    const operation = await fill('2020-03-01T00:00:00Z');
    await some(operation, 5);
    await killHard(one);
    await some(operation, 20);
    await killHard(two);
    await some(operation, 2 * DAYS);
    await diary.goesOn(hera, 'after', 2);
    await expectAllOnce();
    expect(diary.written('below')).toHaveLength(DAYS);
  });
});

describe('a cascade of forty runs', () => {
  test('whose only control plane is killed in the middle is finished by the next one, and runs nothing twice', {
    timeout: 300_000,
  }, async () => {
    const asker = { by: 'tester', via: 'test', project: 'shop' };
    const days = Array.from({ length: 20 }, (_, n) => new Date(Date.UTC(2021, 2, 1 + n)));
    // Somebody says that they were there: so they are, although their jobs are younger.
    const periods = ['cast', 'behind'].flatMap((job) => days.map((period) => ({ job, period })));
    const marks = { ...asker, chosen: { periods }, state: 'succeeded' as const, reason: 'loaded before' };
    await hera.running.control.mark({
      ...marks,
      hash: (await hera.running.control.mark({ ...marks, hash: null })).hash,
    });
    const request = {
      ...asker,
      starts: days.map((period) => ({ job: 'cast', period })),
      limits: { folders: [], jobs: null, depth: null, until: days.at(-1)!.getTime() + 1 },
      ...{ onlyFailed: false, inFlight: 'wait' as const },
    };
    const { hash, total } = await hera.running.control.cascade({ ...request, hash: null });
    expect(total).toBe(40);
    const { operation } = await hera.running.control.cascade({ ...request, hash });
    await hera.withoutControl(async () => {
      const only = await another();
      await some(operation!, 12);
      await killHard(only);
    });
    for (const least of [20, 30, 40]) await some(operation!, least);
    for (const job of ['cast', 'behind'])
      expect(
        diary
          .written(job)
          .filter((period) => period.startsWith('2021'))
          .sort(),
      ).toEqual(days.map((period) => period.toISOString().replace('.000Z', 'Z')));
    const states =
      await hera.database`select state, count(*)::int as n from member where operation = ${operation} group by state`;
    expect(states).toEqual([{ state: 'succeeded', n: 40 }]);
  });
});

const TWO_HOURS_MS = 7_200_000;

describe('control planes whose clocks are two hours fast and two hours slow', () => {
  test('fire, wait for retries and lead the ledger as the clock of the database says', async () => {
    const begun = new Date();
    await hera.withoutControl(async () => {
      const wrong = await Promise.all([another(TWO_HOURS_MS), another(-TWO_HOURS_MS)]);
      const told = await hera.until(async () => {
        const [row] = await hera.database`
          select abs(extract(epoch from run.retry_at - turn.not_before))::float8 as apart
          from run join turn on turn.run = run.id and turn.ending is null
          where run.waits_on = 'retry' and turn.asked_at > ${begun}`;
        return row;
      }, 'a run that waits for its retry');
      expect(told.apart).toBeLessThan(1);
      await diary.goesOn(hera, 'again', 2);
      const retries = await hera.database`
        select extract(epoch from second.begun_at - first.ended_at)::float8 as waited,
               abs(extract(epoch from turn.not_before - first.ended_at))::float8 as due
        from attempt first join attempt second on second.run = first.run and second.n = 2
        join turn on turn.run = first.run and turn.n = 2
        where first.n = 1 and first.begun_at > ${begun}`;
      expect(retries.length).toBeGreaterThanOrEqual(2);
      for (const { waited, due } of retries) {
        expect(waited).toBeGreaterThan(1.5);
        expect(waited).toBeLessThan(60);
        expect(due).toBeLessThan(60);
      }
      const [future] =
        await hera.database`select count(*)::int as n from run where period > clock_timestamp() + interval '1 minute'`;
      expect(future!.n).toBe(0);
      for (const child of wrong) await killHard(child);
    });
    await expectAllOnce();
  });
});
