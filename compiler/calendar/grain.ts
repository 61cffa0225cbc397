import { CalendarKeyed } from './calendar-keyed.js';
import { civilOf, DAY_MS } from './civil.js';
import type { Calendar } from './cron.js';
import { nominalCalendar, nominalTicks } from './nominal.js';
import { EVER, previousTick } from './ticks.js';
import { walk } from './walk.js';
import { instantOf, localMs, nextDay, offsetAt, startOfDay, stretchAt } from './zone.js';

/** The coarsest span in which a job never fires twice (C1); `second` for one that fires twice in a minute. */
export type Grain = 'day' | 'hour' | 'minute' | 'second';

/** A stretch of real time, `start` included and `end` not, in UTC milliseconds. */
export type Interval = Readonly<{ start: number; end: number }>;

/** A job's time: the calendar it fires by (its own or its base's), its grain and its zone. */
export type JobTime = Readonly<{ calendar: Calendar; grain: Grain; zone: string }>;

const SIZE_MS = { hour: 3_600_000, minute: 60_000, second: 1000 } as const;
const COARSEST_FIRST = ['day', 'hour', 'minute'] as const;

/** 2024-01-01 to 2028-01-01 in the project's zone: the constant span over which calendars are compared (B2). */
export function referenceSpan(projectZone: string): Interval {
  const edge = (year: number) => instantOf(projectZone, localMs({ year, month: 1, day: 1 }));
  return { start: edge(2024), end: edge(2028) };
}

/** The grain of a job that fires by `calendar` (C1), its windows read in `zone`, the job's own. */
export function grainOf(calendar: Calendar, projectZone = calendar.zone, zone = calendar.zone): Grain {
  return grains.get(calendar, `${projectZone} ${zone}`, () => {
    const { start, end } = referenceSpan(projectZone);
    const free = nominalCalendar(calendar);
    return (
      grainWithin(free, zone, { start, end }) ?? grainWithin(free, zone, { start: EVER.from, end: EVER.to }) ?? 'day'
    );
  });
}

const grains = new CalendarKeyed<Grain>();

/** Undefined without ticks in the span. */
function grainWithin(calendar: Calendar, zone: string, { start, end }: Interval): Grain | undefined {
  if (!firesIn(calendar, { start, end })) return undefined;
  return COARSEST_FIRST.find((grain) => !firesTwice(calendar, grain, zone, { start, end })) ?? 'second';
}

function firesIn(calendar: Calendar, { start, end }: Interval): boolean {
  let fires = false;
  walk(calendar, { from: start, to: end }, 'ascending', () => (fires = true));
  return fires;
}

function firesTwice(calendar: Calendar, grain: Grain, zone: string, { start, end }: Interval): boolean {
  if (grain === 'minute' && neverTwiceAMinute(calendar)) return false;
  let windowEnd = -Infinity;
  let twice = false;
  walk(calendar, { from: start, to: end }, 'ascending', (base, times, low, high) => {
    for (let i = low; i < high && !twice; i++) {
      const tick = base + (times[i] as number) * 1000;
      twice = tick < windowEnd;
      windowEnd = grainWindow(grain, zone, tick).end;
    }
    return twice;
  });
  return twice;
}

/** One tick a minute at the same second: at full minutes, on which clocks change too, or never moved by a clock change. */
function neverTwiceAMinute({ crons }: Calendar): boolean {
  const second = crons[0]?.second;
  if (second === undefined || second === '*' || second.length !== 1) return false;
  const isSame = crons.every((cron) => cron.second !== '*' && cron.second.length === 1 && cron.second[0] === second[0]);
  return isSame && (second[0] === 0 || crons.every(({ hour }) => hour === '*'));
}

/**
 * The day, hour or minute in which `period` lies (C2), in `zone`. A day runs from local midnight to the next;
 * an hour is a real one and ends at a clock change (A5).
 */
export function grainWindow(grain: Grain, zone: string, period: number): Interval {
  if (grain === 'day') return { start: startOfDay(zone, period), end: nextDay(zone, period) };
  const stretch = stretchAt(zone, period);
  const size = SIZE_MS[grain];
  const local = period + stretch.offset;
  const start = local - (((local % size) + size) % size) - stretch.offset;
  return { start: Math.max(start, stretch.start), end: Math.min(start + size, stretch.end) };
}

/**
 * What the run of `period` is about (C3): from the grain start of the calendar's previous tick to that of `period`;
 * one grain for a calendar's very first tick. `start`, `end` and days off are not looked at (B5, A6): a moved tick is about what its nominal one
 * is about, and where several were moved onto one, from the begin of the first to the end of the last.
 */
export function dataInterval(calendar: Calendar, grain: Grain, period: number, zone = calendar.zone): Interval {
  const { first, last } = nominalTicks(calendar, period);
  const previous = previousTick(nominalCalendar(calendar), first) ?? grainWindow(grain, zone, first).start - 1;
  return { start: grainWindow(grain, zone, previous).start, end: grainWindow(grain, zone, last).start };
}

/** Where the data interval of a period ends: at the grain start of its last nominal tick. */
export const dataEnd = ({ calendar, grain, zone }: JobTime, period: number): number =>
  grainWindow(grain, zone, nominalTicks(calendar, period).last).start;

/**
 * The bizdate of a period (C4): the local day before it, `yyyyMMdd`, whatever the grain. Of a calendar whose ticks are moved, the last nominal one
 * counts (A6): hand it over.
 */
export function bizdateOf(zone: string, period: number): string {
  const { year, month, day } = dayBefore(zone, period);
  return `${String(year).padStart(4, '0')}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`;
}

const dayBefore = (zone: string, period: number) => civilOf(Math.floor((period + offsetAt(zone, period)) / DAY_MS) - 1);
