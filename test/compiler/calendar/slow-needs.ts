// What a need awaits, written once more from the rules of docs/time.md and from nothing else: all ticks of a wide range are listed and
// filtered, windows are found by walking along the clock. Slow and obvious, for the properties to compare with.

import type { CalendarForm, CalendarUnit, Needing } from '../../../compiler/calendar/index.js';
import {
  type Calendar,
  type JobTime,
  localOf,
  type OnWorkdays,
  offsetAt,
  ticks,
  type Workdays,
} from '../../../compiler/calendar/index.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** What `form` awaits for my `period`, among the upstream ticks of the range that the calendar's density allows. */
export function slowNeeds(form: CalendarForm, mine: Needing, upstream: JobTime, period: number): readonly number[] {
  const all = listed(upstream.calendar);
  // A moved period may be about data of some days before or after it.
  const far = upstream.calendar.crons[0]?.on ? 15 * DAY : 3 * DAY;
  const theirs = all.filter(({ exists }) => exists).map(({ at }) => at);
  const latestBefore = (end: number) => theirs.filter((at) => at < end);
  if (form === 'default') return latestBefore(windowOf(mine, period).end).slice(-1);
  if (form === 'nearest') return slowNearest(mine.zone, theirs, period);
  if ('all' in form) {
    const window = windowOf(mine, period);
    if (form.all === 'window') return theirs.filter((at) => at >= window.start && at < window.end);
    const data = dataOf(mine, period);
    return theirs
      .filter((at) => at > data.start - far && at < data.end + far)
      .filter((at) => dataEnd(upstream, at) > data.start && dataEnd(upstream, at) <= data.end);
  }
  if ('last' in form) {
    const { end } = dataOf(mine, period);
    if (form.unit === undefined)
      return latestBefore(end + far)
        .slice(-form.last - (far > 3 * DAY ? 800 : 200))
        .filter((at) => dataEnd(upstream, at) <= end)
        .slice(-form.last);
    const units = unitsUpTo(form.unit, mine, end - 1000, form.last, -(form.offset ?? 0));
    // A data interval ends in a unit when its last second lies there.
    const longest = (form.last + 1 - (form.offset ?? 0)) * LONGEST[form.unit] * DAY + far;
    return latestBefore(end + longest)
      .filter((at) => at > end - longest)
      .filter((at) => units.has(unitName(form.unit!, mine, dataEnd(upstream, at) - 1000)));
  }
  if (form.unit !== undefined)
    return latestBefore(windowOf(mine, earlier(form.unit, mine.zone, period, -form.offset)).end).slice(-1);
  return latestBefore(windowOf(mine, period).end).slice(0, form.offset).slice(-1);
}

/** Days; what lies further off is not looked at. */
const LONGEST = { hour: 1, day: 2, week: 7, month: 31, quarter: 92, year: 366 } as const;

type Listed = Readonly<{ at: number; exists: boolean }>;
const lists = new Map<string, readonly Listed[]>();

/** Every tick of the calendar, whether `start` and `end` let it exist or not. */
export function listed({ crons, zone, start = -Infinity, end = Infinity }: Calendar): readonly Listed[] {
  const key = JSON.stringify([crons, zone, start, end]);
  const known = lists.get(key);
  if (known) return known;
  const aDay = ticks({ crons, zone }, Date.UTC(2026, 2, 2), Date.UTC(2026, 2, 3)).length;
  const from = aDay > 3 ? Date.UTC(2025, 9, 1) : Date.UTC(2018, 0, 1);
  const made = ticks({ crons, zone }, from, Date.UTC(2027, 1, 1)).map((at) => ({
    at,
    exists: at >= start && at <= end,
  }));
  lists.set(key, made);
  return made;
}

/** What the wall clock shows, as if it were UTC. */
const wallClock = (zone: string, at: number): number => at + offsetAt(zone, at);

const windows = new Map<string, Readonly<{ start: number; end: number }>>();

/** The day, hour or minute around an instant: as long as date, or hour and offset from UTC, are the same. */
export function windowOf({ grain, zone }: Pick<JobTime, 'grain' | 'zone'>, instant: number) {
  const key = `${grain} ${zone} ${instant}`;
  const known = windows.get(key);
  if (known) return known;
  const size = { day: DAY, hour: 60 * MINUTE, minute: MINUTE, second: 1000 }[grain];
  const [offset, here] = [offsetAt(zone, instant), Math.floor(wallClock(zone, instant) / size)];
  const isHere = (at: number): boolean =>
    Math.floor(wallClock(zone, at) / size) === here && (grain === 'day' || offsetAt(zone, at) === offset);
  const steps = grain === 'day' ? [180 * MINUTE, 30 * MINUTE] : [MINUTE];
  let start = instant - (instant % steps.at(-1)!);
  let end = start;
  // With seven-league boots first; in these zones no day is left and entered again, and clocks change on half hours.
  for (const step of steps) {
    while (isHere(start - step)) start -= step;
    while (isHere(end + step)) end += step;
  }
  end += steps.at(-1)!;
  windows.set(key, { start, end });
  return { start, end };
}

/** The data interval ends at the grain start of its period (C3), of a moved one at that of its last nominal tick (A6). */
const dataEnd = (job: JobTime, period: number): number => windowOf(job, standsFor(job.calendar, period).at(-1)!).start;

