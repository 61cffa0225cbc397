import { type Calendar, type Cron, valuesOf } from './cron.js';
import { hasDay, monthDays } from './day-match.js';

/**
 * The times of one local day, in seconds from midnight, ascending, each once. `all` is their union;
 * on the day of a clock change `hourly` and `once` follow different rules (A5).
 */
export type DayTimes = Readonly<{ all: readonly number[]; hourly: readonly number[]; once: readonly number[] }>;

/** A calendar made fast to ask: what it does in a month; undefined when it does nothing there. */
export type DayPlan = (year: number, month: number) => MonthPlan | undefined;

/** The times of the nth day of a month; undefined on a day without any. */
export type MonthPlan = (day: number) => DayTimes | undefined;

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
  const daysOf = crons.map(monthDays);
  const known = new Map<string, DayTimes>();
  const timesOf = (chosen: readonly Cron[], key: string): DayTimes => {
    const times = known.get(key) ?? mergeTimes(chosen);
    known.set(key, times);
    return times;
  };
  const [only] = daysOf;
  if (only && daysOf.length === 1) {
    return (year, month) => {
      const days = only(year, month);
      if (days === 0) return undefined;
      const times = timesOf(crons, '');
      return (day) => (hasDay(days, day) ? times : undefined);
    };
  }
  return (year, month) => {
    const days = daysOf.map((of) => of(year, month));
    if (days.every((one) => one === 0)) return undefined;
    return (day) => {
      const chosen = crons.filter((_, i) => hasDay(days[i] as number, day));
      return chosen.length > 0 ? timesOf(chosen, days.map((one) => Number(hasDay(one, day))).join('')) : undefined;
    };
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
