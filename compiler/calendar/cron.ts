import type { Workdays } from './workdays.js';

/** The values a field admits: all of them, or these, ascending and each once. A list of all is written `*`. */
export type Values = '*' | readonly number[];

/**
 * The one day of a month that Quartz names by `L`, `W` or `#` (A3). `last`: so many days before the last one (`L-3` is 3). `date`: that day of the
 * month. Either may stand for the nearest day of Monday to Friday in the same month (`LW`, `L-3W`, `15W`). `weekday`: the nth of its kind, or the
 * `last` one (`6#3`, `6L`), counted from 0, Sunday. A month without that day has none.
 */
export type DayRule =
  | Readonly<{ kind: 'last'; back: number; nearestWeekday: boolean }>
  | Readonly<{ kind: 'date'; day: number; nearestWeekday: true }>
  | Readonly<{ kind: 'weekday'; weekday: number; nth: number | 'last' }>;

/**
 * A cron in the one form both dialects are read into; plain JSON, and equal for equal meaning field by field.
 * `dayOfWeek` counts from 0, Sunday. `days` says how the two day fields combine: `both` must admit a day,
 * or `either` is enough (a Unix cron that restricts both). With a `rule` both day fields are `*`.
 * `on` names the days on which it fires; all other fields say its nominal ticks.
 */
export type Cron = Readonly<{
  second: Values;
  minute: Values;
  hour: Values;
  dayOfMonth: Values;
  month: Values;
  dayOfWeek: Values;
  year: Values;
  days: 'both' | 'either';
  rule?: DayRule;
  on?: OnWorkdays;
}>;

/** What becomes of ticks on days off (A6): left out, or moved to the nearest workday before or after, at the same local time. */
export type OnWorkdays = Readonly<{ workdays: Workdays; otherwise: 'skip' | 'previous' | 'next' }>;

/** Why a cron was refused: `offset` and `length` mark the guilty part of the text, `help` says what to write instead. */
export type CronProblem = Readonly<{ offset: number; length: number; message: string; help: string }>;

/**
 * When a job fires: the union of `crons`, read in `zone` (an IANA name that `isZone` accepts).
 * Ticks before `start` and after `end` (UTC milliseconds, both inclusive) do not exist (B5).
 */
export type Calendar = Readonly<{ crons: readonly Cron[]; zone: string; start?: number; end?: number }>;

/** The years in which ticks exist (A4). */
export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2100;

/** The numbers a field admits, ascending, where `*` stands for `min` to `max`. */
export function valuesOf(values: Values, min: number, max: number): readonly number[] {
  return values === '*' ? Array.from({ length: max - min + 1 }, (_, i) => min + i) : values;
}

/** The least distance in seconds between two ticks of one minute, 60 when a minute holds at most one (A4 warns below 10). */
export function secondsApart(cron: Cron): number {
  const seconds = valuesOf(cron.second, 0, 59);
  const gaps = seconds.map((second, i) => (seconds[i + 1] ?? (seconds[0] as number) + 60) - second);
  return Math.min(...gaps);
}
