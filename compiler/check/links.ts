import type { Draft } from '../manifest/draft.js';
import { isUnread } from '../manifest/unread.js';
import { findFiles, findOtherLinks, type Tree, targetOf } from '../source/tree.js';
import type { Finding, Report } from './diagnostic.js';

/** Nothing behind a link is read (it may lead out of the repository), so a definition that is one, or that stands behind one, would be missed silently. */
export function checkLinks({ tree, project }: Draft, report: Report): void {
  if (!tree.links || isUnread(project, 'ignore')) return;
  const { projects, folders, jobs, calendars } = findFiles(tree.links, project.spec.ignore);
  for (const link of [...projects, ...folders, ...jobs, ...calendars]) report(linkedDefinition(tree, link));
  for (const link of findOtherLinks(tree, project.spec.ignore)) {
    const where = folderBehind(tree, link);
    if (where !== undefined) report(linkedFolder(link, where));
  }
}

/** A definition that is a link. */
export const linkedDefinition = (tree: Tree, link: string): Finding => ({
  code: 'HERA0003',
  message: `\`${link}\` is ${said(tree, link)}, and links are not followed`,
  at: { file: link },
  help: 'put the file itself there (`cp --remove-destination`); what jobs share stands in `_folder.yaml` or in a helper `_name.ts`, and links that are no definitions in `ignore`',
});

const linkedFolder = (link: string, where: string): Finding => ({
  code: 'HERA0004',
  message: `\`${link}\` is ${where}: nothing in it is read`,
  at: { file: link },
  help: 'put the files themselves there, or name it in `ignore` of the project if it holds no definitions and no scripts',
});

const said = ({ links }: Tree, link: string): string => {
  const target = links?.get(link) ?? null;
  return target === null ? 'a submodule' : `a link to \`${target}\``;
};

/** The words for a link to a folder, as far as a commit tells: outside of it, a name without an ending is taken for one. */
function folderBehind(tree: Tree, link: string): string | undefined {
  if (tree.links!.get(link) === null) return 'a submodule';
  const target = targetOf(tree, link);
  const isFolder =
    target === null
      ? !/\.\w+$/.test(link)
      : target === '' || [...tree.keys()].some((path) => path.startsWith(`${target}/`));
  return isFolder ? said(tree, link) : undefined;
}
