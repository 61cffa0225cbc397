import { type Calendar, needPeriod, previousTick } from '../calendar/index.js';
import type { Job, Need } from './manifest.js';

/**
 * A need of a run and the upstream periods it awaits, UTC milliseconds, ascending. Without periods there is nothing to await and the need is met, for
 * `reason`: the upstream's calendar has no such period (D10), or my own previous one lies before my start (D8).
 */
export type Awaited = Readonly<{
  job: string;
  periods: readonly number[];
  on: 'success' | 'finished';
  optional: boolean;
  reason: null | 'no-period' | 'before-start';
}>;

/**
 * What the run of (`job`, `period`) awaits by the definitions `jobs`, one entry for each need in the author's order (D1, D8). Pure.
 * For `self` it is the tick before; that a skipped one is passed over is for the caller, who knows facts: `previousPeriod` gives the one before.
 * Throws RangeError when `jobs` lacks a job that a need names, which no manifest does.
 */
export function awaited(jobs: ReadonlyMap<string, Job>, job: Job, period: number): readonly Awaited[] {
  return job.needs.map((need) =>
    need.kind === 'self' ? awaitedSelf(jobs, job, period) : awaitedJob(jobs, job, need, period),
  );
}

function awaitedSelf(jobs: ReadonlyMap<string, Job>, job: Job, period: number): Awaited {
  const before = previousPeriod(jobs, job, period);
  const must = { job: job.id, on: 'success', optional: false } as const;
  return before === null
    ? { ...must, periods: [], reason: 'before-start' }
    : { ...must, periods: [before], reason: null };
}

function awaitedJob(
  jobs: ReadonlyMap<string, Job>,
  job: Job,
  need: Extract<Need, { kind: 'job' }>,
  period: number,
): Awaited {
  const upstream = jobs.get(need.job);
  if (!upstream) throw new RangeError(`${job.id} needs ${need.job}, which is not in the manifest`);
  const calendar = firingCalendar(jobs, upstream);
  // A job without ticks has no grain: a run by hand awaits what a job of minutes would.
  const found = calendar
    ? needPeriod({ calendar }, { grain: job.grain ?? 'minute', zone: job.zone }, period)
    : undefined;
  const must = { job: need.job, on: need.on, optional: need.optional };
  return found === undefined
    ? { ...must, periods: [], reason: 'no-period' }
    : { ...must, periods: [found], reason: null };
}

/** The tick of `job` before `period`, within its `start`; null when there is none. */
export function previousPeriod(jobs: ReadonlyMap<string, Job>, job: Job, period: number): number | null {
  const calendar = firingCalendar(jobs, job);
  return (calendar && previousTick(calendar, period)) ?? null;
}

/** The calendar by which a job fires: its own or its base's; null for a manual job. */
export function firingCalendar(jobs: ReadonlyMap<string, Job>, job: Job): Calendar | null {
  for (let one: Job | undefined = job; one; one = one.base === null ? undefined : jobs.get(one.base))
    if (one.calendar) return one.calendar;
  return null;
}
