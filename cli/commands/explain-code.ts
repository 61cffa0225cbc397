import { type CodeEntry, codes, compile, type Example, exampleTree, nearest } from '../../compiler/index.js';
import { notFound } from '../../runtime/errors.js';
import { foundLines } from '../found-lines.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

/** Explains a code of the compiler: what it means, an example, what is said of it, and the same repaired; without a code, lists all. */
export async function explainCode(terminal: Terminal, written: string | undefined): Promise<number> {
  if (written === undefined) return listCodes(terminal);
  const code = /^\d{4}$/.test(written) ? `HERA${written}` : written.toUpperCase();
  const entry = Object.hasOwn(codes, code) ? codes[code] : undefined;
  if (entry === undefined) throw unknownCode(written, code);
  const { title, explanation, failing, repaired } = entry;
  const tree = exampleTree(failing);
  const { diagnostics } = await compile(tree);
  terminal.json({ code, title, explanation, failing, diagnostics, repaired });
  const { bold, dim } = terminal.colors;
  terminal.print(bold(`${code}: ${title}`), '', ...explanation.split('\n'), '');
  terminal.print(bold('Wrong:'), '', ...files(failing, dim), '');
  terminal.print(bold('It says:'), '', ...foundLines(terminal, diagnostics, tree).map(indented), '');
  terminal.print(bold('Right:'), '', ...files(repaired, dim));
  return 0;
}

function listCodes(terminal: Terminal): number {
  const all = Object.entries(codes).map(([code, { title }]: [string, CodeEntry]) => ({ code, title }));
  terminal.json(all);
  for (const line of table(
    ['CODE', 'MEANS'],
    all.map(({ code, title }) => [code, title]),
    terminal.columns,
  ))
    terminal.print(line);
  return 0;
}

function unknownCode(written: string, code: string): Error {
  const guess = nearest(code, Object.keys(codes));
  return notFound(`there is no code ${written}`, {
    help: `${guess === undefined ? '' : `did you mean ${guess}? `}hera explain-code lists all`,
  });
}

const files = (example: Example, dim: (text: string) => string): readonly string[] =>
  Object.entries(example).flatMap(([file, text], i) => [
    ...(i === 0 ? [] : ['']),
    `  ${dim(`# ${file}`)}`,
    ...text.trimEnd().split('\n').map(indented),
  ]);

const indented = (line: string): string => (line === '' ? '' : `  ${line}`);
