import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { viewDropped } from '../../../runtime/api/run-view.js';
import { admit } from '../../../runtime/control/admit.js';
import { backfill } from '../../../runtime/control/operations/backfill.js';
import { backfillPage } from '../../../runtime/control/operations/backfill-pages.js';
import { cancelRun } from '../../../runtime/control/operations/cancel.js';
import { askRun } from '../../../runtime/control/operations/run.js';
import { settle } from '../../../runtime/control/settle.js';
import { skipRun } from '../../../runtime/control/skip.js';
import { tickPage } from '../../../runtime/control/tick.js';
import { restoreFormer, setAside } from '../../../runtime/store/fact.js';
import { runsPastOptional } from '../../../runtime/store/need-open.js';
import { droppedNeeds } from '../../../runtime/store/read-run-detail.js';
import { FAILED, OK, type PlainControl, plainControl } from '../../support/plain-control.js';

// What wakes a run whose needs are of other forms than the default, what a skip does to each, and what a run says while it waits.

const asker = { by: 'tester', via: 'test' };
let hera: PlainControl;
beforeAll(async () => {
  hera = await plainControl();
});
afterAll(() => hera.stop());

const RUN = 'run: { shell: "true" }\n';
const THRICE = `schedule: "0 0,8,16 * * *"\n${RUN}`;
const DAILY = `schedule: "0 0 * * *"\n${RUN}`;
const EVENING = `schedule: "0 20 * * *"\n${RUN}`;
const at = (day: number, hour = 0): string =>
  `2030-03-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00Z`;
const deploy = (name: string, files: Readonly<Record<string, string>>) =>
  hera.apply({ 'hera.project.yaml': `name: ${name}\nzone: UTC\n`, ...files }, { on: null });
const ticks = async (...instants: readonly string[]): Promise<void> => {
  for (const instant of instants) await hera.tick(instant);
};
/** Fires the timetable of one job alone. */
const tickOf = async (project: string, job: string, instant: string): Promise<void> => {
  const [row] = await hera.database<{ timetable: string }[]>`
    select timetable from job_definition where project = ${project} and path = ${job} and until is null`;
  await tickPage(hera.context, { timetable: row!.timetable, instant });
};
const skip = async (job: string, period: string): Promise<void> => {
  await skipRun(hera.context, (await hera.run(job, period)).id, { kind: 'closed' });
  await hera.payPages();
};

