// Goes through the local days of a range and finds the ticks of each: quickly on days without a clock change nearby,
// one local time after the other on the days around one.
import { DAY_MS, dayNumber, daysInMonth, weekdayOf } from './civil.js';
import { type Calendar, FIRST_YEAR, LAST_YEAR } from './cron.js';
import { ascending, type DayTimes, dayPlan } from './day-times.js';
import { gapAround, instantsOf, offsetAt, type Stretch, stretchAt, stretchesNear } from './zone.js';

/**
 * Ticks found together: `base + times[i] * 1000` for `low <= i < high`, ascending. Batches come in the order asked for,
 * and no two hold the same instant. Answering true ends the walk.
 */
export type Visit = (base: number, times: readonly number[], low: number, high: number) => boolean;

export type Range = Readonly<{ from: number; to: number }>;

/** Days nearer to a clock change than this are searched time by time. */
const CALM_MS = 26 * 3_600_000;
/** A missing local time is dropped when the gap is as long as this (A5). */
const DROPPED_GAP_MS = 12 * 3_600_000;
const FIRST_DAY = dayNumber({ year: FIRST_YEAR, month: 1, day: 1 });
const LAST_DAY = dayNumber({ year: LAST_YEAR, month: 12, day: 31 });

/** Visits the ticks of `calendar` in `[range.from, range.to)`, `start` and `end` not looked at. */
export function walk(calendar: Calendar, range: Range, order: 'ascending' | 'descending', visit: Visit): void {
  if (!(range.from < range.to)) return;
  const { zone } = calendar;
  // Two days more on each side: a clock change moves a tick by less than a day, the date line by one.
  const first = Math.max(FIRST_DAY, localDay(zone, range.from) - 2);
  const last = Math.min(LAST_DAY, localDay(zone, range.to) + 2);
  const plan = dayPlan(calendar);
  let restless: number[] = [];
  let calm: Stretch | undefined;
  const flush = (): boolean => {
    if (restless.length === 0) return false;
    const found = ascending(restless.map((instant) => instant / 1000));
    restless = [];
    return visit(0, found, 0, found.length);
  };
  for (const [year, month, from, to] of monthsBetween(first, last, order)) {
    const active = plan.activeIn(year, month);
    if (active.length === 0) continue;
    const before = dayNumber({ year, month, day: 1 }) - 1;
    const step = order === 'ascending' ? 1 : -1;
    for (let day = step > 0 ? from : to; day >= from && day <= to; day += step) {
      const times = plan.timesOn(active, day - before, weekdayOf(day));
      if (!times) continue;
      const midnight = day * DAY_MS;
      if (!calm || !isCalm(calm, midnight)) {
        calm = stretchAt(zone, midnight - offsetAt(zone, midnight));
        if (!isCalm(calm, midnight)) {
          restless.push(...restlessTicks(zone, midnight, times, range));
          continue;
        }
      }
      if (flush()) return;
      const base = midnight - calm.offset;
      const low = base >= range.from ? 0 : firstAtLeast(times.all, (range.from - base) / 1000);
      const high = base + DAY_MS <= range.to ? times.all.length : firstAtLeast(times.all, (range.to - base) / 1000);
      if (low < high && visit(base, times.all, low, high)) return;
    }
  }
  flush();
}

/** The day number of the local date at `instant`, pulled into the years in which ticks exist. */
function localDay(zone: string, instant: number): number {
  const within = Math.min(Math.max(instant, FIRST_DAY * DAY_MS), (LAST_DAY + 1) * DAY_MS);
  return Math.floor((within + offsetAt(zone, within)) / DAY_MS);
}

/** Each month of the range with its first and last day inside it. */
function* monthsBetween(first: number, last: number, order: 'ascending' | 'descending') {
  const monthOf = (day: number) => {
    const date = new Date(day * DAY_MS);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  };
  if (first > last) return;
  const [low, high] = [monthOf(first), monthOf(last)];
  for (let n = low; n <= high; n++) {
    const index = order === 'ascending' ? n : low + high - n;
    const [year, month] = [Math.floor(index / 12), (index % 12) + 1];
    const start = dayNumber({ year, month, day: 1 });
    const end = start + daysInMonth(year, month) - 1;
    yield [year, month, Math.max(first, start), Math.min(last, end)] as const;
  }
}

const isCalm = ({ start, end, offset }: Stretch, midnight: number): boolean =>
  midnight - offset - CALM_MS >= start && midnight - offset + DAY_MS + CALM_MS <= end;

/** The ticks in `range` of a day near a clock change, by the rules of A5, in no order. */
function restlessTicks(zone: string, midnight: number, times: DayTimes, range: Range): number[] {
  const offsets = stretchesNear(zone, midnight).map((stretch) => stretch.offset);
  const [low, high] = [range.from + Math.min(...offsets) - midnight, range.to + Math.max(...offsets) - midnight];
  const near = (all: readonly number[]) => all.slice(firstAtLeast(all, low / 1000), firstAtLeast(all, high / 1000));
  const local = (time: number) => midnight + time * 1000;
  const found = [
    ...near(times.hourly).flatMap((time) => instantsOf(zone, local(time))),
    ...near(times.once).flatMap((time) => onceAt(zone, local(time)) ?? []),
  ];
  return found.filter((instant) => instant >= range.from && instant < range.to);
}

/** A local time that is run once: the first of two, the first valid instant for none, nothing in a very long gap. */
function onceAt(zone: string, local: number): number | undefined {
  const first = instantsOf(zone, local)[0];
  if (first !== undefined) return first;
  const gap = gapAround(zone, local);
  return gap && gap.sizeMs < DROPPED_GAP_MS ? gap.instant : undefined;
}

/** The index of the first number that is at least `bound`. */
function firstAtLeast(numbers: readonly number[], bound: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
