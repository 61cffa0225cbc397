// Goes through the local days of a range and finds the ticks of each: quickly on days without a clock change nearby,
// one local time after the other on the days around one.
import { DAY_MS, dayNumber, daysInMonth } from './civil.js';
import { type Calendar, FIRST_YEAR, LAST_YEAR } from './cron.js';
import { ascending, type DayTimes, dayPlan } from './day-times.js';
import { instantsRun } from './local-time.js';
import { offsetAt, type Stretch, stretchAt, stretchesNear } from './zone.js';

/**
 * Ticks found together: `base + times[i] * 1000` for `low <= i < high`, ascending. Batches come in the order asked for,
 * and no two hold the same instant. Answering true ends the walk.
 */
export type Visit = (base: number, times: readonly number[], low: number, high: number) => boolean;

export type Range = Readonly<{ from: number; to: number }>;

/** Days nearer to a clock change than this are searched time by time. */
const CALM_MS = 26 * 3_600_000;
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
  const step = order === 'ascending' ? 1 : -1;
  // Ticks near a clock change may swap places across midnight: they wait until a calm day shows that all are known.
  const restless: number[] = [];
  let calm: Stretch | undefined;
  for (const { year, month, from, to } of monthsBetween(first, last, order)) {
    const timesOn = plan(year, month);
    if (!timesOn) continue;
    const before = dayNumber({ year, month, day: 1 }) - 1;
    for (let day = step > 0 ? from : to; day >= from && day <= to; day += step) {
      const times = timesOn(day - before);
      if (!times) continue;
      calm = calmAround(zone, day * DAY_MS, calm);
      if (!calm) for (const instant of restlessTicks(zone, day * DAY_MS, times, range)) restless.push(instant);
      else if (visitAll(restless, visit) || visitCalm(day * DAY_MS - calm.offset, times.all, range, visit)) return;
    }
  }
  visitAll(restless, visit);
}

/** Visits and forgets the gathered instants. */
function visitAll(instants: number[], visit: Visit): boolean {
  if (instants.length === 0) return false;
  const seconds = ascending(instants.map((instant) => instant / 1000));
  instants.length = 0;
  return visit(0, seconds, 0, seconds.length);
}

/** Visits what lies in `range` of a day whose midnight is the instant `base`. */
function visitCalm(base: number, times: readonly number[], { from, to }: Range, visit: Visit): boolean {
  const low = base >= from ? 0 : firstAtLeast(times, (from - base) / 1000);
  const high = base + DAY_MS <= to ? times.length : firstAtLeast(times, (to - base) / 1000);
  return low < high && visit(base, times, low, high);
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
    yield { year, month, from: Math.max(first, start), to: Math.min(last, end) };
  }
}

/** The stretch that holds the whole local day of `midnight`, far from its ends; undefined near a clock change. */
function calmAround(zone: string, midnight: number, known: Stretch | undefined): Stretch | undefined {
  if (known && isCalm(known, midnight)) return known;
  const stretch = stretchAt(zone, midnight - offsetAt(zone, midnight));
  return isCalm(stretch, midnight) ? stretch : undefined;
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
    ...near(times.hourly).flatMap((time) => instantsRun(zone, local(time), 'each')),
    ...near(times.once).flatMap((time) => instantsRun(zone, local(time), 'once')),
  ];
  return found.filter((instant) => instant >= range.from && instant < range.to);
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
