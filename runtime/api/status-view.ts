import { countTicks, printPeriodIn, ticks, ticksFrom } from '../../compiler/calendar/index.js';
import { unlistedYears } from '../../compiler/plan/index.js';
import { jitterOf } from '../control/jitter.js';
import { viewFreeze } from '../control/operations/freeze.js';
import { LATE_MS } from '../control/tick.js';
import type { Database } from '../store/database.js';
import type { DeployedJob } from '../store/deployment.js';
import { freezesInForce } from '../store/freeze.js';
import { databaseNow } from '../store/ledger.js';
import { type OpenRun, poolUse, runsLeftOut, runsNotBegun, ticksMadeUpFor } from '../store/read-status.js';
import { dueTimetables, type TimetableRow, ticksMade } from '../store/timetable.js';
import { type Catalogue, calendarOf } from './catalogue.js';
import type { Reason } from './contract.js';
import { grouped } from './grouped.js';
import { printDate, printInstant } from './run-view.js';
import type { Status } from './status-contract.js';

// The status of a project: what is not as it should be, and what comes. Everything is bounded, whatever the backlog: lists are cut, and
// counts say when not all was looked at.

const LISTED = 100;
const EXAMINED = 5000;
const COUNTED = 1000;
/** Periods as old as this are not looked for among what was left out. */
const OLDEST_MS = 62 * 86_400_000;
/** A timetable that is behind for longer is told by its last stretch. */
const BEHIND_MS = 2 * 86_400_000;
const HOUR_MS = 3_600_000;

/** `hours`: how far it looks back; `ahead`: forward. */
export type StatusQuery = Readonly<{ hours: number; ahead: number }>;

/** What is late, waiting, missed, restored and expected in a project. */
export async function viewStatus(database: Database, catalogue: Catalogue, query: StatusQuery): Promise<Status> {
  const { project } = catalogue;
  const now = await databaseNow(database);
  const since = new Date(now.getTime() - query.hours * HOUR_MS);
  const from = new Date(since.getTime() - OLDEST_MS);
  const [open, missed, restored, freezes, pools, notMade] = await Promise.all([
    runsNotBegun(database, project, EXAMINED),
    runsLeftOut(database, { project, from, since, examined: EXAMINED, limit: COUNTED }),
    ticksMadeUpFor(database, project, since, COUNTED),
    freezesInForce(database, project),
    poolUse(database, project, COUNTED),
    unmadeTicks(database, catalogue, now.getTime()),
  ]);
  const waiting = open.filter((run) => run.state === 'waiting');
  const late = open.flatMap((run) => lateOf(catalogue, run, now.getTime()));
  const expected = expectedIn(catalogue, now.getTime(), now.getTime() + query.ahead * HOUR_MS);
  return {
    ...{ project, at: printInstant(now), late: late.slice(0, LISTED), notMade },
    waiting: [...causesOf(waiting)],
    missed: missed.slice(0, LISTED).map((run) => ({
      ...{
        run: run.run,
        job: run.path,
        period: printDate(run.period),
        periodLocal: local(catalogue, run.path, run.period),
      },
      ...{ at: printInstant(run.at), policy: (run.reasons[0] as Readonly<{ policy?: string }>).policy ?? '' },
    })),
    restored: restored.slice(0, LISTED).map(({ timetable, note, instant, at, finished }) => ({
      ...{ timetable, note, period: printDate(instant), at: printInstant(at), finished },
    })),
    unlistedYears: unlistedYears(catalogue.definitions.values(), now.getTime()).map(({ calendar, years, jobs }) => ({
      ...{ calendar, years: [...years], jobs: jobs.length },
    })),
    ...{ expected: [...expected.first], freezes: freezes.map(viewFreeze), pools: [...pools] },
    counts: {
      ...{ late: late.length, waiting: waiting.length, missed: missed.length },
      ...{ restored: restored.length, expected: expected.total },
      atLeast:
        waiting.length === EXAMINED ||
        open.length - waiting.length === EXAMINED ||
        missed.length === COUNTED ||
        restored.length === COUNTED,
    },
  };
}

const local = (catalogue: Catalogue, path: string, period: Date): string =>
  printPeriodIn(catalogue.byPath.get(path)?.body.zone ?? catalogue.zone, period.getTime());

/**
 * A run is late when it has not begun `lateAfter` after its time. What fires by its own schedule counts from its period; what runs with its
 * base, from when it was queued: until then it is not its own lateness. Where its starts are spread, its time is that later one. A backfill has no time, and a retry has begun before.
 */
