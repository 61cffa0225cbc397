import type { Draft, DraftJob, Level } from '../manifest/draft.js';
import { isUnread } from '../manifest/unread.js';
import { type At, type Report, suggest } from './diagnostic.js';

/** The fields in which the project lists them. */
const FIELDS = { pool: 'pools', region: 'regions', 'alert channel': 'alerts' } as const;

/** Pools, regions and alert channels that jobs and folders name are the project's, and no run asks more slots than a pool has. */
export function checkProjectNames(draft: Draft, jobs: readonly DraftJob[], report: Report): void {
  const { pools = {}, regions = [], alerts = {} } = draft.project.spec;
  const channels = Object.keys(alerts);
  const known = (what: keyof typeof FIELDS, name: string, names: readonly string[], at: At): void => {
    if (names.includes(name) || isUnread(draft.project, FIELDS[what])) return;
    const help = names.length > 0 ? suggest(name, names) : `define it in \`${draft.project.file}\``;
    report({
      code: 'HERA4009',
      message: `\`${name}\` is not ${what === 'alert channel' ? 'an' : 'a'} ${what} of the project`,
      at,
      label: 'unknown',
      help,
    });
  };
  for (const { file, root, spec } of [...draft.levels, ...(jobs as readonly Level[])]) {
    const at = (...path: (string | number)[]): At => ({ file, path: [...root, ...path] });
    for (const [pool, slots] of Object.entries(spec.pools ?? {})) {
      known('pool', pool, Object.keys(pools), at('pools', pool));
      const most = pools[pool]?.slots;
      if (most !== undefined && slots > most) reportSlots(pool, slots, most, at('pools', pool), report);
    }
    for (const [i, region] of (spec.regions ?? []).entries()) known('region', region, regions, at('regions', i));
    for (const [occasion, names] of Object.entries(spec.alerts ?? {}))
      for (const [i, name] of names.entries()) known('alert channel', name, channels, at('alerts', occasion, i));
  }
  for (const job of jobs)
    for (const { on } of job.spec.schedule?.crons ?? []) if (on) knownCalendar(draft, job.file, on, report);
}

function reportSlots(pool: string, slots: number, most: number, at: At, report: Report): void {
  report({
    code: 'HERA4009',
    message: `a run would take ${slots} slots of \`${pool}\`, which has ${most}`,
    at,
    label: 'would wait for ever',
    help: 'take fewer, or give the pool more',
  });
}

function knownCalendar(
  { workdays, project }: Draft,
  file: string,
  { calendar, path }: Readonly<{ calendar: string; path: readonly (string | number)[] }>,
  report: Report,
): void {
  if (workdays.has(calendar) || isUnread(project, 'calendars')) return;
  const help = workdays.size > 0 ? suggest(calendar, [...workdays.keys()]) : `write \`calendars/${calendar}.yaml\``;
  report({
    code: 'HERA3009',
    message: `\`${calendar}\` is not a workday calendar`,
    at: { file, path },
    label: 'unknown',
    help,
  });
}