describe('a need of several periods', () => {
  test('is met by the last of them, leaves skipped ones out, and is held back by a failed one', async () => {
    await deploy('several', {
      'sv/up.yaml': THRICE,
      'sv/down.yaml': `needs: [{ job: ./up, periods: all }]\n${DAILY}`,
    });
    await ticks(at(1, 8), at(1, 16), at(2));
    const waitsFor = async () => (await hera.run('sv/down', at(2))).reasons.map(({ period }) => period);
    expect(await waitsFor()).toHaveLength(3);
    await skip('sv/up', at(1, 16));
    await hera.end('sv/up', at(1, 8), OK);
    expect(await waitsFor()).toEqual([at(2).replace('Z', '.000Z')]);
    await hera.end('sv/up', at(2), FAILED);
    expect((await hera.run('sv/down', at(2))).reasons).toMatchObject([{ kind: 'need', state: 'failed' }]);
  });

  test('whose periods were all skipped is met, or skips the run where its author says so', async () => {
    await deploy('nothing', {
      'no/up.yaml': THRICE,
      'no/met.yaml': `overlap: allow\nneeds: [{ job: ./up, periods: all }]\n${DAILY}`,
      'no/skips.yaml': `needs: [{ job: ./up, periods: all, whenNone: skip }]\n${DAILY}`,
    });
    // The first one has the hold of its job, so that the others wait and can be skipped.
    await ticks(at(1), at(1, 8), at(1, 16), at(2));
    for (const period of [at(1, 8), at(1, 16), at(2)]) await skip('no/up', period);
    await hera.payPages();
    expect((await hera.run('no/met', at(2))).state).toBe('queued');
    expect(await hera.run('no/skips', at(2))).toMatchObject({
      state: 'skipped',
      reasons: [{ kind: 'no-period', job: 'no/up' }],
    });
  });

  test('without any period by the calendar skips the run when it is made, and its dependents hear of it', async () => {
    await deploy('mondays', {
      'mo/up.yaml': `schedule: "0 0 * * mon"\n${RUN}`,
      'mo/down.yaml': `needs: [{ job: ./up, periods: nearest, whenNone: skip }]\n${DAILY}`,
      'mo/after.yaml': `needs: [./down]\n${RUN}`,
    });
    await ticks(at(5)); // a Tuesday
    await hera.payPages();
    expect(await hera.run('mo/down', at(5))).toMatchObject({ state: 'skipped', reasons: [{ kind: 'no-period' }] });
    expect(await hera.run('mo/after', at(5))).toMatchObject({
      state: 'skipped',
      reasons: [{ kind: 'upstream-skipped' }],
    });
  });

  test('that was met is open again when an operation sets the fact aside: it is met only by new data', async () => {
    await deploy('aside', {
      'as/up.yaml': `overlap: allow\n${THRICE}`,
      'as/down.yaml': `needs: [{ job: ./up, periods: all }]\n${DAILY}`,
    });
    await ticks(at(1, 8), at(1, 16), at(2));
    const keyOf = async (period: string) => {
      const [row] = await hera.database<{ project: string; job: string; period: Date }[]>`
        select project, job, period from run where id = ${(await hera.run('as/up', period)).id}`;
      return row!;
    };
    await hera.end('as/up', at(1, 8), OK);
    await hera.end('as/up', at(1, 16), OK);
    const aside = await keyOf(at(1, 8));
    await hera.database.begin((tx) => setAside(tx, [aside]));
    await hera.end('as/up', at(2), OK);
    expect(await hera.run('as/down', at(2))).toMatchObject({
      state: 'waiting',
      reasons: [{ kind: 'need', period: at(1, 8).replace('Z', '.000Z'), state: 'none' }],
    });
  });

  test('whose fact was set aside has no outputs, and what it told is there again with its former result', async () => {
    await deploy('told', { 'td/up.yaml': DAILY, 'td/silent.yaml': DAILY });
    await ticks(at(1));
    await hera.end('td/up', at(1), { kind: 'exited', code: 0, outputs: { rows: '12' } });
    await hera.end('td/silent', at(1), OK);
    for (const [job, outputs] of [
      ['td/up', { rows: '12' }],
      ['td/silent', null],
    ] as const) {
      const [key] = await hera.database<{ project: string; job: string; period: Date }[]>`
        select project, job, period from run where id = ${(await hera.run(job, at(1))).id}`;
      const told = async () =>
        (await hera.database`select outputs from fact where job = ${key!.job} and period = ${key!.period}`)[0]!.outputs;
      expect(await told()).toEqual(outputs);
      await hera.database.begin((tx) => setAside(tx, [key!]));
      expect(await told()).toBeNull();
      await hera.database.begin((tx) => restoreFormer(tx, key!));
      expect(await told()).toEqual(outputs);
    }
  });
});