function dataOf(mine: JobTime, period: number) {
  const stands = standsFor(mine.calendar, period);
  const before = listed(nominal(mine.calendar))
    .filter(({ at }) => at < stands[0]!)
    .at(-1);
  return { start: windowOf(mine, before!.at).start, end: windowOf(mine, stands.at(-1)!).start };
}

const nominal = ({ crons, zone }: Calendar): Calendar => ({ crons: crons.map(({ on: _, ...cron }) => cron), zone });

/** A6: the nominal ticks that are run at `period`, where all crons have the same `on` and neither day has a clock change. */
function standsFor(calendar: Calendar, period: number): readonly number[] {
  const on = calendar.crons[0]?.on;
  if (!on || on.otherwise === 'skip') return [period];
  let known = moves.get(calendar.crons);
  if (!known) {
    known = new Map<number, number[]>();
    for (const { at } of listed(nominal(calendar))) {
      const to = movedTo(calendar.zone, on, at)!;
      known.set(to, [...(known.get(to) ?? []), at]);
    }
    moves.set(calendar.crons, known);
  }
  // At the very begin of the list nobody knows what was moved onto it; no period of the properties lies there.
  return known.get(period) ?? [period];
}

const moves = new WeakMap<Calendar['crons'], Map<number, number[]>>();

/** Day by day from a day off to the nearest workday, the hands of the clock as they are. */
export function movedTo(zone: string, { workdays, otherwise }: OnWorkdays, at: number): number | undefined {
  const day = Math.floor((at + offsetAt(zone, at)) / DAY);
  for (let steps = 0; ; steps += otherwise === 'previous' ? -1 : 1) {
    if (works(workdays, new Date((day + steps) * DAY))) return at + steps * DAY;
    if (otherwise === 'skip') return undefined;
  }
}

export function works({ week, off, work, yearly }: Workdays, day: Date): boolean {
  const text = day.toISOString().slice(0, 10);
  const holds = (spans: readonly string[], one: string) =>
    spans.some((span) => one >= span.split('..')[0]! && one <= span.split('..').at(-1)!);
  if (holds(work, text)) return true;
  if (holds(off, text)) return false;
  if (holds(yearly.work, text.slice(5))) return true;
  return !holds(yearly.off, text.slice(5)) && week.includes(day.getUTCDay());
}

function slowNearest(zone: string, theirs: readonly number[], period: number): readonly number[] {
  const today = windowOf({ grain: 'day', zone }, period);
  const near = theirs.filter((at) => at >= today.start && at < today.end);
  const sameHour = (at: number) =>
    windowOf({ grain: 'hour', zone }, at).start === windowOf({ grain: 'hour', zone }, period).start;
  return near
    .toSorted(
      (a, b) => Math.abs(a - period) - Math.abs(b - period) || Number(sameHour(b)) - Number(sameHour(a)) || a - b,
    )
    .slice(0, 1);
}

/** A name for the unit in which an instant lies: by its date alone; hours by their window. */
function unitName(unit: CalendarUnit, { zone, weekStart }: Needing, at: number): string {
  if (unit === 'hour') return String(windowOf({ grain: 'hour', zone }, at).start);
  const { year, month, day, weekday } = localOf(zone, at);
  if (unit === 'week') {
    const since = weekStart === 'sunday' ? weekday : (weekday + 6) % 7;
    return new Date(Date.UTC(year, month - 1, day - since)).toISOString().slice(0, 10);
  }
  if (unit === 'day') return `${year}-${month}-${day}`;
  if (unit === 'month') return `${year}-${month}`;
  return unit === 'quarter' ? `${year} ${Math.ceil(month / 3)}` : `${year}`;
}

/** The names of `count` units, the last one `back` units before that of `at`: walked backwards, a little at a time. */
function unitsUpTo(unit: CalendarUnit, mine: Needing, at: number, count: number, back: number): ReadonlySet<string> {
  const names: string[] = [];
  const step = unit === 'hour' ? 10 * MINUTE : 12 * 60 * MINUTE;
  for (let here = at; names.length < count + back + 1; here -= step) {
    const name = unitName(unit, mine, here);
    if (names.at(-1) !== name) names.push(name);
  }
  return new Set(names.slice(back, back + count));
}

/** So many units earlier at the same local time; a month without that day gives its last one. */
function earlier(unit: CalendarUnit, zone: string, period: number, count: number): number {
  if (unit === 'hour') return period - count * 60 * MINUTE;
  const local = localOf(zone, period);
  const date = new Date(Date.UTC(local.year, local.month - 1, local.day));
  if (unit === 'day') date.setUTCDate(date.getUTCDate() - count);
  else if (unit === 'week') date.setUTCDate(date.getUTCDate() - 7 * count);
  else {
    const months = count * (unit === 'month' ? 1 : unit === 'quarter' ? 3 : 12);
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() - months);
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(local.day, last));
  }
  const wanted = date.getTime() + (((wallClock(zone, period) % DAY) + DAY) % DAY);
  // The first instant whose wall clock shows that time, or, where it is left out, the first that shows a later one.
  let at = wanted - DAY;
  while (wallClock(zone, at + 30 * MINUTE) < wanted) at += 30 * MINUTE;
  while (wallClock(zone, at) < wanted) at += 1000;
  return at;
}
