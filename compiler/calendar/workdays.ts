// Workday calendars (A6): which days people work, with public holidays and make-up workdays (调休), and what becomes of ticks on days off.
// A day is judged by its year's exceptions, then by those of every year, then by the week. Days are counted from 1970-01-01.
import { civilOf, dayNumber, daysInMonth, weekdayOf } from './civil.js';
import { FIRST_YEAR, LAST_YEAR } from './cron.js';

/** Days as `first..last` or a single day, both ends included: `yyyy-MM-dd` of a year, `MM-dd` of every year. */
export type DaySpans = readonly string[];

/** A workday calendar as plain JSON. */
export type Workdays = Readonly<{
  /** Its name, for people. */
  name: string;
  /** Weekdays of work, from 0, Sunday. */
  week: readonly number[];
  off: DaySpans;
  work: DaySpans;
  yearly: Readonly<{ off: DaySpans; work: DaySpans }>;
  /** The years whose days it lists. When it lists any, another year is known by the week alone (A6). */
  years: readonly number[];
}>;

/** A day is not looked for further away than this. */
const FURTHEST = 366;
const FIRST_DAY = dayNumber({ year: FIRST_YEAR, month: 1, day: 1 });
const LAST_DAY = dayNumber({ year: LAST_YEAR, month: 12, day: 31 });

/** A workday calendar made fast to ask. */
export type WorkdayIndex = Readonly<{
  /** Whether people work on a day; outside 1970–2100 nobody does. */
  isWorkday: (day: number) => boolean;
  /** The days off that stand next to a workday, the nearest first: those after it for `previous`, before it for `next`. */
  daysOffBeside: (day: number, otherwise: 'previous' | 'next') => readonly number[];
  /** The length of the longest stretch without a workday, in days. */
  longestOff: number;
}>;

const byObject = new WeakMap<Workdays, WorkdayIndex>();
const byContent = new Map<string, WorkdayIndex>();
const MAX_KEPT = 64;

export function workdayIndex(workdays: Workdays): WorkdayIndex {
  const known = byObject.get(workdays);
  if (known) return known;
  const key = JSON.stringify(workdays);
  const index = byContent.get(key) ?? makeIndex(workdays);
  if (byContent.size >= MAX_KEPT) byContent.clear();
  byContent.set(key, index);
  byObject.set(workdays, index);
  return index;
}

function makeIndex(workdays: Workdays): WorkdayIndex {
  const works = new Uint8Array(LAST_DAY - FIRST_DAY + 1);
  for (let day = FIRST_DAY; day <= LAST_DAY; day++)
    works[day - FIRST_DAY] = workdays.week.includes(weekdayOf(day)) ? 1 : 0;
  const set = (spans: readonly DayRange[], value: 0 | 1) => {
    for (const { first, last } of spans) works.fill(value, Math.max(0, first - FIRST_DAY), last - FIRST_DAY + 1);
  };
  set(yearly(workdays.yearly.off), 0);
  set(yearly(workdays.yearly.work), 1);
  set(workdays.off.map(rangeOf), 0);
  set(workdays.work.map(rangeOf), 1);
  const isWorkday = (day: number): boolean => works[day - FIRST_DAY] === 1;
  const daysOffBeside = (day: number, otherwise: 'previous' | 'next'): readonly number[] => {
    const step = otherwise === 'previous' ? 1 : -1;
    const found: number[] = [];
    for (let at = day + step; !isWorkday(at) && at >= FIRST_DAY && at <= LAST_DAY; at += step) {
      if (found.length >= FURTHEST) break;
      found.push(at);
    }
    return found;
  };
  return { isWorkday, daysOffBeside, longestOff: longestOff(works) };
}

type DayRange = Readonly<{ first: number; last: number }>;

function rangeOf(span: string): DayRange {
  const [first = '', last = first] = span.split('..');
  return { first: dayOf(first), last: dayOf(last) };
}

function dayOf(text: string): number {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  return dayNumber({ year, month, day });
}

/** The days of every year; one that a year lacks, 29 February, is no day of it. */
function yearly(spans: DaySpans): readonly DayRange[] {
  const years = Array.from({ length: LAST_YEAR - FIRST_YEAR + 1 }, (_, i) => FIRST_YEAR + i);
  return spans.flatMap((span) => {
    const [first = '', last = first] = span.split('..');
    return years.map((year) => ({ first: dayOf(`${year}-${first}`), last: lastDay(year, last) }));
  });
}

function lastDay(year: number, text: string): number {
  const [month = 0, day = 0] = text.split('-').map(Number);
  // A span of 29 February alone is empty in other years: it would begin on 1 March and end the day before.
  return dayNumber({ year, month, day: Math.min(day, daysInMonth(year, month)) });
}

function longestOff(works: Uint8Array): number {
  let [longest, here] = [0, 0];
  for (const day of works) {
    here = day === 1 ? 0 : here + 1;
    longest = Math.max(longest, here);
  }
  return Math.min(longest, FURTHEST);
}

/** Which of the years that a workday calendar should list by now, this one's and that of the next `days`, it lacks (A6). */
export function yearsMissing({ years }: Workdays, today: number, days: number): readonly number[] {
  if (years.length === 0) return [];
  const asked = new Set([civilOf(today).year, civilOf(today + days).year]);
  return [...asked].filter((year) => !years.includes(year));
}
