import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { printPeriod, ticks } from '../../compiler/calendar/index.js';
import { compile } from '../../compiler/index.js';
import { awaited, firingCalendar, type Manifest, simulate } from '../../compiler/manifest/index.js';
import { compileFolder } from '../examples/compile-folder.js';

const RUN = 'run: { shell: "true" }\n';

async function manifestOf(files: Readonly<Record<string, string>>): Promise<Manifest> {
  const all = { 'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\n', ...files };
  const { manifest, diagnostics } = await compile(
    new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)])),
  );
  if (!manifest) throw new Error(JSON.stringify(diagnostics));
  return manifest;
}

const printed = (manifest: Manifest, from: string, to: string, wanted?: (id: string) => boolean) =>
  [...simulate(manifest, { from: Date.parse(from), to: Date.parse(to) }, wanted)].map(
    ({ job, period, needs }) =>
      `${printPeriod(period)} ${job.id}${needs.map((need) => ` ${need.job}@${need.periods === 'latest' ? 'latest' : need.periods.map(printPeriod).join()}`).join('')}`,
  );

/** Job by job and tick by tick, then sorted: the same without anything shared. */
function slowly({ jobs }: Manifest, from: number, to: number) {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return jobs
    .flatMap((job) => {
      const calendar = job.enabled ? firingCalendar(byId, job) : null;
      return (calendar ? ticks(calendar, from, to) : []).map((period) => ({
        job: job.id,
        period,
        needs: awaited(byId, job, period).map((need) => ({
          job: need.job,
          periods: need.reason === 'latest' ? 'latest' : need.periods,
          optional: need.optional,
        })),
      }));
    })
    .sort((a, b) => a.period - b.period || (a.job < b.job ? -1 : 1));
}

describe('a simulation', () => {
  test('of the warehouse is what its jobs, asked one by one, say of a fortnight with a change of clocks', async () => {
    const { manifest } = await compileFolder(join(import.meta.dirname, '../../examples/warehouse'));
    const [from, to] = [Date.parse('2015-10-25T00:00:00-07:00'), Date.parse('2015-11-08T00:00:00-08:00')];
    const expected = slowly(manifest!, from, to);
    expect(expected.length).toBeGreaterThan(400);
    expect([...simulate(manifest!, { from, to })].map((run) => ({ ...run, job: run.job.id }))).toEqual(expected);
  });

  test('gives runs in order of time, then of id; each lists its needs in the author’s order; filtered runs too', async () => {
    const manifest = await manifestOf({
      'b.yaml': `schedule: "30 2 * * *"\n${RUN}`,
      'a.yaml': `needs: [b, { self: previous }]\n${RUN}`,
      'c.yaml': `schedule: "0 1 * * *"\nneeds: [{ self: previous }, b]\n${RUN}`,
      'closed.yaml': `enabled: false\nschedule: "0 0 * * *"\n${RUN}`,
      'manual.yaml': RUN,
    });
    const day = ['2026-11-22T16:00:00Z', '2026-11-23T16:00:00Z'] as const;
    const a = '2026-11-22T18:30:00Z a b@2026-11-22T18:30:00Z a@2026-11-21T18:30:00Z';
    expect(printed(manifest, ...day)).toEqual([
      '2026-11-22T17:00:00Z c c@2026-11-21T17:00:00Z b@2026-11-22T18:30:00Z',
      a,
      '2026-11-22T18:30:00Z b',
    ]);
    expect(printed(manifest, ...day, (id) => id === 'a')).toEqual([a]);
  });

  test('takes its start and leaves its end, and an empty stretch has no runs', async () => {
    const manifest = await manifestOf({ 'a.yaml': `schedule: "0 * * * *"\n${RUN}` });
    expect(printed(manifest, '2026-11-22T01:00:00Z', '2026-11-22T03:00:00Z')).toEqual([
      '2026-11-22T01:00:00Z a',
      '2026-11-22T02:00:00Z a',
    ]);
    expect(printed(manifest, '2026-11-22T03:00:00Z', '2026-11-22T01:00:00Z')).toEqual([]);
  });

  test('knows `start`, days off, and who fires by whom', async () => {
    const manifest = await manifestOf({
      'calendars/cn.yaml': 'years: { 2026: { off: [2026-11-24] } }\n',
      'a.yaml': `schedule: { cron: "30 2 * * *", on: cn }\nstart: "2026-11-23"\n${RUN}`,
      'b.yaml': `needs: [a]\n${RUN}`,
    });
    expect(printed(manifest, '2026-11-20T00:00:00Z', '2026-11-25T00:00:00Z', (id) => id === 'b')).toEqual([
      '2026-11-22T18:30:00Z b a@2026-11-22T18:30:00Z',
      '2026-11-24T18:30:00Z b a@2026-11-24T18:30:00Z',
    ]);
  });
});
