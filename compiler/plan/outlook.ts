import { type Calendar, grainWindow, nextTick, printPeriod, printPeriodIn, ticks } from '../calendar/index.js';
import { awaited, firingCalendar } from '../manifest/awaited.js';
import { canonicalJson } from '../manifest/canonical.js';
import type { Job, Manifest } from '../manifest/manifest.js';
import { type Changes, type DeployedJob, type JobChange, sourceOf } from './changes.js';
import { yearsUnlisted } from './unlisted-years.js';

/** The next fires of a job whose timing changes, UTC milliseconds, at most `FIRES` each. */
export type NextFires = Readonly<{ before: readonly number[]; after: readonly number[] }>;

/** What the database knows of deployed jobs, by the id they are deployed under. */
export type Known = Readonly<{
  /** The latest period up to now that a schedule made a run for, and whether that still waits; null: none; undefined: not known. */
  lastOf(id: string): Readonly<{ period: number; isWaiting: boolean }> | null | undefined;
  /** When a job was first in force, UTC milliseconds; undefined: not known. */
  firstOf(id: string): number | undefined;
  /** Whether a period has succeeded all the same: by hand into its fact, or by a backfill. */
  hasSucceeded(id: string, period: number): boolean;
}>;

/** Calendars are taken at their word, and deployed jobs for old ones. */
const NOTHING_KNOWN: Known = { lastOf: () => undefined, firstOf: () => undefined, hasSucceeded: () => false };

/** What people should know before they apply, although it may be done. */
export type Warning = Readonly<{
  kind:
    | 'second-period'
    | 'window-without'
    | 'never-again'
    | 'never-run'
    | 'awaits-later'
    | 'history-kept'
    | 'year-missing';
  job: string;
  message: string;
  help: string | null;
}>;

export type Outlook = Readonly<{
  next: ReadonlyMap<string, NextFires>;
  warnings: readonly Warning[];
  /** Per upstream the periods (UTC milliseconds, ascending) that next runs await and that no tick has made. */
  neverRun: ReadonlyMap<string, readonly number[]>;
}>;

const FIRES = 3;

/** What a plan means at an instant (`now`, UTC milliseconds): when jobs fire next, and what they would run twice, not at all, or await in vain. */
export function outlookOf(
  deployed: readonly DeployedJob[],
  manifest: Manifest,
  changes: Changes,
  now: number,
  known: Known = NOTHING_KNOWN,
): Outlook {
  const before = new Map(deployed.map(({ id, definition }) => [id, definition]));
  const after = new Map(manifest.jobs.map((job) => [job.id, job]));
  const next = new Map<string, NextFires>();
  const warnings: Warning[] = [];
  const fires = firesFrom(now);
  for (const change of changes.jobs) {
    const old = before.get(sourceOf(change) ?? '');
    const job = change.kind === 'remove' ? undefined : after.get(change.job);
    const times: Times = { old: old && calendarOf(before, old), new: job && calendarOf(after, job) };
    if (!hasNewTimes(change)) continue;
    next.set(change.job, { before: fires(times.old), after: fires(times.new) });
    if (!job) continue;
    if (old && times.old && times.new)
      warnings.push(...movedWithinWindow(job, old, { before: times.old, after: times.new }, now, known.lastOf(old.id)));
    if (times.new && nextTick(times.new, now) === undefined) warnings.push(neverAgain(job));
  }
  const missing = neverRun(changes, after, now, known);
  warnings.push(...missing.map((one) => toldNeverRun(one, after)), ...historiesKept(changes, before, after));
  warnings.push(...awaitsLater(changes, after, now), ...yearsUnlisted(manifest, now));
  return { next, warnings, neverRun: new Map(missing.map(({ upstream, periods }) => [upstream, periods])) };
}

type Times = Readonly<{ old: Calendar | null | undefined; new: Calendar | null | undefined }>;

const hasNewTimes = ({ kind, categories }: JobChange): boolean => kind !== 'change' || categories.includes('timing');

