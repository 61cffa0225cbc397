import type { Calendar } from './cron.js';
import { type Range, walk } from './walk.js';

/** The most ticks one question may be answered with. */
export const MAX_TICKS = 1_000_000;

/** Before the first and after the last instant at which any zone has a tick. */
export const EVER: Range = { from: Date.UTC(1969, 11, 30), to: Date.UTC(2101, 0, 3) };

/**
 * The instants at which `calendar` fires in `[from, to)`, ascending, each once; UTC milliseconds, whole seconds.
 * Around clock changes by A5: with an hour field of every hour, the local times that exist, each real one; otherwise each
 * local time once, a missing one at the first valid instant (dropped in a gap of 12 hours or more), a repeated one at its first.
 * Throws RangeError past MAX_TICKS; ask in slices.
 */
export function ticks(calendar: Calendar, from: number, to: number): readonly number[] {
  const found: number[] = [];
  walk(calendar, within(calendar, { from, to }), 'ascending', (base, times, low, high) => {
    if (found.length + high - low > MAX_TICKS) throw new RangeError(`more than ${MAX_TICKS} ticks asked for at once`);
    for (let i = low; i < high; i++) found.push(base + (times[i] as number) * 1000);
    return false;
  });
  return found;
}

/** The first tick strictly after `after`; undefined when there is none up to the year 2100 or the calendar's end. */
export function nextTick(calendar: Calendar, after: number): number | undefined {
  let found: number | undefined;
  const range = within(calendar, { from: after + 1, to: EVER.to });
  walk(calendar, range, 'ascending', (base, times, low) => {
    found = base + (times[low] as number) * 1000;
    return true;
  });
  return found;
}

/** The last tick strictly before `before`; undefined when there is none since 1970 or the calendar's start. */
export function previousTick(calendar: Calendar, before: number): number | undefined {
  let found: number | undefined;
  const range = within(calendar, { from: EVER.from, to: before });
  walk(calendar, range, 'descending', (base, times, _low, high) => {
    found = base + (times[high - 1] as number) * 1000;
    return true;
  });
  return found;
}

/** The last `count` ticks strictly before `before`, ascending; fewer where the calendar has fewer. */
export function ticksBefore(calendar: Calendar, before: number, count: number): readonly number[] {
  const found: number[] = [];
  walk(calendar, within(calendar, { from: EVER.from, to: before }), 'descending', (base, times, low, high) => {
    for (let i = high - 1; i >= low && found.length < count; i--) found.push(base + (times[i] as number) * 1000);
    return found.length >= count;
  });
  return found.reverse();
}

/** The first `count` ticks at or after `from`, ascending; fewer where the calendar has fewer. */
export function ticksFrom(calendar: Calendar, from: number, count: number, to = Infinity): readonly number[] {
  const found: number[] = [];
  walk(calendar, within(calendar, { from, to }), 'ascending', (base, times, low, high) => {
    for (let i = low; i < high && found.length < count; i++) found.push(base + (times[i] as number) * 1000);
    return found.length >= count;
  });
  return found;
}

/** How many ticks `ticks` would give, without a bound. */
export function countTicks(calendar: Calendar, from: number, to: number): number {
  let count = 0;
  walk(calendar, within(calendar, { from, to }), 'ascending', (_base, _times, low, high) => {
    count += high - low;
    return false;
  });
  return count;
}

/** Whether the calendar has any tick at all (A4). */
export const hasTicks = (calendar: Calendar): boolean => nextTick(calendar, EVER.from) !== undefined;

function within({ start = -Infinity, end = Infinity }: Calendar, { from, to }: Range): Range {
  return { from: Math.max(from, start, EVER.from), to: Math.min(to, end + 1, EVER.to) };
}
