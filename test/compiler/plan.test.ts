import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, type Job, type Manifest } from '../../compiler/index.js';
import { awaited, awaiting, canonicalJson, definitionHash, hashOf } from '../../compiler/manifest/index.js';
import { CATEGORY } from '../../compiler/plan/categories.js';
import { type DeployedJob, planChanges, projectChanges } from '../../compiler/plan/index.js';

const PROJECT = { 'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\n' };
const RUN = 'run: { shell: "true" }\n';
const ORDERS = `schedule: "30 2 * * *"\n${RUN}`;
const BASE = {
  'ods/orders.yaml': ORDERS,
  'dw/load.yaml': `needs: [ods/orders]\n${RUN}`,
  'dw/report.yaml': `needs: [dw/load]\n${RUN}`,
};

async function manifestOf(files: Readonly<Record<string, string>>): Promise<Manifest> {
  const tree = new Map(
    Object.entries({ ...PROJECT, ...files }).map(([path, text]) => [path, new TextEncoder().encode(text)]),
  );
  const { manifest, diagnostics } = await compile(tree);
  expect(diagnostics).toEqual([]);
  return manifest!;
}

const deploy = ({ jobs }: Manifest): readonly DeployedJob[] =>
  jobs.map((job) => ({ id: job.id, hash: definitionHash(job), definition: job }));

describe('a plan', () => {
  test('of a state against itself is empty, and its hash is the same each time', async () => {
    const manifest = await manifestOf(BASE);
    const changes = planChanges(deploy(manifest), manifest);
    expect(changes).toMatchObject({ jobs: [], timetables: { create: [], retire: [] }, reach: 0 });
    expect(planChanges([...deploy(manifest)].reverse(), manifest).hash).toBe(changes.hash);
  });

  test('names added, changed and removed jobs with the fields that differ, timetables and reach', async () => {
    const before = deploy(await manifestOf({ ...BASE, 'old.yaml': ORDERS }));
    const after = await manifestOf({
      ...BASE,
      'ods/orders.yaml': `schedule: "0 3 * * *"\ntimeout: 1h\n${RUN}`,
      'new.yaml': `schedule: "0 3 * * *"\n${RUN}`,
    });
    const { jobs, timetables, reach } = planChanges(before, after);
    expect(jobs.map(({ job, kind, fields, categories }) => [kind, job, fields.join(), categories.join()])).toEqual([
      ['change', 'dw/load', 'timetable', 'breaking,timing'],
      ['change', 'dw/report', 'timetable', 'timing'],
      ['add', 'new', '', ''],
      ['change', 'ods/orders', 'calendar,crons,timeoutMs,timetable', 'breaking,timing,execution'],
      ['remove', 'old', '', ''],
    ]);
    expect(timetables).toEqual({
      create: ['shop/tick/daily-03.00/Asia.Shanghai'],
      retire: ['shop/tick/daily-02.30/Asia.Shanghai'],
    });
    expect(reach).toBe(0);
    const quicker = await manifestOf({ ...BASE, 'ods/orders.yaml': `timeout: 1h\n${ORDERS}` });
    expect(planChanges(deploy(await manifestOf(BASE)), quicker)).toMatchObject({
      jobs: [
        {
          job: 'ods/orders',
          kind: 'change',
          fields: ['timeoutMs'],
          details: [{ field: 'timeoutMs', category: 'execution', before: 86_400_000, after: 3_600_000 }],
        },
      ],
      levels: [
        { level: 1, jobs: ['dw/load'] },
        { level: 2, jobs: ['dw/report'] },
      ],
      reach: 2,
    });
  });

  test('names who needs a job that fires otherwise, whether or not those change themselves', async () => {
    const before = deploy(
      await manifestOf({ ...BASE, 'dw/own.yaml': `needs: [ods/orders]\nschedule: "0 5 * * *"\n${RUN}` }),
    );
    const after = await manifestOf({
      ...BASE,
      'ods/orders.yaml': `schedule: "0 3 * * *"\n${RUN}`,
      'dw/own.yaml': `needs: [ods/orders]\nschedule: "0 5 * * *"\n${RUN}`,
    });
    const { jobs } = planChanges(before, after);
    expect(jobs.map(({ job, awaitedBy }) => [job, awaitedBy])).toEqual([
      ['dw/load', ['dw/report']],
      ['dw/report', []],
      ['ods/orders', ['dw/load', 'dw/own']],
    ]);
  });

  test('of the project itself is by setting, each pool, team and channel for itself; what was never written is nothing', async () => {
    const { project } = await manifestOf(BASE);
    expect(projectChanges(project, project)).toEqual([]);
    expect(projectChanges({ name: 'shop', zone: 'Asia/Shanghai', machineGroups: ['default'] }, project)).toEqual([]);
    const more = { ...project, machineGroups: ['default', 'hadoop'], pools: { api: 3 }, zone: 'UTC' };
    expect(projectChanges(project, more)).toEqual([
      { field: 'machineGroups', before: project.machineGroups, after: ['default', 'hadoop'] },
      { field: 'pools.api', before: null, after: 3 },
      { field: 'zone', before: 'Asia/Shanghai', after: 'UTC' },
    ]);
  });

  test('of a rename is one change that keeps the job, not a removal', async () => {
    const before = deploy(await manifestOf(BASE));
    const after = await manifestOf({
      'ods/orders.yaml': ORDERS,
      'dw/load.yaml': BASE['dw/load.yaml'],
      'mart/report.yaml': `formerly: [dw/report]\nneeds: [dw/load]\n${RUN}`,
    });
    expect(planChanges(before, after).jobs).toMatchObject([
      { job: 'mart/report', kind: 'change', fields: ['formerly', 'id'], categories: ['cosmetic'], was: 'dw/report' },
    ]);
  });

  test('moving a definition to another file of the same id changes nothing', async () => {
    const before = deploy(await manifestOf(BASE));
    const { 'ods/orders.yaml': _, ...rest } = BASE;
    expect(planChanges(before, await manifestOf({ ...rest, 'ods/orders.yml': ORDERS })).jobs).toEqual([]);
  });
});

