import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  bizdateOf,
  type Calendar,
  calendarName,
  calendarWords,
  chooseBase,
  dataInterval,
  grainOf,
  hasTicks,
  nominalTicks,
  printPeriodIn,
  ticks,
  type Workdays,
  yearsMissing,
} from '../../../compiler/calendar/index.js';
import { compile } from '../../../compiler/index.js';
import { renderJob } from '../../../compiler/manifest/index.js';
import { at, CN_2026, calendarOf, onWorkdays } from './calendars.js';
import { movedTo } from './slow-needs.js';

const ZONE = 'Asia/Shanghai';
const DAY = 86_400_000;
const print = (instant: number) => printPeriodIn(ZONE, instant).slice(0, 16);
const fires = (calendar: Calendar, from: string, to: string) => ticks(calendar, at(from), at(to)).map(print);
const about = (calendar: Calendar, period: string) => {
  const { start, end } = dataInterval(calendar, grainOf(calendar), at(period));
  return [print(start), print(end), bizdateOf(ZONE, nominalTicks(calendar, at(period)).last)];
};

const daily = calendarOf('30 2 * * *');
const monthly = calendarOf('30 2 1 * *');

describe('A6: workdays', () => {
  test.each([
    ['skip', ['2026-09-30', '2026-10-08', '2026-10-09', '2026-10-10', '2026-10-12']],
    ['previous', ['2026-09-30', '2026-10-08', '2026-10-09', '2026-10-10', '2026-10-12']],
    ['next', ['2026-09-30', '2026-10-08', '2026-10-09', '2026-10-10', '2026-10-12']],
  ] as const)(
    'a daily job around the National Day, otherwise %s: workdays only, the make-up Saturday too',
    (otherwise, days) =>
      expect(fires(onWorkdays(daily, otherwise), '2026-09-30', '2026-10-13')).toEqual(
        days.map((day) => `${day}T02:30`),
      ),
  );

  test.each([
    ['skip', ['2026-07-01', '2026-09-01']],
    ['previous', ['2026-07-01', '2026-07-31', '2026-09-01']],
    ['next', ['2026-07-01', '2026-08-03', '2026-09-01']],
  ] as const)('the first of a month that is a Saturday, otherwise %s', (otherwise, days) =>
    expect(fires(onWorkdays(monthly, otherwise), '2026-07-01', '2026-09-02')).toEqual(
      days.map((day) => `${day}T02:30`),
    ),
  );

  it('a moved tick keeps the bizdate and the data of its nominal one', () => {
    expect(about(onWorkdays(monthly, 'next'), '2026-08-03T02:30')).toEqual([
      '2026-07-01T00:00',
      '2026-08-01T00:00',
      '20260731',
    ]);
    expect(about(onWorkdays(monthly, 'previous'), '2026-07-31T02:30')).toEqual([
      '2026-07-01T00:00',
      '2026-08-01T00:00',
      '20260731',
    ]);
  });

  it('of several that are moved onto one the data is the union, and the bizdate the last one’s', () => {
    const next = onWorkdays(daily, 'next');
    expect(about(next, '2026-08-03T02:30')).toEqual(['2026-07-31T00:00', '2026-08-03T00:00', '20260802']);
    expect(about(next, '2026-10-08T02:30')).toEqual(['2026-09-30T00:00', '2026-10-08T00:00', '20261007']);
    expect(about(onWorkdays(daily, 'previous'), '2026-07-31T02:30')).toEqual([
      '2026-07-30T00:00',
      '2026-08-02T00:00',
      '20260801',
    ]);
    expect(about(onWorkdays(calendarOf('0 9,17 * * *'), 'next'), '2026-08-03T17:00')).toEqual([
      '2026-08-01T09:00',
      '2026-08-03T17:00',
      '20260802',
    ]);
  });

  it('a tick that is left out takes its data with it: Monday is about Sunday', () =>
    expect(about(onWorkdays(daily, 'skip'), '2026-08-03T02:30')).toEqual([
      '2026-08-02T00:00',
      '2026-08-03T00:00',
      '20260802',
    ]));

  it('counts and grain ignore days off', () => {
    const [rare, other] = [onWorkdays(daily, 'skip'), calendarOf('0 3 * * mon-sat')];
    expect(grainOf(onWorkdays(calendarOf('0 9,17 * * *'), 'next'))).toBe('hour');
    const candidates = [
      { id: 'a', calendar: rare },
      { id: 'b', calendar: other },
    ];
    expect(chooseBase(candidates, ZONE)?.id).toBe('b');
  });

  it('of several schedules each has its own days off', () => {
    const both = { crons: [...onWorkdays(monthly, 'next').crons, ...calendarOf('0 20 * * sat').crons], zone: ZONE };
    expect(fires(both, '2026-08-01', '2026-08-09')).toEqual([
      '2026-08-01T20:00',
      '2026-08-03T02:30',
      '2026-08-08T20:00',
    ]);
  });

  it('start and end bound the moved instant', () =>
    expect(fires({ ...onWorkdays(monthly, 'next'), start: at('2026-08-02') }, '2026-07-01', '2026-08-09')).toEqual([
      '2026-08-03T02:30',
    ]));

  it('a calendar without any workday has no ticks, and nobody looks for ever', () => {
    const never = { ...CN_2026, week: [], work: [] };
    for (const otherwise of ['skip', 'previous', 'next'] as const)
      expect(hasTicks(onWorkdays(daily, otherwise, never))).toBe(false);
  });

  it('days of every year repeat, 29 February only where there is one', () => {
    const yearly: Workdays = {
      ...CN_2026,
      off: [],
      work: ['2027-12-25'],
      yearly: { off: ['02-29', '12-24..12-26'], work: ['03-01'] },
      years: [],
    };
    const all = { ...yearly, week: [0, 1, 2, 3, 4, 5, 6] };
    const skipped = (from: string, to: string) => {
      const found = new Set(fires(onWorkdays(daily, 'skip', all), from, to));
      return fires(daily, from, to).filter((tick) => !found.has(tick));
    };
    expect(skipped('2028-01-01', '2029-01-01').map((tick) => tick.slice(0, 10))).toEqual([
      '2028-02-29',
      '2028-12-24',
      '2028-12-25',
      '2028-12-26',
    ]);
    expect(skipped('2027-01-01', '2028-01-01').map((tick) => tick.slice(0, 10))).toEqual(['2027-12-24', '2027-12-26']);
  });

  it('a year that is not listed goes by the week, and is told of from sixty days before', () => {
    const today = (text: string) => Date.parse(`${text}T00:00:00Z`) / DAY;
    expect(fires(onWorkdays(daily, 'skip'), '2027-10-01', '2027-10-05').map((tick) => tick.slice(0, 10))).toEqual([
      '2027-10-01',
      '2027-10-04',
    ]);
    expect(yearsMissing(CN_2026, today('2026-11-01'), 60)).toEqual([]);
    expect(yearsMissing(CN_2026, today('2026-11-02'), 60)).toEqual([2027]);
    expect(yearsMissing(CN_2026, today('2027-03-01'), 60)).toEqual([2027]);
    expect(yearsMissing({ ...CN_2026, years: [] }, today('2027-03-01'), 60)).toEqual([]);
  });

  it('is said in words, and its name needs a hash', () => {
    expect(calendarName(onWorkdays(daily, 'skip'))).toEqual({ name: 'daily-02.30', exact: false });
    expect(calendarWords(onWorkdays(daily, 'skip'))).toBe('every day at 02:30, on workdays of cn, Asia/Shanghai');
    expect(calendarWords(onWorkdays(daily, 'next'))).toBe(
      'every day at 02:30, from days off of cn to the workday after, Asia/Shanghai',
    );
  });

  it('a moved tick is run by the rules of clock changes on its new day', () => {
    const [zone, week] = ['America/New_York', [1, 2, 3, 4, 5, 6]];
    const easter = { ...CN_2026, week, off: ['2026-03-07'] };
    // From Saturday 7 March to Sunday? No: Sunday is off too in this week, so to Monday; back it goes to Friday.
    const next = onWorkdays(calendarOf('30 2 7 3 *', zone), 'next', { ...easter, week: [0, ...week] });
    const [moved] = ticks(next, at('2026-03-01', zone), at('2026-04-01', zone));
    expect(printPeriodIn(zone, moved!)).toBe('2026-03-08T03:00:00-04:00');
    expect(printPeriodIn(zone, nominalTicks(next, moved!).last)).toBe('2026-03-07T02:30:00-05:00');
  });
});