describe('a need', () => {
  test('on the end of another job is met by a failure, a success only by a success', async () => {
    await deploy('finished', {
      'fi/up.yaml': DAILY,
      'fi/after.yaml': `needs: [{ job: ./up, on: finished }]\n${RUN}schedule: "0 0 * * *"\n`,
      'fi/strict.yaml': `needs: [./up]\n${RUN}`,
    });
    await ticks(at(1));
    expect((await hera.run('fi/after', at(1))).state).toBe('waiting');
    await hera.end('fi/up', at(1), FAILED);
    expect((await hera.run('fi/after', at(1))).state).toBe('queued');
    expect((await hera.run('fi/strict', at(1))).state).toBe('waiting');
  });

  test('on its own period two ticks back moves on where that was skipped', async () => {
    await deploy('back', { 'ba/a.yaml': `overlap: allow\nneeds: [{ self: { offset: -2 } }]\n${DAILY}` });
    await ticks(at(1), at(2), at(3), at(4));
    const awaited = async () => (await hera.run('ba/a', at(4))).reasons.map(({ period }) => period);
    expect(await awaited()).toEqual([at(2).replace('Z', '.000Z')]);
    await skip('ba/a', at(2));
    expect(await awaited()).toEqual([at(1).replace('Z', '.000Z')]);
  });

  test('on its own period before passes a thousand skipped ones over, and awaits the failed one before them', async () => {
    await deploy('long', { 'lo/a.yaml': `overlap: allow\nneeds: [{ self: previous }]\nschedule: "* * * * *"\n${RUN}` });
    await hera.database`
      insert into fact (project, job, period, state)
      select 'long', job.id, timestamptz '2030-03-01T00:00:00Z' - n * interval '1 minute', case when n > 1000 then 'failed' else 'skipped' end
      from job, generate_series(1, 1001) as n where job.path = 'lo/a'`;
    await tickOf('long', 'lo/a', at(1));
    expect((await hera.run('lo/a', at(1))).reasons).toMatchObject([
      { period: '2030-02-28T07:19:00.000Z', state: 'failed' },
    ]);
  });

  test('on a period before the upstream’s first deployment says so, with the time', async () => {
    await deploy('young', {
      'yo/down.yaml': `needs: [{ job: ./up, offset: -5000 }]\n${DAILY}`,
      'yo/up.yaml': DAILY,
    });
    await ticks(at(1));
    expect((await hera.run('yo/down', at(1))).reasons).toMatchObject([
      { kind: 'need', job: 'yo/up', state: 'none', run: null, firstDeployed: expect.stringContaining('T') },
    ]);
  });

  test('that the new definitions do not name is dropped from a waiting run, and the run keeps that as an event', async () => {
    const files = { 'dr/a.yaml': DAILY, 'dr/b.yaml': DAILY };
    await deploy('dropped', { ...files, 'dr/down.yaml': `needs: [./a, ./b]\n${RUN}` });
    await ticks(at(1));
    await hera.end('dr/a', at(1), OK);
    await hera.apply({
      'hera.project.yaml': 'name: dropped\nzone: UTC\n',
      ...files,
      'dr/down.yaml': `needs: [./a]\n${RUN}`,
    });
    await hera.payPages();
    const { id, state } = await hera.run('dr/down', at(1));
    expect(state).toBe('queued');
    const events = await hera.database<{ body: unknown }[]>`
      select body from event where run = ${id} and kind = 'needs-dropped'`;
    expect(events.map(({ body }) => body)).toMatchObject([{ dropped: [{ job: 'dr/b' }] }]);
    expect((await droppedNeeds(hera.database, id)).map(viewDropped)).toMatchObject([
      { commit: expect.any(String), needs: [{ job: 'dr/b', period: at(1) }] },
    ]);
  });
});

describe('a need on the latest', () => {
  test('waits for the first run, is met by any period, waits for a newer one that is owed, and passes skipped ones over', async () => {
    await deploy('latest', {
      'la/up.yaml': `overlap: allow\n${DAILY}`,
      'la/down.yaml': `overlap: allow\nneeds: [{ job: ./up, periods: latest }]\n${EVENING}`,
    });
    await tickOf('latest', 'la/down', at(1, 20));
    expect((await hera.run('la/down', at(1, 20))).reasons).toEqual([{ kind: 'no-run', job: 'la/up' }]);
    await tickOf('latest', 'la/up', at(3));
    await hera.end('la/up', at(3), OK);
    expect((await hera.run('la/down', at(1, 20))).state).toBe('queued');
    await tickOf('latest', 'la/up', at(4));
    await tickOf('latest', 'la/down', at(2, 20));
    expect((await hera.run('la/down', at(2, 20))).reasons).toMatchObject([
      { kind: 'need', period: at(4).replace('Z', '.000Z') },
    ]);
    await tickOf('latest', 'la/up', at(5));
    await hera.end('la/up', at(4), OK);
    expect((await hera.run('la/down', at(2, 20))).reasons).toMatchObject([{ period: at(5).replace('Z', '.000Z') }]);
    await hera.end('la/up', at(5), FAILED);
    expect((await hera.run('la/down', at(2, 20))).reasons).toMatchObject([
      { period: at(5).replace('Z', '.000Z'), state: 'failed' },
    ]);
    await hera.database`update fact set state = 'skipped' where project = 'latest' and period = ${at(5)}`;
    await admit(hera.context, [(await hera.run('la/down', at(2, 20))).id]);
    expect((await hera.run('la/down', at(2, 20))).state).toBe('queued');
    const [turn] = await hera.database<{ inputs: unknown }[]>`
      select inputs from turn where run = ${(await hera.run('la/down', at(2, 20))).id}`;
    expect(turn!.inputs).toMatchObject([{ job: 'la/up', state: 'succeeded' }]);
  });
});

