import { countTicks, ticks } from '../../../compiler/calendar/index.js';
import { invalid, notFound } from '../../errors.js';
import type { DeployedJob } from '../../store/deployment.js';
import type { Deployed } from '../deployed.js';
import { globOf } from '../glob.js';
import { calendarOf, lacksPeriod } from '../needs.js';
import { refuseNoTick } from './run.js';

// The periods that operations are about: by their names, or those of a range of time and a glob over job ids.

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

/**
 * Periods by their names, each once, in order of time. A job without ticks has the periods of its runs by hand: whole seconds. Throws
 * `not-found` (no such job) and `invalid` (no tick of it).
 */
export function membersNamed(
  deployed: Deployed,
  asked: readonly Readonly<{ job: string; period: Date }>[],
): readonly Member[] {
  const members = new Map<string, Member>();
  for (const { job: path, period } of asked) {
    const job = deployed.byPath.get(path);
    if (job === undefined)
      throw notFound(`project ${deployed.project} has no job ${path}`, { help: 'see them all: hera jobs' });
    const calendar = calendarOf(deployed, job.body);
    if (calendar !== null) refuseNoTick(calendar, job, period);
    const at = Math.floor(period.getTime() / 1000) * 1000;
    members.set(`${job.number}@${at}`, { job, period: at });
  }
  return [...members.values()].sort((a, b) => a.period - b.period || (a.job.path < b.job.path ? -1 : 1));
}
