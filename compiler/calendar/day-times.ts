import { type Calendar, type Cron, valuesOf } from './cron.js';
import { type DayMatch, dayMatch } from './day-match.js';

/**
 * The times of one local day, in seconds from midnight, ascending, each once. `all` is their union;
 * on the day of a clock change `hourly` and `once` follow different rules (A5).
 */
export type DayTimes = Readonly<{ all: readonly number[]; hourly: readonly number[]; once: readonly number[] }>;

/** A calendar made fast to ask: the crons that may fire in a month, and the times they name for a day. */
export type DayPlan = Readonly<{
  activeIn: (year: number, month: number) => readonly number[];
  timesOn: (active: readonly number[], day: number, weekday: number) => DayTimes | undefined;
}>;

const plans = new WeakMap<readonly Cron[], DayPlan>();

/** The plan of a calendar's crons, kept as long as they are. */
export function dayPlan({ crons }: Calendar): DayPlan {
  const known = plans.get(crons);
  if (known) return known;
  const plan = makePlan(crons);
  plans.set(crons, plan);
  return plan;
}

function makePlan(crons: readonly Cron[]): DayPlan {
  const matches = crons.map(dayMatch);
  const numbers = [...crons.keys()];
  const known = new Map<string, DayTimes>();
  const timesOf = (chosen: readonly number[]): DayTimes => {
    const key = chosen.join();
    const times = known.get(key) ?? mergeTimes(chosen.map((i) => crons[i] as Cron));
    known.set(key, times);
    return times;
  };
  const activeIn = (year: number, month: number) =>
    numbers.filter((i) => (matches[i] as DayMatch).inMonth(year, month));
  const [only] = matches;
  if (only && matches.length === 1) {
    const times = timesOf([0]);
    return { activeIn, timesOn: (_active, day, weekday) => (only.onDay(day, weekday) ? times : undefined) };
  }
  return {
    activeIn,
    timesOn: (active, day, weekday) => {
      const chosen = active.filter((i) => (matches[i] as DayMatch).onDay(day, weekday));
      return chosen.length > 0 ? timesOf(chosen) : undefined;
    },
  };
}

function mergeTimes(crons: readonly Cron[]): DayTimes {
  const hourly = union(crons.filter((cron) => cron.hour === '*'));
  const once = union(crons.filter((cron) => cron.hour !== '*'));
  const all = once.length === 0 ? hourly : hourly.length === 0 ? once : ascending([...hourly, ...once]);
  return { all, hourly, once };
}

function union(crons: readonly Cron[]): readonly number[] {
  const times = crons.map(timesOfDay);
  return times.length === 1 ? (times[0] as readonly number[]) : ascending(times.flat());
}

function timesOfDay(cron: Cron): number[] {
  const [minutes, seconds] = [valuesOf(cron.minute, 0, 59), valuesOf(cron.second, 0, 59)];
  return valuesOf(cron.hour, 0, 23).flatMap((hour) =>
    minutes.flatMap((minute) => seconds.map((second) => hour * 3600 + minute * 60 + second)),
  );
}

/** Sorted, each once. */
export function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
