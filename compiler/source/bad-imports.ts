import type { Finding } from '../check/diagnostic.js';
import { guessImport } from './imports.js';
import { placeBetween } from './lines.js';
import { importHelp } from './thrown.js';
import type { Script } from './translate.js';
import { type Tree, textOf } from './tree.js';

/** Every import of these scripts that gives nothing and whose statement can be found in the text. */
export const badImports = (tree: Tree, scripts: readonly Script[]): readonly Finding[] =>
  scripts.flatMap(({ file, imports }) =>
    Object.entries(imports).flatMap(([written, meaning]) => {
      if (!('problem' in meaning)) return [];
      const text = textOf(tree, file);
      const start = specifierIn(text, written);
      if (start === undefined) return [];
      const guess = guessImport(tree, file, written);
      const help = guess === undefined ? importHelp(written) : `did you mean \`${guess}\`?`;
      const at = { place: placeBetween(file, text, start, start + written.length + 2) };
      return [{ code: 'HERA5002', message: meaning.problem, at, help }];
    }),
  );

/** Where the name of a module stands in the statement that imports from it, its quote included. */
function specifierIn(text: string, written: string): number | undefined {
  const name = written.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  const found = new RegExp(`(?:^|[^\\w.])(?:from|import|require\\(|import\\()\\s*(?=(['"])${name}\\1)`).exec(text);
  return found ? found.index + found[0].length : undefined;
}
