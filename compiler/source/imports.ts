import { builtinModules } from 'node:module';
import { nearest } from '../check/diagnostic.js';
import { folderOf, idOfFile, isJobFile, linkOf, resolvePath, type Tree, textOf } from './tree.js';

/** What an import gives: a job (never its file's evaluation), another file of the tree, or an error that is thrown where it is written. */
export type Import = Readonly<{ job: string }> | Readonly<{ file: string }> | Readonly<{ problem: string }>;

/** What `written` means in the file `importer`, as TypeScript and Node would find it, within the tree. */
export function resolveImport(tree: Tree, importer: string, written: string): Import {
  const found = findImport(tree, importer, written);
  if (typeof found !== 'string') return found;
  return isJobFile(found) ? { job: idOfFile(found) } : { file: found };
}

function findImport(tree: Tree, importer: string, path: string): string | Import {
  if (/^\.{0,2}\//.test(path) || path === '.' || path === '..') {
    const base = resolvePath(importer, path);
    if (base === null) return { problem: `\`${path}\` leads out of the repository` };
    const found = candidates(base).find((file) => tree.has(file)) ?? yamlJob(tree, base);
    if (found !== undefined) return found;
    const link = candidates(base).flatMap((file) => linkOf(tree, file) ?? [])[0];
    // A job may be imported although its file is a link: that is told where it stands.
    if (link !== undefined && isJobFile(link)) return { job: idOfFile(link) };
    if (link !== undefined) return { problem: `\`${path}\` is the link \`${link}\`, and links are not followed` };
    return { problem: `\`${path}\` is no file of the repository` };
  }
  const bare = path.replace(/^node:/, '');
  if (path.startsWith('node:') || builtinModules.includes(bare))
    return { problem: `\`${path}\` is not available: definitions are evaluated without Node, disk and network` };
  return resolvePackage(tree, path) ?? { problem: `\`${path}\` is not in vendor/node_modules` };
}

/** The import that was meant by one that leads to no file: the nearest name of a job or helper in that folder. */
export function guessImport(tree: Tree, importer: string, written: string): string | undefined {
  const base = resolvePath(importer, written);
  if (base === null || !/^\.{0,2}\//.test(written)) return undefined;
  const ending = /\.[cm]?[jt]s$/;
  const name = (path: string): string =>
    path
      .slice(folderOf(path).length)
      .replace(/^\//, '')
      .replace(/\.(?:[cm]?[jt]s|ya?ml)$/, '');
  const beside = [...tree.keys()].filter(
    (one) => folderOf(one) === folderOf(base) && one !== importer && (ending.test(one) || isJobFile(one)),
  );
  const guess = nearest(name(base), beside.map(name).sort());
  const folder = written.slice(0, written.lastIndexOf('/') + 1);
  return guess === undefined ? undefined : `${folder}${guess}${ending.exec(written)?.[0] ?? ''}`;
}

const candidates = (base: string): readonly string[] => [
  base,
  base.replace(/\.([cm]?)js$/, '.$1ts'),
  `${base}.ts`,
  `${base}.js`,
  `${base}.json`,
  `${base}/index.ts`,
  `${base}/index.js`,
];

/** A job keeps its imports when it is written anew in the other language. */
const yamlJob = (tree: Tree, base: string): string | undefined =>
  ['yaml', 'yml']
    .map((ending) => `${base.replace(/\.js$/, '')}.${ending}`)
    .find((file) => tree.has(file) && isJobFile(file));

function resolvePackage(tree: Tree, written: string): string | undefined {
  const [, name, rest] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/.exec(written) ?? [];
  if (name === undefined) return undefined;
  const root = `vendor/node_modules/${name}`;
  const starts = rest === undefined ? mainFiles(textOf(tree, `${root}/package.json`)) : [rest];
  for (const start of starts) {
    const base = resolvePath('', `${root}/${start}`);
    const found = base?.startsWith(`${root}/`) ? candidates(base).find((file) => tree.has(file)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where a package may begin, best first; the package is the author's, so anything may stand there. */
function mainFiles(packageJson: string): readonly string[] {
  let manifest: unknown = null;
  try {
    manifest = JSON.parse(packageJson);
  } catch {
    // No or broken package.json: `index.js` is still tried.
  }
  const { exports, module, main } = (manifest ?? {}) as Record<string, unknown>;
  const root = (exports as Record<string, unknown> | undefined)?.['.'] ?? exports;
  const conditions = typeof root === 'object' && root !== null ? (root as Record<string, unknown>) : {};
  const found = [root, conditions.import, conditions.default, conditions.require, module, main, 'index.js'];
  return found.filter((start): start is string => typeof start === 'string');
}
