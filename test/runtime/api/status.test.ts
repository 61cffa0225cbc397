import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCatalogues } from '../../../runtime/api/catalogue.js';
import { type Status, status as shape } from '../../../runtime/api/status-contract.js';
import { viewStatus } from '../../../runtime/api/status-view.js';
import { jitterOf } from '../../../runtime/control/jitter.js';
import { freeze } from '../../../runtime/control/operations/freeze.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// What somebody asks first when something seems wrong, over estates that were brought into that state by the control plane itself.

let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const RUN = 'run: { shell: "true" }\n';
const HOUR = 3_600_000;
// Half an hour away from now, so that no tick comes while the tests look.
const MINUTE = (new Date().getUTCMinutes() + 30) % 60;
const LAST = Math.floor((Date.now() - MINUTE * 60_000) / HOUR) * HOUR + MINUTE * 60_000;
/** The tick of `n` hours ago; 1 is the last one, half an hour old. */
const hoursAgo = (n: number): string => `${new Date(LAST - (n - 1) * HOUR).toISOString().slice(0, 19)}Z`;

/** A project in force since ten hours ago. */
async function deploy(name: string, files: Readonly<Record<string, string>>, project = ''): Promise<void> {
  await hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n${project}`, ...files }, { on: null });
  await hera.database`update deployment set in_force_at = in_force_at - interval '10 hours' where project = ${name}`;
}

async function look(name: string, query = { hours: 24, ahead: 3 }): Promise<Status> {
  const catalogue = await createCatalogues(hera.database).of(name);
  // What the API promises is what is answered.
  return shape.parse(await viewStatus(hera.database, catalogue!, query));
}

const HOURLY = `schedule: "${MINUTE} * * * *"\n${RUN}`;

describe('the status of a project', () => {
  test('names workday calendars that lack a year which has begun or comes', async () => {
    const [year] = [new Date().getUTCFullYear()];
    const calendar = (years: string): string => `week: [mon, tue, wed, thu, fri]\nyears: { ${years} }\n`;
    await deploy('years', {
      'calendars/old.yaml': calendar(`${year - 1}: { off: [${year - 1}-01-01] }`),
      'calendars/new.yaml': calendar([year, year + 1].map((one) => `${one}: { off: [${one}-01-01] }`).join(', ')),
      'ye/a.yaml': `schedule: { cron: "0 5 * * *", on: old }\n${RUN}`,
      'ye/b.yaml': `schedule: { cron: "0 6 * * *", on: old }\n${RUN}`,
      'ye/c.yaml': `schedule: { cron: "0 6 * * *", on: new }\n${RUN}`,
    });
    const { unlistedYears } = await look('years');
    expect(unlistedYears).toMatchObject([{ calendar: 'old', jobs: 2 }]);
    expect(unlistedYears[0]!.years[0]).toBe(year);
  });

  test('calls a start that is spread late only after its own moment', async () => {
    await deploy('spread', {
      'sp/spread.yaml': `schedule: { cron: "${MINUTE} * * * *", jitter: 1d }\nlateAfter: 1h\n${RUN}`,
      'sp/plain.yaml': `lateAfter: 1h\n${HOURLY}`,
    });
    expect(jitterOf('spread', 'sp/spread', 24 * HOUR)).toBeGreaterThan(3 * HOUR);
    await hera.tick(hoursAgo(1));
    await hera.database`update run set period = period - interval '2 hours' where project = 'spread'`;
    const { late, waiting } = await look('spread');
    expect(late.map(({ job }) => job)).toEqual(['sp/plain']);
    expect(waiting.map(({ reason }) => reason.kind)).toEqual(['jitter']);
  });

  test('of one where all is well says what comes, in order of time, and nothing else', async () => {
    await deploy('well', {
      'well/a.yaml': HOURLY,
      'well/half.yaml': `schedule: "${(MINUTE + 15) % 60} * * * *"\n${RUN}`,
      'well/after.yaml': `needs: [./a]\n${RUN}`,
      'well/closed.yaml': `enabled: false\n${HOURLY}`,
      'well/hand.yaml': RUN,
    });
    await hera.database`update timetable set watermark = now() where project = 'well'`;
    const { expected, counts, ...rest } = await look('well');
    expect(rest).toMatchObject({
      late: [],
      notMade: [],
      waiting: [],
      missed: [],
      restored: [],
      freezes: [],
      pools: [],
    });
    expect(counts).toEqual({ late: 0, waiting: 0, missed: 0, restored: 0, expected: 9, atLeast: false });
    expect(expected.map(({ period }) => period)).toEqual(expected.map(({ period }) => period).sort());
    expect(expected.filter(({ job }) => job === 'well/after').map(({ period }) => period)).toEqual(
      [0, -1, -2].map(hoursAgo),
    );
  });

  test('names what is late by its own lateAfter, and not what waits for its upstream with it', async () => {
    await deploy('late', {
      'late/a.yaml': HOURLY,
      'late/patient.yaml': `lateAfter: 20h\n${HOURLY}`,
      'late/after.yaml': `needs: [./a]\n${RUN}`,
    });
    await hera.tick(hoursAgo(2));
    const { late } = await look('late');
    expect(late).toMatchObject([{ job: 'late/a', period: hoursAgo(2), state: 'queued', reasons: [] }]);
    expect(Date.parse(late[0]!.since)).toBe(Date.parse(hoursAgo(2)) + 300_000);
    await hera.end('late/a', hoursAgo(2), OK);
    expect((await look('late')).late).toEqual([]);
    await hera.database`update run set queued_at = now() - interval '10 minutes' where project = 'late' and state = 'queued'`;
    expect((await look('late')).late).toMatchObject([{ job: 'late/after' }]);
  });

  test('counts together what waits for the same thing, with the first that waits and since when', async () => {
    await deploy('wait', {
      'wait/up.yaml': HOURLY,
      ...Object.fromEntries([1, 2, 3].map((n) => [`wait/down${n}.yaml`, `needs: [./up]\n${RUN}`])),
      'wait/far.yaml': `needs: [./down1]\n${RUN}`,
    });
    await hera.tick(hoursAgo(1));
    await hera.end('wait/up', hoursAgo(1), FAILED);
    const { waiting, counts } = await look('wait');
    expect(waiting).toMatchObject([
      { runs: 3, job: 'wait/down1', reason: { kind: 'need', job: 'wait/up', state: 'failed' } },
      { runs: 1, job: 'wait/far', reason: { kind: 'need', job: 'wait/down1', state: 'none' } },
    ]);
    expect(counts.waiting).toBe(4);
  });

  test('lists what catch-up left out, what was made up for, and ticks that nobody makes', async () => {
    await deploy('miss', { 'miss/none.yaml': `catchUp: none\n${HOURLY}`, 'miss/all.yaml': HOURLY });
    await hera.database`update timetable set watermark = ${hoursAgo(5)}::timestamptz where project = 'miss'`;
    for (const n of [4, 3]) await hera.tick(hoursAgo(n), { newest: false });
    const seen = await look('miss');
    expect(seen.missed).toMatchObject([3, 4].map((n) => ({ job: 'miss/none', period: hoursAgo(n), policy: 'none' })));
    expect(seen.restored).toMatchObject([3, 4].map((n) => ({ period: hoursAgo(n), finished: true })));
    const unmade = seen.notMade.map(({ period, jobs }) => [period, jobs]);
    expect(unmade.slice(0, 3)).toEqual([5, 2, 1].map((n) => [hoursAgo(n), 2]));
    expect((await look('miss', { hours: 24, ahead: 1 })).counts.expected).toBe(2);
    await hera.database`update tick set created_at = created_at - interval '2 days' where project = 'miss'`;
    expect((await look('miss')).restored).toEqual([]);
  });

  test('has the freezes in force and how full the pools are', async () => {
    await deploy('scarce', { 'scarce/a.yaml': `pools: [gate]\noverlap: allow\n${HOURLY}` }, 'pools: { gate: 1 }\n');
    for (const n of [3, 2, 1]) await hera.tick(hoursAgo(n));
    const target = { scope: 'project', subject: '', job: null } as const;
    const request = { by: 'ann', via: 'test', project: 'scarce', target, reason: 'rest', until: null };
    const { hash } = await freeze(hera.context, { ...request, hash: null });
    await freeze(hera.context, { ...request, hash });
    const seen = await look('scarce');
    expect(seen.pools).toEqual([{ name: 'gate', size: 1, taken: 1, waiting: 2 }]);
    expect(seen.waiting).toMatchObject([{ runs: 2, reason: { kind: 'pool', pool: 'gate' } }]);
    expect(seen.freezes).toMatchObject([{ reason: 'rest', by: 'ann' }]);
  });
});
