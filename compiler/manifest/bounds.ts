import { type Calendar, parsePeriod } from '../calendar/index.js';
import type { Report } from '../check/diagnostic.js';
import { type DraftJob, isValueUnread } from './draft.js';

/** The first and the last instant of a job's periods (B5), UTC milliseconds; null: none. */
export type Bounds = Readonly<{ start: number | null; end: number | null }>;

/** A calendar without the ticks outside: the narrower of its own bounds and these. */
export function withinBounds(calendar: Calendar, { start, end }: Bounds): Calendar {
  if (start === null && end === null) return calendar;
  return {
    ...calendar,
    ...(start !== null && { start: Math.max(start, calendar.start ?? -Infinity) }),
    ...(end !== null && { end: Math.min(end, calendar.end ?? Infinity) }),
  };
}

/** `start` and `end` as the job's author wrote them, a date read in `zone` as its whole day; undefined after reporting what is wrong. */
export function boundsOf(job: DraftJob, zone: string, report: Report): Bounds | undefined {
  const start = boundOf(job, 'start', zone, report);
  const end = boundOf(job, 'end', zone, report);
  if (start === undefined || end === undefined) return undefined;
  if (start !== null && end !== null && start.from > end.to) {
    // By a zone that is not known two instants have no order.
    if (!isValueUnread(job, 'zone'))
      report({
        code: 'HERA3005',
        message: `\`${job.id}\` ends before it starts`,
        at: { file: job.file, path: [...job.root, 'end'] },
      });
    return undefined;
  }
  return { start: start?.from ?? null, end: end?.to ?? null };
}

type Bound = Readonly<{ from: number; to: number }>;

function boundOf(job: DraftJob, key: 'start' | 'end', zone: string, report: Report): Bound | null | undefined {
  const text = job.spec[key];
  if (text === undefined) return null;
  const typed = parsePeriod(text, zone);
  if (typed?.kind === 'instant') return { from: typed.instant, to: typed.instant };
  if (typed?.kind === 'date') return { from: typed.from, to: typed.to - 1000 };
  report({
    code: 'HERA3006',
    message: `\`${text}\` is not a day or an instant`,
    at: { file: job.file, path: [...job.root, key] },
    help: 'write `2026-01-31`, or RFC 3339 with seconds',
  });
  return undefined;
}