describe('a manual job', () => {
  test('owes what is asked by hand: it waits for its needs, is retried, leaves a fact, and wakes who needs its latest', async () => {
    await deploy('byhand', {
      'mj/rates.yaml': `retries: { times: 1, wait: 0s }\nend: 2030-06-30\n${RUN}`,
      'mj/loaded.yaml': `needs: [{ job: ./rates, periods: latest }]\n${RUN}`,
      'mj/down.yaml': `needs: [{ job: ./rates, periods: latest }]\n${EVENING}`,
    });
    await tickOf('byhand', 'mj/down', at(1, 20));
    expect((await hera.run('mj/down', at(1, 20))).reasons).toEqual([{ kind: 'no-run', job: 'mj/rates' }]);
    const ask = (job: string, period: string) =>
      askRun(hera.context, { ...asker, project: 'byhand', job, period: new Date(period) });
    await ask('mj/loaded', at(1, 3));
    expect(await hera.run('mj/loaded', at(1, 3))).toMatchObject({ state: 'waiting', owed: 'dependency' });
    expect((await ask('mj/rates', at(1, 3))).period.toISOString()).toBe('2030-03-01T03:00:00.000Z');
    await hera.end('mj/rates', at(1, 3), FAILED);
    expect(await hera.run('mj/rates', at(1, 3))).toMatchObject({ state: 'waiting', turn: 2, trigger: 'dependency' });
    await hera.end('mj/rates', at(1, 3), OK);
    expect(await hera.run('mj/rates', at(1, 3))).toMatchObject({ state: 'succeeded', fact: 'succeeded', owed: null });
    for (const [job, period] of [
      ['mj/down', at(1, 20)],
      ['mj/loaded', at(1, 3)],
    ] as const)
      expect((await hera.run(job, period)).state).toBe('queued');
    const again = await Promise.all([ask('mj/rates', at(1, 3)), ask('mj/rates', at(1, 3))]);
    expect(again.map(({ period }) => period.toISOString()).sort()).toEqual([
      '2030-03-01T03:00:01.000Z',
      '2030-03-01T03:00:02.000Z',
    ]);
    await expect(ask('mj/rates', '2030-07-01T00:00:00Z')).rejects.toThrow('outside');
  });
});

describe('an optional need', () => {
  const minutes = (n: number): string => new Date(Math.floor(Date.now() / 60_000) * 60_000 + n * 60_000).toISOString();

  test('is awaited from its tick until its run has ended, or for five minutes where no run comes; what is not there is met', async () => {
    const every = `schedule: "* * * * *"\noverlap: allow\n${RUN}`;
    await deploy('optional', {
      'op/up.yaml': every,
      'op/gone.yaml': `enabled: false\n${DAILY}`,
      'op/down.yaml': `needs: [{ job: ./up, optional: true }]\n${every}`,
      'op/free.yaml': `needs: [{ job: ./gone, optional: true }, { job: ./nobody, optional: true }]\n${DAILY}`,
      'op/new.yaml': `needs: [{ job: ./up, offset: -100, optional: true }]\n${every}`,
    });
    await hera.database`update deployment set in_force_at = in_force_at - interval '1 hour' where project = 'optional'`;
    const [up] = await hera.database<{ timetable: string; job: string }[]>`
      select timetable, job from job_definition where project = 'optional' and path = 'op/up'`;
    const tick = (period: string) => tickPage(hera.context, { timetable: up!.timetable, instant: period });
    const [missing, coming] = [minutes(-2), minutes(2)];
    await tick(missing);
    await tick(coming);
    // Its tick is still to come, or lies before the first deployment.
    expect((await hera.run('op/down', coming)).state).toBe('queued');
    expect((await hera.run('op/new', missing)).state).toBe('queued');
    // Its run is there: it is awaited whatever the time.
    const down = await hera.run('op/down', missing);
    expect(down.reasons).toMatchObject([{ kind: 'need', job: 'op/up' }]);
    expect(down.reasons[0]).not.toHaveProperty('until');
    await cancelRun(hera.context, { ...asker, run: (await hera.run('op/up', missing)).id, owed: true });
    await hera.payPages();
    expect((await hera.run('op/down', missing)).state).toBe('queued');
    await ticksOfFree();
    expect((await hera.run('op/free', at(1))).state).toBe('queued');
    await waitsForNoRun(up!);

    async function ticksOfFree(): Promise<void> {
      await hera.tick(at(1));
    }
    async function waitsForNoRun({ timetable, job }: Readonly<{ timetable: string; job: string }>): Promise<void> {
      const period = minutes(-3);
      // As if the page with the upstream were still to be made.
      await hera.database`update job_definition set timetable = null where job = ${job}`;
      await tickPage(hera.context, { timetable, instant: period });
      const { id, reasons } = await hera.run('op/down', period);
      expect(reasons).toMatchObject([{ kind: 'need', run: null, until: expect.stringContaining('T') }]);
      expect(await runsPastOptional(hera.database, 10)).toEqual([]);
      // Five minutes later: the clock cannot be turned, so the awaited tick lies further back.
      await hera.database`update need set period = period - interval '3 minutes' where run = ${id}`;
      expect(await runsPastOptional(hera.database, 10)).toEqual([id]);
      await admit(hera.context, [id]);
      expect((await hera.run('op/down', period)).state).toBe('queued');
      expect(await runsPastOptional(hera.database, 10)).toEqual([]);
    }
  });
});

