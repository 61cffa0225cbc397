import { dayNumber, daysInMonth, weekdayOf } from './civil.js';
import { type Cron, FIRST_YEAR, LAST_YEAR, type Values, valuesOf } from './cron.js';

/** The date fields of a cron as bit masks: two tests a day decide whether it fires. */
export type DayMatch = Readonly<{
  inMonth: (year: number, month: number) => boolean;
  onDay: (day: number, weekday: number) => boolean;
}>;

export function dayMatch(cron: Cron): DayMatch {
  const years = cron.year === '*' ? undefined : new Set(cron.year);
  const months = mask(cron.month, 1, 12);
  const days = mask(cron.dayOfMonth, 1, 31);
  const weekdays = mask(cron.dayOfWeek, 0, 6);
  const inMonth = (year: number, month: number) => ((months >>> month) & 1) === 1 && (years?.has(year) ?? true);
  if (cron.days === 'either')
    return { inMonth, onDay: (day, weekday) => (((days >>> day) | (weekdays >>> weekday)) & 1) === 1 };
  return { inMonth, onDay: (day, weekday) => ((days >>> day) & (weekdays >>> weekday) & 1) === 1 };
}

/** Whether any date of 1970–2100 is admitted. */
export function firesOnSomeDay(cron: Cron): boolean {
  const match = dayMatch(cron);
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year++) {
    for (let month = 1; month <= 12; month++) {
      if (match.inMonth(year, month) && firesInMonth(match, year, month)) return true;
    }
  }
  return false;
}

function firesInMonth(match: DayMatch, year: number, month: number): boolean {
  const first = dayNumber({ year, month, day: 1 });
  for (let day = 1; day <= daysInMonth(year, month); day++) {
    if (match.onDay(day, weekdayOf(first + day - 1))) return true;
  }
  return false;
}

const mask = (values: Values, min: number, max: number): number =>
  valuesOf(values, min, max).reduce((bits, value) => bits | (1 << value), 0);
