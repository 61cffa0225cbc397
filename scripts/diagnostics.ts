// Prints docs/diagnostics.md from the catalogue of codes: `npm run docs`. A test compares the page with what this would write.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Example, PROJECT } from '../compiler/check/catalogue/entry.js';
import { codes } from '../compiler/index.js';

const fence = (file: string, text: string): string =>
  `\`${file}\`\n\n\`\`\`${file.split('.').at(-1)}\n${text.trimEnd()}\n\`\`\`\n`;

/** The files of an example; the smallest project stands in all of them, and is shown only where it is what the example is about. */
const example = (files: Example, other: Example): string =>
  Object.entries(files)
    .filter(([file, text]) => text !== PROJECT[file] || other[file] !== text)
    .map(([file, text]) => fence(file, text))
    .join('\n');

/** The page as text. */
export function diagnosticsPage(): string {
  const entries = Object.entries(codes).map(
    ([code, { title, explanation, failing, repaired }]) =>
      `## ${code}: ${title}\n\n${explanation}\n\nWrong:\n\n${example(failing, repaired)}\nRight:\n\n${example(repaired, failing)}`,
  );
  const head =
    '# Diagnostics\n\nEvery code of the compiler, with an example that gives it and the same example repaired. Codes are stable and never reused.\n';
  return `${[head, ...entries].join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../docs/diagnostics.md', import.meta.url), diagnosticsPage());
