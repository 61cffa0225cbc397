import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Calendar, calendarWords, parseCron, ticks } from '../../compiler/calendar/index.js';
import { type EmittedCalendar, type EmittedSchedule, emitSchedule, scheduleHash } from '../../compiler/emit/index.js';
import { anyCalendar } from '../support/random-calendars.js';

// A reading of Temporal's calendars as its server matches them: all fields must admit the local time, nothing special about clock changes.
function fires({ calendars, timezone }: EmittedSchedule, instant: number): boolean {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: string) => parts.find((one) => one.type === type)!.value;
  const fields = {
    second: Number(part('second')),
    minute: Number(part('minute')),
    hour: Number(part('hour')),
    dayOfMonth: Number(part('day')),
    month: Number(part('month')),
    dayOfWeek: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(part('weekday')),
    year: Number(part('year')),
  };
  return calendars.some((calendar) =>
    (Object.keys(fields) as (keyof EmittedCalendar)[]).every(
      (name) =>
        calendar[name]?.some(
          ({ start, end, step }) => fields[name] >= start && fields[name] <= end && (fields[name] - start) % step === 0,
        ) ?? true,
    ),
  );
}

const calendarOf = (cron: string, zone: string): Calendar => {
  const parsed = parseCron(cron);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return { crons: [parsed.cron], zone };
};
const emit = (calendar: Calendar) => emitSchedule({ calendar, note: calendarWords(calendar) });

test('the emitted schedule fires at every tick, in every zone, across every clock change', () => {
  fc.assert(
    fc.property(anyCalendar, fc.integer({ min: 2024, max: 2029 }), ({ words, calendar }, year) => {
      const schedule = emit(calendar);
      const all = ticks(calendar, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
      // Every tick of a sparse cron, and of a dense one some and all that lie near a clock change of the north or the south.
      const near = all.filter(
        (tick, i) =>
          i % Math.ceil(all.length / 60) === 0 ||
          ([2, 3, 8, 9, 10].includes(new Date(tick).getUTCMonth()) && i % 7 === 0),
      );
      for (const tick of near) expect(fires(schedule, tick), `${words} at ${new Date(tick).toISOString()}`).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('a missing local time is fired at the first valid instant, and a repeated one at its first', () => {
  const newYork = emit(calendarOf('30 2 * * *', 'America/New_York'));
  expect(fires(newYork, Date.parse('2026-03-08T07:00:00Z'))).toBe(true);
  const london = emit(calendarOf('30 1 * * *', 'Europe/London'));
  expect(fires(london, Date.parse('2026-10-25T00:30:00Z'))).toBe(true);
});

test('outside the months of a change a daily schedule fires once a day', () => {
  const schedule = emit(calendarOf('30 2 * * *', 'America/New_York'));
  const june = Date.UTC(2026, 5, 1);
  const fired = Array.from({ length: 30 * 24 }, (_, i) => june + i * 3_600_000 + 1_800_000).filter((instant) =>
    fires(schedule, instant),
  );
  expect(fired).toHaveLength(30);
});

test('a zone without clock changes keeps its own time, and restricted day fields of Unix are two calendars', () => {
  const schedule = emit(calendarOf('0 4 1 * mon', 'Asia/Shanghai'));
  expect(schedule).toEqual({
    calendars: [
      {
        second: [{ start: 0, end: 0, step: 1 }],
        minute: [{ start: 0, end: 0, step: 1 }],
        hour: [{ start: 4, end: 4, step: 1 }],
        dayOfMonth: [{ start: 1, end: 1, step: 1 }],
      },
      {
        second: [{ start: 0, end: 0, step: 1 }],
        minute: [{ start: 0, end: 0, step: 1 }],
        hour: [{ start: 4, end: 4, step: 1 }],
        dayOfWeek: [{ start: 1, end: 1, step: 1 }],
      },
    ],
    timezone: 'Asia/Shanghai',
    note: expect.stringContaining('Asia/Shanghai'),
  });
  expect(scheduleHash(schedule)).toMatch(/^[0-9a-f]{64}$/);
});

test('steps and neighbours become ranges', () => {
  const { calendars } = emit(calendarOf('*/10 8-18 * * *', 'UTC'));
  expect(calendars[0]).toMatchObject({
    minute: [{ start: 0, end: 50, step: 10 }],
    hour: [{ start: 8, end: 18, step: 1 }],
  });
});
