import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/index.js';
import { definitionHash, type Manifest } from '../../compiler/manifest/index.js';
import { CATEGORY, type DeployedJob, type Known, outlookOf, planChanges } from '../../compiler/plan/index.js';

// What a plan means at an instant: the clock is the caller's, so each of these is a table of instants.

const RUN = 'run: { shell: "true" }\n';
const daily = (time: string): string => {
  const [hour, minute] = time.split(':');
  return `schedule: "${Number(minute)} ${Number(hour)} * * *"\n${RUN}`;
};

async function manifestOf(files: Readonly<Record<string, string>>): Promise<Manifest> {
  const all = { 'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\n', ...files };
  const { manifest, diagnostics } = await compile(
    new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)])),
  );
  if (!manifest) throw new Error(JSON.stringify(diagnostics));
  return manifest;
}

const deploy = ({ jobs }: Manifest): readonly DeployedJob[] =>
  jobs.map((job) => ({ id: job.id, hash: definitionHash(job), definition: job }));

const UNKNOWN: Known = { lastOf: () => undefined, firstOf: () => undefined, hasSucceeded: () => false };

async function look(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  now: string,
  known: Partial<Known> = {},
) {
  const [old, fresh] = [deploy(await manifestOf(before)), await manifestOf(after)];
  const changes = planChanges(old, fresh);
  return { changes, ...outlookOf(old, fresh, changes, Date.parse(now), { ...UNKNOWN, ...known }) };
}

const NOON = '2026-11-24T12:00:00+08:00';

describe('the next fires', () => {
  test('stand before and after a change of timing, three each, and nowhere else', async () => {
    const { next } = await look(
      { 'a.yaml': daily('02:30'), 'b.yaml': daily('05:00') },
      { 'a.yaml': daily('23:00'), 'b.yaml': `timeout: 1h\n${daily('05:00')}` },
      NOON,
    );
    const print = (instants: readonly number[] = []) => instants.map((at) => new Date(at).toISOString());
    expect([...next.keys()]).toEqual(['a']);
    expect(print(next.get('a')?.before)).toEqual([
      '2026-11-24T18:30:00.000Z',
      '2026-11-25T18:30:00.000Z',
      '2026-11-26T18:30:00.000Z',
    ]);
    expect(print(next.get('a')?.after)[0]).toBe('2026-11-24T15:00:00.000Z');
  });

  test('of a job that is closed, or fires by hand from now on, are none', async () => {
    const { next } = await look(
      { 'a.yaml': daily('02:30'), 'b.yaml': daily('02:30') },
      { 'a.yaml': `enabled: false\n${daily('02:30')}`, 'b.yaml': RUN },
      NOON,
    );
    expect([...next.values()].map(({ after }) => after)).toEqual([[], []]);
  });

  test('of a job that fires by its base are those of the base', async () => {
    const needs = `needs: [./a]\n${RUN}`;
    const { next } = await look(
      { 'a.yaml': daily('02:30'), 'b.yaml': needs },
      { 'a.yaml': daily('03:30'), 'b.yaml': needs },
      NOON,
    );
    expect(next.get('b')?.after).toEqual(next.get('a')?.after);
  });
});

describe('a schedule that moves within its day', () => {
  test.each([
    ['02:30', '23:00', NOON, 'second-period'],
    ['23:00', '02:30', NOON, 'window-without'],
    ['23:00', '22:00', NOON, undefined],
    ['02:30', '03:30', NOON, undefined],
    ['02:30', '23:00', '2026-11-24T01:00:00+08:00', undefined],
    ['02:30', '01:00', '2026-11-24T02:00:00+08:00', 'window-without'],
  ])('from %s to %s at %s: %s', async (from, to, now, kind) => {
    const { warnings } = await look({ 'a.yaml': daily(from) }, { 'a.yaml': daily(to) }, now);
    expect(warnings.map((warning) => warning.kind)).toEqual(kind === undefined ? [] : [kind]);
  });

  test('names the period that is lost, and the command that runs it', async () => {
    const { warnings } = await look({ 'a.yaml': daily('23:00') }, { 'a.yaml': daily('02:30') }, NOON);
    expect(warnings[0]).toMatchObject({
      message:
        '`a` would have no period of this day: 2026-11-24T23:00:00+08:00 is no longer scheduled, and 2026-11-24T02:30:00+08:00 is past',
      help: 'hera backfill --job a --from 2026-11-23T18:30:00Z --to 2026-11-23T18:30:01Z',
    });
  });
});

