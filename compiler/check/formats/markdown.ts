import type { Diagnostic } from '../diagnostic.js';
import { type Checked, countWords, repositoryPath, verdict } from './checked.js';
import { printDiagnostic } from './text.js';

/** What a comment of GitHub or GitLab and a step's summary hold is more (65,536 and a million); a reader has given up long before. */
const MOST_CHARS = 60_000;
const WIDTH = 110;

/**
 * Markdown for a comment on a pull request: the counts, then each diagnostic with its lines. No word of an author can become a mention, a link or
 * markup: it stands in a code block, whose fence is longer than any in it.
 */
export function markdownFormat(checked: Checked): string {
  const { diagnostics, project } = checked;
  const head = `### Hera: ${escaped(project === null ? verdict(checked) : `ok, ${verdict(checked)}`)}\n`;
  const blocks: string[] = [];
  let length = head.length;
  for (const [i, one] of diagnostics.entries()) {
    const next = block(one, checked);
    length += next.length;
    if (length > MOST_CHARS) {
      blocks.push(`\nNot shown: ${countWords(diagnostics.slice(i))}. \`hera validate\` says all.\n`);
      break;
    }
    blocks.push(next);
  }
  return head + blocks.join('');
}

function block(one: Diagnostic, checked: Checked): string {
  const moved = {
    ...one,
    ...inRepository(one, checked),
    notes: one.notes.map((note) => ({ ...note, ...inRepository(note, checked) })),
  };
  const tree = new Map(
    [one, ...one.notes].flatMap(({ file }) => {
      const bytes = file === null ? undefined : checked.tree.get(file);
      return file === null || bytes === undefined ? [] : [[repositoryPath(checked, file), bytes] as const];
    }),
  );
  const text = printDiagnostic(moved as Diagnostic, tree, { width: WIDTH });
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `\n${fence}text\n${text}${fence}\n`;
}

const inRepository = ({ file }: Readonly<{ file: string | null }>, checked: Checked) => ({
  file: file === null ? null : repositoryPath(checked, file),
});

const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|~@]/g, '\\$&');
