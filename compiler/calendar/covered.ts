import type { Cron } from './cron.js';
import { eachTick, tickCursor } from './each-tick.js';
import { dataInterval, grainWindow, type JobTime, referenceSpan } from './grain.js';
import { nominalCalendar } from './nominal.js';
import { countTicks, nextTick, previousTick } from './ticks.js';

/** A run that covers several periods of an upstream: my period, how many of its periods, the first and the last of them. */
export type Coverage = Readonly<{ period: number; count: number; from: number; to: number }>;

/**
 * The first run of mine in the reference span whose data interval holds the ends of more than one of the upstream's
 * data intervals (D2): there the author must say which are meant. Undefined when no run does.
 */
export function coversSeveral(mine: JobTime, upstream: JobTime, projectZone: string): Coverage | undefined {
  if (sameTime(mine, upstream) || fillsItsDays(mine, upstream)) return undefined;
  const { start, end } = referenceSpan(projectZone);
  const [my, its] = [nominalCalendar(mine.calendar), nominalCalendar(upstream.calendar)];
  const first = nextTick(my, start - 1);
  if (first === undefined || first >= end) return undefined;
  // Data intervals lie side by side, so each upstream period belongs to one run of mine: the first whose interval ends
  // no sooner than its own does. `edgeOf` is where the upstream periods of a run of mine end.
  const startOf = (period: number) => grainWindow(mine.grain, mine.zone, period).start;
  const edgeOf = (dataEnd: number) => grainWindow(upstream.grain, upstream.zone, dataEnd).end;
  const myTick = tickCursor(my);
  const coverOf = (theirPeriod: number) => {
    const dataEnd = grainWindow(upstream.grain, upstream.zone, theirPeriod).start;
    const window = grainWindow(mine.grain, mine.zone, dataEnd);
    return myTick(window.start === dataEnd ? dataEnd : window.end);
  };
  let from: number | undefined;
  let edge = -Infinity;
  let period: number | undefined;
  for (const theirPeriod of eachTick(its, edgeOf(dataInterval(my, mine.grain, first, mine.zone).start), Infinity)) {
    if (theirPeriod < edge && from !== undefined && period !== undefined)
      return { period, count: countTicks(its, from, edge), from, to: previousTick(its, edge) as number };
    from = theirPeriod;
    period = coverOf(theirPeriod);
    if (period === undefined || period >= end) return undefined;
    edge = edgeOf(startOf(period));
  }
  return undefined;
}

const sameTime = (a: JobTime, b: JobTime): boolean =>
  a.grain === b.grain &&
  a.zone === b.zone &&
  a.calendar.zone === b.calendar.zone &&
  (a.calendar.crons === b.calendar.crons || JSON.stringify(a.calendar.crons) === JSON.stringify(b.calendar.crons));

/**
 * Mine fires on every local day and the upstream at most once a day: a data interval of mine is one day, in which one of its ends at most. Spares
 * four years of comparing for nearly every need of an estate. A clock change that moves a tick to the next day gives that day two, so the grain is no day.
 */
const fillsItsDays = (mine: JobTime, upstream: JobTime): boolean =>
  mine.grain === 'day' &&
  upstream.grain === 'day' &&
  mine.zone === upstream.zone &&
  mine.zone === mine.calendar.zone &&
  mine.calendar.crons.some(firesEveryDay);

const firesEveryDay = ({ dayOfMonth, month, dayOfWeek, year, rule }: Cron): boolean =>
  rule === undefined && [dayOfMonth, month, dayOfWeek, year].every((values) => values === '*');
