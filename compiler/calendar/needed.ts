// Which periods of an upstream the run of a period awaits, by the calendar alone (rules D1 and D3 to D8): one function for everybody who asks,
// ticks, backfills, plans and simulations. The other way round, who awaits a period, is `needing.ts`.
// In: the form of a need, my time, the upstream's, my period. Out: instants, ascending, each once. Whether they ran, were skipped or existed
// before a first deployment is not known here. When the author must write a form at all (D2) is `covered.ts`.
import type { Calendar } from './cron.js';
import { dataEnd, dataInterval, grainWindow, type Interval, type JobTime } from './grain.js';
import { furthestMove } from './nominal.js';
import { ticks, ticksBefore, ticksFrom } from './ticks.js';
import { type CalendarUnit, unitsBefore, unitsEndingAt, type Wall } from './unit.js';

/** Which of an upstream's periods a need awaits (D1, D3 to D7). Offsets are below nought. */
export type NeedForm = CalendarForm | 'latest';

/** Those that the calendar answers: all but `latest`. */
export type CalendarForm =
  | 'default'
  | 'nearest'
  | Readonly<{ all: 'data' | 'window' }>
  | Readonly<{ offset: number; unit?: CalendarUnit }>
  | Readonly<{ last: number; unit?: CalendarUnit; offset?: number }>;

/** Whose run it is: its time, and the day on which its weeks begin. */
export type Needing = JobTime & Pick<Wall, 'weekStart'>;

/**
 * The periods of `upstream` that my run of `period` awaits by `form`, ascending, each once; empty where its calendar has none (D10).
 * The upstream's `start` and `end` leave periods out (B5); data intervals take no notice of them, mine neither.
 * Throws RangeError past MAX_TICKS.
 */
export function neededPeriods(form: CalendarForm, mine: Needing, upstream: JobTime, period: number): readonly number[] {
  if (form === 'default') return latestIn(upstream, windowEnd(mine, period), 1);
  if (form === 'nearest') return nearestOf(mine.zone, upstream, period);
  if ('all' in form) {
    if (form.all === 'window') return ticksIn(upstream, grainWindow(mine.grain, mine.zone, period));
    return endingIn(upstream, dataInterval(mine.calendar, mine.grain, period, mine.zone));
  }
  if ('last' in form) return lastOf(form, mine, upstream, period);
  if (form.unit !== undefined) {
    const earlier = unitsBefore(form.unit, mine.zone, period, -form.offset);
    return latestIn(upstream, windowEnd(mine, earlier), 1);
  }
  const found = backFrom(upstream.calendar, windowEnd(mine, period), 1 - form.offset);
  return found === undefined ? [] : [found];
}

/** My own period that `{ self: { offset } }` names, so many of my ticks before `period` (D8); undefined before my `start`. */
export const ownPeriod = (
  { calendar }: Pick<JobTime, 'calendar'>,
  period: number,
  offset: number,
): number | undefined => backFrom(calendar, period, -offset);

/** What ends within a data interval (D3): the upstream's periods whose data interval ends after its start, up to and including its end. */
function endingIn(upstream: JobTime, { start, end }: Interval): readonly number[] {
  const edges = { start: dataEdge(upstream, start), end: dataEdge(upstream, end) };
  const far = furthestMove(upstream.calendar);
  if (far === 0) return ticksIn(upstream, edges);
  // Only what lies so near to an edge may have been moved over it.
  return ticksIn(upstream, { start: edges.start - far, end: edges.end + far }).filter((period) => {
    if (period >= edges.start + far && period < edges.end - far) return true;
    const dataEnds = dataEnd(upstream, period);
    return dataEnds > start && dataEnds <= end;
  });
}

/** The latest `count` periods of the upstream whose data interval ends no later than `end`. */
function latestEnding(upstream: JobTime, end: number, count: number): readonly number[] {
  const edge = dataEdge(upstream, end);
  const far = furthestMove(upstream.calendar);
  if (far === 0) return latestIn(upstream, edge, count);
  // Those that lie so far before the edge have all ended; the others are asked one by one.
  const near = ticksIn(upstream, { start: edge - far, end: edge + far });
  const ended = near.filter((period) => dataEnd(upstream, period) <= end);
  return [...latestIn(upstream, edge - far, Math.max(0, count - ended.length)), ...ended].slice(-count);
}

/** The first instant whose period would be about data that ends after `dataEnd`. */
const dataEdge = ({ grain, zone }: JobTime, dataEnd: number): number => grainWindow(grain, zone, dataEnd).end;

const windowEnd = ({ grain, zone }: JobTime, period: number): number => grainWindow(grain, zone, period).end;

const ticksIn = ({ calendar }: JobTime, { start, end }: Interval): readonly number[] => ticks(calendar, start, end);

const latestIn = ({ calendar }: JobTime, before: number, count: number): readonly number[] =>
  ticksBefore(calendar, before, count);

/** The tick `nth` before `before`, 1 for the last one. */
function backFrom(calendar: Calendar, before: number, nth: number): number | undefined {
  const found = ticksBefore(calendar, before, nth);
  return found.length < nth ? undefined : found[0];
}

/** D6. */
function lastOf(
  { last, unit, offset = 0 }: Extract<CalendarForm, { last: number }>,
  mine: Needing,
  upstream: JobTime,
  period: number,
): readonly number[] {
  const { end } = dataInterval(mine.calendar, mine.grain, period, mine.zone);
  if (unit === undefined) return latestEnding(upstream, end, last);
  return endingIn(upstream, unitsEndingAt(unit, mine, end - 1, last, -offset));
}

/** D4: of the local day of my period, the one nearest in real time; tie: in my clock hour, then the earlier. */
function nearestOf(zone: string, upstream: JobTime, period: number): readonly number[] {
  const day = grainWindow('day', zone, period);
  const before = ticksBefore(upstream.calendar, period + 1, 1)[0];
  const [after] = ticksFrom(upstream.calendar, period + 1, 1, day.end);
  if (before === undefined || before < day.start) return after === undefined ? [] : [after];
  if (after === undefined || period - before < after - period) return [before];
  if (after - period < period - before) return [after];
  const hour = grainWindow('hour', zone, period);
  return [before < hour.start && after < hour.end ? after : before];
}
