import { type Calendar, grainWindow, nextTick, printPeriod, printPeriodIn, ticks } from '../calendar/index.js';
import { awaited, firingCalendar } from '../manifest/awaited.js';
import type { Job, Manifest } from '../manifest/manifest.js';
import { type Changes, type DeployedJob, type JobChange, sourceOf } from './changes.js';

/** The next fires of a job whose timing changes, UTC milliseconds, at most `FIRES` each. */
export type NextFires = Readonly<{ before: readonly number[]; after: readonly number[] }>;

/** What people should know before they apply, although it may be done. */
export type Warning = Readonly<{
  kind: 'second-period' | 'window-without' | 'never-again' | 'never-run';
  job: string;
  message: string;
  help: string | null;
}>;

export type Outlook = Readonly<{ next: ReadonlyMap<string, NextFires>; warnings: readonly Warning[] }>;

const FIRES = 3;

/** What a plan means at an instant (`now`, UTC milliseconds): when jobs fire next, and what they would run twice, not at all, or await in vain. */
export function outlookOf(
  deployed: readonly DeployedJob[],
  manifest: Manifest,
  changes: Changes,
  now: number,
): Outlook {
  const before = new Map(deployed.map(({ id, definition }) => [id, definition]));
  const after = new Map(manifest.jobs.map((job) => [job.id, job]));
  const next = new Map<string, NextFires>();
  const warnings: Warning[] = [];
  for (const change of changes.jobs) {
    const old = before.get(sourceOf(change) ?? '');
    const job = change.kind === 'remove' ? undefined : after.get(change.job);
    const times: Times = { old: old && calendarOf(before, old), new: job && calendarOf(after, job) };
    if (!hasNewTimes(change)) {
      if (job && change.categories.includes('wiring')) warnings.push(...neverRun(job, after, changes, times.new, now));
      continue;
    }
    next.set(change.job, { before: fires(times.old, now), after: fires(times.new, now) });
    if (!job) continue;
    if (old && times.old && times.new) warnings.push(...movedWithinWindow(job, old, times.old, times.new, now));
    if (times.new && nextTick(times.new, now) === undefined) warnings.push(neverAgain(job));
    warnings.push(...neverRun(job, after, changes, times.new, now));
  }
  return { next, warnings };
}

type Times = Readonly<{ old: Calendar | null | undefined; new: Calendar | null | undefined }>;

const hasNewTimes = ({ kind, categories }: JobChange): boolean => kind !== 'change' || categories.includes('timing');

const calendarOf = (jobs: ReadonlyMap<string, Job>, job: Job): Calendar | null =>
  job.enabled ? firingCalendar(jobs, job) : null;

function fires(calendar: Calendar | null | undefined, now: number): readonly number[] {
  const found: number[] = [];
  for (let at: number | undefined = now; calendar && found.length < FIRES; ) {
    at = nextTick(calendar, at);
    if (at === undefined) break;
    found.push(at);
  }
  return found;
}

/**
 * The grain window in which a schedule changes: its period may have run by the old calendar and come again by the new one, or have been still
 * to come by the old one and be past by the new one. Nothing is then made by itself.
 */
function movedWithinWindow(job: Job, old: Job, before: Calendar, after: Calendar, now: number): readonly Warning[] {
  const grain = job.grain ?? old.grain;
  if (grain === null) return [];
  const window = grainWindow(grain, job.zone, now);
  const past = ticks(before, window.start, Math.min(now, window.end)).filter((at) => at < now);
  const planned = ticks(before, now, window.end);
  const [gone, coming] = [ticks(after, window.start, now), ticks(after, now, window.end)];
  const print = (at: number): string => printPeriodIn(job.zone, at);
  const [ran, again] = [past.at(-1), coming[0]];
  if (ran !== undefined && again !== undefined && !planned.includes(again))
    return [
      {
        kind: 'second-period',
        job: job.id,
        message: `\`${job.id}\` had its period ${print(ran)} and would have a second one of this ${grain}, ${print(again)}`,
        help: `if that is one too many: apply after it, or cancel it when it is there: hera cancel ${job.id}@${print(again)}`,
      },
    ];
  const missed = gone.at(-1);
  if (ran === undefined && planned.length > 0 && coming.length === 0 && missed !== undefined)
    return [
      {
        kind: 'window-without',
        job: job.id,
        message: `\`${job.id}\` would have no period of this ${grain}: ${print(planned[0]!)} is no longer scheduled, and ${print(missed)} is past`,
        help: backfillOf(job.id, missed),
      },
    ];
  return [];
}

const neverAgain = (job: Job): Warning => ({
  kind: 'never-again',
  job: job.id,
  message: `\`${job.id}\` never fires again: its calendar has no tick after now`,
  help: 'mend its `schedule` or `end`, or write `enabled: false`',
});

/** Periods that the next run would await of jobs that are new with this very plan: nothing will make them by itself (D11). */
function neverRun(
  job: Job,
  jobs: ReadonlyMap<string, Job>,
  changes: Changes,
  calendar: Calendar | null | undefined,
  now: number,
): readonly Warning[] {
  const period = calendar && nextTick(calendar, now);
  if (!period) return [];
  const added = new Set(changes.jobs.filter(({ kind }) => kind === 'add').map((change) => change.job));
  return awaited(jobs, job, period).flatMap((need) => {
    const [first] = need.periods.filter((at) => at <= now);
    if (first === undefined || need.job === job.id || !added.has(need.job)) return [];
    const at = (instant: number): string => printPeriodIn(job.zone, instant);
    return [
      {
        kind: 'never-run' as const,
        job: job.id,
        message: `\`${job.id}\` of ${at(period)} will await \`${need.job}\` of ${at(first)}, and that job is first deployed later`,
        help: backfillOf(need.job, first),
      },
    ];
  });
}

/** The command that runs one period. */
const backfillOf = (job: string, period: number): string =>
  `hera backfill --job ${job} --from ${printPeriod(period)} --to ${printPeriod(period + 1000)}`;
