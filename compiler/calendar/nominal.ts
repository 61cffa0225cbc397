// A tick on a day off may be moved to a workday (A6). Its instant is then another than the nominal one, which still says what the run is about.
import { DAY_MS } from './civil.js';
import type { Calendar, Cron } from './cron.js';
import { valuesOf } from './cron.js';
import { daysMovedTo } from './day-match.js';
import { instantsRun } from './local-time.js';
import { workdayIndex } from './workdays.js';
import { offsetAt, stretchAt } from './zone.js';

const stripped = new WeakMap<readonly Cron[], readonly Cron[]>();

/** The calendar of the nominal ticks, `start` and `end` left out too: by it ticks are counted and grains and data intervals made (A6, B5). */
export function nominalCalendar(calendar: Calendar): Calendar {
  const { crons, zone, start, end } = calendar;
  const isPlain = crons.every(({ on }) => on === undefined);
  if (isPlain && start === undefined && end === undefined) return calendar;
  return { crons: isPlain ? crons : withoutWorkdays(crons), zone };
}

/** The same list for the same crons: what is known of it is kept by the object. */
function withoutWorkdays(crons: readonly Cron[]): readonly Cron[] {
  const known = stripped.get(crons) ?? crons.map(({ on: _, ...nominal }) => nominal);
  stripped.set(crons, known);
  return known;
}

const isMoved = ({ on }: Cron): boolean => on !== undefined && on.otherwise !== 'skip';

/** How far a tick of `calendar` may lie from its nominal one, in milliseconds; 0 when none is moved. */
export function furthestMove({ crons }: Calendar): number {
  const days = crons.filter(isMoved).map(({ on }) => workdayIndex(on!.workdays).longestOff);
  // A clock change between the two days moves them by less than a day more.
  return days.length === 0 ? 0 : (Math.max(...days) + 1) * DAY_MS;
}

/** The first and the last nominal tick of those that are run at `period`: itself, unless it was moved or others were moved onto it. */
export type Nominal = Readonly<{ first: number; last: number }>;

/** What `period` stands for. A period that is no tick of the calendar stands for itself. */
export function nominalTicks(calendar: Calendar, period: number): Nominal {
  if (!calendar.crons.some(isMoved)) return { first: period, last: period };
  const found = calendar.crons.flatMap((cron) => movedTo(cron, calendar.zone, period));
  return found.length === 0 ? { first: period, last: period } : { first: Math.min(...found), last: Math.max(...found) };
}

function movedTo(cron: Cron, zone: string, period: number): readonly number[] {
  const how = cron.hour === '*' ? 'each' : 'once';
  return localTimes(cron, zone, period).flatMap((local) => {
    if (!instantsRun(zone, local, how).includes(period)) return [];
    const day = Math.floor(local / DAY_MS);
    return daysMovedTo(cron, day).flatMap((source) => instantsRun(zone, local + (source - day) * DAY_MS, how));
  });
}

/** The local times that may be run at `period`: what the clock shows; right after a gap also all that it left out (less than half a day). */
function localTimes(cron: Cron, zone: string, period: number): readonly number[] {
  const shown = period + offsetAt(zone, period);
  if (stretchAt(zone, period).start !== period) return isTime(cron, shown) ? [shown] : [];
  const day = Math.floor(shown / DAY_MS) * DAY_MS;
  const times = valuesOf(cron.hour, 0, 23).flatMap((hour) =>
    valuesOf(cron.minute, 0, 59).flatMap((minute) =>
      valuesOf(cron.second, 0, 59).map((second) => ((hour * 60 + minute) * 60 + second) * 1000),
    ),
  );
  return [day - DAY_MS, day]
    .flatMap((midnight) => times.map((time) => midnight + time))
    .filter((local) => local <= shown && local > shown - DAY_MS / 2);
}

function isTime(cron: Cron, local: number): boolean {
  const at = new Date(local);
  const has = (values: Cron['hour'], value: number): boolean => values === '*' || values.includes(value);
  return (
    has(cron.hour, at.getUTCHours()) && has(cron.minute, at.getUTCMinutes()) && has(cron.second, at.getUTCSeconds())
  );
}
