import { describe, expect, it, test } from 'vitest';
import {
  hasTicks,
  isZone,
  nextTick,
  previousTick,
  printPeriod,
  printPeriodIn,
  ticks,
} from '../../../compiler/calendar/index.js';
import { at, calendarOf } from './calendars.js';

/** The ticks of one local day range, printed in their zone. */
const fires = (text: string | string[], zone: string, from: string, to: string) =>
  ticks(calendarOf(text, zone), at(from, zone), at(to, zone)).map((tick) => printPeriodIn(zone, tick));

describe('A5: clock changes', () => {
  test.each([
    [
      'a daily job whose time is missing fires at the first valid instant',
      '30 2 * * *',
      'America/New_York',
      '2026-03-08',
      '2026-03-09',
      ['2026-03-08T03:00:00-04:00'],
    ],
    [
      'a daily job whose time is repeated fires at the first',
      '30 1 * * *',
      'America/New_York',
      '2026-11-01',
      '2026-11-02',
      ['2026-11-01T01:30:00-04:00'],
    ],
    [
      'two missing times are one tick',
      ['15 2 * * *', '45 2 * * *'],
      'America/New_York',
      '2026-03-08',
      '2026-03-09',
      ['2026-03-08T03:00:00-04:00'],
    ],
    [
      'a moved tick and one of the schedule are one',
      '0,30 2,3 * * *',
      'America/New_York',
      '2026-03-08',
      '2026-03-09',
      ['2026-03-08T03:00:00-04:00', '2026-03-08T03:30:00-04:00'],
    ],
    [
      'an hourly job makes nothing up in a gap',
      '30 * * * *',
      'America/New_York',
      '2026-03-08T01:00',
      '2026-03-08T05:00',
      ['2026-03-08T01:30:00-05:00', '2026-03-08T03:30:00-04:00', '2026-03-08T04:30:00-04:00'],
    ],
    [
      'an hourly job runs both of a repeated hour',
      '30 * * * *',
      'America/New_York',
      '2026-11-01T00:00',
      '2026-11-01T03:00',
      [
        '2026-11-01T00:30:00-04:00',
        '2026-11-01T01:30:00-04:00',
        '2026-11-01T01:30:00-05:00',
        '2026-11-01T02:30:00-05:00',
      ],
    ],
    [
      'hours 0-23 are every hour',
      '30 0-23 * * *',
      'America/New_York',
      '2026-11-01T00:00',
      '2026-11-01T03:00',
      [
        '2026-11-01T00:30:00-04:00',
        '2026-11-01T01:30:00-04:00',
        '2026-11-01T01:30:00-05:00',
        '2026-11-01T02:30:00-05:00',
      ],
    ],
    [
      'a half-hour change repeats half an hour',
      '*/15 * * * *',
      'Australia/Lord_Howe',
      '2026-04-05T01:15',
      '2026-04-05T02:15',
      [
        '2026-04-05T01:15:00+11:00',
        '2026-04-05T01:30:00+11:00',
        '2026-04-05T01:45:00+11:00',
        '2026-04-05T01:30:00+10:30',
        '2026-04-05T01:45:00+10:30',
        '2026-04-05T02:00:00+10:30',
      ],
    ],
    [
      'a gap over midnight moves the tick into the next day, once',
      ['30 23 * * *', '0 0 * * *'],
      'America/Nuuk',
      '2024-03-30T12:00',
      '2024-03-31T12:00',
      ['2024-03-31T00:00:00-01:00'],
    ],
    [
      'a day that the date line left out has no tick',
      '0 5 * * *',
      'Pacific/Apia',
      '2011-12-29',
      '2012-01-01',
      ['2011-12-29T05:00:00-10:00', '2011-12-31T05:00:00+14:00'],
    ],
    [
      'China changed clocks in 1986',
      '30 2 * * *',
      'Asia/Shanghai',
      '1986-05-04',
      '1986-05-05',
      ['1986-05-04T03:00:00+09:00'],
    ],
  ] as const)('%s', (_promise, text, zone, from, to, expected) =>
    expect(fires(text as string, zone, from, to)).toEqual(expected),
  );
});

