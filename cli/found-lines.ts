import { type Diagnostic, printDiagnostics, type Tree } from '../compiler/index.js';
import { ourOwn } from './colors.js';
import type { Terminal } from './terminal.js';

/** What the compiler found, drawn for this terminal: lines for `print` or `say`. */
export function foundLines(
  { colors, columns }: Pick<Terminal, 'colors' | 'columns'>,
  diagnostics: readonly Diagnostic[],
  tree: Tree,
): readonly string[] {
  const text = printDiagnostics(diagnostics, tree, { color: colors.isColorSupported, width: columns });
  return ourOwn(text.trimEnd()).split('\n');
}
