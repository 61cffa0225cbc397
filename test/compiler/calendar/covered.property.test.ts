import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Coverage,
  calendarName,
  coversSeveral,
  dataInterval,
  grainWindow,
  type JobTime,
  referenceSpan,
  ticks,
} from '../../../compiler/calendar/index.js';
import { calendarOf, jobTime } from './calendars.js';

const crons = fc.constantFrom(
  '30 2 * * *',
  '30 23 * * *',
  '0 0,12 * * *',
  '0 9,17 * * *',
  '5 * * * *',
  '55 */6 * * *',
  '0 4 * * 1',
  '0 23 * * 6',
  '0 5 * * 1-5',
  '0 5 1 * *',
  '0 5 1,15 * *',
  '0 0 29 2 *',
  '0 0 13 * 5',
  '30 1,2 * * 0',
  '0 0 1 1 *',
);
const zones = fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Australia/Lord_Howe', 'UTC');
const jobs = fc
  .tuple(fc.array(crons, { minLength: 1, maxLength: 2 }), zones)
  .map(([texts, zone]) => jobTime(texts, zone));

/** Rule D2 word by word: every data interval of mine, and every end of the upstream's in it. */
function slowCoverage(mine: JobTime, upstream: JobTime, projectZone: string): Coverage | undefined {
  const { start, end } = referenceSpan(projectZone);
  const [early, late] = [start - 9 * 366 * 86_400_000, end + 40 * 86_400_000];
  const theirs = ticks(upstream.calendar, early, late).map((period) => ({
    period,
    end: grainWindow(upstream.grain, upstream.zone, period).start,
  }));
  let next = 0;
  for (const period of ticks(mine.calendar, start, end)) {
    const data = dataInterval(mine.calendar, mine.grain, period, mine.zone);
    while (next < theirs.length && (theirs[next] as { end: number }).end <= data.start) next++;
    const covered: number[] = [];
    for (let i = next; i < theirs.length; i++) {
      const upstreamRun = theirs[i] as { period: number; end: number };
      if (upstreamRun.end > data.end) break;
      covered.push(upstreamRun.period);
    }
    if (covered.length > 1)
      return { period, count: covered.length, from: covered[0] as number, to: covered.at(-1) as number };
  }
  return undefined;
}

describe('D2', () => {
  test('finds the run that rule D2, taken word by word, finds first', () => {
    fc.assert(
      fc.property(jobs, jobs, (mine, upstream) => {
        expect(coversSeveral(mine, upstream, 'Asia/Shanghai')).toEqual(slowCoverage(mine, upstream, 'Asia/Shanghai'));
      }),
      { numRuns: 60 },
    );
  });
});

describe('C3', () => {
  test('data intervals lie side by side', () => {
    fc.assert(
      fc.property(jobs, ({ calendar, grain, zone }) => {
        const found = ticks(calendar, Date.UTC(2025, 9, 1), Date.UTC(2026, 11, 1));
        for (const [i, period] of found.slice(0, 300).entries()) {
          const { start, end } = dataInterval(calendar, grain, period, zone);
          expect(start).toBeLessThan(end);
          expect(end).toBeLessThanOrEqual(period);
          const before = found[i - 1];
          if (before !== undefined) expect(start).toBe(dataInterval(calendar, grain, before, zone).end);
        }
      }),
    );
  });
});

describe('names', () => {
  const times = fc.constantFrom('0', '5', '30', '*', '*/10', '*/15');
  const text = fc
    .tuple(
      times,
      fc.constantFrom('0', '2', '*', '*/6', '*/12'),
      fc.constantFrom('*', '1', '15', '1,15'),
      fc.constantFrom('*', '1', '1-5', '0'),
    )
    .map((fields) => `${fields[0]} ${fields[1]} ${fields[2]} * ${fields[3]}`);

  test('an exact name belongs to one calendar, and every name is safe in a shell', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [first, second] = [calendarOf(a), calendarOf(b)];
        const [one, other] = [calendarName(first), calendarName(second)];
        expect(one.name).toMatch(/^[a-z0-9.-]+$/);
        if (one.exact && one.name === other.name) expect(first).toEqual(second);
      }),
      { numRuns: 1000 },
    );
  });
});
