import { describe, expect, test } from 'vitest';
import {
  bizdateOf,
  dataInterval,
  grainOf,
  grainWindow,
  parsePeriod,
  printPeriod,
  printPeriodIn,
} from '../../../compiler/calendar/index.js';
import { at, calendarOf, jobTime } from './calendars.js';

const minute = (instant: number) => printPeriodIn('Asia/Shanghai', instant).slice(0, 16);

describe('C1: the grain is the coarsest span in which a job never fires twice', () => {
  test.each([
    ['30 2 * * *', 'day'],
    ['0 4 * * 1', 'day'],
    ['5 * * * *', 'hour'],
    ['0 */6 * * *', 'hour'],
    ['0 9,17 * * *', 'hour'],
    ['*/10 * * * *', 'minute'],
    ['0,59 9 * * *', 'minute'],
    ['30 * * * * ?', 'minute'],
    ['*/10 * * * * ?', 'second'],
    ['0 0 0 1 1 ? 1999', 'day'],
    ['0 0 9,17 1 1 ? 2050', 'hour'],
  ])('%s: %s', (text, grain) => expect(grainOf(calendarOf(text))).toBe(grain));

  test('a daily job moved onto another tick of the day by a clock change still fires in one day only once', () =>
    expect(grainOf(calendarOf('30 2 * * *', 'America/New_York'))).toBe('day'));
  test('two schedules count together', () => expect(grainOf(calendarOf(['0 3 * * *', '0 5 * * 1']))).toBe('hour'));
});

describe('C2: the grain window is the day, hour or minute of the period', () => {
  test.each([
    ['day', 'Asia/Shanghai', '2026-11-23T02:30', '2026-11-22T16:00:00Z', '2026-11-23T16:00:00Z'],
    ['hour', 'Asia/Shanghai', '2026-11-23T02:30', '2026-11-22T18:00:00Z', '2026-11-22T19:00:00Z'],
    ['minute', 'Asia/Shanghai', '2026-11-23T02:30:07', '2026-11-22T18:30:00Z', '2026-11-22T18:31:00Z'],
    ['day', 'America/New_York', '2026-03-08T12:00', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
    ['day', 'America/New_York', '2026-11-01T12:00', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    ['hour', 'America/New_York', '2026-11-01T06:30:00Z', '2026-11-01T06:00:00Z', '2026-11-01T07:00:00Z'],
    ['hour', 'Australia/Lord_Howe', '2026-04-04T15:10:00Z', '2026-04-04T15:00:00Z', '2026-04-04T15:30:00Z'],
    ['hour', 'Asia/Kathmandu', '2026-11-23T02:30', '2026-11-22T20:15:00Z', '2026-11-22T21:15:00Z'],
    ['day', 'Pacific/Apia', '2011-12-29T12:00', '2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'],
    ['day', 'Africa/Cairo', '2024-04-26T12:00', '2024-04-25T22:00:00Z', '2024-04-26T21:00:00Z'],
    ['day', 'America/St_Johns', '2010-11-07T02:45:00Z', '2010-11-07T02:30:00Z', '2010-11-08T03:30:00Z'],
  ] as const)('%s in %s around %s', (grain, zone, period, start, end) => {
    const window = grainWindow(grain, zone, at(period, zone));
    expect([printPeriod(window.start), printPeriod(window.end)]).toEqual([start, end]);
  });
});

describe('C3: the data interval reaches from the previous tick to this one, cut to the grain', () => {
  test.each([
    ['daily', '30 2 * * *', '2026-11-23T02:30', '2026-11-22T00:00', '2026-11-23T00:00'],
    ['monthly', '0 5 1 * *', '2026-11-01T05:00', '2026-10-01T00:00', '2026-11-01T00:00'],
    ['weekly', '0 4 * * 1', '2026-11-23T04:00', '2026-11-16T00:00', '2026-11-23T00:00'],
    ['twice a month', '0 5 1,15 * *', '2026-11-15T05:00', '2026-11-01T00:00', '2026-11-15T00:00'],
    ['Monday to Friday, on Monday', '0 5 * * 1-5', '2026-11-23T05:00', '2026-11-20T00:00', '2026-11-23T00:00'],
    ['hourly', '5 * * * *', '2026-11-23T03:05', '2026-11-23T02:00', '2026-11-23T03:00'],
    ['at 9 and 17', '0 9,17 * * *', '2026-11-23T17:00', '2026-11-23T09:00', '2026-11-23T17:00'],
    ['the very first tick', '0 0 5 10 11 ? 2026', '2026-11-10T05:00', '2026-11-09T00:00', '2026-11-10T00:00'],
  ])('%s', (_name, text, period, start, end) => {
    const { calendar, grain } = jobTime(text);
    const interval = dataInterval(calendar, grain, at(period));
    expect([minute(interval.start), minute(interval.end)]).toEqual([start, end]);
  });

  test('start does not cut the first interval', () => {
    const { calendar, grain } = jobTime('0 5 1 * *');
    const interval = dataInterval({ ...calendar, start: at('2026-11-01') }, grain, at('2026-11-01T05:00'));
    expect(minute(interval.start)).toBe('2026-10-01T00:00');
  });
});

describe('C4: the bizdate is the local day before the period', () => {
  test.each([
    ['Asia/Shanghai', '2026-11-23T02:30', '20261122'],
    ['Asia/Shanghai', '2026-01-01T00:00', '20251231'],
    ['Asia/Shanghai', '2024-03-01T23:59', '20240229'],
    ['America/New_York', '2026-11-01T05:30:00Z', '20261031'],
  ])('%s %s: %s', (zone, period, bizdate) => expect(bizdateOf(zone, at(period, zone))).toBe(bizdate));
});

describe('periods as people type them', () => {
  test.each([
    ['2026-11-22T18:30:00Z', { kind: 'instant', instant: Date.UTC(2026, 10, 22, 18, 30) }],
    ['2026-11-23T02:30:00+08:00', { kind: 'instant', instant: Date.UTC(2026, 10, 22, 18, 30) }],
    ['2026-11-22T13:30:00-05:00', { kind: 'instant', instant: Date.UTC(2026, 10, 22, 18, 30) }],
    ['2026-11-23T02:30', { kind: 'instant', instant: Date.UTC(2026, 10, 22, 18, 30) }],
    ['2026-11-23T02:30:05', { kind: 'instant', instant: Date.UTC(2026, 10, 22, 18, 30, 5) }],
    ['2026-11-23', { kind: 'date', from: Date.UTC(2026, 10, 22, 16), to: Date.UTC(2026, 10, 23, 16) }],
    ['202611230230', { kind: 'minute', from: Date.UTC(2026, 10, 22, 18, 30), to: Date.UTC(2026, 10, 22, 18, 31) }],
    ['2026-02-30', undefined],
    ['2026-11-23T24:00', undefined],
    ['202613230230', undefined],
    ['yesterday', undefined],
    ['2026-11-23T02:30:00+99:00', undefined],
  ])('%s', (text, expected) => expect(parsePeriod(text, 'Asia/Shanghai')).toEqual(expected));

  test('are printed in UTC and on the wall clock', () => {
    const period = Date.UTC(2026, 10, 22, 18, 30, 5);
    expect(printPeriod(period)).toBe('2026-11-22T18:30:05Z');
    expect(printPeriodIn('Asia/Shanghai', period)).toBe('2026-11-23T02:30:05+08:00');
    expect(printPeriodIn('America/St_Johns', period)).toBe('2026-11-22T15:00:05-03:30');
    expect(printPeriodIn('UTC', period)).toBe('2026-11-22T18:30:05Z');
  });
});
