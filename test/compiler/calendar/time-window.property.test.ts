import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterOpenTime,
  closesAt,
  isOpen,
  opensAt,
  parseTimeWindow,
  printTimeWindow,
} from '../../../compiler/calendar/index.js';

const MINUTE = 60_000;
const minute = fc.integer({ min: 0, max: 1439 });
const window = fc.record({ from: minute, to: fc.integer({ min: 0, max: 1440 }) }).filter(({ from, to }) => from !== to);
const zone = fc.constantFrom('UTC', 'Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');
// Around both clock changes of 2026, and in between.
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 2, 5), max: Date.UTC(2026, 3, 10) }),
  fc.integer({ min: Date.UTC(2026, 9, 1), max: Date.UTC(2026, 10, 8) }),
);

const DAY = 1440 * MINUTE;
const minutesOf = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.ceil((to - from) / MINUTE) }, (_, i) => from + i * MINUTE);

describe('a time of day', () => {
  test('is read as it is printed, over midnight too', () => {
    fc.assert(
      fc.property(window, (one) => {
        expect(parseTimeWindow(printTimeWindow(one))).toEqual(one);
      }),
    );
    expect(parseTimeWindow('22:00-6:00')).toEqual({ from: 1320, to: 360 });
    expect(parseTimeWindow('00:00-24:00')).toEqual({ from: 0, to: 1440 });
  });

  test('that is none is refused', () => {
    for (const text of ['22-06', '22:00', '22:60-06:00', '24:00-06:00', '25:00-26:00', '10:00-10:00', 'night', ''])
      expect(parseTimeWindow(text), text).toBeUndefined();
  });

  test('opens at the first minute at which the wall clock stands in it, clock changes included', () => {
    fc.assert(
      fc.property(window, zone, instant, (one, of, at) => {
        const opens = opensAt(one, of, at);
        expect(isOpen(one, of, opens)).toBe(true);
        expect(minutesOf(at, opens).find((minute) => isOpen(one, of, minute))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test('closes at the first minute at which it does not', () => {
    fc.assert(
      fc.property(window, zone, instant, (one, of, at) => {
        const opens = opensAt(one, of, at);
        const closes = closesAt(one, of, opens);
        if (closes === null) return expect(one.to - one.from).toBe(1440);
        expect(isOpen(one, of, closes)).toBe(false);
        expect(minutesOf(opens, closes).find((minute) => !isOpen(one, of, minute))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test('has so much open time before the instant at which work is done', () => {
    fc.assert(
      fc.property(window, zone, instant, fc.integer({ min: 1, max: 12 }), (one, of, at, part) => {
        const start = Math.floor(at / MINUTE) * MINUTE;
        const minutes =
          Math.ceil(((closesAt(one, of, opensAt(one, of, at)) ?? at + DAY) - opensAt(one, of, at)) / MINUTE / 5) * part;
        const done = afterOpenTime(one, of, start, minutes * MINUTE)!;
        expect(minutesOf(start, done).filter((minute) => isOpen(one, of, minute))).toHaveLength(minutes);
      }),
      { numRuns: 15 },
    );
    expect(afterOpenTime({ from: 0, to: 1 }, 'UTC', 0, 100_000 * MINUTE)).toBeNull();
  });
});
