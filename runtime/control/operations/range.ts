import { countTicks, ticks } from '../../../compiler/calendar/index.js';
import { invalid, notFound } from '../../errors.js';
import type { DeployedJob } from '../../store/deployment.js';
import type { Deployed } from '../deployed.js';
import { globOf } from '../glob.js';
import { calendarOf, lacksPeriod } from '../needs.js';

// The periods that a range of time and a glob over job ids name, for operations that take many at once.

export type Member = Readonly<{ job: DeployedJob; period: number }>;

/** `jobs`: a glob; null: all jobs that have ticks. `from` inclusive, `to` exclusive. */
export type Range = Readonly<{ jobs: string | null; from: Date; to: Date }>;

/** The periods of a range in order of time, then of the job. Throws `invalid` (empty, more than `most`) and `not-found` (no such job). */
export function membersInRange(deployed: Deployed, range: Range, most: number): readonly Member[] {
  if (!(range.from < range.to))
    throw invalid('the range is empty: --from must lie before --to', { help: '--from is inclusive, --to exclusive' });
  const matches = globOf(range.jobs ?? '**');
  const jobs = [...deployed.byPath.values()].filter((job) => matches(job.path));
  if (jobs.length === 0)
    throw notFound(`no job matches ${range.jobs}`, {
      help: '`*` stays within a segment, `**` crosses: see hera jobs',
    });
  refuseTooMany(deployed, jobs, range, most);
  const members = jobs.flatMap((job) => periodsOf(deployed, job, range).map((period) => ({ job, period })));
  return members.sort((a, b) => a.period - b.period || (a.job.path < b.job.path ? -1 : 1));
}

/** Counted before they are listed: fifty years of minutes would fill the memory first. */
function refuseTooMany(deployed: Deployed, jobs: readonly DeployedJob[], { from, to }: Range, most: number): void {
  let total = 0;
  for (const job of jobs) {
    const calendar = calendarOf(deployed, job.body);
    if (calendar !== null) total += countTicks(calendar, from.getTime(), to.getTime());
    if (total > most)
      throw invalid(`the range has more than ${most} periods, the most that one operation takes`, {
        help: 'take a shorter range, or fewer jobs',
      });
  }
}

function periodsOf(deployed: Deployed, job: DeployedJob, { from, to }: Range): readonly number[] {
  const calendar = calendarOf(deployed, job.body);
  if (calendar === null) return [];
  // What is skipped because an upstream has no period is no period to fill in.
  return ticks(calendar, from.getTime(), to.getTime()).filter(
    (period) => lacksPeriod(deployed, job.body, period) === undefined,
  );
}
