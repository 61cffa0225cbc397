import { DAY_MS } from './civil.js';
import type { Calendar } from './cron.js';
import { EVER, nextTick, ticks } from './ticks.js';

/** Even a calendar of every second stays below MAX_TICKS in a slice of this length. */
const SLICE_MS = 8 * DAY_MS;

/** The ticks in `[from, to)` one after the other, however many, asked for in slices. */
export function* eachTick(calendar: Calendar, from: number, to: number): Generator<number, undefined> {
  const end = Math.min(to, EVER.to);
  for (let at = from; at < end; at += SLICE_MS) yield* ticks(calendar, at, Math.min(end, at + SLICE_MS));
  return undefined;
}

/** Short, so that a calendar of every second is not listed whole between two questions an hour apart. */
const LOOK_AHEAD_MS = 900_000;

/** Answers "the first tick at or after this instant" for instants that ascend, without asking anew for each. */
export function tickCursor(calendar: Calendar): (instant: number) => number | undefined {
  let [slice, until, index] = [[] as readonly number[], -Infinity, 0];
  return (instant) => {
    if (instant >= until)
      [slice, until, index] = [ticks(calendar, instant, instant + LOOK_AHEAD_MS), instant + LOOK_AHEAD_MS, 0];
    while (index < slice.length && (slice[index] as number) < instant) index++;
    return slice[index] ?? nextTick(calendar, until - 1);
  };
}
