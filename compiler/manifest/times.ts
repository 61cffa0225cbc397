import {
  type Calendar,
  type Cron,
  calendarName,
  calendarWords,
  chooseBase,
  firesOnSomeDay,
  grainOf,
  type JobTime,
  parseCron,
  type Workdays,
} from '../calendar/index.js';
import type { At, Path, Report } from '../check/diagnostic.js';
import { type Edges, order } from '../graph/graph.js';
import { resolvePath } from '../source/tree.js';
import { boundsOf, withinBounds } from './bounds.js';
import { canonicalJson, sha256 } from './canonical.js';
import { type Draft, type DraftJob, nearestValue } from './draft.js';
import type { DraftNeed } from './job-file.js';
import { isSame, madeOnce, readOnce } from './made-once.js';

/** When a job fires: by its own calendar, or by its base's. */
export type FiringTime = JobTime & Readonly<{ base: string | null; timetable: Calendar }>;

/**
 * The times of all jobs whose times can be known. Left out: jobs with a wrong schedule, on a cycle, or behind one of those (their mistakes are
 * reported once, where they are). `null`: a manual job.
 */
export type Times = ReadonlyMap<string, FiringTime | null>;

/** Reads every schedule and chooses every base (B2), upstream first, so that a base may have a base. */
export function timesOf(draft: Draft, report: Report): Times {
  const times = new Map<string, FiringTime | null>();
  const calendars = new Map<string, Calendar | undefined>();
  for (const job of draft.byId.values())
    if (job.spec.schedule)
      calendars.set(
        job.id,
        calendarOnce(job, [draft.project, ...workdaysOf(draft, job)], report, (inner) =>
          ownCalendar(draft, job, inner),
        ),
      );
  for (const id of needOrder(draft)) {
    const job = draft.byId.get(id)!;
    if (calendars.has(id)) {
      const calendar = calendars.get(id);
      if (calendar)
        times.set(
          id,
          timeOnce(job, [draft.project, calendar], () => ({
            ...timeOf(draft, calendar, calendar.zone),
            base: null,
            timetable: calendar,
          })),
        );
    } else if (!('schedule' in job.spec) && !job.isTimeUnread) {
      const upstream = upstreamIds(draft, job);
      const beside = [draft.project, upstream, ...upstream.map((id) => times.get(id))];
      const time = byBaseOnce(job, beside, report, (inner) => timeByBase(draft, job, times, inner));
      if (time !== undefined) times.set(id, time);
    }
  }
  return times;
}

/** The workday calendars that a job's schedule names; undefined for one that is unknown, which is reported elsewhere. */
const workdaysOf = (draft: Draft, job: DraftJob): readonly (Workdays | undefined)[] =>
  job.spec.schedule!.crons.map(({ on }) => on && draft.workdays.get(on.calendar));

const calendarOnce = readOnce<DraftJob, Calendar | undefined>();
const timeOnce = madeOnce<DraftJob, FiringTime>();
const byBaseOnce = readOnce<DraftJob, FiringTime | null | undefined>();

/** A job after the jobs it needs; needs that name nothing are left out. */
export const needEdges = (draft: Draft): Edges =>
  edgesOnce(draft, [], () => new Map([...draft.byId.values()].map((job) => [job.id, upstreamIds(draft, job)])));

const edgesOnce = madeOnce<Draft, Edges>();

let lastOrder: Readonly<{ edges: Edges; ids: readonly string[] }> | undefined;

/** Every job after those it needs, without cycles and what is behind them. Most edits change no edge, and comparing is quicker than sorting. */
export function needOrder(draft: Draft): readonly string[] {
  const edges = needEdges(draft);
  if (!lastOrder || !isSameGraph(lastOrder.edges, edges)) lastOrder = { edges, ids: order(edges) };
  return lastOrder.ids;
}

function isSameGraph(a: Edges, b: Edges): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [id, before] of a) {
    const now = b.get(id);
    if (now === undefined || !isSame(before, now)) return false;
  }
  return true;
}

/** Ids of the jobs that a job needs, as far as there are any; the same list again while all of them are known. */
export function upstreamIds({ byId }: Draft, job: DraftJob): readonly string[] {
  const named = namedOnce(job, [], () =>
    job.needs.flatMap((need) => (need.kind === 'job' && need.id !== null ? [need.id] : [])),
  );
  return named.every((id) => byId.has(id)) ? named : named.filter((id) => byId.has(id));
}

const namedOnce = madeOnce<DraftJob, readonly string[]>();

const parsed = new Map<string, ReturnType<typeof parseCron>>();

function cronOf(text: string): ReturnType<typeof parseCron> {
  const cron = parsed.get(text) ?? parseCron(text);
  if (parsed.size > 10_000) parsed.clear();
  parsed.set(text, cron);
  return cron;
}

function ownCalendar(draft: Draft, job: DraftJob, report: Report): Calendar | undefined {
  const schedule = job.spec.schedule!;
  const crons: Cron[] = [];
  for (const { text, path, on } of schedule.crons) {
    const read = cronOf(text);
    if (read.ok) {
      const workdays = on && draft.workdays.get(on.calendar);
      crons.push(workdays ? { ...read.cron, on: { workdays, otherwise: on.otherwise } } : read.cron);
      if (workdays) neverOnWorkdays(job, { text, path, name: on.calendar }, crons.at(-1)!, report);
    } else {
      const { message, help, offset, length } = read.problem;
      const code = message.endsWith('never fires') ? 'HERA3002' : 'HERA3001';
      const said = code === 'HERA3002' ? message : `\`${text}\` is not a cron: ${message}`;
      report({ code, message: said, at: { file: job.file, path, within: { offset, length } }, help });
    }
  }
  if (crons.length < schedule.crons.length) return undefined;
  const zone = schedule.zone?.value ?? nearestValue(job, 'zone')?.value ?? draft.project.zone;
  return bounded(job, { crons: inOrder(crons), zone }, zone, report);
}

