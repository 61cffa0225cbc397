import { resolve } from 'node:path';
import { compile, printDiagnostics } from '../../compiler/index.js';
import { readDirectory } from '../../runtime/git/working-tree.js';
import type { Terminal } from '../terminal.js';

/** Compiles the files of a directory as they are and says what is wrong; exit 1 with errors. Needs no server. */
export async function validate(terminal: Terminal, dir: string): Promise<number> {
  const tree = await readDirectory(resolve(terminal.cwd, dir));
  const { manifest, diagnostics } = await compile(tree);
  terminal.json(diagnostics);
  const text = printDiagnostics(diagnostics, tree, { color: terminal.colors.isColorSupported });
  if (text !== '') terminal.print(text.trimEnd());
  if (manifest)
    terminal.print(
      `${terminal.colors.green('ok')}: ${manifest.project.name}, ${manifest.jobs.length} jobs, ${manifest.timetables.length} timetables`,
    );
  return manifest ? 0 : 1;
}
