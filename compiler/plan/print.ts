import type { Changes, JobChange } from './index.js';

const SIGNS = { add: '+', change: '~', remove: '-' } as const;

/** A plan for people: one line a job, what happens to timetables, and the counts last. Ends with a line break. */
export function printChanges({ jobs, timetables, reach }: Pick<Changes, 'jobs' | 'timetables' | 'reach'>): string {
  if (jobs.length === 0 && timetables.create.length + timetables.retire.length === 0) return 'nothing changes\n';
  const lines = [
    ...jobs.map(printJob),
    ...timetables.create.map((id) => `+ timetable ${id}`),
    ...timetables.retire.map((id) => `- timetable ${id}`),
    '',
    `${countsOf(jobs)}, ${reach} ${reach === 1 ? 'job' : 'jobs'} downstream`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `+3 ~5 -1`. */
export function countsOf(jobs: readonly JobChange[]): string {
  const count = (kind: JobChange['kind']): number => jobs.filter((change) => change.kind === kind).length;
  return `+${count('add')} ~${count('change')} -${count('remove')}`;
}

function printJob({ job, kind, fields, was }: JobChange): string {
  const renamed = was === null ? '' : ` (was ${was})`;
  const changed = fields.filter((field) => was === null || (field !== 'id' && field !== 'formerly'));
  return `${SIGNS[kind]} ${job}${renamed}${changed.length > 0 ? `: ${changed.join(', ')}` : ''}`;
}
