import { type OnWorkdays, type Workdays, yearsMissing } from '../calendar/index.js';
import type { Job, Manifest } from '../manifest/manifest.js';
import type { Warning } from './outlook.js';

/** How long before a year begins its days off are to be listed (A6). */
const DAYS_BEFORE = 60;
const DAY_MS = 86_400_000;

/** Workday calendars that lack the year of `now` or of sixty days later, once each: until somebody lists it, it goes by the week. */
export function yearsUnlisted({ jobs }: Manifest, now: number): readonly Warning[] {
  const users = new Map<string, { workdays: Workdays; jobs: string[] }>();
  for (const job of jobs)
    for (const { workdays } of workdaysOf(job)) {
      const user = users.get(workdays.name) ?? { workdays, jobs: [] };
      if (user.jobs.at(-1) !== job.id) user.jobs.push(job.id);
      users.set(workdays.name, user);
    }
  return [...users.values()].flatMap(({ workdays, jobs: [first, ...others] }) => {
    const missing = yearsMissing(workdays, Math.floor(now / DAY_MS), DAYS_BEFORE);
    if (missing.length === 0) return [];
    const years = missing.join(' and ');
    const who = others.length === 0 ? `\`${first}\`` : `\`${first}\` and ${others.length} more`;
    return {
      kind: 'year-missing' as const,
      job: first!,
      message: `the workday calendar \`${workdays.name}\` lists no days of ${years}: ${who} will go by the days of the week alone`,
      help: `list its days off and its days of work below \`years: { ${missing[0]}: … }\``,
    };
  });
}

const workdaysOf = ({ calendar, enabled }: Job): readonly OnWorkdays[] =>
  enabled ? (calendar?.crons ?? []).flatMap(({ on }) => on ?? []) : [];
