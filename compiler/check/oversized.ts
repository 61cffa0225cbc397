import type { Draft } from '../manifest/draft.js';
import { isUnread } from '../manifest/unread.js';
import { isIgnored, MOST_FILE_BYTES, type Tree } from '../source/tree.js';
import type { Finding, Report } from './diagnostic.js';

/** Files that were not read because of their size; `ignore` says that no job misses them. */
export function checkOversized({ tree, project }: Draft, report: Report): void {
  if (!tree.oversized || isUnread(project, 'ignore')) return;
  for (const path of tree.oversized.keys())
    if (!isIgnored(path, project.spec.ignore)) report(oversizedFile(tree, path));
}

/** A file that is too big to be read. */
export const oversizedFile = ({ oversized }: Pick<Tree, 'oversized'>, path: string): Finding => ({
  code: 'HERA0005',
  message: `\`${path}\` has ${oversized?.get(path)} bytes, more than ${MOST_FILE_BYTES} (${MOST_FILE_BYTES / 2 ** 20} MiB)`,
  at: { file: path },
  help: 'keep data and programs elsewhere, and let the script fetch them; what no job uses is named in `ignore` of the project',
});
