import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCatalogues } from '../../../runtime/api/catalogue.js';
import { type Explanation, explanation as shape } from '../../../runtime/api/explain-contract.js';
import { explain } from '../../../runtime/api/explain-view.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// Why something runs, waits or does not exist, over estates that the control plane itself has brought into that state.

let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const RUN = 'run: { shell: "true" }\n';
const DAILY = `schedule: "30 2 * * *"\n${RUN}`;
const day = (n: number): string => `2030-01-${String(n).padStart(2, '0')}T02:30:00Z`;
const NOON = Date.parse('2030-01-10T12:00:00Z');

/** A project in force since the first of January 2030. */
async function deploy(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  await hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, ...files }, { on: null });
}
/** As if it had been deployed before that year. */
const since = (name: string, at: string) =>
  hera.database`update deployment set in_force_at = ${at}::timestamptz where project = ${name}`;

async function ask(project: string, job: string, period: string, now = NOON): Promise<Explanation> {
  const catalogue = (await createCatalogues(hera.database).of(project))!;
  const context = { database: hera.database, catalogue, now, aliveSeconds: 30 };
  // What the API promises is what is answered.
  return shape.parse(await explain(context, catalogue.byPath.get(job)!, period));
}
const absent = async (project: string, job: string, period: string, now = NOON) =>
  (await ask(project, job, period, now)).absent;

describe('a period without a run', () => {
  test('is one at which the job does not fire: the nearest two are named', async () => {
    await deploy('none', {
      'no/daily.yaml': DAILY,
      'no/never.yaml': `schedule: "0 0 0 1 1 ? 2020"\n${RUN}`,
      'no/hand.yaml': RUN,
      'no/closed.yaml': `enabled: false\n${DAILY}`,
      'no/bound.yaml': `start: "2030-01-05"\n${DAILY}`,
      'no/hourly.yaml': `schedule: "5 * * * *"\n${RUN}`,
    });
    expect(await absent('none', 'no/daily', '2030-01-05T03:00')).toEqual({
      kind: 'no-tick',
      nearest: [day(5), day(6)],
    });
    expect(await absent('none', 'no/never', '2030-01-05')).toEqual({
      kind: 'no-tick',
      nearest: ['2020-01-01T00:00:00Z'],
    });
    expect(await absent('none', 'no/hand', '2030-01-05T03:00')).toEqual({ kind: 'manual' });
    expect(await absent('none', 'no/closed', '2030-01-05')).toEqual({ kind: 'closed' });
    expect(await absent('none', 'no/bound', '2030-01-04')).toEqual({
      kind: 'out-of-bounds',
      start: '2030-01-05T00:00:00Z',
      end: null,
    });
    await expect(ask('none', 'no/hourly', '2030-01-05')).rejects.toThrow('24 periods');
    await expect(ask('none', 'no/daily', 'yesterday')).rejects.toThrow('is no period');
  });

  test('is not yet due, was before the first deployment, or is late to be made', async () => {
    await deploy('due', { 'du/a.yaml': DAILY, 'du/b.yaml': `needs: [./a]\n${RUN}` });
    await since('due', '2030-01-05T00:00:00Z');
    expect(await absent('due', 'du/a', '2030-01-11')).toEqual({ kind: 'not-due' });
    expect(await absent('due', 'du/a', '2030-01-04')).toEqual({
      kind: 'not-deployed',
      firstDeployed: '2030-01-05T00:00:00Z',
    });
    expect(await absent('due', 'du/a', '2030-01-09')).toEqual({ kind: 'not-made' });
    // What it would await is told before it is there.
    const { needs, state, run } = await ask('due', 'du/b', '2030-01-11');
    expect([state, run]).toEqual(['none', null]);
    expect(needs).toMatchObject([
      { job: 'du/a', period: day(11), state: 'none', met: false, help: `its tick comes at ${day(11)}` },
    ]);
    expect((await ask('due', 'du/b', '2030-01-04')).needs).toMatchObject([
      { why: 'before-deployment', help: expect.stringContaining('hera backfill du/a --from 2030-01-04T02:30:00Z') },
    ]);
  });

  test('is a day off: left out, or run on the workday after', async () => {
    await deploy('off', {
      'calendars/cn.yaml': 'years: { 2030: { off: [2030-01-02] } }\n',
      'of/skip.yaml': `schedule: { cron: "30 2 * * *", on: cn }\n${RUN}`,
      'of/next.yaml': `schedule: { cron: "30 2 * * *", on: cn, otherwise: next }\n${RUN}`,
    });
    expect(await absent('off', 'of/skip', '2030-01-02')).toEqual({ kind: 'day-off', calendar: 'cn', moved: null });
    expect(await absent('off', 'of/next', '2030-01-02')).toEqual({ kind: 'day-off', calendar: 'cn', moved: day(3) });
  });
});

