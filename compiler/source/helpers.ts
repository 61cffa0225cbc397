import { resolveImport } from './imports.js';
import { translate } from './translate.js';
import { type Tree, textOf } from './tree.js';

/**
 * The files that a definition in TypeScript reaches by its imports, in byte order: helpers, JSON, packages in `vendor`. Imported jobs are references
 * and none of them. Where a file cannot be translated the way ends. Empty for a file in YAML.
 */
export async function helpersOf(tree: Tree, file: string): Promise<readonly string[]> {
  if (!file.endsWith('.ts')) return [];
  const seen = new Set([file]);
  for (const one of seen) {
    const made = await translate(one, textOf(tree, one));
    for (const written of 'code' in made ? made.written : []) {
      const found = resolveImport(tree, one, written);
      if ('file' in found) seen.add(found.file);
    }
  }
  seen.delete(file);
  return [...seen].sort();
}
