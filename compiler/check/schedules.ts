import { secondsApart } from '../calendar/index.js';
import type { DraftJob } from '../manifest/draft.js';
import type { Times } from '../manifest/times.js';
import type { At, Report } from './diagnostic.js';

const FREQUENT_SECONDS = 10;

/** What stands beside a schedule has one meaning: no second base, no second policy, and `start` and `end` have something to bound. */
export function checkSchedules(jobs: readonly DraftJob[], times: Times, report: Report): void {
  for (const job of jobs) {
    const at = (...path: string[]): At => ({ file: job.file, path: [...job.root, ...path] });
    const { schedule, base, catchUp } = job.spec;
    if (schedule && base)
      report({
        code: 'HERA3007',
        message: `\`${job.id}\` has both a schedule and a base`,
        at: at('base'),
        help: 'remove one: a base gives ticks to a job without its own',
      });
    if (schedule?.catchUp && catchUp)
      report({
        code: 'HERA3007',
        message: `\`${job.id}\` says \`catchUp\` twice`,
        at: at('catchUp'),
        help: 'remove one',
      });
    if (schedule?.zone !== undefined && job.spec.zone !== undefined && schedule.zone.value !== job.spec.zone)
      report({
        code: 'HERA3007',
        message: `\`${job.id}\` has two zones`,
        at: at('zone'),
        help: 'remove one: a job has one zone',
      });
    warnFrequent(job, times, report);
  }
}

/** A4: seconds are allowed, but more often than every ten is rarely meant. */
function warnFrequent(job: DraftJob, times: Times, report: Report): void {
  const time = times.get(job.id);
  if (!time || time.base !== null || !job.spec.schedule) return;
  const apart = Math.min(...time.calendar.crons.map(secondsApart));
  if (apart >= FREQUENT_SECONDS) return;
  report({
    code: 'HERA3008',
    message: `\`${job.id}\` fires every ${apart} s`,
    at: { file: job.file, path: job.spec.schedule.crons[0]!.path },
    help: 'a run costs a few hundred milliseconds; ten seconds or more are advised',
  });
}
