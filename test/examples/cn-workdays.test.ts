import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printPeriodIn, ticks } from '../../compiler/calendar/index.js';
import { compile } from '../../compiler/index.js';
import { firingCalendar } from '../../compiler/manifest/index.js';

const DAYS = readFileSync(join(import.meta.dirname, '../../examples/calendars/cn-workdays.yaml'));
const text = (one: string) => new TextEncoder().encode(one);

async function workdaysOf(year: number): Promise<readonly string[]> {
  const { manifest, diagnostics } = await compile(
    new Map([
      ['hera.project.yaml', text('name: shop\nzone: Asia/Shanghai\n')],
      ['calendars/cn-workdays.yaml', DAYS],
      ['a.yaml', text('schedule: { cron: "0 0 * * *", on: cn-workdays }\nrun: { shell: "true" }\n')],
    ]),
  );
  expect(diagnostics).toEqual([]);
  const calendar = firingCalendar(new Map(), manifest!.jobs[0]!)!;
  const found = ticks(calendar, Date.UTC(year - 1, 11, 30), Date.UTC(year + 1, 0, 3));
  return found
    .map((tick) => printPeriodIn('Asia/Shanghai', tick).slice(0, 10))
    .filter((day) => day.startsWith(`${year}`));
}

/** The notices once more, by their sentences: holidays from and to, and the Saturdays and Sundays of work. */
const NOTICES = {
  2024: [
    '1.1 2.10-17 4.4-6 5.1-5 6.10 9.15-17 10.1-7',
    '2.4 Sun, 2.18 Sun, 4.7 Sun, 4.28 Sun, 5.11 Sat, 9.14 Sat, 9.29 Sun, 10.12 Sat',
  ],
  2025: ['1.1 1.28-31 2.1-4 4.4-6 5.1-5 5.31 6.1-2 10.1-8', '1.26 Sun, 2.8 Sat, 4.27 Sun, 9.28 Sun, 10.11 Sat'],
  2026: [
    '1.1-3 2.15-23 4.4-6 5.1-5 6.19-21 9.25-27 10.1-7',
    '1.4 Sun, 2.14 Sat, 2.28 Sat, 5.9 Sat, 9.20 Sun, 10.10 Sat',
  ],
} as const;

const two = (n: number | string) => String(n).padStart(2, '0');

test.each([2024, 2025, 2026] as const)('the workdays of mainland China in %i are those of the notice', async (year) => {
  const [off, work] = NOTICES[year];
  const holidays = new Set(
    off.split(' ').flatMap((span) => {
      const [, month, first, last = first] = /^(\d+)\.(\d+)(?:-(\d+))?$/.exec(span)!;
      return Array.from(
        { length: Number(last) - Number(first) + 1 },
        (_, i) => `${year}-${two(month!)}-${two(Number(first) + i)}`,
      );
    }),
  );
  const makeUp = new Set(
    work.split(', ').map((one) => {
      const [, month, day, weekday] = /^(\d+)\.(\d+) (\w+)$/.exec(one)!;
      const date = `${year}-${two(month!)}-${two(day!)}`;
      expect(new Date(date).toUTCString().slice(0, 3)).toBe(weekday);
      return date;
    }),
  );
  const days = Array.from({ length: 366 }, (_, i) => new Date(Date.UTC(year, 0, 1 + i)))
    .filter((day) => day.getUTCFullYear() === year)
    .filter((day) => {
      const date = day.toISOString().slice(0, 10);
      return makeUp.has(date) || (!holidays.has(date) && day.getUTCDay() % 6 !== 0);
    });
  expect(await workdaysOf(year)).toEqual(days.map((day) => day.toISOString().slice(0, 10)));
});
