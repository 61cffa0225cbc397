import { civilOf, dayNumber, daysInMonth, weekdayOf } from './civil.js';
import { type Cron, FIRST_YEAR, LAST_YEAR, type OnWorkdays, type Values, valuesOf } from './cron.js';
import { dayOfRule } from './day-rule.js';
import { workdayIndex } from './workdays.js';

/** The days of a month on which a cron fires, as bits: bit n is the nth day. Bit 31 makes the number negative: ask by `hasDay`. */
export type MonthDays = (year: number, month: number) => number;

export const hasDay = (days: number, day: number): boolean => ((days >>> day) & 1) === 1;

/** The days on which a cron fires, those off left out or moved. */
export function monthDays(cron: Cron): MonthDays {
  return cron.on ? daysOnWorkdays(cron, cron.on) : nominalDays(cron);
}

function daysOnWorkdays(cron: Cron, { workdays, otherwise }: OnWorkdays): MonthDays {
  const nominal = nominalDays(cron);
  const { isWorkday, daysOffBeside } = workdayIndex(workdays);
  const firesOn = (number: number): boolean => {
    const { year, month, day } = civilOf(number);
    return hasDay(nominal(year, month), day);
  };
  const fires = (days: number, day: number, number: number): boolean => {
    if (!isWorkday(number)) return false;
    return hasDay(days, day) || (otherwise !== 'skip' && daysOffBeside(number, otherwise).some(firesOn));
  };
  return (year, month) => {
    const days = nominal(year, month);
    if (otherwise === 'skip' && days === 0) return 0;
    const before = dayNumber({ year, month, day: 0 });
    let found = 0;
    for (let day = daysInMonth(year, month); day > 0; day--) if (fires(days, day, before + day)) found |= 1 << day;
    return found;
  };
}

/** The days whose ticks a cron fires on `day`: itself, and days off that are moved onto it; ascending. */
export function daysMovedTo(cron: Cron, number: number): readonly number[] {
  const nominal = nominalDays(cron);
  const sources = sourcesOf(cron.on, number);
  return sources
    .filter((source) => {
      const { year, month, day } = civilOf(source);
      return hasDay(nominal(year, month), day);
    })
    .sort((a, b) => a - b);
}

function sourcesOf(on: OnWorkdays | undefined, day: number): readonly number[] {
  if (!on) return [day];
  const { isWorkday, daysOffBeside } = workdayIndex(on.workdays);
  if (!isWorkday(day)) return [];
  return on.otherwise === 'skip' ? [day] : [day, ...daysOffBeside(day, on.otherwise)];
}

/** What the date fields of a cron admit. */
function nominalDays(cron: Cron): MonthDays {
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