const calendarOf = (jobs: ReadonlyMap<string, Job>, job: Job): Calendar | null =>
  job.enabled ? firingCalendar(jobs, job) : null;

/** The next ticks of a calendar; each is asked once, since an estate of ten thousand jobs fires by a few hundred. */
function firesFrom(now: number): (calendar: Calendar | null | undefined) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  return (calendar) => {
    if (!calendar) return [];
    const key = canonicalJson(calendar);
    const found = known.get(key) ?? nextTicks(calendar, now);
    known.set(key, found);
    return found;
  };
}

function nextTicks(calendar: Calendar, now: number): readonly number[] {
  const found: number[] = [];
  for (let at = nextTick(calendar, now); at !== undefined && found.length < FIRES; at = nextTick(calendar, at))
    found.push(at);
  return found;
}

/**
 * The grain window in which a schedule changes: its period may have run by the old calendar and come again by the new one, or have been still
 * to come by the old one and be past by the new one. Nothing is then made by itself. What the database knows of the job's last period wins
 * over its calendar: it may be deployed since an hour, or that run may wait still, and be skipped because its tick is gone.
 */
function movedWithinWindow(
  job: Job,
  old: Job,
  { before, after }: Readonly<{ before: Calendar; after: Calendar }>,
  now: number,
  last: ReturnType<Known['lastOf']>,
): readonly Warning[] {
  const grain = job.grain ?? old.grain;
  if (grain === null) return [];
  const window = grainWindow(grain, job.zone, now);
  const isDropped = last?.isWaiting === true && ticks(after, last.period, last.period + 1).length === 0;
  const past =
    last === undefined
      ? ticks(before, window.start, Math.min(now, window.end))
      : last !== null && last.period >= window.start && !isDropped
        ? [last.period]
        : [];
  const planned = [
    ...(isDropped && last.period >= window.start ? [last.period] : []),
    ...ticks(before, now, window.end),
  ];
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

const addedBy = (changes: Changes): ReadonlySet<string> =>
  new Set(changes.jobs.filter(({ kind }) => kind === 'add').map(({ job }) => job));

/** `by`: the jobs whose next run, the first one's at `run`, awaits them. */
type NeverRun = Readonly<{ upstream: string; by: readonly string[]; run: number; periods: readonly number[] }>;

/**
 * Periods that a next run awaits and that no tick has made, since the upstream was first deployed later or is new with this very plan (D11). Asked
 * for jobs that may await others than before, once for each upstream.
 */
function neverRun(changes: Changes, jobs: ReadonlyMap<string, Job>, now: number, known: Known): readonly NeverRun[] {
  const added = addedBy(changes);
  const isMissing = (upstream: string, period: number): boolean => {
    if (added.has(upstream)) return period <= now;
    const id = changes.renamed.get(upstream) ?? upstream;
    return period < (known.firstOf(id) ?? -Infinity) && !known.hasSucceeded(id, period);
  };
  const found = new Map<string, { by: string[]; run: number; periods: Set<number> }>();
  for (const job of mayAwaitOthers(changes, jobs, added)) {
    const calendar = calendarOf(jobs, job);
    const run = calendar && nextTick(calendar, now);
    if (!run) continue;
    for (const { job: upstream, periods, optional } of awaited(jobs, job, run)) {
      const missing = upstream === job.id || optional ? [] : periods.filter((period) => isMissing(upstream, period));
      if (missing.length === 0) continue;
      const one = found.get(upstream) ?? { by: [], run, periods: new Set() };
      found.set(upstream, one);
      one.by.push(job.id);
      for (const period of missing) one.periods.add(period);
    }
  }
  return [...found].map(([upstream, { by, run, periods }]) => ({
    ...{ upstream, by, run },
    periods: [...periods].sort((a, b) => a - b),
  }));
}

function toldNeverRun({ upstream, by, run, periods }: NeverRun, jobs: ReadonlyMap<string, Job>): Warning {
  const job = jobs.get(by[0]!)!;
  const [first, last] = [periods[0]!, periods.at(-1)!];
  const at = (instant: number): string => printPeriodIn(job.zone, instant);
  const others = by.length > 1 ? ` (and ${by.length - 1} more)` : '';
  const which = periods.length === 1 ? at(first) : `${at(first)} to ${at(last)}`;
  return {
    kind: 'never-run',
    job: job.id,
    message: `\`${job.id}\` of ${at(run)}${others} will await \`${upstream}\` of ${which}, and that job is first deployed later`,
    help: `${backfillOf(upstream, first, last)}; or take them for succeeded: hera apply --mark-missing`,
  };
}

/**
 * Jobs with a schedule of their own whose next run awaits a period later than its own (D1): they start when that has run, not at their time. Asked
 * for jobs that may await others than before, and told once for each upstream.
 */
function awaitsLater(changes: Changes, jobs: ReadonlyMap<string, Job>, now: number): readonly Warning[] {
  const found = new Map<string, { job: Job; run: number; later: number; others: number }>();
  for (const job of mayAwaitOthers(changes, jobs, addedBy(changes))) {
    const run = job.calendar && job.enabled ? nextTick(job.calendar, now) : undefined;
    if (run === undefined) continue;
    for (const { job: upstream, periods } of awaited(jobs, job, run)) {
      const later = periods.at(-1);
      const known = found.get(upstream);
      if (later === undefined || later <= run) continue;
      if (known) known.others += known.job === job ? 0 : 1;
      else found.set(upstream, { job, run, later, others: 0 });
    }
  }
  return [...found].map(([upstream, { job, run, later, others }]) => {
    const at = (instant: number): string => printPeriodIn(job.zone, instant);
    const more = others > 0 ? ` (and ${others} more)` : '';
    return {
      kind: 'awaits-later',
      job: job.id,
      message: `\`${job.id}\` of ${at(run)}${more} awaits \`${upstream}\` of ${at(later)}, which is later: it starts when that has run`,
      help: `if the one before is meant: \`{ job: ${upstream}, offset: -1 }\``,
    };
  });
}

/** Their needs or times changed, or they need a job that is new. */
function mayAwaitOthers(changes: Changes, jobs: ReadonlyMap<string, Job>, added: ReadonlySet<string>): readonly Job[] {
  const moved = new Set(
    changes.jobs
      .filter(
        ({ kind, categories }) => kind === 'add' || categories.some((one) => one === 'wiring' || one === 'timing'),
      )
      .map(({ job }) => job),
  );
  return [...jobs.values()].filter(
    ({ id, needs }) => moved.has(id) || needs.some((need) => need.kind === 'job' && added.has(need.job)),
  );
}

/** Who names a removed job in `formerly` and is deployed under its own name: it keeps its own history, and the other one's ends. */
function historiesKept(
  changes: Changes,
  before: ReadonlyMap<string, Job>,
  after: ReadonlyMap<string, Job>,
): readonly Warning[] {
  const gone = new Set(changes.jobs.filter(({ kind }) => kind === 'remove').map(({ job }) => job));
  return [...after.values()].flatMap((job): readonly Warning[] => {
    const name = before.has(job.id) ? job.formerly.find((one) => gone.has(one)) : undefined;
    if (name === undefined) return [];
    return [
      {
        kind: 'history-kept',
        job: job.id,
        message: `\`${job.id}\` is deployed under its own name and keeps its history; that of \`${name}\` ends`,
        help: `if \`${job.id}\` is to go on \`${name}\`: remove it in one commit, and rename \`${name}\` in the next`,
      },
    ];
  });
}

/** The command that runs the periods of a job from the first to the last. */
const backfillOf = (job: string, first: number, last = first): string =>
  `hera backfill --job ${job} --from ${printPeriod(first)} --to ${printPeriod(last + 1000)}`;
