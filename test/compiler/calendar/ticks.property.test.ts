import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextTick, parseCron, previousTick, ticks } from '../../../compiler/calendar/index.js';
import { calendarOf } from './calendars.js';

const ZONES = [
  'Asia/Shanghai',
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'UTC',
  'Asia/Kathmandu',
  'America/Nuuk',
  'Africa/Casablanca',
  'America/Havana',
  'Pacific/Apia',
  'America/St_Johns',
] as const;

const HOUR = 3_600_000;

const values = (min: number, max: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 2, arbitrary: fc.integer({ min, max }).map(String) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: Math.max(2, Math.floor(max / 2)) }).map((step) => `*/${step}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    },
    {
      weight: 1,
      arbitrary: fc.uniqueArray(fc.integer({ min, max }), { minLength: 2, maxLength: 4 }).map((list) => list.join()),
    },
  );

const unix = fc
  .tuple(values(0, 59), values(0, 23), values(1, 31), values(1, 12), values(0, 6))
  .map((fields) => fields.join(' '));

/** Ranges near the clock changes of the zones above, and anywhere else. */
const start = fc.oneof(
  fc
    .integer({ min: Date.UTC(1970, 0, 3) / 60_000, max: Date.UTC(2100, 10, 1) / 60_000 })
    .map((minute) => minute * 60_000),
  fc
    .tuple(
      fc.constantFrom(
        '2026-03-08T06:00',
        '2026-11-01T05:00',
        '2026-03-29T00:00',
        '2026-10-25T00:00',
        '2026-04-04T14:00',
        '2026-10-03T15:00',
        '2024-03-31T00:00',
        '2011-12-30T09:00',
        '2010-11-07T01:00',
        '2026-03-08T04:00',
        '2026-02-15T01:00',
      ),
      fc.integer({ min: -30 * 60, max: 10 * 60 }),
    )
    .map(([near, minutes]) => Date.parse(`${near}Z`) + minutes * 60_000),
);

const readable = (text: string) => parseCron(text).ok;

describe('ticks', () => {
  test('of plain Unix crons in UTC are those of cron-parser', () => {
    fc.assert(
      fc.property(unix.filter(readable), start, (text, from) => {
        // cron-parser takes a starred day field with a step as restricted; Vixie, and we, do not.
        fc.pre(
          !/\*\//.test(
            text
              .split(' ')
              .filter((_, i) => i === 2 || i === 4)
              .join(' '),
          ),
        );
        const oracle = CronExpressionParser.parse(text, { currentDate: new Date(from), tz: 'UTC' });
        let at: number | undefined = from;
        for (let i = 0; i < 5; i++) {
          at = nextTick(calendarOf(text, 'UTC'), at);
          const next = oracle.next().getTime();
          expect(at).toBe(next < Date.UTC(2101, 0, 1) ? next : undefined);
          if (at === undefined) break;
        }
      }),
      { numRuns: 300 },
    );
  });

  const asked = [
    fc.array(unix.filter(readable), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(...ZONES),
    start,
  ] as const;

  test('never repeat and never go back', () => {
    fc.assert(
      fc.property(...asked, (texts, zone, from) => {
        const found = ticks(calendarOf(texts, zone), from, from + 20 * 24 * HOUR);
        for (const [i, tick] of found.entries()) expect(tick).toBeGreaterThan(found[i - 1] ?? from - 1);
      }),
    );
  });

  test('of two adjoining ranges are those of the whole', () => {
    fc.assert(
      fc.property(...asked, fc.integer({ min: 0, max: 72 * 60 }), (texts, zone, from, minutes) => {
        const calendar = calendarOf(texts, zone);
        const [middle, to] = [from + minutes * 60_000, from + 72 * HOUR];
        expect([...ticks(calendar, from, middle), ...ticks(calendar, middle, to)]).toEqual(ticks(calendar, from, to));
      }),
    );
  });

  test('agree with the next and the previous one', () => {
    fc.assert(
      fc.property(...asked, (texts, zone, from) => {
        const calendar = calendarOf(texts, zone);
        const found = ticks(calendar, from, from + 30 * HOUR);
        const next = nextTick(calendar, from - 1);
        if (found.length > 0) expect(next).toBe(found[0]);
        else if (next !== undefined) expect(next).toBeGreaterThanOrEqual(from + 30 * HOUR);
        for (const [i, tick] of found.slice(0, 50).entries()) {
          if (i > 0) expect(previousTick(calendar, tick)).toBe(found[i - 1]);
          expect(nextTick(calendar, tick - 1)).toBe(tick);
          expect(previousTick(calendar, tick + 1)).toBe(tick);
        }
      }),
    );
  });
});
