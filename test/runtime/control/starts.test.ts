import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HookPoint, Hooks } from '../../../runtime/control/context.js';
import { leaseTimes } from '../../../runtime/worker/times.js';
import { type Hera, startHera } from '../../support/hera.js';

// Starts and cancels between our database and a real Temporal: what was admitted runs, whatever is lost on the way, and what is sent late
// hits nobody.

const hooks: { -readonly [point in HookPoint]?: Hooks[point] } = {};
let hera: Hera;
beforeAll(async () => {
  // Its rounds are those that a test asks for: one of its own would find first what a test has prepared.
  hera = await startHera({ hooks, ledgerTimes: { everyMs: 3_600_000 } });
  await hera.apply({
    'hera.project.yaml': 'name: shop\nzone: UTC\n',
    'quick.yaml': 'run: { shell: "true" }\n',
    'slow.yaml': 'run: { shell: "exec sleep 60" }\n',
    'lost.yaml': 'run: { shell: "true" }\n',
    'twice.yaml': 'schedule: "0 0 1 1 *"\nrun: { shell: "true" }\n',
    'again.yaml':
      'schedule: "0 0 1 1 *"\nretries: { times: 1, wait: 1h }\nrun: { shell: "if [ $HERA_ATTEMPT = 1 ]; then exit 1; fi; exec sleep 60" }\n',
  });
});
afterEach(() => {
  for (const point of Object.keys(hooks) as HookPoint[]) delete hooks[point];
});
afterAll(() => hera.stop());

const asker = { by: 'tester', via: 'test' };
const PERIOD = new Date('2026-01-01T00:00:00Z');
const byHand = (job: string, period: Date | null = null) =>
  hera.running.control.run({ ...asker, project: 'shop', job, period });
const ended = (run: string, turn: number) =>
  hera.until(async () => {
    const [row] = await hera.database`
      select outcome, temporal_run_id as execution from turn where run = ${run} and n = ${turn} and ending is not null`;
    return row as { outcome: string; execution: string } | undefined;
  }, `the end of turn ${turn}`);

test('a start that was owed and not sent, because its sender died, is sent by the next sweep', async () => {
  let deaths = 0;
  hooks['outbox.stamped'] = (facts) => {
    if (facts.rows === 0 || deaths > 0) return;
    deaths += 1;
    throw new Error('the sender dies');
  };
  const asked = await byHand('quick');
  expect(await ended(asked.run, asked.turn)).toMatchObject({ outcome: 'succeeded' });
  expect(deaths).toBe(1);
});

test('a start that meets the former execution still closing is sent again until another one has opened the turn', async () => {
  let second: Awaited<ReturnType<typeof byHand>> | undefined;
  hooks['settle.committed'] = async (facts) => {
    if (second !== undefined || facts.turn !== 1) return;
    // The turn has ended, and its execution has not: it waits for this answer. Temporal answers a start with the old one.
    second = await byHand('twice', PERIOD);
    await hera.until(async () => {
      const [row] = await hera.database`select from outbox where run = ${second!.run} and sent_at is not null`;
      return row !== undefined;
    }, 'the start that is swallowed');
  };
  const first = await byHand('twice', PERIOD);
  const one = await ended(first.run, 1);
  const two = await ended(first.run, 2);
  expect(second).toMatchObject({ run: first.run, turn: 2 });
  expect(two.outcome).toBe('succeeded');
  expect(two.execution).not.toBe(one.execution);
  expect(await hera.database`select n from attempt where run = ${first.run}`).toHaveLength(2);
});

test('a queued turn that nobody opened and whose start is not owed any more is found by the ledger', async () => {
  hooks['outbox.stamped'] = (facts) => {
    if (facts.rows !== 0) throw new Error('the sender dies');
  };
  const asked = await byHand('lost');
  await hera.database`delete from outbox where run = ${asked.run}`;
  delete hooks['outbox.stamped'];
  await hera.database`
    update turn set admitted_at = now() - interval '5 minutes', asked_at = now() - interval '5 minutes' where run = ${asked.run}`;
  expect(await hera.running.ledger.round()).toMatchObject({ workflows: 1 });
  expect(await ended(asked.run, asked.turn)).toMatchObject({ outcome: 'succeeded' });
});

