import {
  type CalendarForm,
  type Needing,
  neededPeriods,
  nextTick,
  referenceSpan,
  referenceTicks,
  ticksBefore,
} from '../calendar/index.js';
import type { Draft, DraftJob } from '../manifest/draft.js';
import { formOf } from '../manifest/need-form.js';
import type { FiringTime, Times } from '../manifest/times.js';
import type { Report } from './diagnostic.js';

/** Each awaited period is a row that a waiting run holds: so many for one need, no more. A month of minutes is 44,640. */
const MOST = 50_000;

/** No need awaits more periods in one run than the scheduler can hold. Looked at are the runs of the
 * reference span that may be the widest: the last one, and those after the longest gaps of its last two thousand. */
export function checkBreadth(draft: Draft, jobs: readonly DraftJob[], times: Times, report: Report): void {
  const weekStart = draft.project.spec.weekStart ?? 'monday';
  for (const job of jobs) {
    const mine = times.get(job.id);
    for (const need of job.needs) {
      const its = need.kind === 'job' && need.id !== null ? times.get(need.id) : undefined;
      if (!mine || !its || need.kind !== 'job') continue;
      const form = formOf(need.periods);
      if (typeof form === 'string' || isFew(its, draft.project.zone)) continue;
      const count = countOf(form, { ...mine, weekStart }, its, draft.project.zone);
      if (count <= MOST) continue;
      report({
        code: 'HERA3011',
        message: `one run of \`${job.id}\` awaits ${count === Infinity ? 'more than a million' : count} periods of \`${need.id}\`, and ${MOST} are the most`,
        at: need.at,
        label: `fires too often for \`${Object.keys(form)[0]}\` of that length`,
        help: 'await the `last` of them, or a job between the two that sums up an hour or a day',
      });
    }
  }
}

/** Four years of it are not too many: what nearly every upstream is spared by. */
const isFew = (its: FiringTime, projectZone: string): boolean =>
  referenceTicks(its.calendar, projectZone).count <= MOST;

function countOf(form: CalendarForm, mine: Needing, its: FiringTime, projectZone: string): number {
  const { end } = referenceSpan(projectZone);
  return Math.max(0, ...widest(mine, end).map((period) => countAt(form, mine, its, period)));
}

const GAPS = 3;

/** Months differ by a tenth, and calendars by more: whose tick comes after the longest gap covers most. */
function widest({ calendar }: Needing, end: number): readonly number[] {
  const last = ticksBefore(calendar, end, 2000);
  if (last.length === 0) return [nextTick(calendar, end)].flatMap((tick) => tick ?? []);
  const gaps = last.slice(1).map((tick, i) => ({ tick, gap: tick - last[i]! }));
  const longest = gaps.toSorted((a, b) => b.gap - a.gap).slice(0, GAPS);
  return [...new Set([last.at(-1)!, ...longest.map(({ tick }) => tick)])];
}

function countAt(form: CalendarForm, mine: Needing, its: FiringTime, period: number): number {
  try {
    return neededPeriods(form, mine, its, period).length;
  } catch (error) {
    // The calendar lists no more than a million.
    if (error instanceof RangeError) return Infinity;
    throw error;
  }
}