/** A4 with A6: every day that the cron names may be a day off. */
function neverOnWorkdays(
  job: DraftJob,
  { text, path, name }: Readonly<{ text: string; path: Path; name: string }>,
  cron: Cron,
  report: Report,
): void {
  if (firesOnSomeDay(cron)) return;
  report({
    code: 'HERA3002',
    message: `\`${text}\` never fires on a workday of \`${name}\``,
    at: { file: job.file, path, within: { offset: 0, length: text.length } },
    help: 'name days on which people work, or move the ticks: `otherwise: next`',
  });
}

/** The same union in the same bytes, whatever the author's order. */
const inOrder = (crons: readonly Cron[]): readonly Cron[] =>
  [...new Map(crons.map((cron) => [canonicalJson(cron), cron]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, cron]) => cron);

/** Undefined after reporting a bound that is wrong. */
function bounded(job: DraftJob, calendar: Calendar, zone: string, report: Report): Calendar | undefined {
  const bounds = boundsOf(job, zone, report);
  return bounds && withinBounds(calendar, bounds);
}

const timeOf = (draft: Draft, calendar: Calendar, zone: string): JobTime => ({
  calendar,
  grain: grainOf(calendar, draft.project.zone, zone),
  zone,
});

const isKnown = (draft: Draft, { id }: Extract<DraftNeed, { kind: 'job' }>): boolean =>
  id !== null && draft.byId.has(id);

/** B2 and B4; undefined when an upstream's time is not known. */
function timeByBase(draft: Draft, job: DraftJob, times: Times, report: Report): FiringTime | null | undefined {
  const upstream = upstreamIds(draft, job);
  if (upstream.some((id) => !times.has(id))) return undefined;
  const candidatesOf = (needs: readonly DraftNeed[]) =>
    needs.flatMap((need) => {
      const time = need.kind === 'job' && need.id !== null ? times.get(need.id) : undefined;
      return need.kind === 'job' && time ? [{ id: need.id!, calendar: time.calendar, time }] : [];
    });
  const notLatest = job.needs.filter((need) => need.kind === 'job' && need.periods.kind !== 'latest');
  const plain = candidatesOf(notLatest.filter(isPlain));
  const named = namedBase(draft, job, report);
  if (named === undefined) return undefined;
  const chosen = (from: typeof plain) => chooseBase(from, draft.project.zone);
  const base =
    named === null
      ? (chosen(plain) ?? chosen(candidatesOf(notLatest)))
      : candidatesOf(job.needs).find(({ id }) => id === named);
  // The ticks may be those of the need that nobody knows.
  if (!base) {
    if (job.needs.some((need) => need.kind === 'job' && !need.optional && !isKnown(draft, need))) return undefined;
    return boundsOf(job, nearestValue(job, 'zone')?.value ?? draft.project.zone, report) && null;
  }
  const zone = job.spec.zone ?? base.time.zone;
  const calendar = bounded(job, base.calendar, zone, report);
  if (!calendar) return undefined;
  return timeOnce(job, [draft.project, base.time, base.id], () => ({
    ...timeOf(draft, calendar, zone),
    base: base.id,
    timetable: calendar,
  }));
}

/** B2: a need of success that is not optional and names no periods by number. */
const isPlain = (need: DraftNeed): boolean =>
  need.kind === 'job' &&
  need.on === 'success' &&
  !need.optional &&
  (need.periods.kind === 'last'
    ? need.periods.count === 1 && need.periods.unit === undefined
    : need.periods.kind !== 'offset' && need.periods.kind !== 'latest');

/** `base:` as an id; null when the author names none, undefined when it is wrong. */
function namedBase(draft: Draft, job: DraftJob, report: Report): string | null | undefined {
  const base = job.spec.base;
  if (base === undefined) return null;
  const at: At = { file: job.file, path: base.path };
  const need = job.needs.find(
    (one) => one.kind === 'job' && (one.id === base.text || one.id === resolvePath(job.file, base.text)),
  );
  if (need?.kind === 'job' && need.id !== null && draft.byId.has(need.id)) return need.id;
  if (!need)
    report({
      code: 'HERA2010',
      message: `the base of \`${job.id}\`, \`${base.text}\`, is not one of its needs`,
      at,
      help: 'name one of `needs`',
    });
  return undefined;
}

/** A timetable's id: project, calendar and zone, safe in a shell and readable; a hash where the words do not say all. */
export function timetableId(project: string, calendar: Calendar): string {
  const { name, exact } = calendarName(calendar);
  const isBounded = calendar.start !== undefined || calendar.end !== undefined;
  const suffix = exact && !isBounded ? '' : `-${sha256(canonicalJson(calendar)).slice(0, 8)}`;
  return `${project}/tick/${name}${suffix}/${calendar.zone.replace(/\//g, '.')}`;
}

/** A timetable's calendar for people. */
export function timetableNote(calendar: Calendar): string {
  const day = (instant: number) => new Date(instant).toISOString().replace(/\.000Z$/, 'Z');
  const from = calendar.start === undefined ? '' : `, from ${day(calendar.start)}`;
  const to = calendar.end === undefined ? '' : `, until ${day(calendar.end)}`;
  return `${calendarWords(calendar)}${from}${to}`;
}
