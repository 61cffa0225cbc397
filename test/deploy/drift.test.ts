import { ScheduleOverlapPolicy } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Calendar, parseCron, ticks } from '../../compiler/calendar/index.js';
import { emitSchedule } from '../../compiler/emit/index.js';
import { createSchedule, deleteSchedule } from '../../runtime/temporal/schedules.js';
import { type Hera, startHera } from '../support/hera.js';
import { anyCalendar } from '../support/random-calendars.js';

// Somebody changes schedules with Temporal's own tools: it is seen and healed. The ledger's rounds are asked for, not waited for.

// Hundreds on demand: HERA_CALENDARS=300.
const CALENDARS = Number(process.env.HERA_CALENDARS ?? 60);
const SEED = Date.now() % 1_000_000;

let hera: Hera;
const LOAD = 'drift/tick/daily-02.30/UTC';
let ids: readonly string[] = [];
beforeAll(async () => {
  hera = await startHera({ worker: false, ledgerTimes: { everyMs: 3_600_000 } });
  const job = (cron: string) => `schedule: "${cron}"\nrun: { shell: "true" }\n`;
  await hera.apply({
    'hera.project.yaml': 'name: drift\nzone: UTC\n',
    'daily.yaml': job('30 2 * * *'),
    'hourly.yaml': job('0 * * * *'),
    'berlin.yaml': `schedule: { cron: "15 3 1-7 * MON", zone: Europe/Berlin }\nrun: { shell: "true" }\n`,
    'steps.yaml': job('*/7 8-18/2 1,15 1-6 *'),
  });
  ids = (await hera.database<{ id: string }[]>`select id from timetable where used_since is not null order by id`).map(
    ({ id }) => id,
  );
});
afterAll(() => hera.stop());
beforeEach(async () => {
  await hera.running.control.drift(true);
  await hera.database`delete from audit where what like 'schedule-%'`;
});

const schedule = (id = LOAD) => hera.running.temporal.client.schedule.getHandle(id);
const drift = () => hera.running.control.drift(false);
const heal = async () => {
  await hera.running.ledger.round();
  return drift();
};
const audited = async () =>
  (
    await hera.database<
      { what: string; subject: string }[]
    >`select what, subject from audit where what like 'schedule-%' order by id`
  ).map(({ what, subject }) => `${what} ${subject}`);

test('schedules as deployed are no drift, whatever their calendars', async () => {
  expect(ids.length).toBe(4);
  expect(ids).toContain(LOAD);
  expect(await drift()).toEqual([]);
});

test('a paused schedule is seen, and the next round makes it run again', async () => {
  await schedule().pause('maintenance');
  expect(await drift()).toEqual([{ id: LOAD, kind: 'changed', what: ['paused'] }]);
  await hera.until(async () => (await heal()).length === 0, 'the pause to be healed');
  expect((await schedule().describe()).state.paused).toBe(false);
  expect(await audited()).toEqual([`schedule-changed ${LOAD}`]);
});

test('a deleted schedule is seen, made anew, and told', async () => {
  await schedule().delete();
  expect(await drift()).toEqual([{ id: LOAD, kind: 'missing', what: [] }]);
  await hera.until(async () => (await heal()).length === 0, 'the schedule to be there');
  expect(await audited()).toEqual([`schedule-missing ${LOAD}`]);
});

const SPEC = { calendars: [{ hour: 2, minute: 30 }], timezone: 'UTC' };
test.each([
  ['another time', ['calendars'], { spec: { calendars: [{ hour: 3, minute: 30 }], timezone: 'UTC' } }],
  ['another zone', ['time zone'], { spec: { ...SPEC, timezone: 'Asia/Shanghai' } }],
  ['further times', ['further times'], { spec: { ...SPEC, intervals: [{ every: '1h' }] } }],
  ['an end', ['start or end'], { spec: { ...SPEC, endAt: new Date('2030-01-01T00:00:00Z') } }],
  ['jitter', ['jitter'], { spec: { ...SPEC, jitter: '5m' } }],
  ['another overlap', ['policies'], { policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 86_400_000 } }],
  ['another window', ['policies'], { policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: 60_000 } }],
  ['a number of actions', ['limited to a number of actions'], { state: { remainingActions: 3 } }],
  ['another workflow', ['action'], { action: { workflowType: 'other' } }],
  ['another queue', ['action'], { action: { taskQueue: 'other' } }],
  ['other arguments', ['action'], { action: { args: [{ timetable: 'other' }] } }],
] as const)('a schedule changed to %s is seen by name, and healed', async (_, what, change) => {
  await schedule().update((before) => {
    const { spec, action, policies, state } = before;
    return {
      spec: { ...SPEC, ...('spec' in change ? change.spec : {}) },
      action: { ...action, ...('action' in change ? change.action : {}) },
      policies: 'policies' in change ? change.policies : policies,
      state: { note: state.note ?? '', ...('state' in change ? change.state : {}) },
    } as unknown as Parameters<Parameters<ReturnType<typeof schedule>['update']>[0]>[0] & typeof spec;
  });
  expect(await drift()).toEqual([{ id: LOAD, kind: 'changed', what }]);
  await hera.until(async () => (await heal()).length === 0, 'the schedule to be as deployed');
  expect(await audited()).toEqual([`schedule-changed ${LOAD}`]);
});

