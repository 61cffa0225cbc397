import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listSchedules } from '../../../runtime/temporal/schedule-drift.js';
import { deleteSchedule } from '../../../runtime/temporal/schedules.js';
import { describeWorkflow } from '../../../runtime/temporal/starts.js';
import { type Hera, startHera } from '../../support/hera.js';

// Timetables fire by themselves; what did not fire is made by the ledger; what must not run is listed as skipped. The calendars here fire
// every few seconds, so that a test waits for events and not for a day.

const PROJECT = 'name: shop\nzone: UTC\n';
const STEP = 20 * 60_000;
const every = (seconds: number): string => `*/${seconds} * * * * ?`;

const files = {
  'hera.project.yaml': PROJECT,
  'a/source.yaml': `schedule: "${every(2)}"\nrun: { shell: "true" }\n`,
  'a/after.yaml': 'needs: [./source]\nrun: { shell: "true" }\n',
  'a/closed.yaml': `schedule: "${every(2)}"\nenabled: false\nrun: { shell: "true" }\n`,
};

let hera: Hera;
beforeAll(async () => {
  // Its rounds are those that a test asks for: one of its own would mend first what a test is about to count.
  hera = await startHera({ ledgerTimes: { everyMs: 3_600_000 } });
});
afterAll(() => hera.stop());

const succeeded = async (job: string): Promise<number> => {
  const [row] = await hera.database<{ n: number }[]>`
    select count(*)::int as n from run join job on job.id = run.job where job.path = ${job} and run.state = 'succeeded'`;
  return row!.n;
};

/** Ticks of the timetable between its first and its last made one: how many should be, how many runs of `job` there are. */
const gaps = async (job: string, stepSeconds: number): Promise<number> => {
  const [row] = await hera.database<{ gaps: number }[]>`
    select count(*)::int as gaps from (
      select run.period - lag(run.period) over (order by run.period) as step
      from run join job on job.id = run.job where job.path = ${job}) as steps
    where step <> ${stepSeconds} * interval '1 second'`;
  return row!.gaps;
};

describe('a timetable', () => {
  test('fires by itself from its deployment on, for jobs with a schedule, by their base, and closed ones as skipped', async () => {
    await hera.apply(files);
    await hera.until(async () => (await succeeded('a/after')) >= 3, 'three ticks');
    expect(await gaps('a/source', 2)).toBe(0);
    // Pushed less than two seconds before its time: the very first tick after the commit is in force is there.
    const [push] = await hera.database<{ at: Date; first: Date }[]>`
      select (select in_force_at from deployment order by id limit 1) as at,
             (select min(run.period) from run join job on job.id = run.job where job.path = 'a/source') as first`;
    expect(push!.first.getTime()).toBe(Math.ceil(push!.at.getTime() / 2000) * 2000);
    const kinds = await hera.database`
      select distinct job.path, run.state, run.trigger from run join job on job.id = run.job
      where run.state in ('succeeded', 'skipped') order by 1`;
    expect(kinds.map((row) => ({ ...row }))).toEqual([
      { path: 'a/after', state: 'succeeded', trigger: 'dependency' },
      { path: 'a/closed', state: 'skipped', trigger: 'schedule' },
      { path: 'a/source', state: 'succeeded', trigger: 'schedule' },
    ]);
  });

  test('has one schedule, whose id says its content, and which is made again when someone deletes it', async () => {
    const { temporal } = hera.running;
    const ids = (await listSchedules(temporal)).map(({ id }) => id).filter((id) => id.startsWith('shop/tick/'));
    expect(ids).toHaveLength(1);
    await deleteSchedule(temporal, ids[0]!);
    await hera.until(async () => (await listSchedules(temporal)).length === 0, 'the deletion to be seen');
    const round = await hera.running.ledger.round();
    expect(round).toMatchObject({ schedules: 1 });
    await hera.until(async () => (await listSchedules(temporal)).some(({ id }) => id === ids[0]), 'the schedule');
  });

  test('loses no tick while its control plane is away: the ledger makes each missed one, once', async () => {
    const before = await succeeded('a/source');
    await hera.restartControl();
    await hera.until(async () => (await succeeded('a/source')) >= before + 4, 'ticks after the restart');
    await hera.running.ledger.round();
    expect(await gaps('a/source', 2)).toBe(0);
    const [twice] = await hera.database`
      select count(*)::int as n from (select run from attempt group by run having count(*) > 1) as doubles`;
    expect(twice!.n).toBe(0);
  });

  test('a changed schedule moves to another timetable, and the old one is deleted when its ticks are settled', async () => {
    await hera.apply({ ...files, 'a/source.yaml': `schedule: "${every(3)}"\nrun: { shell: "true" }\n` });
    await hera.until(async () => {
      const round = await hera.running.ledger.round();
      const ids = (await listSchedules(hera.running.temporal)).map(({ id }) => id);
      return round !== undefined && ids.length === 2;
    }, 'two schedules: the new one, and the closed job’s');
    const waiting = await hera.database`
      select run.id from run join job on job.id = run.job where job.path = 'a/after' and run.state = 'waiting' and run.created_at < now() - interval '20 seconds'`;
    expect(waiting).toHaveLength(0);
  });

  test('a job removed from git fires no more, keeps its history, and needs consent when it is a large part', async () => {
    const { 'a/source.yaml': _, 'a/after.yaml': __, ...left } = files;
    await expect(hera.apply(left)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('would remove 2 of 3 jobs'),
    });
    await hera.apply(left, { allowPrune: true });
    const history = await succeeded('a/source');
    expect(history).toBeGreaterThan(0);
    const [force] = await hera.database`select count(*)::int as n from job where removed_in is not null`;
    expect(force!.n).toBe(2);
  });
});

