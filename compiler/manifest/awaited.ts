import {
  type Calendar,
  type Grain,
  type NeedForm,
  type Needing,
  neededPeriods,
  needingPeriods,
  ownPeriod,
  ticks,
  ticksBefore,
  ticksFrom,
} from '../calendar/index.js';
import { withinBounds } from './bounds.js';
import type { Job, JobNeed, Need } from './manifest.js';

// What runs await, and who awaits them, by the definitions of one commit. Everybody who asks asks here: ticks, backfills, plans, pages,
// simulations. What only a database knows (facts, first deployments, skipped runs) is added by the caller.

/**
 * A need of a run and the upstream periods it awaits, UTC milliseconds, ascending, each once. Without periods it is met, for `reason`:
 * `no-period`: the upstream's calendar has none (D10), and with `whenNone: skip` the run is skipped; `before-start`: my own earlier period lies
 * before my first (D8); `closed`, `unknown`: an optional need on such a job (D9). `latest` is no matter of the calendar: the upstream's highest
 * period that has a run is awaited when the run is admitted (D7).
 */
export type Awaited = Readonly<{
  /** The upstream's id; my own for `self`. */
  job: string;
  form: NeedForm | Readonly<{ self: number }>;
  periods: readonly number[];
  on: 'success' | 'finished';
  optional: boolean;
  whenNone: 'met' | 'skip';
  reason: null | 'no-period' | 'before-start' | 'closed' | 'unknown' | 'latest';
}>;

/**
 * What the run of (`job`, `period`) awaits by the definitions `jobs`, by id, one entry for each need in the author's order (D13). Pure.
 * For `self` it is the tick so many back; that a skipped one is passed over is for the caller, who knows facts: `previousPeriod` gives the one before.
 * Throws RangeError where a need has more than a million periods.
 */
export function awaited(jobs: ReadonlyMap<string, Job>, job: Job, period: number): readonly Awaited[] {
  return job.needs.map((need) =>
    need.kind === 'self' ? awaitedSelf(jobs, job, need, period) : awaitedJob(jobs, job, need, period),
  );
}

function awaitedSelf(
  jobs: ReadonlyMap<string, Job>,
  job: Job,
  { offset, on, optional }: Extract<Need, { kind: 'self' }>,
  period: number,
): Awaited {
  const calendar = firingCalendar(jobs, job);
  const before = calendar ? ownPeriod({ calendar }, period, offset) : undefined;
  const need = { job: job.id, form: { self: offset }, on, optional, whenNone: 'met' } as const;
  return before === undefined
    ? { ...need, periods: [], reason: 'before-start' }
    : { ...need, periods: [before], reason: null };
}

function awaitedJob(jobs: ReadonlyMap<string, Job>, job: Job, need: JobNeed, period: number): Awaited {
  const { periods: form, on, optional, whenNone } = need;
  const upstream = jobs.get(need.job);
  const told = { job: need.job, form, on, optional, whenNone } as const;
  const none = (reason: Awaited['reason']): Awaited => ({ ...told, periods: [], reason });
  if (!upstream) return none('unknown');
  if (optional && !upstream.enabled) return none('closed');
  if (form === 'latest') return none('latest');
  const [mine, its] = [needing(jobs, job), timeOf(jobs, upstream)];
  const periods = mine && its ? neededPeriods(form, mine, its, period) : [];
  return periods.length === 0 ? none('no-period') : { ...told, periods, reason: null };
}

/**
 * The periods of `job` whose runs await the period of `upstream` (its own for `self`), ascending, each once, at most `limit` of each need.
 * A need on the latest awaits no period in particular and is left out. `before`: only periods before that instant.
 */
export function awaiting(
  jobs: ReadonlyMap<string, Job>,
  job: Job,
  upstream: string,
  period: number,
  limit: number,
  before = Infinity,
): readonly number[] {
  const found = job.needs.flatMap((need): readonly number[] => {
    const mine = needing(jobs, job);
    if (!mine) return [];
    if (need.kind === 'self') {
      const later = upstream === job.id ? ticksFrom(mine.calendar, period + 1, -need.offset) : [];
      return later.length === -need.offset ? later.slice(-1).filter((at) => at < before) : [];
    }
    const its = need.job === upstream ? jobs.get(upstream) : undefined;
    const time = its && timeOf(jobs, its);
    if (!time || need.periods === 'latest' || ticks(time.calendar, period, period + 1).length === 0) return [];
    return needingPeriods(need.periods, mine, time, period, limit, before);
  });
  return [...new Set(found)].sort((a, b) => a - b);
}

type Time = Readonly<{ calendar: Calendar; grain: Grain; zone: string }>;

/** A job's time; undefined for a manual job, which has no ticks. */
function timeOf(jobs: ReadonlyMap<string, Job>, job: Job): Time | undefined {
  const calendar = firingCalendar(jobs, job);
  return calendar && job.grain ? { calendar, grain: job.grain, zone: job.zone } : undefined;
}

function needing(jobs: ReadonlyMap<string, Job>, job: Job): Needing | undefined {
  const time = timeOf(jobs, job);
  return time && { ...time, weekStart: job.weekStart };
}

/** The tick of `job` before `period`, within its `start`; null when there is none. */
export function previousPeriod(jobs: ReadonlyMap<string, Job>, job: Job, period: number): number | null {
  const calendar = firingCalendar(jobs, job);
  return (calendar && ticksBefore(calendar, period, 1)[0]) ?? null;
}

/** The calendar by which a job fires, its own or its base's, within its `start` and `end`; null for a manual job. */
export function firingCalendar(jobs: ReadonlyMap<string, Job>, job: Job): Calendar | null {
  if (job.calendar) return job.calendar;
  const base = job.base === null ? undefined : jobs.get(job.base);
  const calendar = base ? firingCalendar(jobs, base) : null;
  return calendar && withinBounds(calendar, { start: job.start ?? null, end: job.end ?? null });
}
