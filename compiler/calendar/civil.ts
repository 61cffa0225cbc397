// Dates without zones: days counted from 1970-01-01, in the proleptic Gregorian calendar.

export const DAY_MS = 86_400_000;

/** A date as people write it: month 1 to 12. */
export type CivilDate = Readonly<{ year: number; month: number; day: number }>;

/** The day number of a date; a day or month outside its bounds rolls over. */
export const dayNumber = ({ year, month, day }: CivilDate): number => Date.UTC(year, month - 1, day) / DAY_MS;

/** The date of a day number. */
export function civilOf(day: number): CivilDate {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0, Sunday, to 6, Saturday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

/** 28 to 31. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
