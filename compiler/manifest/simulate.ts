import { type Calendar, ticks } from '../calendar/index.js';
import { awaited, firingCalendar } from './awaited.js';
import type { Job, Manifest, Need } from './manifest.js';

// What would run, and what each run would await, on virtual time: no clock, no database, no server. Facts are not known here, so that nothing
// fails, nothing is skipped and nobody's first deployment leaves a period out.

/** A need of a run: the upstream periods, UTC milliseconds ascending, each once; `latest` where the upstream's highest run decides (D7). */
export type SimulatedNeed = Readonly<{ job: string; periods: readonly number[] | 'latest'; optional: boolean }>;

export type SimulatedRun = Readonly<{
  job: Job;
  /** UTC milliseconds. */
  period: number;
  /** In the author's order (D13). */
  needs: readonly SimulatedNeed[];
}>;

const DAY_MS = 86_400_000;

/**
 * The runs of all open jobs that `isWanted` keeps whose periods lie in `[from, to)`, in order of time, then of id in bytes; made as they are asked for.
 * Lists of periods are the same object for the same list, so that whoever prints them may keep the text.
 */
export function* simulate(
  { jobs }: Manifest,
  { from, to }: Readonly<{ from: number; to: number }>,
  isWanted: (id: string) => boolean = () => true,
): Generator<SimulatedRun, void> {
  const definitions = new Map(jobs.map((job) => [job.id, job]));
  const timetables = timetablesOf(definitions, isWanted);
  const needsOf = needsAt(definitions);
  const firing = merged();
  for (let day = from; day < to; day += DAY_MS) {
    const at = new Map<number, Firing[]>();
    for (const timetable of timetables)
      for (const tick of ticks(timetable.calendar, day, Math.min(to, day + DAY_MS))) {
        const known = at.get(tick);
        if (known) known.push(timetable);
        else at.set(tick, [timetable]);
      }
    for (const period of [...at.keys()].sort((a, b) => a - b))
      for (const job of firing(at.get(period)!)) yield { job, period, needs: needsOf(job, period) };
  }
}

/** A calendar and the jobs that fire by it, by id. */
type Firing = Readonly<{ key: string; calendar: Calendar; jobs: Job[] }>;

function timetablesOf(jobs: ReadonlyMap<string, Job>, isWanted: (id: string) => boolean): readonly Firing[] {
  const found = new Map<string, Firing>();
  for (const job of jobs.values()) {
    const calendar = job.enabled && isWanted(job.id) ? firingCalendar(jobs, job) : null;
    if (!calendar || job.timetable === null) continue;
    const known = found.get(job.timetable) ?? { key: String(found.size), calendar, jobs: [] };
    known.jobs.push(job);
    found.set(job.timetable, known);
  }
  return [...found.values()];
}

const MAX_KEPT = 5000;

/** The jobs of several timetables in one order; the same meet again every day. */
function merged(): (firing: readonly Firing[]) => readonly Job[] {
  const known = new Map<string, readonly Job[]>();
  return (firing) => {
    if (firing.length === 1) return firing[0]!.jobs;
    const key = firing.map((one) => one.key).join();
    const jobs =
      known.get(key) ?? firing.flatMap((one) => one.jobs).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    if (known.size > MAX_KEPT) known.clear();
    known.set(key, jobs);
    return jobs;
  };
}

type NeedAt = (period: number) => SimulatedNeed['periods'];

/** The needs of a run. Jobs of the same times that await the same way have the same answer, which is found once for each period. */
function needsAt(jobs: ReadonlyMap<string, Job>): (job: Job, period: number) => readonly SimulatedNeed[] {
  const shared = new Map<string, NeedAt>();
  const made = new Map<Job, readonly Readonly<{ job: string; optional: boolean; at: NeedAt }>[]>();
  const prepare = (job: Job) =>
    job.needs.map((need, i) => {
      const key = `${timeKey(job)} ${needKey(jobs, need)}`;
      const at = shared.get(key) ?? lastAnswer((period) => periodsOf(jobs, { ...job, needs: [job.needs[i]!] }, period));
      shared.set(key, at);
      return { job: need.kind === 'self' ? job.id : need.job, optional: need.optional, at };
    });
  return (job, period) => {
    const needs = made.get(job) ?? prepare(job);
    made.set(job, needs);
    return needs.map(({ job: upstream, optional, at }) => ({ job: upstream, periods: at(period), optional }));
  };
}

const timeKey = ({ timetable, grain, zone, weekStart }: Job): string => `${timetable} ${grain} ${zone} ${weekStart}`;

/** All that its periods depend on, beside the times of the job that needs. */
function needKey(jobs: ReadonlyMap<string, Job>, need: Need): string {
  if (need.kind === 'self') return `self ${need.offset}`;
  const upstream = jobs.get(need.job);
  const open = upstream && (upstream.enabled || !need.optional);
  return `${JSON.stringify(need.periods)} ${open ? timeKey(upstream) : 'none'}`;
}

function lastAnswer(answer: NeedAt): NeedAt {
  let [asked, known] = [Number.NaN, undefined as SimulatedNeed['periods'] | undefined];
  return (period) => {
    if (period !== asked || known === undefined) [asked, known] = [period, answer(period)];
    return known;
  };
}

function periodsOf(jobs: ReadonlyMap<string, Job>, job: Job, period: number): SimulatedNeed['periods'] {
  const [need] = awaited(jobs, job, period);
  return need!.reason === 'latest' ? 'latest' : need!.periods;
}
