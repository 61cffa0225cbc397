// Source turns a commit's files into plain data with positions: TypeScript by esbuild and a sandbox, YAML by a parser that keeps places.
// In: a virtual tree, bytes by path. Out: what each file defines, and findings about files that could not be read.
// No disk and no network are reached from an author's file; nothing here knows what a field means (that is `fields.ts` and after).
// Read on: `evaluate.ts` (TypeScript), `yaml.ts`, `language.ts` (the fields of both languages), `locate.ts` (lines for diagnostics).

/**
 * The files of a commit: path from the root, `/` between segments, to bytes. Regular files only. `links`: symbolic links, to their targets as
 * written, and submodules (null): nobody follows them, and they are known so that this can be said. `oversized`: regular files above `MOST_FILE_BYTES`, to
 * their bytes: nobody reads them.
 */
export type Tree = ReadonlyMap<string, Uint8Array> &
  Readonly<{ links?: ReadonlyMap<string, string | null>; oversized?: ReadonlyMap<string, number> }>;

/** Everything in a tree is held in memory by each compilation. */
export const MOST_FILE_BYTES = 16 * 2 ** 20;

export type SourceFiles = Readonly<{
  /** `hera.project.*`; one is expected. */
  projects: readonly string[];
  folders: readonly string[];
  jobs: readonly string[];
  /** Workday calendars, `calendars/*.yaml`. */
  calendars: readonly string[];
}>;

const DEFINITION = /\.(ts|yaml|yml)$/;
const decoder = new TextDecoder();
let last: Readonly<{ bytes: Uint8Array; text: string }> | undefined;

/** The text of a file of the tree; empty when it is none. Thousands of mistakes of one file ask for its text one after the other: they share it. */
export function textOf(tree: Tree, file: string): string {
  const bytes = tree.get(file);
  if (bytes === undefined) return '';
  if (last?.bytes !== bytes) last = { bytes, text: decoder.decode(bytes) };
  return last.text;
}

/** `projects` of `findFiles`, without looking at the whole tree. */
export const projectFiles = (tree: Readonly<{ has(path: string): boolean }>): readonly string[] =>
  ['ts', 'yaml', 'yml'].map((ending) => `hera.project.${ending}`).filter((path) => tree.has(path));

/**
 * The definition files of a tree, each list in byte order: every `.ts`, `.yaml` and `.yml` below the root is a job's, except names beginning
 * `_` or `.` in any segment, `hera.project.*`, `calendars/`, `vendor/`, `node_modules/`, declarations (`.d.ts`) and what `ignore` matches.
 */
export function findFiles(tree: Readonly<{ keys(): Iterable<string> }>, ignore: readonly string[] = []): SourceFiles {
  const ignored = ignore.map(globPattern);
  const found = [...tree.keys()].filter((path) => DEFINITION.test(path)).sort(byteOrder);
  return {
    projects: found.filter(isProjectFile),
    folders: found.filter((path) => isFolderFile(path) && !ignored.some((glob) => glob.test(path))),
    jobs: found.filter((path) => isJobFile(path) && !ignored.some((glob) => glob.test(path))),
    calendars: found.filter((path) => /^calendars\/[^/._][^/]*\.ya?ml$/.test(path)),
  };
}

/** Links that no definition stands for, and that `ignore` does not match: where they lead to a folder, something may be missed behind them. */
export function findOtherLinks({ links = new Map() }: Tree, ignore: readonly string[] = []): readonly string[] {
  const ignored = ignore.map(globPattern);
  return [...links.keys()]
    .filter((path) => !DEFINITION.test(path) && !isOutside(path.split('/')) && !ignored.some((glob) => glob.test(path)))
    .sort(byteOrder);
}

/** The link by which a path would be reached, itself or a folder of it. */
export function linkOf({ links }: Pick<Tree, 'links'>, path: string): string | undefined {
  if (!links || links.size === 0) return undefined;
  const names = path.split('/');
  return names.map((_, i) => names.slice(0, i + 1).join('/')).find((one) => links.has(one));
}

/** Where a link leads within the tree, as a path from the root; null for one that leads out, and for a submodule. */
export function targetOf({ links }: Pick<Tree, 'links'>, link: string): string | null {
  const target = links?.get(link) ?? null;
  return target === null || target.startsWith('/') ? null : resolvePath(link, `./${target}`);
}

const isProjectFile = (path: string): boolean => /^hera\.project\.(ts|yaml|yml)$/.test(path);

const isFolderFile = (path: string): boolean =>
  /(^|\/)_folder\.(ts|yaml|yml)$/.test(path) && !isOutside(path.split('/').slice(0, -1));

/** Whether a path is that of a job's file, `ignore:` not looked at. */
export function isJobFile(path: string): boolean {
  return DEFINITION.test(path) && !path.endsWith('.d.ts') && !isProjectFile(path) && !isOutside(path.split('/'));
}

const isOutside = (segments: readonly string[]): boolean =>
  segments.some((name) => /^[_.]/.test(name) || name === 'node_modules') ||
  /^(calendars|vendor)$/.test(segments[0] ?? '');

/** Whether a file's own text shows that it is meant as a definition, by what every definition of its language holds. */
export function saysItIsDefinition(tree: Tree, file: string): boolean {
  const text = textOf(tree, file);
  if (file.endsWith('.ts')) return /['"]hera['"]/.test(text);
  return isFolderFile(file) || file.startsWith('calendars/') || /^\s*["']?run["']?\s*:/m.test(text);
}

/** A job's id by its file: the path without its ending. */
export const idOfFile = (path: string): string => path.replace(DEFINITION, '');

/** The folder of a path, empty for the root. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** A path as written in `from`: relative with `./` or `../`, else from the root. Null when it leaves the tree. */
export function resolvePath(from: string, written: string): string | null {
  const relative = /^\.\.?(\/|$)/.test(written);
  const segments = relative && folderOf(from) !== '' ? folderOf(from).split('/') : [];
  for (const name of written.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') segments.push(name);
    else if (segments.pop() === undefined) return null;
  }
  return segments.join('/');
}

/** Whether two trees whose unchanged files have the same bytes object, as `Kept.adopt` gives them, are the same. */
export function isSameTree(a: Tree, b: Tree): boolean {
  if (a.size !== b.size || !hasSameLinks(a, b) || !hasSameOversized(a, b)) return false;
  for (const [path, bytes] of a) if (b.get(path) !== bytes) return false;
  return true;
}

/** Whether two trees have the same links and submodules. */
export function hasSameLinks({ links: a = new Map() }: Tree, { links: b = new Map() }: Tree): boolean {
  if (a.size !== b.size) return false;
  for (const [path, target] of a) if (!b.has(path) || b.get(path) !== target) return false;
  return true;
}

/** Whether the same files of two trees were too big to be read, by the same bytes. */
function hasSameOversized({ oversized: a = new Map() }: Tree, { oversized: b = new Map() }: Tree): boolean {
  return a.size === b.size && [...a].every(([path, bytes]) => b.get(path) === bytes);
}

/** Whether `ignore` of the project matches a path. */
export const isIgnored = (path: string, ignore: readonly string[] = []): boolean =>
  ignore.some((glob) => globPattern(glob).test(path));

/** A glob: `*` stays within a segment, `**` crosses. A name that ends in `/` means everything below. */
function globPattern(glob: string): RegExp {
  const text = glob.replace(/^\.?\//, '').replace(/\/$/, '/**');
  const pattern = text.replace(/\*\*\/|\*\*|\*|\?|[^*?]+/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${pattern}$`);
}

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
