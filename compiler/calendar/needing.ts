// The other way round of `needed.ts`: which of my periods await a given period of an upstream. Both say the same of every pair of periods.
import { eachTick } from './each-tick.js';
import { dataEnd, grainWindow, type JobTime } from './grain.js';
import { type CalendarForm, type Needing, neededPeriods } from './needed.js';
import { furthestMove, nominalCalendar } from './nominal.js';
import { EVER, nextTick, ticksFrom } from './ticks.js';
import { stepped, unitAround, unitsBefore } from './unit.js';

/**
 * My periods whose runs await the upstream's period `theirs` by `form`, ascending, each once, at most `limit` of them: a daily job awaits the
 * same period of a yearly one hundreds of times. `theirs` must be a period of `upstream`. `before`: only my periods before that instant.
 */
export function needingPeriods(
  form: CalendarForm,
  mine: Needing,
  upstream: JobTime,
  theirs: number,
  limit: number,
  before: number = EVER.to,
): readonly number[] {
  // Ticks that were moved from days off lie as far from those whose data they are about.
  const far = isOfData(form) ? Math.max(furthestMove(mine.calendar), furthestMove(upstream.calendar)) : 0;
  const exact = rangeOf(form, mine, upstream, theirs);
  if (exact === undefined) return [];
  const range = { from: exact.from - far, to: Math.min(before, exact.to + far) };
  if (isExact(form) && far === 0) return ticksFrom(mine.calendar, range.from, limit, range.to);
  const found: number[] = [];
  for (const period of eachTick(mine.calendar, range.from, range.to)) {
    if (neededPeriods(form, mine, upstream, period).includes(theirs)) found.push(period);
    if (found.length >= limit) break;
  }
  return found;
}

/** Whether `rangeOf` holds just the periods in question; else they are looked at one by one. */
const isExact = (form: CalendarForm): boolean =>
  form !== 'nearest' && !(typeof form === 'object' && 'offset' in form && form.unit !== undefined && !('last' in form));

type Range = Readonly<{ from: number; to: number }>;

/** Whether data intervals decide, and not the periods themselves. */
const isOfData = (form: CalendarForm): boolean =>
  typeof form === 'object' && ('all' in form ? form.all === 'data' : 'last' in form);

/** Where my periods lie that may await `theirs`; undefined for nowhere. */
function rangeOf(form: CalendarForm, mine: Needing, upstream: JobTime, theirs: number): Range | undefined {
  if (form === 'default') return untilNext(mine, upstream, theirs);
  if (form === 'nearest') return asRange(grainWindow('day', mine.zone, theirs));
  if ('all' in form) {
    if (form.all === 'window') return asRange(grainWindow(mine.grain, mine.zone, theirs));
    return firstToHold(mine, dataEnd(upstream, theirs));
  }
  if ('last' in form) return lastRange(form, mine, upstream, theirs);
  if (form.unit === undefined) {
    const awaited = ticksFrom(upstream.calendar, theirs, 1 - form.offset);
    return awaited.length > -form.offset ? untilNext(mine, upstream, awaited.at(-1)!) : undefined;
  }
  return shifted(untilNext(mine, upstream, theirs), (at) => unitsBefore(form.unit!, mine.zone, at, form.offset));
}

const asRange = ({ start, end }: Readonly<{ start: number; end: number }>): Range => ({ from: start, to: end });

/** D1: from the grain window of mine in which `theirs` lies up to that of the upstream's next one. */
function untilNext(mine: JobTime, { calendar }: JobTime, theirs: number): Range {
  const next = nextTick(calendar, theirs);
  return {
    from: grainWindow(mine.grain, mine.zone, theirs).start,
    to: next === undefined ? EVER.to : grainWindow(mine.grain, mine.zone, next).start,
  };
}

/** The first instant whose period of mine has a data interval that ends at `end` or later. */
function reaching(mine: JobTime, end: number): number {
  const window = grainWindow(mine.grain, mine.zone, end);
  return window.start === end ? end : window.end;
}

/** D3: data intervals lie side by side, so that one run of mine has it: the first whose data does not end sooner. `start` and `end` may leave it out. */
function firstToHold(mine: Needing, end: number): Range | undefined {
  const [period] = ticksFrom(nominalCalendar(mine.calendar), reaching(mine, end), 1);
  return period === undefined ? undefined : { from: period, to: period + 1 };
}

/** D6, turned round: between which ends of data of mine the one of `theirs` is among the last. */
function lastRange(
  { last, unit, offset = 0 }: Extract<CalendarForm, { last: number }>,
  mine: Needing,
  upstream: JobTime,
  theirs: number,
): Range | undefined {
  const end = dataEnd(upstream, theirs);
  if (unit === undefined) {
    const nth = ticksFrom(upstream.calendar, theirs + 1 + furthestMove(upstream.calendar), last);
    const gone = nth.length < last ? EVER.to : reaching(mine, dataEnd(upstream, nth.at(-1)!));
    return { from: reaching(mine, end), to: gone };
  }
  const first = unitAround(unit, mine, stepped(unit, mine, end - 1, -offset));
  const final = unitAround(unit, mine, stepped(unit, mine, first.start, last - 1));
  return { from: reaching(mine, first.start + 1), to: reaching(mine, final.end + 1) };
}

/** Months clamp by up to three days and clock changes move by less than one: a wider range, to be looked at period by period. */
const SLACK_MS = 5 * 86_400_000;

function shifted({ from, to }: Range, later: (at: number) => number): Range {
  return { from: later(from) - SLACK_MS, to: to >= EVER.to ? EVER.to : later(to) + SLACK_MS };
}