describe('what the database knows wins over a calendar', () => {
  const kinds = async (from: string, to: string, known: Partial<Known>) =>
    (await look({ 'a.yaml': daily(from) }, { 'a.yaml': daily(to) }, NOON, known)).warnings.map(({ kind }) => kind);
  const period = Date.parse('2026-11-24T02:30+08:00');

  test('a job that is deployed since an hour has had no period this day', async () => {
    expect(await kinds('02:30', '23:00', { lastOf: () => null })).toEqual([]);
    expect(await kinds('02:30', '23:00', { lastOf: () => ({ period, isWaiting: false }) })).toEqual(['second-period']);
  });

  test('a run that waits still, and whose tick is gone, is skipped: it is no period, and the day may be left without', async () => {
    const waiting = { lastOf: () => ({ period, isWaiting: true }) };
    expect(await kinds('02:30', '23:00', waiting)).toEqual([]);
    expect(await kinds('02:30', '03:30', waiting)).toEqual(['window-without']);
  });

  test('a period before its upstream was first deployed is missing, until somebody has made up for it', async () => {
    const up = { 'up.yaml': daily('02:30') };
    const before = { ...up, 'x.yaml': daily('23:00'), 'y.yaml': daily('23:00') };
    const needs = `needs: [./up]\n${daily('23:00')}`;
    const after = { ...up, 'x.yaml': needs, 'y.yaml': needs };
    const firstOf = () => Date.parse('2026-11-24T09:00+08:00');
    expect((await look(before, after, NOON, { firstOf })).warnings).toEqual([
      {
        kind: 'never-run',
        job: 'x',
        message:
          '`x` of 2026-11-24T23:00:00+08:00 (and 1 more) will await `up` of 2026-11-24T02:30:00+08:00, and that job is first deployed later',
        help: 'hera backfill --job up --from 2026-11-23T18:30:00Z --to 2026-11-23T18:30:01Z; or take them for succeeded: hera apply --mark-missing',
      },
    ]);
    expect((await look(before, after, NOON, { firstOf, hasSucceeded: () => true })).warnings).toEqual([]);
    expect((await look(before, after, NOON, { firstOf: () => period })).warnings).toEqual([]);
  });
});

test('a job that is deployed under its own name and says `formerly` of a removed one is told that it keeps its history', async () => {
  const { warnings } = await look(
    { 'a.yaml': daily('02:30'), 'b.yaml': daily('02:30') },
    { 'b.yaml': `formerly: [a]\n${daily('02:30')}` },
    NOON,
  );
  expect(warnings).toMatchObject([{ kind: 'history-kept', job: 'b' }]);
});

test('a calendar without a tick from now on is a warning', async () => {
  const ended = `schedule: "30 2 * * *"\nend: "2026-11-01"\n${RUN}`;
  const { warnings } = await look({}, { 'a.yaml': ended, 'b.yaml': daily('02:30') }, NOON);
  expect(warnings).toMatchObject([{ kind: 'never-again', job: 'a' }]);
});

test('a period of a job that is new with this commit is awaited in vain: the remedy runs it', async () => {
  const { warnings } = await look(
    { 'report.yaml': daily('23:00') },
    { 'report.yaml': `needs: [./orders]\n${daily('23:00')}`, 'orders.yaml': daily('02:30') },
    NOON,
  );
  expect(warnings).toMatchObject([
    {
      kind: 'never-run',
      job: 'report',
      help: 'hera backfill --job orders --from 2026-11-23T18:30:00Z --to 2026-11-23T18:30:01Z; or take them for succeeded: hera apply --mark-missing',
    },
  ]);
  // Its tick of today is still to come: nothing is missing.
  const later = await look(
    { 'report.yaml': daily('23:00') },
    { 'report.yaml': `needs: [./orders]\n${daily('23:00')}`, 'orders.yaml': daily('14:00') },
    NOON,
  );
  expect(later.warnings).toEqual([]);
});

