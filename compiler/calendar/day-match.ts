import { dayNumber, daysInMonth, weekdayOf } from './civil.js';
import { type Cron, FIRST_YEAR, LAST_YEAR, type Values, valuesOf } from './cron.js';
import { dayOfRule } from './day-rule.js';

/** The days of a month on which a cron fires, as bits: bit n is the nth day. Bit 31 makes the number negative: ask by `hasDay`. */
export type MonthDays = (year: number, month: number) => number;

export const hasDay = (days: number, day: number): boolean => ((days >>> day) & 1) === 1;

/** What the date fields of a cron admit. */
export function monthDays(cron: Cron): MonthDays {
  const years = cron.year === '*' ? undefined : new Set(cron.year);
  const months = mask(cron.month, 1, 12);
  const inMonth = (year: number, month: number) => ((months >>> month) & 1) === 1 && (years?.has(year) ?? true);
  const { rule } = cron;
  if (rule)
    return (year, month) => {
      const day = inMonth(year, month) ? dayOfRule(rule, year, month) : undefined;
      return day === undefined ? 0 : 1 << day;
    };
  const days = mask(cron.dayOfMonth, 1, 31);
  const weekdays = mask(cron.dayOfWeek, 0, 6);
  const byFirst = Array.from({ length: 7 }, (_, first) => {
    const onWeekday = daysOnWeekdays(weekdays, first);
    return cron.days === 'either' ? days | onWeekday : days & onWeekday;
  });
  return (year, month) =>
    inMonth(year, month)
      ? (byFirst[weekdayOf(dayNumber({ year, month, day: 1 }))] as number) & wholeMonth(daysInMonth(year, month))
      : 0;
}

/** The bits of days 1 to `length`. */
export const wholeMonth = (length: number): number => (2 ** (length + 1) - 2) | 0;

/** The days of a month that begins on the weekday `first` which fall on one of `weekdays`. */
function daysOnWeekdays(weekdays: number, first: number): number {
  let days = 0;
  for (let day = 1; day <= 31; day++) if ((weekdays >>> ((first + day - 1) % 7)) & 1) days |= 1 << day;
  return days;
}

/** Whether any date of 1970–2100 is admitted. */
export function firesOnSomeDay(cron: Cron): boolean {
  const daysOf = monthDays(cron);
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year++)
    for (let month = 1; month <= 12; month++) if (daysOf(year, month) !== 0) return true;
  return false;
}

const mask = (values: Values, min: number, max: number): number =>
  valuesOf(values, min, max).reduce((bits, value) => bits | (1 << value), 0);
