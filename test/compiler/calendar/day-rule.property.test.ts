import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasTicks, ticks } from '../../../compiler/calendar/index.js';
import { calendarOf } from './calendars.js';
import { isTheDay } from './slow-ticks.js';

// L, W and # of Quartz once more, from what their names say: every day of a month is asked whether it is the one.
const DAY = 86_400_000;

const whole = (min: number, max: number) => fc.integer({ min, max });
const ofMonth = fc.oneof(
  fc.tuple(fc.constantFrom('L', 'LW')).map(([text]) => text),
  fc.tuple(whole(0, 30), fc.constantFrom('', 'W')).map(([back, w]) => `L-${back}${w}`),
  whole(1, 31).map((day) => `${day}W`),
);
const ofWeek = fc.oneof(
  whole(1, 7).map((day) => `${day}L`),
  fc.tuple(whole(1, 7), whole(1, 5)).map(([day, nth]) => `${day}#${nth}`),
);

test('the days that L, W and # name are those of a walk through every day, 1970 to 2100', () => {
  const years = whole(1970, 2098);
  fc.assert(
    fc.property(fc.oneof(ofMonth, ofWeek), years, (field, year) => {
      const calendar = calendarOf(`0 0 0 ${/#|\dL/.test(field) ? `? * ${field}` : `${field} * ?`}`, 'UTC');
      const [from, to] = [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)];
      const days = Array.from({ length: (to - from) / DAY }, (_, i) => from + i * DAY);
      expect(ticks(calendar, from, to)).toEqual(days.filter((day) => isTheDay(field, day)));
      expect(hasTicks(calendar)).toBe(true);
    }),
    { numRuns: 120 },
  );
});

test('the walk sees a rule that is wrong by a day', () => {
  const lastWorkday = ticks(calendarOf('0 0 0 LW * ?', 'UTC'), Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1));
  expect(lastWorkday.every((day) => isTheDay('LW', day))).toBe(true);
  expect(lastWorkday.every((day) => isTheDay('L', day))).toBe(false);
});