test('a stray schedule of ours is deleted; one of somebody else’s workflow is left alone', async () => {
  const create = (scheduleId: string, workflowType: string) =>
    hera.running.temporal.client.schedule.create({
      scheduleId,
      spec: SPEC,
      action: { type: 'startWorkflow', workflowType, taskQueue: 'theirs', args: [] },
    });
  await create('drift/tick/nobody/UTC', 'tick');
  await create('backup-of-somebody', 'backup');
  await hera.until(async () => (await drift()).some(({ kind }) => kind === 'stray'), 'the list to show it');
  expect(await drift()).toEqual([expect.objectContaining({ id: 'drift/tick/nobody/UTC', kind: 'stray' })]);
  await hera.until(async () => (await heal()).length === 0, 'the stray to be gone');
  expect((await schedule('backup-of-somebody').describe()).scheduleId).toBe('backup-of-somebody');
  expect(await audited()).toEqual(['schedule-stray drift/tick/nobody/UTC']);
  await schedule('backup-of-somebody').delete();
});

test('rounds without drift tell nothing', async () => {
  await hera.running.ledger.round();
  await hera.running.ledger.round();
  expect(await audited()).toEqual([]);
});

test('Temporal fires an emitted schedule at every tick of two years, whatever the calendar: what it itself lists', async () => {
  const [from, to] = [Date.UTC(2027, 0, 1), Date.UTC(2029, 0, 1)];
  const { client } = hera.running.temporal;
  const sampled = fc.sample(anyCalendar, { numRuns: CALENDARS, seed: SEED });
  let compared = 0;
  const look = async ({ words, calendar }: (typeof sampled)[number], i: number): Promise<void> => {
    const id = `matching/tick/${i}/UTC`;
    const spec = emitSchedule({ calendar, note: words });
    await createSchedule(hera.running.temporal, { id, note: words, spec }, 'nobody');
    const answer = await client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: id,
      // Its own beginning is not in what it lists.
      startTime: msToTs(from - 1000),
      endTime: msToTs(to),
    });
    await deleteSchedule(hera.running.temporal, id);
    const listed = new Set((answer.startTime ?? []).map(({ seconds }) => Number(seconds) * 1000));
    // It lists a thousand at most.
    const until = listed.size < 1000 ? to : Math.max(...listed);
    const missing = ticks(calendar, from, until).filter((tick) => !listed.has(tick));
    compared += listed.size;
    expect(
      missing.slice(0, 3).map((tick) => new Date(tick).toISOString()),
      `seed ${SEED}: ${words}`,
    ).toEqual([]);
  };
  for (let i = 0; i < sampled.length; i += 10)
    await Promise.all(sampled.slice(i, i + 10).map((one, n) => look(one, i + n)));
  expect(compared).toBeGreaterThan(50 * CALENDARS);
});

test('its list is a guard that can fail: a schedule for one day less is seen', async () => {
  const [from, to] = [Date.UTC(2027, 0, 1), Date.UTC(2028, 0, 1)];
  const { client } = hera.running.temporal;
  const calendar = (text: string): Calendar => {
    const parsed = parseCron(text);
    if (!parsed.ok) throw new Error(text);
    return { crons: [parsed.cron], zone: 'UTC' };
  };
  const spec = emitSchedule({ calendar: calendar('30 2 1-30 * *'), note: 'less' });
  await createSchedule(hera.running.temporal, { id: 'matching/tick/less/UTC', note: 'less', spec }, 'nobody');
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId: 'matching/tick/less/UTC',
    startTime: msToTs(from),
    endTime: msToTs(to),
  });
  await deleteSchedule(hera.running.temporal, 'matching/tick/less/UTC');
  const listed = new Set((startTime ?? []).map(({ seconds }) => Number(seconds) * 1000));
  expect(ticks(calendar('30 2 * * *'), from, to).filter((tick) => !listed.has(tick))).toHaveLength(7);
});
