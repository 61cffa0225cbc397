import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Compiled, compile, type Tree } from '../../compiler/index.js';

/** Compiles a folder of this repository as the commit of a project of its own. */
export function compileFolder(folder: string): Promise<Compiled> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name));
  const tree: Tree = new Map(paths.map((path) => [relative(folder, path), readFileSync(path)]));
  return compile(tree);
}
