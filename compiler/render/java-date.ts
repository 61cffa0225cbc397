// The dates of Java's GregorianCalendar: Julian before 15 October 1582, Gregorian from then on, weeks from Sunday and the first of a year or
// month the one that holds its first day, as Java 8 has it for zh_CN and en_US. Pure arithmetic on day numbers (1970-01-01 is 0).
import { offsetAt, stretchesNear } from '../calendar/index.js';

const DAY_MS = 86_400_000;

/** Java's numbers of fields, as `zdt.get`, `set` and `add` take them. */
export const FIELD = {
  ...{ era: 0, year: 1, month: 2, weekOfYear: 3, weekOfMonth: 4, day: 5, dayOfYear: 6, weekday: 7, weekdayInMonth: 8 },
  ...{ half: 9, hour: 10, hourOfDay: 11, minute: 12, second: 13, millisecond: 14, zoneOffset: 15, dstOffset: 16 },
} as const;

export const FIELDS = 17;

/** 15 October 1582, the first Gregorian day. */
const CUTOVER = -141_427;

/** The day number of a date of an astronomical year (0 is 1 BC); `month` 0 to 11, `day` may lie outside its month. */
export function dayOf(year: number, month: number, day: number): number {
  const gregorian = gregorianDay(year, month) + day - 1;
  return gregorian >= CUTOVER ? gregorian : julianDay(year, month) + day - 1;
}

/** The day number of the first of a month; years count from March, so that leap days come last. */
function gregorianDay(year: number, month: number): number {
  const y = month < 2 ? year - 1 : year;
  return Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + daysBeforeMonth(y, month) - 719_468;
}

const julianDay = (year: number, month: number): number => {
  const y = month < 2 ? year - 1 : year;
  return Math.floor(y / 4) + daysBeforeMonth(y, month) - 719_470;
};

const daysBeforeMonth = (y: number, month: number): number => 365 * y + Math.floor((153 * ((month + 10) % 12) + 2) / 5);

/** The date of a day number. */
export function dateOf(day: number): Readonly<{ year: number; month: number; day: number }> {
  let year = Math.floor(day / 365.2425) + 1970;
  while (dayOf(year, 0, 1) > day) year -= 1;
  while (dayOf(year + 1, 0, 1) <= day) year += 1;
  let month = 11;
  while (dayOf(year, month, 1) > day) month -= 1;
  // October 1582 has its 15th after its 4th.
  const first = dayOf(year, month, 1);
  const skipped = day >= CUTOVER && first < CUTOVER ? 10 : 0;
  return { year, month, day: day - first + 1 + skipped };
}

const mod = (n: number, by: number): number => ((n % by) + by) % by;

/** The nearest day on or before `day` that is the given weekday, 1 (Sunday) to 7; any other number is taken by its rest. */
export const weekdayOnOrBefore = (day: number, weekday: number): number => day - mod(day + 4 - (weekday - 1), 7);

/** The first day of the week that holds `first`, the first day of a year or month. */
export const firstWeekOf = (first: number): number => weekdayOnOrBefore(first, 1);

/** Local minus UTC: all of it, and how much of it is the zone's own, without summer time. */
export function offsetsAt(zone: string, instant: number): Offsets {
  if (instant < MEASURED) return timeless(zone);
  return ofYear(zone, instant, offsetAt(zone, instant));
}

/** The same for a local time: the offset before a gap, so that a missing time lies after it; of a repeated time the second one's. */
export function offsetsOfWall(zone: string, wall: number): Offsets {
  if (wall < MEASURED) return timeless(zone);
  const near = stretchesNear(zone, wall);
  const { offset } = near.findLast(({ start, offset }) => wall >= start + offset) ?? near[0]!;
  return ofYear(zone, wall, offset);
}

export type Offsets = Readonly<{ offset: number; own: number }>;

/** Before it the years of Intl, which have no era, say nothing. */
const MEASURED = Date.UTC(1000, 0, 1);

const timeless = (zone: string): Offsets => ({ offset: ownOffset(zone, 2000), own: ownOffset(zone, 2000) });

const ofYear = (zone: string, at: number, offset: number): Offsets => ({
  offset,
  own: Math.min(offset, ownOffset(zone, new Date(at).getUTCFullYear())),
});

const ownOffset = (zone: string, year: number): number =>
  Math.min(offsetAt(zone, Date.UTC(year, 0, 1)), offsetAt(zone, Date.UTC(year, 6, 1)));

/** Every field of an instant, by Java's numbers; read with other offsets than the zone's where they were set by hand. */
export function fieldsAt(zone: string, instant: number, { offset, own } = offsetsAt(zone, instant)): number[] {
  const local = instant + offset;
  const dayNumber = Math.floor(local / DAY_MS);
  const { year, month, day } = dateOf(dayNumber);
  const second = Math.floor((local - dayNumber * DAY_MS) / 1000);
  const hour = Math.floor(second / 3600);
  const newYear = dayOf(year, 0, 1);
  const weekOf = (first: number): number => Math.floor((dayNumber - firstWeekOf(first)) / 7) + 1;
  const isNextYears = firstWeekOf(dayOf(year + 1, 0, 1)) <= dayNumber;
  return [
    ...[year > 0 ? 1 : 0, year > 0 ? year : 1 - year, month, isNextYears ? 1 : weekOf(newYear)],
    ...[weekOf(dayOf(year, month, 1)), day, dayNumber - newYear + 1, mod(dayNumber + 4, 7) + 1],
    ...[
      Math.floor((day - 1) / 7) + 1,
      hour < 12 ? 0 : 1,
      hour % 12,
      hour,
      Math.floor(second / 60) % 60,
      second % 60,
      mod(local, 1000),
    ],
    ...[own, offset - own],
  ];
}
