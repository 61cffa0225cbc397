import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { bizdateOf, dataInterval, grainOf, printPeriodIn } from '../../../compiler/calendar/index.js';
import { compile } from '../../../compiler/index.js';
import { awaited, type Job } from '../../../compiler/manifest/index.js';
import { at, calendarOf } from './calendars.js';

// Every row of every table of docs/time.md is true of the real compiler: the page is read, its schedules and needs are compiled as YAML.

const page = readFileSync(new URL('../../../docs/time.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => /^\s*\| [A-E]\d+\s*\|/.test(line))
  .map((line) =>
    line
      .trim()
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
const ofLength = (rules: RegExp, columns: number): readonly (readonly string[])[] =>
  rows.filter((row) => rules.test(row[0]!) && row.length === columns).map((row, i) => [String(i), ...row]);
const NEEDS = ofLength(/^D/, 6);
const BASES = ofLength(/^B2/, 3);
const DATA = ofLength(/^C3/, 6);
const cron = (cell: string): string => cell.slice(1, -1);
const minute = (instant: number): string => printPeriodIn('Asia/Shanghai', instant).slice(0, 16).replace('T', ' ');
const RUN = 'run: { shell: "true" }\n';
const scheduled = (cell: string): string => `schedule: "${cron(cell)}"\n${RUN}`;

let jobs: ReadonlyMap<string, Job>;
beforeAll(async () => {
  const files: Record<string, string> = { 'hera.project.yaml': 'name: page\nzone: Asia/Shanghai\n' };
  for (const [i, , mine, its, need] of NEEDS) {
    const upstream = its === '–' ? '' : 'job: ./its, ';
    if (upstream) files[`d${i}/its.yaml`] = scheduled(its!);
    files[`d${i}/mine.yaml`] =
      `needs: [{ ${upstream}${need === 'default' ? 'periods: default' : need} }]\n${scheduled(mine!)}`;
  }
  for (const [i, , needs] of BASES) {
    const all = needs!.split(', ');
    for (const [n, one] of all.entries()) files[`b${i}/j${n}.yaml`] = scheduled(one);
    files[`b${i}/mine.yaml`] = `needs: [${all.map((_, n) => `{ job: ./j${n}, periods: nearest }`).join(', ')}]\n${RUN}`;
  }
  const bytes = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  const { manifest, diagnostics } = await compile(new Map(bytes));
  expect(diagnostics).toEqual([]);
  jobs = new Map(manifest!.jobs.map((job) => [job.id, job]));
});

describe('docs/time.md', () => {
  test('has its tables: a row that is not read would prove nothing', () => {
    expect(rows).toHaveLength(NEEDS.length + BASES.length + DATA.length);
    expect(new Set(NEEDS.map(([, rule]) => rule))).toEqual(new Set(['D1', 'D3', 'D4', 'D5', 'D6', 'D8', 'D10']));
    expect(NEEDS.length).toBeGreaterThan(25);
  });

  test.each(NEEDS)(
    'row %s, %s: mine %s, its %s, %s, my run of %s awaits %s',
    (i, _rule, _mine, _its, _need, period, says) => {
      const [need] = awaited(jobs, jobs.get(`d${i}/mine`)!, at(period!));
      expect(words(need!)).toBe(says);
    },
  );

  test.each(BASES)('row %s, %s: of %s the base is %s', (i, _rule, _needs, base) => {
    const mine = jobs.get(`b${i}/mine`)!;
    expect(`\`${jobs.get(mine.base!)!.crons[0]}\``).toBe(base);
  });

  test.each(DATA)(
    'row %s, %s: %s at %s has grain %s, data %s, bizdate %s',
    (_i, _rule, schedule, period, grain, data, bizdate) => {
      const calendar = calendarOf(cron(schedule!));
      const { start, end } = dataInterval(calendar, grainOf(calendar), at(period!));
      expect([
        grainOf(calendar),
        `${minute(start)} to ${minute(end)}`,
        bizdateOf('Asia/Shanghai', at(period!)),
      ]).toEqual([grain, data, bizdate]);
    },
  );
});

function words({ periods, whenNone, reason }: ReturnType<typeof awaited>[number]): string {
  if (reason !== null) return whenNone === 'skip' ? 'nothing, so the run is skipped' : 'nothing';
  const all = periods.map(minute);
  return all.length > 4 ? `${all[0]} to ${all.at(-1)} (${all.length})` : all.join(', ');
}
