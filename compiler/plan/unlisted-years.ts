import { type OnWorkdays, type Workdays, yearsMissing } from '../calendar/index.js';
import type { Job, Manifest } from '../manifest/manifest.js';
import type { Warning } from './outlook.js';

/** How long before a year begins its days off are to be listed (A6). */
const DAYS_BEFORE = 60;
const DAY_MS = 86_400_000;

/** A workday calendar that lacks years, and the jobs that keep to it, in order of the manifest. */
export type UnlistedYears = Readonly<{ calendar: string; years: readonly number[]; jobs: readonly string[] }>;

/** Workday calendars that lack the year of `now` or of sixty days later, once each: until somebody lists it, it goes by the week. */
export function unlistedYears(jobs: Iterable<Job>, now: number): readonly UnlistedYears[] {
  const users = new Map<string, { workdays: Workdays; jobs: string[] }>();
  for (const job of jobs)
    for (const { workdays } of workdaysOf(job)) {
      const user = users.get(workdays.name) ?? { workdays, jobs: [] };
      if (user.jobs.at(-1) !== job.id) user.jobs.push(job.id);
      users.set(workdays.name, user);
    }
  return [...users.values()].flatMap(({ workdays, jobs }) => {
    const years = yearsMissing(workdays, Math.floor(now / DAY_MS), DAYS_BEFORE);
    return years.length === 0 ? [] : [{ calendar: workdays.name, years, jobs }];
  });
}

/** What a plan says of them. */
export const yearsUnlisted = ({ jobs }: Manifest, now: number): readonly Warning[] =>
  unlistedYears(jobs, now).map((one) => ({ kind: 'year-missing', job: one.jobs[0]!, ...unlistedWords(one) }));

/** The same as a sentence and its remedy. */
export function unlistedWords({ calendar, years, jobs: [first, ...others] }: UnlistedYears): {
  message: string;
  help: string;
} {
  const who = others.length === 0 ? `\`${first}\`` : `\`${first}\` and ${others.length} more`;
  return {
    message: `the workday calendar \`${calendar}\` lists no days of ${years.join(' and ')}: ${who} will go by the days of the week alone`,
    help: `list its days off and its days of work below \`years: { ${years[0]}: … }\``,
  };
}

const workdaysOf = ({ calendar, enabled }: Job): readonly OnWorkdays[] =>
  enabled ? (calendar?.crons ?? []).flatMap(({ on }) => on ?? []) : [];
