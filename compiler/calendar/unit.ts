// Calendar units on the wall clock of a zone: the hour, day, week, month, quarter or year around an instant, and units back from it.
import { type CivilDate, daysInMonth } from './civil.js';
import { grainWindow, type Interval } from './grain.js';
import { instantOf, localMs, localOf } from './zone.js';

export type CalendarUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** How the wall clock is read: the job's zone, and the day on which its weeks begin. */
export type Wall = Readonly<{ zone: string; weekStart: 'monday' | 'sunday' }>;

/** The unit in which `instant` lies. An hour is a real one and ends at a clock change, all others run from local midnight to local midnight (A5). */
export function unitAround(unit: CalendarUnit, wall: Wall, instant: number): Interval {
  if (unit === 'hour' || unit === 'day') return grainWindow(unit, wall.zone, instant);
  // Where a clock is set back over midnight the old date shows again, although the new day has begun.
  const local = localOf(wall.zone, grainWindow('day', wall.zone, instant).start);
  const edge = (steps: number): number => instantOf(wall.zone, localMs(firstDay(unit, wall, local, steps)));
  return { start: edge(0), end: edge(1) };
}

/** The first day of the unit around a date, or of one `steps` units later; days and months may lie outside their bounds. */
function firstDay(
  unit: Exclude<CalendarUnit, 'hour' | 'day'>,
  { weekStart }: Wall,
  { year, month, day, weekday }: CivilDate & Readonly<{ weekday: number }>,
  steps: number,
): CivilDate {
  switch (unit) {
    case 'week':
      return { year, month, day: day - (weekStart === 'sunday' ? weekday : (weekday + 6) % 7) + 7 * steps };
    case 'month':
      return { year, month: month + steps, day: 1 };
    case 'quarter':
      return { year, month: month - ((month - 1) % 3) + 3 * steps, day: 1 };
    case 'year':
      return { year: year + steps, month: 1, day: 1 };
    default:
      return unit satisfies never;
  }
}

/** `count` whole units that end with the one `back` units before the one around `instant`. */
export function unitsEndingAt(unit: CalendarUnit, wall: Wall, instant: number, count: number, back = 0): Interval {
  const { start, end } = unitAround(unit, wall, stepped(unit, wall, instant, -back));
  return { start: unitAround(unit, wall, stepped(unit, wall, start, 1 - count)).start, end };
}

/** An instant in the unit `steps` units after the one around `instant`; before it where `steps` is below nought. */
export function stepped(unit: CalendarUnit, wall: Wall, instant: number, steps: number): number {
  if (steps === 0) return instant;
  if (unit === 'hour') return steppedHours(wall.zone, instant, steps);
  const local = localOf(wall.zone, grainWindow('day', wall.zone, instant).start);
  const months = { month: 1, quarter: 3, year: 12 } as const;
  const days = { day: 1, week: 7 } as const;
  const date =
    unit === 'day' || unit === 'week'
      ? { year: local.year, month: local.month, day: local.day + days[unit] * steps }
      : { year: local.year, month: local.month + months[unit] * steps, day: 1 };
  return instantOf(wall.zone, localMs(date));
}

/** Hours are counted one by one: at a clock change of half an hour one of them is shorter. */
function steppedHours(zone: string, instant: number, steps: number): number {
  let window = grainWindow('hour', zone, instant);
  for (let left = Math.abs(steps); left > 0; left--)
    window = grainWindow('hour', zone, steps < 0 ? window.start - 1 : window.end);
  return window.start;
}

/**
 * `instant` so many units earlier at the same local time: months clamp to the month's last day, a local time that a clock change left out is
 * the first valid instant (A5). Hours are real ones.
 */
export function unitsBefore(unit: CalendarUnit, zone: string, instant: number, count: number): number {
  if (unit === 'hour') return instant - count * 3_600_000;
  const local = localOf(zone, instant);
  if (unit === 'day' || unit === 'week') {
    const day = local.day - count * (unit === 'week' ? 7 : 1);
    return instantOf(zone, localMs({ ...local, day }, local));
  }
  const since = local.year * 12 + local.month - 1 - count * { month: 1, quarter: 3, year: 12 }[unit];
  const [year, month] = [Math.floor(since / 12), (((since % 12) + 12) % 12) + 1];
  return instantOf(zone, localMs({ year, month, day: Math.min(local.day, daysInMonth(year, month)) }, local));
}