describe('a run', () => {
  test('that waits names each awaited period, since when it stands so, its owner, and what ends the wait', async () => {
    await deploy('wait', {
      'wa/ok.yaml': DAILY,
      'wa/bad.yaml': `owner: trade\n${DAILY}`,
      'wa/busy.yaml': DAILY,
      'wa/all.yaml': `needs: [./ok, ./bad, ./busy, { self: previous }]\n${RUN}`,
      'wa/after.yaml': `needs: [./all]\n${RUN}`,
    });
    await since('wait', '2030-01-03T00:00:00Z');
    await hera.tick(day(3));
    await hera.end('wa/ok', day(3), OK);
    await hera.end('wa/bad', day(3), FAILED);
    const { state, needs, reasons, absent: missing } = await ask('wait', 'wa/all', '2030-01-03');
    expect([state, missing]).toEqual(['waiting', null]);
    expect(reasons.map((reason) => reason.kind)).toEqual(['need', 'need']);
    expect(needs).toMatchObject([
      { job: 'wa/ok', period: day(3), state: 'succeeded', met: true, help: null },
      {
        ...{ job: 'wa/bad', period: day(3), state: 'failed', met: false, owner: 'trade' },
        help: `it ended failed: mend it, then hera backfill wa/bad --from ${day(3)} --to 2030-01-03T02:30:01Z; or, if it is well as it is: hera mark wa/bad@${day(3)} --as succeeded --reason …`,
      },
      { job: 'wa/busy', state: 'queued', met: false, help: expect.stringContaining('hera logs -f ') },
      // Its own period before its first deployment never was.
      { job: 'wa/all', period: day(2), met: true, why: 'before-deployment', help: null },
    ]);
    expect(needs.slice(0, 3).every(({ since: at, run }) => at !== null && run !== null)).toBe(true);
    expect((await ask('wait', 'wa/after', '2030-01-03')).needs).toMatchObject([
      { job: 'wa/all', state: 'waiting', help: `ask why it is waiting: hera explain wa/all@${day(3)}` },
    ]);
  });

  test('that needs the latest of another names the period that is the latest now, and says that there is none', async () => {
    await deploy('latest', {
      'lt/up.yaml': RUN,
      'lt/day.yaml': DAILY,
      'lt/down.yaml': `needs: [./day, { job: ./up, periods: latest }]\n${RUN}`,
      'lt/more.yaml': `needs: [./up2, { job: ./day, periods: latest }]\n${RUN}`,
      'lt/up2.yaml': DAILY,
    });
    await since('latest', '2030-01-03T00:00:00Z');
    await hera.tick(day(3));
    expect((await ask('latest', 'lt/down', '2030-01-03')).needs[1]).toMatchObject({
      ...{ job: 'lt/up', period: null, met: false, why: 'latest', help: 'it has never run: hera run lt/up' },
    });
    const latest = async () => (await ask('latest', 'lt/more', '2030-01-03')).needs[1];
    expect(await latest()).toMatchObject({ job: 'lt/day', period: day(3), state: 'queued', met: false });
    await hera.end('lt/day', day(3), OK);
    expect(await latest()).toMatchObject({ job: 'lt/day', period: day(3), state: 'succeeded', met: true, help: null });
  });

  test('that was skipped says why', async () => {
    await deploy('skip', { 'sk/none.yaml': `catchUp: none\n${DAILY}` });
    await since('skip', '2020-01-01T00:00:00Z');
    await hera.tick('2026-01-06T02:30:00Z', { newest: false });
    expect(await ask('skip', 'sk/none', '2026-01-06')).toMatchObject({
      state: 'skipped',
      absent: null,
      reasons: [{ kind: 'catch-up', policy: 'none' }],
    });
  });
});
