import { posix } from 'node:path';
import type { Workdays } from '../calendar/index.js';
import type { Report } from '../check/diagnostic.js';
import type { Evaluated } from '../source/evaluated.js';
import { NAME } from '../source/language/values.js';
import { type WorkdaysSpec, workdayCalendar } from '../source/language.js';
import type { DraftProject } from './draft.js';

/**
 * A commit's workday calendars by name: files of `calendars/` by theirs, and those of the project. What is wrong in one is reported; one that could
 * not be read (`unread`) has its name all the same, so that who names it makes no mistake of its own.
 */
export function readWorkdays(
  project: DraftProject,
  files: readonly Evaluated[],
  unread: readonly string[],
  report: Report,
): ReadonlyMap<string, Workdays> {
  const found = new Map<string, Workdays>();
  const add = (name: string, spec: WorkdaysSpec) => found.set(name, theSame(workdaysOf(name, spec)));
  for (const [name, spec] of Object.entries(project.spec.calendars ?? {})) add(name, spec);
  for (const file of unread) add(nameOf(file), {});
  for (const { file, root, texts, value } of files) {
    const name = nameOf(file);
    const spec = workdayCalendar.read(value, { file, path: root, texts, report });
    if (!NAME.pattern.test(name))
      report({
        code: 'HERA3010',
        message: `\`${name}\` cannot be the name of a workday calendar`,
        at: { file },
        help: `rename the file: ${NAME.expects}`,
      });
    else if (found.has(name))
      report({
        code: 'HERA3010',
        message: `the workday calendar \`${name}\` is defined twice`,
        at: { file },
        help: 'keep it in `calendars/` or in the project, not in both',
      });
    // One that cannot be read is known by its name all the same: who names it makes no mistake of its own.
    add(name, spec ?? {});
  }
  return found;
}

const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const MONDAY_TO_FRIDAY = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;

function workdaysOf(name: string, { week = MONDAY_TO_FRIDAY, years = {}, yearly = {} }: WorkdaysSpec): Workdays {
  const of = (key: 'off' | 'work') => Object.values(years).flatMap((days) => (days[key] ?? []).map(printSpan));
  return {
    name,
    week: [...new Set(week)].map((day) => WEEK.indexOf(day)).sort((a, b) => a - b),
    off: of('off').sort(),
    work: of('work').sort(),
    yearly: { off: (yearly.off ?? []).map(printSpan).sort(), work: (yearly.work ?? []).map(printSpan).sort() },
    years: Object.keys(years).map(Number),
  };
}

const printSpan = ({ first, last }: Readonly<{ first: string; last: string }>): string =>
  first === last ? first : `${first}..${last}`;

const known = new Map<string, Workdays>();

/** The same object for the same content: what is made from it is kept by identity. */
function theSame(workdays: Workdays): Workdays {
  const key = JSON.stringify(workdays);
  const same = known.get(key) ?? workdays;
  if (known.size > 1000) known.clear();
  known.set(key, same);
  return same;
}

const nameOf = (file: string): string => posix.basename(file).replace(/\.ya?ml$/, '');
