import {
  type Calendar,
  nextTick,
  parsePeriod,
  previousTick,
  printPeriodIn,
  ticks,
} from '../../compiler/calendar/index.js';
import { invalid } from '../errors.js';

export const FORMS = 'write RFC 3339, `2026-11-22`, `2026-11-22T02:30`, or 12 digits';

/** A job as far as its periods go: `calendar` is the one it fires by, null for a manual job. */
export type Periodic = Readonly<{ path: string; zone: string; calendar: Calendar | null }>;

/**
 * The period of a job that a person means. A day or a minute means the job's only tick in it; several are listed, none names the nearest
 * two (`invalid`). An exact instant is taken as it is: whether it is a tick is for others to say. A manual job has no ticks:
 * the first instant is meant.
 */
export function meantPeriod({ path, zone, calendar }: Periodic, text: string): Date {
  const typed = parsePeriod(text, zone);
  if (!typed) throw invalid(`${JSON.stringify(text)} is no period`, { help: FORMS });
  if (typed.kind === 'instant') return new Date(typed.instant);
  if (!calendar) return new Date(typed.from);
  const found = ticks(calendar, typed.from, typed.to);
  if (found.length === 1) return new Date(found[0]!);
  const local = (instant: number): string => printPeriodIn(zone, instant);
  if (found.length > 1)
    throw invalid(`${path} has ${found.length} periods there`, { help: `name one: ${listed(found.map(local))}` });
  const near = [previousTick(calendar, typed.from), nextTick(calendar, typed.from)].filter(
    (tick) => tick !== undefined,
  );
  throw invalid(`${path} has no period there`, {
    help: near.length > 0 ? `the nearest: ${near.map(local).join(', ')}` : 'it never fires',
  });
}

const LISTED = 24;

/** All of them where they fit, else the first few and the last. */
const listed = (periods: readonly string[]): string =>
  periods.length <= LISTED
    ? periods.join(', ')
    : `${periods.slice(0, 3).join(', ')} … ${periods.at(-1)} (with its time: 2026-11-22T02:30)`;
