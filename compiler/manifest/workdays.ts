import { posix } from 'node:path';
import type { Report } from '../check/diagnostic.js';
import type { Evaluated } from '../source/evaluated.js';
import { NAME } from '../source/language/values.js';
import { workdayCalendar } from '../source/language.js';
import type { DraftProject } from './draft.js';

/**
 * The names of a commit's workday calendars: files of `calendars/` by their names, and those of the project.
 * What is wrong in one is reported; one that could not be read (`unread`) has its name all the same.
 */
export function readWorkdays(
  project: DraftProject,
  files: readonly Evaluated[],
  unread: readonly string[],
  report: Report,
): ReadonlySet<string> {
  const names = new Set([...Object.keys(project.spec.calendars ?? {}), ...unread.map(nameOf)]);
  for (const { file, root, texts, value } of files) {
    const name = nameOf(file);
    workdayCalendar.read(value, { file, path: root, texts, report });
    if (!NAME.pattern.test(name))
      report({
        code: 'HERA3010',
        message: `\`${name}\` cannot be the name of a workday calendar`,
        at: { file },
        help: `rename the file: ${NAME.expects}`,
      });
    else if (names.has(name))
      report({
        code: 'HERA3010',
        message: `the workday calendar \`${name}\` is defined twice`,
        at: { file },
        help: 'keep it in `calendars/` or in the project, not in both',
      });
    names.add(name);
  }
  return names;
}

const nameOf = (file: string): string => posix.basename(file).replace(/\.ya?ml$/, '');
