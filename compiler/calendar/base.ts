import { CalendarKeyed } from './calendar-keyed.js';
import type { Calendar } from './cron.js';
import { referenceSpan } from './grain.js';
import { nominalCalendar } from './nominal.js';
import { countTicks, previousTick } from './ticks.js';

/** An upstream whose ticks a job without its own schedule may take. */
export type Candidate = Readonly<{ id: string; calendar: Calendar }>;

/** Ticks in the reference span: how many, and the last of them. */
export type ReferenceTicks = Readonly<{ count: number; last: number | undefined }>;

const counted = new CalendarKeyed<ReferenceTicks>();

/** How often `calendar` fires in the reference span of the project's zone, and when last; `start`, `end` and days off do not count (B5, A6). */
export function referenceTicks(calendar: Calendar, projectZone: string): ReferenceTicks {
  return counted.get(calendar, projectZone, () => {
    const { start, end } = referenceSpan(projectZone);
    const free = nominalCalendar(calendar);
    const last = previousTick(free, end);
    return { count: countTicks(free, start, end), last: last !== undefined && last >= start ? last : undefined };
  });
}

/**
 * The base among the candidates (B2): the fewest ticks in the reference span; tie: the later last tick; then the smaller id
 * in byte order. A calendar without ticks there is no candidate; undefined when none is left.
 */
export function chooseBase<C extends Candidate>(candidates: readonly C[], projectZone: string): C | undefined {
  let best: C | undefined;
  for (const candidate of candidates) {
    if (referenceTicks(candidate.calendar, projectZone).count === 0) continue;
    if (!best || compare(candidate, best, projectZone) < 0) best = candidate;
  }
  return best;
}

function compare(a: Candidate, b: Candidate, projectZone: string): number {
  const [ticksA, ticksB] = [referenceTicks(a.calendar, projectZone), referenceTicks(b.calendar, projectZone)];
  return ticksA.count - ticksB.count || (ticksB.last ?? 0) - (ticksA.last ?? 0) || byteOrder(a.id, b.id);
}

/** Ids are ASCII, so that code units compare as bytes do. */
const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
