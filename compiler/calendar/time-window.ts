import { DAY_MS } from './civil.js';
import { instantsOf, localOf, offsetAt, stretchesNear } from './zone.js';

/** A stretch of each day by the wall clock, in minutes since midnight: from `from`, up to and without `to`; over midnight where `to` comes first. */
export type TimeWindow = Readonly<{ from: number; to: number }>;

const MINUTES = 1440;

/** Reads `22:00-06:00`; `24:00` is the end of a day. Undefined: it says no stretch of a day. */
export function parseTimeWindow(text: string): TimeWindow | undefined {
  const [, h1, m1, h2, m2] = /^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/.exec(text) ?? [];
  if (h1 === undefined || [m1, m2].some((minute) => Number(minute) > 59)) return undefined;
  const [from, to] = [Number(h1) * 60 + Number(m1), Number(h2) * 60 + Number(m2)];
  return from < MINUTES && to <= MINUTES && from !== to ? { from, to } : undefined;
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** The window as `parseTimeWindow` reads it. */
export const printTimeWindow = ({ from, to }: TimeWindow): string => `${clock(from)}-${clock(to)}`;

/** Whether the wall clock of `zone` stands in the window at `instant` (UTC milliseconds). In a repeated hour it may do so twice. */
export function isOpen({ from, to }: TimeWindow, zone: string, instant: number): boolean {
  const { hour, minute } = localOf(zone, instant);
  const at = hour * 60 + minute;
  return from < to ? at >= from && at < to : at >= from || at < to;
}

// A zone leaves out a window for a day at most, when its clocks jump over it.
const DAYS_AHEAD = 3;

/** The first instant at or after `instant` at which the window is open. */
export function opensAt(window: TimeWindow, zone: string, instant: number): number {
  if (isOpen(window, zone, instant)) return instant;
  return edge(zone, instant, window.from, (at) => isOpen(window, zone, at));
}

/** The first instant after `instant`, at which the window is open, at which it is not; null: it is always open. */
export function closesAt(window: TimeWindow, zone: string, instant: number): number | null {
  if (window.from % MINUTES === window.to % MINUTES) return null;
  return edge(zone, instant, window.to % MINUTES, (at) => !isOpen(window, zone, at));
}

/** The window changes where the clock shows `minutes`, and where the clock itself is changed. */
function edge(zone: string, instant: number, minutes: number, isThere: (at: number) => boolean): number {
  const today = Math.floor((instant + offsetAt(zone, instant)) / DAY_MS) * DAY_MS;
  const days = Array.from({ length: DAYS_AHEAD + 2 }, (_, i) => today + (i - 1) * DAY_MS);
  const candidates = [
    ...days.flatMap((day) => instantsOf(zone, day + minutes * 60_000)),
    ...stretchesNear(zone, instant).map((stretch) => stretch.start),
  ];
  const found = candidates.filter((at) => at > instant && isThere(at));
  return Math.min(...found);
}

// An estimate that lies further ahead than this is no estimate.
const MOST_DAYS = 3660;

/** When `workMs` of open time have passed since `instant`; null: not within ten years. */
export function afterOpenTime(window: TimeWindow, zone: string, instant: number, workMs: number): number | null {
  let left = workMs;
  let at = instant;
  for (let day = 0; day < MOST_DAYS; day += 1) {
    const open = opensAt(window, zone, at);
    const close = closesAt(window, zone, open);
    if (close === null || close - open >= left) return open + left;
    left -= close - open;
    at = close;
  }
  return null;
}