describe('the category of a change', () => {
  test('is known for every field of the manifest, and a field that the table lacks is found', async () => {
    // With the fields that a job has only where somebody says so.
    const pools = { 'hera.project.yaml': `${PROJECT['hera.project.yaml']}pools: { gate: 1 }\nregions: [eu]\n` };
    const [job] = (
      await manifestOf({
        ...pools,
        'a.yaml': `pools: [gate]\nregions: [eu]\nschedule: { cron: "30 2 * * *", jitter: 1m }\n${RUN}`,
      })
    ).jobs;
    const fields = Object.keys(job!).filter((field) => field !== 'file' && field !== 'provenance');
    const unknown = (names: readonly string[]) => names.filter((name) => !(name in CATEGORY));
    expect(unknown(fields)).toEqual([]);
    expect(unknown([...fields, 'brandNew'])).toEqual(['brandNew']);
    expect(Object.keys(CATEGORY).sort()).toEqual([...fields].sort());
  });
});

describe('canonical JSON', () => {
  const shuffled = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shuffled)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, one]) => [key, shuffled(one)]),
          )
        : value;

  test('does not depend on the order of keys, and says the same as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(hashOf(shuffled(value))).toBe(hashOf(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('what a run awaits', () => {
  const at = (text: string): number => Date.parse(text);
  const jobsOf = async (files: Readonly<Record<string, string>>) =>
    new Map((await manifestOf(files)).jobs.map((job): [string, Job] => [job.id, job]));

  test('is the latest upstream period before the end of my day, by the base of a base too, and my own tick before', async () => {
    const jobs = await jobsOf({
      ...BASE,
      'dw/late.yaml': `needs: [dw/report, { self: previous }]\nschedule: "0 1 * * *"\n${RUN}`,
    });
    const must = { on: 'success', optional: false, whenNone: 'met', reason: null };
    expect(awaited(jobs, jobs.get('dw/late')!, at('2026-11-23T01:00+08:00'))).toEqual([
      { job: 'dw/report', form: 'default', periods: [at('2026-11-23T02:30+08:00')], ...must },
      { job: 'dw/late', form: { self: -1 }, periods: [at('2026-11-22T01:00+08:00')], ...must },
    ]);
  });

  test('ends with the `start` and `end` of a job that has its base’s ticks, for itself and for who needs it', async () => {
    const jobs = await jobsOf({
      'up.yaml': ORDERS,
      'mine.yaml': `start: 2026-11-23\nend: 2026-11-24\nneeds: [up]\n${RUN}`,
      'after.yaml': `needs: [{ job: mine, last: 5 }]\n${ORDERS}`,
    });
    const { start, end, timetable } = jobs.get('mine')!;
    expect([start, end]).toEqual([at('2026-11-23T00:00+08:00'), at('2026-11-24T23:59:59+08:00')]);
    expect(timetable).not.toBe(jobs.get('up')!.timetable);
    const last = awaited(jobs, jobs.get('after')!, at('2026-12-10T02:30+08:00'));
    expect(last[0]!.periods).toEqual([at('2026-11-23T02:30+08:00'), at('2026-11-24T02:30+08:00')]);
    expect(awaiting(jobs, jobs.get('mine')!, 'up', at('2026-11-22T02:30+08:00'), 9)).toEqual([]);
    expect(awaiting(jobs, jobs.get('mine')!, 'up', at('2026-11-23T02:30+08:00'), 9)).toHaveLength(1);
  });

  test('of an optional need on nobody, or on a closed job, is nothing, with the reason and a warning', async () => {
    const files = {
      ...PROJECT,
      'gone.yaml': `enabled: false\n${ORDERS}`,
      'mine.yaml': `needs: [{ job: gone, optional: true }, { job: nobody, optional: true }]\n${ORDERS}`,
    };
    const tree = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
    const { manifest, diagnostics } = await compile(new Map(tree));
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['HERA2014', 'warning'],
      ['HERA2014', 'warning'],
    ]);
    const jobs = new Map(manifest!.jobs.map((job) => [job.id, job]));
    expect(awaited(jobs, jobs.get('mine')!, at('2026-11-23T02:30+08:00')).map(({ reason }) => reason)).toEqual([
      'closed',
      'unknown',
    ]);
  });

  test('is nothing, with the reason, before my start and where the upstream has no period', async () => {
    const jobs = await jobsOf({
      'up.yaml': `start: 2026-11-24\n${ORDERS}`,
      'mine.yaml': `start: 2026-11-23\nneeds: [up, { self: previous }]\n${ORDERS}`,
    });
    expect(
      awaited(jobs, jobs.get('mine')!, at('2026-11-23T02:30+08:00')).map(({ periods, reason }) => [periods, reason]),
    ).toEqual([
      [[], 'no-period'],
      [[], 'before-start'],
    ]);
  });
});
