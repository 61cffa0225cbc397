import { nextTick, parsePeriod, previousTick, printPeriodIn, ticks } from '../../compiler/calendar/index.js';
import { invalid } from '../errors.js';
import type { DeployedJob } from '../store/deployment.js';
import { type Catalogue, calendarOf } from './catalogue.js';

const FORMS = 'write RFC 3339, `2026-11-22`, `2026-11-22T02:30`, or 12 digits';
const AGO = /^now(?:-(\d{1,6})([smhdw]))?$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** An end of a range: what `parsePeriod` reads (a date is its first instant), `now`, or `now-24h`. */
export function parseBound(text: string, zone: string): Date {
  const ago = AGO.exec(text);
  if (ago) return new Date(Date.now() - Number(ago[1] ?? 0) * UNIT_MS[(ago[2] ?? 's') as keyof typeof UNIT_MS]);
  const typed = parsePeriod(text, zone);
  if (!typed) throw invalid(`${JSON.stringify(text)} is no time`, { help: FORMS });
  return new Date(typed.kind === 'instant' ? typed.instant : typed.from);
}

/** The instants a typed period may mean, `to` exclusive. */
export function parseSpan(text: string, zone: string): Readonly<{ from: Date; to: Date }> {
  const typed = parsePeriod(text, zone);
  if (!typed) throw invalid(`${JSON.stringify(text)} is no period`, { help: FORMS });
  const [from, to] = typed.kind === 'instant' ? [typed.instant, typed.instant + 1] : [typed.from, typed.to];
  return { from: new Date(from), to: new Date(to) };
}

/**
 * The period of `job` that a person means. A day or a minute means the job's only tick in it; several are listed, none names the nearest
 * two (`invalid`). An exact instant is taken as it is: whether it is a tick is for the control plane to say. A manual job has no ticks:
 * the first instant is meant.
 */
export function choosePeriod(catalogue: Catalogue, job: DeployedJob, text: string): Date {
  const { zone } = job.body;
  const typed = parsePeriod(text, zone);
  if (!typed) throw invalid(`${JSON.stringify(text)} is no period`, { help: FORMS });
  if (typed.kind === 'instant') return new Date(typed.instant);
  const calendar = calendarOf(catalogue, job.body);
  if (!calendar) return new Date(typed.from);
  const found = ticks(calendar, typed.from, typed.to);
  if (found.length === 1) return new Date(found[0]!);
  const local = (instant: number): string => printPeriodIn(zone, instant);
  if (found.length > 1)
    throw invalid(`${job.path} has ${found.length} periods there`, { help: `name one: ${listed(found.map(local))}` });
  const near = [previousTick(calendar, typed.from), nextTick(calendar, typed.from)].filter(
    (tick) => tick !== undefined,
  );
  throw invalid(`${job.path} has no period there`, {
    help: near.length > 0 ? `the nearest: ${near.map(local).join(', ')}` : 'it never fires',
  });
}

const LISTED = 24;

/** All of them where they fit, else the first few and the last. */
const listed = (periods: readonly string[]): string =>
  periods.length <= LISTED
    ? periods.join(', ')
    : `${periods.slice(0, 3).join(', ')} … ${periods.at(-1)} (with its time: 2026-11-22T02:30)`;