describe('a change is told by kind', () => {
  test('every field of the manifest has one, and each kind is used', async () => {
    const { jobs } = await manifestOf({
      'hera.project.yaml': 'name: shop\nzone: UTC\nregions: [eu]\npools: { db: { slots: 1 } }\n',
      // What a job has only where its author says so.
      'a.yaml': `schedule: { cron: "30 2 * * *", jitter: 1m }\nregions: [eu]\npools: { db: 1 }\n${RUN}`,
    });
    expect(
      Object.keys(jobs[0]!)
        .filter((name) => !['file', 'provenance'].includes(name))
        .sort(),
    ).toEqual(Object.keys(CATEGORY).sort());
  });

  test('with the file that gives each value now', async () => {
    const folder = (timeout: string) => ({ 'dw/_folder.yaml': `timeout: ${timeout}\n`, 'dw/a.yaml': daily('02:30') });
    const { changes } = await look(folder('1h'), folder('2h'), NOON);
    expect(changes.jobs[0]?.details).toEqual([
      { field: 'timeoutMs', category: 'execution', before: 3_600_000, after: 7_200_000, from: 'dw/_folder.yaml' },
    ]);
    const gone = await look(folder('1h'), { 'dw/a.yaml': daily('02:30') }, NOON);
    expect(gone.changes.jobs[0]?.details[0]?.from).toBeNull();
    const own = await look({ 'a.yaml': daily('02:30') }, { 'a.yaml': `title: 报表\n${daily('02:30')}` }, NOON);
    expect(own.changes.jobs[0]).toMatchObject({
      categories: ['cosmetic'],
      details: [{ field: 'title', from: 'a.yaml' }],
    });
  });

  test('breaking is one that makes others await other periods, and only where there are others', async () => {
    const down = { 'down.yaml': `needs: [./a]\n${daily('06:00')}` };
    const moved = await look({ 'a.yaml': daily('02:30'), ...down }, { 'a.yaml': daily('04:30'), ...down }, NOON);
    expect(moved.changes.jobs.map(({ job, categories }) => [job, categories])).toEqual([['a', ['breaking', 'timing']]]);
    const alone = await look({ 'a.yaml': daily('02:30') }, { 'a.yaml': daily('04:30') }, NOON);
    expect(alone.changes.jobs[0]?.categories).toEqual(['timing']);
  });

  test('a change that touches no run reaches nobody downstream', async () => {
    const down = { 'down.yaml': `needs: [./a]\n${daily('06:00')}`, 'far.yaml': `needs: [./down]\n${daily('07:00')}` };
    const cosmetic = await look(
      { 'a.yaml': daily('02:30'), ...down },
      { 'a.yaml': `title: x\n${daily('02:30')}`, ...down },
      NOON,
    );
    expect(cosmetic.changes.reach).toBe(0);
    const script = await look(
      { 'a.yaml': daily('02:30'), ...down },
      { 'a.yaml': daily('02:30').replace('true', 'false'), ...down },
      NOON,
    );
    expect(script.changes.levels).toEqual([
      { level: 1, jobs: ['down'] },
      { level: 2, jobs: ['far'] },
    ]);
  });
});

test('a job with a schedule of its own that awaits a later period is noted, once for each upstream, and not when nothing of it changes', async () => {
  const files = {
    'late.yaml': `schedule: "30 23 * * *"\n${RUN}`,
    'a.yaml': `schedule: "30 2 * * *"\nneeds: [late]\n${RUN}`,
    'b.yaml': `schedule: "30 3 * * *"\nneeds: [late]\n${RUN}`,
    'c.yaml': `schedule: "30 4 * * *"\nneeds: [{ job: late, offset: -1 }]\n${RUN}`,
    'd.yaml': `needs: [late]\n${RUN}`,
  };
  const told = (await look({}, files, NOON)).warnings.filter(({ kind }) => kind === 'awaits-later');
  expect(told).toMatchObject([{ job: 'a', help: 'if the one before is meant: `{ job: late, offset: -1 }`' }]);
  expect(told[0]!.message).toMatch(
    /^`a` of \S+T02:30:00\+08:00 \(and 1 more\) awaits `late` of \S+T23:30:00\+08:00, which is later/,
  );
  const again = await look(files, { ...files, 'd.yaml': `title: x\n${files['d.yaml']}` }, NOON);
  expect(again.warnings.filter(({ kind }) => kind === 'awaits-later')).toEqual([]);
});

describe('a workday calendar', () => {
  const project = (calendar: string) => ({
    'calendars/cn.yaml': calendar,
    'a.yaml': `schedule: { cron: "30 2 * * *", on: cn }\n${RUN}`,
    'b.yaml': `schedule: { cron: "0 5 1 * *", on: cn, otherwise: next }\n${RUN}`,
  });
  const listed = 'years: { 2026: { off: [2026-10-01..2026-10-07] } }\n';

  test.each([
    ['2026-11-01T12:00:00+08:00', []],
    ['2026-11-02T12:00:00+08:00', ['2027']],
    ['2027-06-01T12:00:00+08:00', ['2027']],
    ['2027-12-24T12:00:00+08:00', ['2027 and 2028']],
  ])('that lacks a year is told of from sixty days before, also when nothing changes: %s', async (now, years) => {
    const { warnings, changes } = await look(project(listed), project(listed), now);
    expect(changes.jobs).toEqual([]);
    expect(warnings.map(({ kind, message }) => `${kind}: ${message}`)).toEqual(
      years.map(
        (year) =>
          `year-missing: the workday calendar \`cn\` lists no days of ${year}: \`a\` and 1 more will go by the days of the week alone`,
      ),
    );
  });

  test('by rules alone lacks no year', async () => {
    const { warnings } = await look({}, project('yearly: { off: [01-01] }\n'), NOON);
    expect(warnings).toEqual([]);
  });

  test('that changes moves the next fires of its jobs', async () => {
    const { next } = await look(project(listed), project(listed.replace('} }', ', work: [2026-11-28] } }')), NOON);
    const days = (instants: readonly number[] = []) => instants.map((at) => new Date(at + 28_800_000).getUTCDate());
    expect(days(next.get('a')?.before)).toEqual([25, 26, 27]);
    expect(days(next.get('a')?.after)).toEqual([25, 26, 27]);
    expect([...next.keys()]).toEqual(['a', 'b']);
  });
});
