import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Calendar,
  type CalendarForm,
  grainOf,
  type JobTime,
  type Needing,
  neededPeriods,
  needingPeriods,
  ticks,
} from '../../../compiler/calendar/index.js';
import { at, jobTime, onWorkdays } from './calendars.js';
import { listed, slowNeeds } from './slow-needs.js';

const crons = fc.constantFrom<string | readonly string[]>(
  '30 2 * * *',
  '30 23 * * *',
  '0 0 * * *',
  '0 0,12 * * *',
  '0 9,17 * * *',
  '5 * * * *',
  '0 * * * *',
  '*/30 0-5 * * *',
  '55 */6 * * *',
  '0 4 * * 1',
  '0 23 * * 6',
  '0 5 * * 1-5',
  '0 5 1 * *',
  '30 2 31 * *',
  '0 5 1,15 * *',
  '0 0 13 * 5',
  '30 1,2 * * 0',
  '0 0 1 1 *',
  ['30 2 * * *', '0 14 * * 1-5'],
  ['0 4 * * 1', '0 5 1 * *'],
  ['5 0 * * *', '0 23 * * 6'],
);
const zones = fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Australia/Lord_Howe', 'UTC', 'America/Santiago');
const bounds = fc.option(
  fc.record({
    start: fc.constantFrom(at('2026-02-10'), at('2026-06-01T03:00')),
    end: fc.constantFrom(at('2026-09-20')),
  }),
  { nil: undefined, freq: 4 },
);
const times = new Map<string, JobTime>();
/** A grain takes four years of ticks to find: once for each. */
function timeOf(texts: string | readonly string[], zone: string): JobTime {
  const key = `${texts} ${zone}`;
  const time = times.get(key) ?? jobTime(texts, zone);
  times.set(key, time);
  return time;
}
const jobs = fc
  .tuple(crons, zones, bounds, fc.constantFrom('monday', 'sunday'))
  .map(([texts, zone, within, weekStart]): Needing => {
    const time = timeOf(texts, zone);
    return { ...time, calendar: { ...time.calendar, ...within }, weekStart: weekStart as 'monday' | 'sunday' };
  });
/** With days off, where no clock changes: there a moved tick has the same local time in both readings. */
const onDaysOfWork = fc.tuple(jobs, fc.constantFrom('skip', 'previous', 'next')).map(([job, otherwise]): Needing => {
  const { crons, ...bounds } = job.calendar;
  return { ...job, ...movedTime(crons, bounds, otherwise as 'skip') };
});
const moved = new Map<string, JobTime>();
function movedTime(crons: Calendar['crons'], bounds: object, otherwise: 'skip' | 'previous' | 'next'): JobTime {
  const zone = 'Asia/Shanghai';
  const key = `${JSON.stringify(crons)} ${otherwise}`;
  const calendar = onWorkdays({ crons, zone }, otherwise);
  const time = moved.get(key) ?? { calendar, zone, grain: grainOf(calendar) };
  moved.set(key, time);
  return { ...time, calendar: { ...time.calendar, ...bounds, zone } };
}
const anyJobs = fc.oneof({ weight: 4, arbitrary: jobs }, { weight: 1, arbitrary: onDaysOfWork });
const unit = fc.constantFrom('hour', 'day', 'week', 'month', 'quarter', 'year') as fc.Arbitrary<
  'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'
>;
const few = fc.integer({ min: 1, max: 4 });
const forms: fc.Arbitrary<CalendarForm> = fc.oneof(
  fc.constantFrom<CalendarForm>('default', 'nearest', { all: 'data' }, { all: 'window' }),
  few.map((n) => ({ offset: -n })),
  fc.tuple(few, unit).map(([n, of]) => ({ offset: -n, unit: of })),
  few.map((last) => ({ last })),
  fc.tuple(few, unit).map(([last, of]) => ({ last, unit: of })),
  fc.tuple(few, unit, few).map(([last, of, back]) => ({ last, unit: of, offset: -back })),
);
const YEAR = { from: Date.UTC(2026, 0, 20), to: Date.UTC(2026, 11, 20) };
/** Where a dense upstream's list is too short for years and quarters, there is nothing to compare with. */
const reachesTooFar = (form: CalendarForm, upstream: JobTime): boolean =>
  typeof form === 'object' &&
  'unit' in form &&
  (form.unit === 'quarter' || form.unit === 'year' || form.unit === 'month') &&
  listed(upstream.calendar)[0]!.at > Date.UTC(2020, 0, 1);
const pick = (list: readonly number[], share: number): number | undefined => list[Math.floor(share * list.length)];
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('what a need awaits, over random estates', () => {
  test('is what the rules taken word by word say, for every form, zone and clock change', () => {
    let awaited = 0;
    fc.assert(
      fc.property(anyJobs, anyJobs, forms, share, (mine, upstream, form, where) => {
        fc.pre(!reachesTooFar(form, upstream));
        const period = pick(ticks(mine.calendar, YEAR.from, YEAR.to), where);
        fc.pre(period !== undefined);
        const found = neededPeriods(form, mine, upstream, period);
        awaited += found.length;
        expect(found).toEqual(slowNeeds(form, mine, upstream, period));
      }),
      { numRuns: 2000 },
    );
    expect(awaited).toBeGreaterThan(400);
  });

  test('who awaits a period is said the same way from the other end', () => {
    fc.assert(
      fc.property(anyJobs, anyJobs, forms, share, (mine, upstream, form, where) => {
        const theirs = pick(ticks(upstream.calendar, YEAR.from, YEAR.to), where);
        fc.pre(theirs !== undefined);
        const found = needingPeriods(form, mine, upstream, theirs, 20_000);
        const near = { from: theirs - 20 * 86_400_000, to: theirs + 20 * 86_400_000 };
        const expected = ticks(mine.calendar, near.from, near.to).filter((period) =>
          neededPeriods(form, mine, upstream, period).includes(theirs),
        );
        expect(found.filter((period) => period >= near.from && period < near.to)).toEqual(expected);
        expect(found.slice(0, 50).every((period) => neededPeriods(form, mine, upstream, period).includes(theirs))).toBe(
          true,
        );
        expect(needingPeriods(form, mine, upstream, theirs, 2)).toEqual(found.slice(0, 2));
      }),
      { numRuns: 200 },
    );
  });

  test('`all` gives each period of the upstream to one run, and loses none', () => {
    fc.assert(
      fc.property(jobs, jobs, share, (mine, upstream, where) => {
        const free = { ...mine, calendar: { crons: mine.calendar.crons, zone: mine.calendar.zone } };
        const theirs = pick(ticks(upstream.calendar, YEAR.from, YEAR.to), where);
        fc.pre(theirs !== undefined);
        expect(needingPeriods({ all: 'data' }, free, upstream, theirs, 10)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});