describe('inside a backfill', () => {
  test('members await members in every form: all of a day, the highest for the latest, and nobody outside', async () => {
    await deploy('filled', {
      'bf/up.yaml': `overlap: allow\n${THRICE}`,
      'bf/daily.yaml': `needs: [{ job: ./up, periods: all }]\n${DAILY}`,
      'bf/latest.yaml': `needs: [{ job: ./up, periods: latest }]\n${DAILY}`,
      'bf/optional.yaml': `needs: [{ job: ./up, periods: last, optional: true }]\n${DAILY}`,
    });
    const past = (day: number, hour = 0): string => at(day, hour).replace('2030', '2020');
    const range = { from: new Date(past(1, 8)), to: new Date(past(2, 9)) };
    const request = {
      ...asker,
      project: 'filled',
      jobs: '**',
      ...range,
      only: 'all' as const,
      parallel: 100,
      hash: null,
    };
    const { hash } = await backfill(hera.context, request, async () => {});
    const { operation } = await backfill(hera.context, { ...request, hash }, async () => {});
    while (!(await backfillPage(hera.context, operation!)));
    const waits = async (job: string) =>
      (await hera.run(job, past(2))).reasons.map((reason) => String(reason.period).slice(8, 13));
    expect(await waits('bf/daily')).toEqual(['01T08', '01T16', '02T00']);
    expect(await waits('bf/latest')).toEqual(['02T08']);
    expect(await waits('bf/optional')).toEqual(['02T00']);
    await hera.end('bf/up', past(2, 8), OK);
    expect((await hera.run('bf/latest', past(2))).state).toBe('queued');
    for (const period of [past(1, 8), past(1, 16), past(2)]) await hera.end('bf/up', period, OK);
    expect((await hera.run('bf/daily', past(2))).state).toBe('queued');
    expect((await hera.run('bf/optional', past(2))).state).toBe('queued');
  });
});

describe('ends that come while a run is made', () => {
  test('of all the periods it awaits, in any order and at once, leave none of them waiting', async () => {
    await deploy('meet', {
      'me/up.yaml': `schedule: "0 */4 * * *"\noverlap: allow\n${RUN}`,
      'me/all.yaml': `overlap: allow\nneeds: [{ job: ./up, periods: all }]\n${DAILY}`,
      'me/latest.yaml': `overlap: allow\nneeds: [{ job: ./up, periods: latest }]\n${DAILY}`,
    });
    const periods = Array.from({ length: 6 }, (_, i) =>
      new Date(Date.parse(at(10)) + (i + 1) * 14_400_000).toISOString(),
    );
    for (const period of periods) await tickOf('meet', 'me/up', period);
    const ends = periods.map(async (period) => settle(hera.context, (await hera.run('me/up', period)).id, 1, OK));
    await Promise.all([...ends, tickOf('meet', 'me/all', at(11))]);
    for (const job of ['me/all', 'me/latest'])
      expect(await hera.run(job, at(11)), job).toMatchObject({ state: 'queued', reasons: [] });
  });
});