describe('ticks', () => {
  const daily = calendarOf('30 2 * * *');

  it('takes the start of a range and leaves its end', () => {
    const tick = at('2026-11-23T02:30');
    expect(ticks(daily, tick, tick + 86_400_000)).toEqual([tick]);
    expect(ticks(daily, tick + 1, tick + 86_400_000)).toEqual([]);
    expect(ticks(daily, tick, tick)).toEqual([]);
  });

  it('is strictly after and strictly before', () => {
    const tick = at('2026-11-23T02:30');
    expect(nextTick(daily, tick)).toBe(at('2026-11-24T02:30'));
    expect(nextTick(daily, tick - 1)).toBe(tick);
    expect(previousTick(daily, tick)).toBe(at('2026-11-22T02:30'));
    expect(previousTick(daily, tick + 1)).toBe(tick);
  });

  it('B5: periods before start and after end do not exist, both ends included', () => {
    const [start, end] = [at('2026-11-20T02:30'), at('2026-11-22T02:30')];
    const bounded = { ...daily, start, end };
    expect(ticks(bounded, at('2026-11-01'), at('2026-12-01')).length).toBe(3);
    expect(previousTick(bounded, start)).toBeUndefined();
    expect(nextTick(bounded, end)).toBeUndefined();
    expect(nextTick(bounded, 0)).toBe(start);
    expect(previousTick(bounded, Date.UTC(2090, 0, 1))).toBe(end);
  });

  it('B1: several schedules are one calendar', () => {
    expect(fires(['0 3 * * *', '0 3,5 * * *', '0 5 * * 1'], 'UTC', '2026-11-23', '2026-11-24')).toEqual([
      '2026-11-23T03:00:00Z',
      '2026-11-23T05:00:00Z',
    ]);
  });

  it('knows the first and the last tick there is', () => {
    const hourly = calendarOf('0 * * * *', 'UTC');
    expect(printPeriod(nextTick(hourly, -Infinity) as number)).toBe('1970-01-01T00:00:00Z');
    expect(printPeriod(previousTick(hourly, Infinity) as number)).toBe('2100-12-31T23:00:00Z');
    expect(hasTicks(hourly)).toBe(true);
    expect(hasTicks({ crons: [], zone: 'UTC' })).toBe(false);
  });

  it('refuses to answer with more than a million ticks', () => {
    const every = calendarOf('* * * * * ?', 'UTC');
    expect(() => ticks(every, Date.UTC(2026, 0, 1), Date.UTC(2026, 1, 1))).toThrow(RangeError);
    expect(nextTick(every, Date.UTC(2026, 0, 1))).toBe(Date.UTC(2026, 0, 1) + 1000);
  });

  it('gives ten thousand jobs their year of daily ticks within two seconds of processor time', () => {
    const calendars = Array.from({ length: 10_000 }, (_, i) => calendarOf(`${i % 60} ${i % 24} * * *`));
    const began = process.cpuUsage();
    const found = calendars.reduce((n, job) => n + ticks(job, at('2026-01-01'), at('2027-01-01')).length, 0);
    expect(found).toBe(3_650_000);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1e6).toBeLessThan(2);
  });
});

test.each([
  ['Asia/Shanghai', true],
  ['UTC', true],
  ['Asia/Kathmandu', true],
  ['asia/shanghai', false],
  ['Asia/Beijing', false],
  ['PRC', true],
  ['EST', true],
  ['CST', false],
  ['IST', false],
  ['SystemV/PST8', false],
  ['+08:00', false],
  ['', false],
])('zone %j is known: %s', (zone, known) => expect(isZone(zone)).toBe(known));