test('a cancel of a former turn that is sent late does not hit the next one, which runs by the same workflow id', async () => {
  const operation = await backfillOf('again');
  const { id: run } = await hera.until(async () => {
    const seen = await hera.run('again', PERIOD);
    return seen?.state === 'waiting' && seen.turn === 2 ? seen : undefined;
  }, 'the failure');
  expect(operation).toBeDefined();
  // A turn by hand takes the place of the retry: the execution that sleeps is told to end.
  const hand = await byHand('again', PERIOD);
  const execution = await hera.until(async () => {
    const [row] =
      await hera.database`select temporal_run_id as execution from turn where run = ${run} and n = ${hand.turn} and opened_at is not null`;
    return row?.execution as string | undefined;
  }, 'the next turn, opened');
  // The same cancel once more, as a sender sends it that had looked before the turn was opened.
  const sent = new Promise<unknown>((resolve) => {
    hooks['cancel.sent'] = (facts) => resolve(facts.turn);
  });
  await hera.database`insert into outbox (kind, project, run, turn) values ('cancel', 'shop', ${run}, 2)`;
  hera.running.context.kick();
  expect(await sent).toBe(2);
  const handle = hera.running.temporal.client.workflow.getHandle('shop:again@2026-01-01T00:00:00Z', execution);
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionCancelRequestedEventAttributes)).toEqual([]);
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await hera.until(async () => (await hera.run('again', PERIOD))?.state === 'running', 'the process');
  expect(await hera.running.control.cancel({ ...asker, run, owed: false })).toMatchObject({ cancelling: true });
  expect(await ended(run, hand.turn)).toMatchObject({ outcome: 'cancelled', execution });
});

test('a cancel reaches a process long before the next renewal would bring it', async () => {
  const { run } = await byHand('slow');
  await hera.until(async () => {
    const [begun] = await hera.database`select from attempt where run = ${run} and pid is not null`;
    return begun !== undefined;
  }, 'the process');
  const asked = Date.now();
  await hera.running.control.cancel({ ...asker, run, owed: false });
  expect(await ended(run, 1)).toMatchObject({ outcome: 'cancelled' });
  const [attempt] = await hera.database<{ ended: Date }[]>`select ended_at as ended from attempt where run = ${run}`;
  expect(attempt!.ended.getTime() - asked).toBeLessThan(leaseTimes().renewMs - 1000);
});

describe('a database that was set back behind a workflow that has ended', () => {
  /** As a copy of the database from before the open has it, or from before the settle. */
  async function setBack(run: string, opened: boolean): Promise<void> {
    await hera.database.begin(async (tx) => {
      await tx`delete from attempt where run = ${run}`;
      await tx`
        update turn set ending = null, outcome = null, settled = null, ended_at = null,
          opened_at = case when ${opened} then opened_at - interval '5 minutes' end where run = ${run}`;
      await tx`update run set state = ${opened ? 'running' : 'queued'}, ended_at = null where id = ${run}`;
      if (!opened) await tx`insert into outbox (kind, project, run, turn) values ('start', 'shop', ${run}, 1)`;
    });
  }

  test('settles the turn by what the workflow told, and does not run it again: also where its start is owed anew', async () => {
    for (const opened of [true, false]) {
      // Of one second they would be one run.
      const { run } = await byHand('quick', new Date(Date.UTC(2026, 0, opened ? 2 : 3)));
      await ended(run, 1);
      await closed(run);
      await setBack(run, opened);
      if (opened) await hera.running.ledger.round();
      else hera.running.context.kick();
      expect(await ended(run, 1)).toMatchObject({ outcome: 'succeeded' });
      expect(await hera.database`select n from attempt where run = ${run}`).toHaveLength(0);
      const [state] = await hera.database`select state from run where id = ${run}`;
      expect(state).toEqual({ state: 'succeeded' });
    }
  });
});

test('a process whose workflow is terminated ends with it: its worker asks what became of the delivery', async () => {
  const { run } = await byHand('slow');
  await hera.until(async () => {
    const [begun] = await hera.database`select from attempt where run = ${run} and state = 'live'`;
    return begun !== undefined;
  }, 'the process');
  const [row] = await hera.database<{ id: string }[]>`select workflow_id as id from run where id = ${run}`;
  await hera.running.temporal.client.workflow.getHandle(row!.id).terminate('by hand');
  // No round of the ledger finds it so soon: it looks at what is older than a minute.
  expect(await ended(run, 1)).toMatchObject({ outcome: 'failed' });
  await hera.until(async () => {
    const [attempt] = await hera.database`select from attempt where run = ${run} and state = 'ended'`;
    return attempt !== undefined;
  }, 'the end of the process');
});

async function closed(run: string): Promise<void> {
  const [row] = await hera.database<{ id: string }[]>`select workflow_id as id from run where id = ${run}`;
  await hera.running.temporal.client.workflow.getHandle(row!.id).result();
}

async function backfillOf(job: string): Promise<string> {
  const to = new Date(PERIOD.getTime() + 1000);
  const request = { ...asker, project: 'shop', jobs: job, from: PERIOD, to, only: 'all' as const, parallel: 1 };
  const { hash } = await hera.running.control.backfill({ ...request, hash: null });
  return (await hera.running.control.backfill({ ...request, hash })).operation!;
}