function lateOf(catalogue: Catalogue, run: OpenRun, now: number): Status['late'] {
  const job = catalogue.byNumber.get(run.job)?.body;
  if (job === undefined || (job.calendar === null && run.state === 'waiting')) return [];
  if (run.trigger === 'backfill' || run.waitsOn === 'retry') return [];
  const spread = job.jitterMs === undefined ? 0 : jitterOf(catalogue.project, run.path, job.jitterMs);
  const from = job.calendar === null ? run.since.getTime() : run.period.getTime() + spread;
  const since = from + job.lateAfterMs;
  if (since > now) return [];
  const { run: id, path, period, state, reasons } = run;
  return [
    {
      ...{ run: id, job: path, period: printDate(period), periodLocal: local(catalogue, path, period), state },
      ...{ since: printInstant(new Date(since)), reasons: reasons as unknown as Reason[] },
    },
  ];
}

/** Runs that wait, by the first thing that each waits for. */
function causesOf(waiting: readonly OpenRun[]): Status['waiting'] {
  const causes = new Map<string, Status['waiting'][number]>();
  for (const run of waiting) {
    const [first] = run.reasons as unknown as readonly Reason[];
    if (first === undefined) continue;
    const key = keyOf(first);
    const known = causes.get(key);
    const { since, run: id, path: job } = run;
    if (known === undefined)
      causes.set(key, {
        ...{ reason: first, runs: 1, since: printInstant(since), run: id, job, period: printDate(run.period) },
      });
    else causes.set(key, { ...known, runs: known.runs + 1 });
  }
  return [...causes.values()].sort((a, b) => b.runs - a.runs || (a.since < b.since ? -1 : 1)).slice(0, LISTED);
}

/** What tells one cause from another: the same pool is one, however full it was when each came. */
function keyOf(one: Reason): string {
  switch (one.kind) {
    case 'need':
      return `need ${one.job}@${one.period}`;
    case 'pool':
      return `pool ${one.pool}`;
    case 'freeze':
      return `freeze ${one.freeze}`;
    case 'retry':
    case 'jitter':
      return one.kind;
    default:
      return JSON.stringify(one);
  }
}

/** Ticks that were due more than five minutes ago and have no row, the last ones of each timetable. */
async function unmadeTicks(database: Database, catalogue: Catalogue, now: number): Promise<Status['notMade']> {
  const behind = (await dueTimetables(database)).filter((one) => one.project === catalogue.project);
  const jobs = byTimetable(catalogue);
  const found: Status['notMade'] = [];
  for (const timetable of behind) {
    for (const period of await unmadeOf(database, timetable, now))
      found.push({ timetable: timetable.id, period, jobs: jobs.get(timetable.id)?.length ?? 0 });
    if (found.length >= LISTED) break;
  }
  return found.slice(0, LISTED);
}

async function unmadeOf(database: Database, timetable: TimetableRow, now: number): Promise<readonly string[]> {
  const end = Math.min(now - LATE_MS, timetable.retiredAt?.getTime() ?? now);
  const from = Math.max(timetable.watermark.getTime(), end - BEHIND_MS);
  if (from >= end || countTicks(timetable.calendar, from, end) > EXAMINED) return [];
  const due = ticks(timetable.calendar, from, end);
  if (due.length === 0) return [];
  const made = await ticksMade(database, timetable.id, new Date(from), new Date(end));
  return due.filter((instant) => !made.has(instant)).map((instant) => printDate(new Date(instant)));
}

/** The jobs that fire, by their timetable. */
function byTimetable(catalogue: Catalogue): ReadonlyMap<string, readonly DeployedJob[]> {
  const jobs = catalogue.jobs.filter(({ body }) => body.enabled && body.timetable !== null);
  return grouped(jobs, (job) => job.body.timetable!);
}

/** What fires in (from, to]: how many in all, and the first of them in order of time. */
function expectedIn(catalogue: Catalogue, from: number, to: number) {
  let total = 0;
  const all: { at: number; job: DeployedJob }[] = [];
  for (const jobs of byTimetable(catalogue).values()) {
    const calendar = calendarOf(catalogue, jobs[0]!.body);
    if (calendar === null) continue;
    total += countTicks(calendar, from + 1, to + 1) * jobs.length;
    for (const at of ticksFrom(calendar, from + 1, Math.ceil(LISTED / jobs.length), to + 1))
      for (const job of jobs.slice(0, LISTED)) all.push({ at, job });
  }
  all.sort((a, b) => a.at - b.at || (a.job.path < b.job.path ? -1 : 1));
  const first = all.slice(0, LISTED).map(({ at, job }) => ({
    ...{ job: job.path, period: printDate(new Date(at)), periodLocal: printPeriodIn(job.body.zone, at) },
  }));
  return { total, first };
}
