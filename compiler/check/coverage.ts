import { type Coverage, coversSeveral, printPeriodIn } from '../calendar/index.js';
import { canonicalJson } from '../manifest/canonical.js';
import { type Draft, type DraftJob, isEnabled, isValueUnread } from '../manifest/draft.js';
import { madeOnce } from '../manifest/made-once.js';
import type { FiringTime, Times } from '../manifest/times.js';
import type { At, Report } from './diagnostic.js';

/** D2: where one run covers several periods of an upstream, the latest alone would silently leave data out. */
export function checkCoverage(draft: Draft, jobs: readonly DraftJob[], times: Times, report: Report): void {
  const keys = new Map<FiringTime, string>();
  const known = new Map<string, Coverage | undefined>();
  const keyOf = (time: FiringTime): string => {
    const key =
      keys.get(time) ??
      `${cronsOnce(time.calendar, [], () => canonicalJson(time.calendar.crons))} ${time.calendar.zone} ${time.grain} ${time.zone}`;
    keys.set(time, key);
    return key;
  };
  for (const job of jobs) {
    const mine = times.get(job.id);
    // Where a zone is not known, neither is the day of a tick.
    if (!mine || isValueUnread(job, 'zone')) continue;
    for (const need of job.needs) {
      const upstream = need.kind === 'job' && need.id !== null ? times.get(need.id) : undefined;
      if (!upstream || need.kind !== 'job' || need.periods.kind !== 'default') continue;
      if (isValueUnread(draft.byId.get(need.id!)!, 'zone')) continue;
      // A need that is closed has been reported as such.
      if (isEnabled(job) && !isEnabled(draft.byId.get(need.id!)!)) continue;
      const key = `${keyOf(mine)} / ${keyOf(upstream)}`;
      if (!known.has(key)) known.set(key, coversSeveral(mine, upstream, draft.project.zone));
      const coverage = known.get(key);
      if (coverage) reportCoverage(job, need.id!, mine, upstream, coverage, need.at, report);
    }
  }
}

const cronsOnce = madeOnce<FiringTime['calendar'], string>();

function reportCoverage(
  job: DraftJob,
  upstream: string,
  mine: FiringTime,
  its: FiringTime,
  coverage: Coverage,
  at: At,
  report: Report,
): void {
  const run = printPeriodIn(mine.zone, coverage.period);
  const [from, to] = [coverage.from, coverage.to].map((period) => printPeriodIn(its.zone, period));
  const notes = [
    { message: `the run of ${run} covers ${coverage.count} periods of \`${upstream}\`: ${from} to ${to}` },
    ...(mine.base === null
      ? []
      : [{ message: `\`${job.id}\` has no schedule and fires by its base \`${mine.base}\`` }]),
  ];
  report({
    code: 'HERA3004',
    message: `one run of \`${job.id}\` covers several periods of \`${upstream}\`, and which of them it needs is not said`,
    at,
    label: `${coverage.count} periods in the run of ${run}`,
    notes,
    help: 'say which: `periods: all` (every one of them), `last` (the last of them) or `nearest` (in time, that day)',
  });
}