test('the process of a moved run gets the bizdate and the data of its nominal tick, and its own period', async () => {
  const text = (one: string) => new TextEncoder().encode(one);
  const { manifest } = await compile(
    new Map([
      ['hera.project.yaml', text('name: shop\nzone: Asia/Shanghai\n')],
      ['calendars/cn.yaml', text('years: { 2026: {} }\n')],
      [
        'a.yaml',
        text(
          'schedule: { cron: "30 2 1 * *", on: cn, otherwise: next }\nrun: { shell: "${bizdate} ${data.start} ${date:yyyy-MM-dd}" }\n',
        ),
      ],
    ]),
  );
  const [job] = manifest!.jobs;
  const occasion = { calendar: job!.calendar, period: at('2026-08-03T02:30'), now: 0 };
  const { script, env } = renderJob(job!, '${bizdate} ${data.start} ${date:yyyy-MM-dd}', occasion);
  expect(script.text).toBe('20260731 2026-07-01T00:00:00+08:00 2026-08-03');
  expect([env.HERA_BIZDATE!.text, env.HERA_PERIOD!.text]).toEqual(['20260731', '2026-08-03T02:30:00+08:00']);
});

const spans = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 364 }), fc.integer({ min: 0, max: 9 })), { maxLength: 12 })
  .map((list) => list.map(([day, length]) => `${date(day)}..${date(Math.min(364, day + length))}`));