describe('hours in which nobody made a tick', () => {
  test('each missed run is treated by the policy of its job, once, and what is left out is listed with the reason and told', async () => {
    // A tick of the day itself in the middle of the test would be the newest one: the test begins clear of it.
    const since = Date.now() % STEP;
    const ahead = since > STEP - 60_000 ? STEP - since : 0;
    if (ahead > 0 || since < 35_000) await new Promise((resolve) => setTimeout(resolve, ahead + 35_000));
    const job = (more: string): string => `schedule: "*/20 * * * *"\n${more}\nrun: { shell: "true" }\n`;
    await hera.apply({
      ...files,
      'c/all.yaml': job('overlap: allow'),
      'c/hour.yaml': job('overlap: allow\ncatchUp: { policy: all, within: 1h }'),
      'c/latest.yaml': job('catchUp: latest'),
      'c/none.yaml': job('catchUp: none'),
      'c/patient.yaml': job('catchUp: none\nlateAfter: 30m\noverlap: allow'),
      'c/after.yaml': 'needs: [./all]\noverlap: allow\nrun: { shell: "true" }\n',
    });
    const { database } = hera;
    await database`update deployment set in_force_at = in_force_at - interval '4 hours'`;
    const [timetable] = await database<{ id: string; from: Date; now: Date }[]>`
      update timetable set watermark = now() - interval '3 hours' where note like '%20%'
      returning id, watermark as "from", now()`;
    const due = Array.from({ length: 9 }, (_, i) => Math.floor(timetable!.now.getTime() / STEP - i) * STEP).filter(
      (instant) => instant >= timetable!.from.getTime() && timetable!.now.getTime() - instant > 30_000,
    );
    const seen = () => database<{ path: string; period: Date; state: string; reasons: { kind: string }[] }[]>`
      select job.path, run.period, run.state, run.reasons from run join job on job.id = run.job
      where job.path like 'c/%' and run.period >= ${new Date(due.at(-1)!)} and run.period <= ${new Date(due[0]!)}`;
    await hera.running.ledger.round();
    const runs = await hera.until(async () => {
      const rows = await seen();
      return (
        rows.length === 6 * due.length && rows.every(({ state }) => ['succeeded', 'skipped'].includes(state)) && rows
      );
    }, 'all missed runs');
    const made = await database<{ instant: Date; by: number }[]>`
      select instant, (extract(epoch from created_at - instant) / 60)::float8 as by from tick where timetable = ${timetable!.id}`;
    const minutes = new Map(made.map(({ instant, by }) => [instant.getTime(), by]));
    const missedBy = (most: number) => due.filter((instant) => minutes.get(instant)! <= most);
    const ran = (path: string): readonly number[] =>
      runs
        .filter((run) => run.path === path && run.state === 'succeeded')
        .map(({ period }) => period.getTime())
        .sort((a, b) => b - a);
    expect(ran('c/all')).toEqual(due);
    expect(ran('c/after')).toEqual(due);
    expect(ran('c/hour')).toEqual(missedBy(60));
    expect(ran('c/latest')).toEqual(due.slice(0, 1));
    // One that was missed by less than five minutes is only late, under every policy.
    expect(ran('c/none')).toEqual(missedBy(5));
    expect(ran('c/patient')).toEqual(missedBy(30));
    const left = runs.filter(({ state }) => state === 'skipped');
    expect(new Set(left.map(({ reasons }) => reasons[0]!.kind))).toEqual(new Set(['catch-up']));
    const [twice] = await database`select count(*)::int as n from attempt join job on job.id = attempt.job
      where job.path like 'c/%' group by run having count(*) > 1`;
    expect(twice).toBeUndefined();
    const alerts =
      await database`select body from alert where kind = 'ticks-missed' and body->>'timetable' = ${timetable!.id}`;
    expect(alerts.length).toBeGreaterThan(0);
  });
});

