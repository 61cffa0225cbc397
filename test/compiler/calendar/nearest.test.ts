import { beforeAll, describe, expect, test } from 'vitest';
import { printPeriodIn, ticks } from '../../../compiler/calendar/index.js';
import { compile } from '../../../compiler/index.js';
import { awaited, firingCalendar, type Job } from '../../../compiler/manifest/index.js';
import { at } from './calendars.js';

// How jobs of the old scheduler find their upstream periods (D4 with B2): each row was run there, or is what real time says where its numbers
// misled it. Upstreams, the day, and what the job's runs of that day await.
const ROWS: readonly (readonly [string, Readonly<Record<string, string>>, string, Readonly<Record<string, string>>])[] =
  [
    ['one daily upstream', { a: '30 2 * * *' }, '2026-11-23', { '02:30': 'a@02:30' }],
    [
      'hourly and daily, a tie: the same hour',
      { a: '0 * * * *', b: '30 2 * * *' },
      '2026-11-23',
      { '02:30': 'a@02:00 b@02:30' },
    ],
    ['01:49 is nearer to two', { a: '0 * * * *', b: '49 1 * * *' }, '2026-11-23', { '01:49': 'a@02:00 b@01:49' }],
    ['02:59 is nearer to three', { a: '0 * * * *', b: '59 2 * * *' }, '2026-11-23', { '02:59': 'a@03:00 b@02:59' }],
    ['00:31 is nearer to one', { a: '0 * * * *', b: '31 0 * * *' }, '2026-11-23', { '00:31': 'a@01:00 b@00:31' }],
    ['midnight is of another day', { a: '0 * * * *', b: '59 23 * * *' }, '2026-11-23', { '23:59': 'a@23:00 b@23:59' }],
    [
      'every 30 minutes, a tie: the same hour',
      { a: '*/30 * * * *', b: '45 2 * * *' },
      '2026-11-23',
      { '02:45': 'a@02:30 b@02:45' },
    ],
    [
      'the base has the fewest ticks, not the largest unit',
      { a: '30 * * * *', b: '0 0,6,12,18 * * *' },
      '2026-11-23',
      {
        '00:00': 'a@00:30 b@00:00',
        '06:00': 'a@06:30 b@06:00',
        '12:00': 'a@12:30 b@12:00',
        '18:00': 'a@18:30 b@18:00',
      },
    ],
    ['of two a day the later', { a: '10 0 * * *', b: '0 23 * * *' }, '2026-11-23', { '23:00': 'a@00:10 b@23:00' }],
    [
      'Monday to Friday, on a Friday',
      { a: '0 1 * * mon-fri', b: '0 3 * * *' },
      '2026-11-20',
      { '01:00': 'a@01:00 b@03:00' },
    ],
    ['Monday to Friday, on a Saturday', { a: '0 1 * * mon-fri', b: '0 3 * * *' }, '2026-11-21', {}],
    ['monthly and daily', { a: '0 1 1 * *', b: '0 3 * * *' }, '2026-12-01', { '01:00': 'a@01:00 b@03:00' }],
    ['monthly and daily, another day', { a: '0 1 1 * *', b: '0 3 * * *' }, '2026-12-02', {}],
    ['daily and Mondays', { a: '0 1 * * *', b: '0 4 * * mon' }, '2026-11-23', { '04:00': 'a@01:00 b@04:00' }],
    [
      'twice a day and daily: one releases nothing',
      { a: '0 1,13 * * *', b: '0 20 * * *' },
      '2026-11-23',
      { '20:00': 'a@13:00 b@20:00' },
    ],
    [
      '23:30 and 00:30 of the same day',
      { a: '30 23 * * *', b: '30 0 * * *' },
      '2026-11-23',
      { '23:30': 'a@23:30 b@00:30' },
    ],
    [
      'a chain takes the ticks of its first',
      { d: '30 2 * * *', c: 'd', a: '0 * * * *' },
      '2026-11-23',
      { '02:30': 'a@02:00 c@02:30 d@02:30' },
    ],
  ];
const RUN = 'run: { shell: "true" }\n';
const needs = (names: readonly string[]): string =>
  `needs: [${names.map((name) => `{ job: ./${name}, periods: nearest }`).join(', ')}]\n${RUN}`;

let jobs: ReadonlyMap<string, Job>;
beforeAll(async () => {
  const files: Record<string, string> = { 'hera.project.yaml': 'name: old\nzone: Asia/Shanghai\n' };
  for (const [i, [, upstreams]] of ROWS.entries()) {
    for (const [name, cron] of Object.entries(upstreams))
      files[`r${i}/${name}.yaml`] = cron.includes(' ') ? `schedule: "${cron}"\n${RUN}` : needs([cron]);
    files[`r${i}/mine.yaml`] = needs(Object.keys(upstreams));
  }
  files['hourly/a.yaml'] = `schedule: "0 * * * *"\n${RUN}`;
  files['hourly/b.yaml'] = `schedule: "55 * * * *"\n${RUN}`;
  files['hourly/mine.yaml'] = needs(['a', 'b']);
  const bytes = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  const { manifest, diagnostics } = await compile(new Map(bytes));
  expect(diagnostics).toEqual([]);
  jobs = new Map(manifest!.jobs.map((job) => [job.id, job]));
});

const clock = (instant: number): string => printPeriodIn('Asia/Shanghai', instant).slice(11, 16);

/** The runs of a job on a day, by their time, with what each awaits that day. */
function runsOf(job: Job, day: string): Record<string, string> {
  const [from, to] = [at(day), at(day) + 86_400_000];
  return Object.fromEntries(
    ticks(firingCalendar(jobs, job)!, from, to).map((period) => {
      const all = awaited(jobs, job, period).map(({ job: id, periods }) => {
        expect(periods.every((one) => one >= from && one < to)).toBe(true);
        return `${id.split('/')[1]}@${periods.map(clock).join()}`;
      });
      return [clock(period), all.sort().join(' ')];
    }),
  );
}

describe('nearest, with a base', () => {
  test.each(ROWS.map((row, i) => [i, ...row] as const))('row %i: %s', (i, _name, _upstreams, day, expected) =>
    expect(runsOf(jobs.get(`r${i}/mine`)!, day)).toEqual(expected),
  );

  test('of two hourly ones the later is the base, and the last hour stays in its day', () => {
    const runs = runsOf(jobs.get('hourly/mine')!, '2026-11-23');
    expect(Object.keys(runs)).toHaveLength(24);
    expect([runs['00:55'], runs['22:55'], runs['23:55']]).toEqual([
      'a@01:00 b@00:55',
      'a@23:00 b@22:55',
      'a@23:00 b@23:55',
    ]);
  });
});