const date = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * DAY).toISOString().slice(0, 10);
const workdays = fc.record({
  name: fc.constant('random'),
  week: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 }),
  off: spans,
  work: spans.map((list) => list.slice(0, 4).map((span) => span.slice(0, 10))),
  yearly: fc.record({ off: fc.constantFrom([], ['05-01..05-03']), work: fc.constantFrom([], ['07-04']) }),
  years: fc.constant([2026]),
});
const crons = fc.constantFrom(
  '30 2 * * *',
  '0 9,17 * * *',
  '0 0 1 * *',
  '0 23 15 * *',
  '0 4 * * 1',
  '0 5 * * sat,sun',
  '5 */6 * * *',
  '0 0 1 L * ?',
);

test('on days off of any calendar, ticks are where a walk from day to day puts them, and nothing else is', () => {
  fc.assert(
    fc.property(workdays, crons, fc.constantFrom('skip', 'previous', 'next'), (days, text, otherwise) => {
      const on = { workdays: days, otherwise: otherwise as 'skip' };
      const nominal = ticks(calendarOf(text), at('2026-02-01'), at('2026-11-01'));
      const moved = new Map<number, number[]>();
      for (const tick of nominal) {
        const to = movedTo(ZONE, on, tick);
        if (to !== undefined) moved.set(to, [...(moved.get(to) ?? []), tick]);
      }
      const inside = (tick: number) => tick >= at('2026-04-01') && tick < at('2026-09-01');
      const calendar = onWorkdays(calendarOf(text), on.otherwise, days);
      const found = ticks(calendar, at('2026-04-01'), at('2026-09-01'));
      expect(found).toEqual([...moved.keys()].filter(inside).sort((a, b) => a - b));
      for (const period of found.slice(0, 40)) {
        const stands = otherwise === 'skip' ? [period] : moved.get(period)!;
        expect(nominalTicks(calendar, period)).toEqual({ first: stands[0], last: stands.at(-1) });
      }
    }),
    { numRuns: 60 },
  );
});