describe('what Temporal forgot', () => {
  test('a run whose workflow was terminated behind our back fails with that reason', async () => {
    await hera.apply({ ...files, 'slow/x.yaml': 'run: { shell: "exec sleep 60" }\n' }, { allowPrune: true });
    const asked = await hera.running.control.run({
      project: 'shop',
      job: 'slow/x',
      period: null,
      by: 'tester',
      via: 'test',
    });
    await hera.until(async () => (await hera.run('slow/x', asked.period))?.state === 'running', 'the process');
    const [run] = await hera.database<{ workflow_id: string }[]>`select workflow_id from run where id = ${asked.run}`;
    await hera.running.temporal.client.workflow.getHandle(run!.workflow_id).terminate('by hand');
    expect(await describeWorkflow(hera.running.temporal, run!.workflow_id)).toMatchObject({
      kind: 'closed',
      how: 'terminated',
    });
    await hera.database`update turn set opened_at = opened_at - interval '5 minutes' where run = ${asked.run}`;
    await hera.until(async () => {
      await hera.running.ledger.round();
      return (await hera.run('slow/x', asked.period))?.state === 'failed';
    }, 'the failure');
  });
});

describe('an optional upstream', () => {
  test('that has not come five minutes after its tick is waited for no longer: the next round goes on', async () => {
    const definitions = {
      ...files,
      'hera.project.yaml': `${PROJECT}machineGroups: [default, nobody]\n`,
      'o/up.yaml': `schedule: "${every(2)}"\nmachineGroup: nobody\noverlap: allow\nrun: { shell: "true" }\n`,
      'o/down.yaml': 'needs: [{ job: ./up, optional: true }]\noverlap: allow\nrun: { shell: "true" }\n',
    };
    await hera.apply(definitions, { allowPrune: true });
    const [waiting] = await hera.until(async () => {
      const rows = await hera.database<{ id: string }[]>`
        select run.id from run join job on job.id = run.job where job.path = 'o/down' and run.waits_on = 'need' limit 1`;
      return rows.length > 0 && rows;
    }, 'a run that waits for its optional upstream');
    // The clock cannot be turned: the awaited tick lies further back instead, where no run is.
    await hera.database`update need set period = period - interval '6 minutes' where run = ${waiting!.id}`;
    await hera.running.ledger.round();
    await hera.until(async () => {
      const rows = await hera.database`select from run where id = ${waiting!.id} and state = 'succeeded'`;
      return rows.length > 0;
    }, 'its success');
  });
});
