// Prints docs/diagnostics.md from the catalogue of codes: `npm run docs`. A test compares the page with what this would write.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Example, exampleTree, PROJECT } from '../compiler/check/catalogue/entry.js';
import { codes, compile, printDiagnostics } from '../compiler/index.js';

const fence = (file: string, text: string): string =>
  `\`${file}\`\n\n\`\`\`${file.split('.').at(-1)}\n${text.trimEnd()}\n\`\`\`\n`;

/** The files of an example; the smallest project stands in all of them, and is shown only where it is what the example is about. */
const example = (files: Example, other: Example): string =>
  Object.entries(files)
    .filter(([file, text]) => text !== PROJECT[file] || other[file] !== text)
    .map(([file, text]) => fence(file, text))
    .join('\n');

/** What the compiler says of an example. */
async function said(files: Example): Promise<string> {
  const tree = exampleTree(files);
  const { diagnostics } = await compile(tree);
  return `\`\`\`text\n${printDiagnostics(diagnostics, tree).trimEnd()}\n\`\`\`\n`;
}

/** The page as text. */
export async function diagnosticsPage(): Promise<string> {
  const entries: string[] = [];
  for (const [code, { title, explanation, failing, repaired }] of Object.entries(codes))
    entries.push(
      `## ${code}: ${title}\n\n${explanation}\n\nWrong:\n\n${example(failing, repaired)}\nIt says:\n\n${await said(failing)}\nRight:\n\n${example(repaired, failing)}`,
    );
  const head =
    '# Diagnostics\n\nEvery code of the compiler, with an example that gives it, what is said of it, and the same example repaired. Codes are stable and\nnever reused. `hera explain-code HERA2003` prints one of these; the formats for build servers are in [cli.md](cli.md#diagnostics).\n';
  return `${[head, ...entries].join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../docs/diagnostics.md', import.meta.url), await diagnosticsPage());
