import { MOST_FILE_BYTES, type Tree } from '../../compiler/index.js';
import { invalid } from '../errors.js';
import { parseCommit } from './commit.js';
import { git } from './git.js';

export type { Tree };

export type TreeLimits = Readonly<{ files: number; fileBytes: number; totalBytes: number }>;

/** What a repository of definitions may hold. Data belongs elsewhere: everything here is read into memory by each deployment. */
export const TREE_LIMITS: TreeLimits = { files: 200_000, fileBytes: MOST_FILE_BYTES, totalBytes: 256 * 1024 * 1024 };

type Entry = Readonly<{ path: string; object: string; bytes: number; kind: 'file' | 'link' | 'submodule' }>;

/**
 * All regular files of a commit, below the folder `under` if given (paths are then relative to it). Symbolic links and submodules are
 * not followed: their names are in `links`. Files above `fileBytes` are not read: their names are in `oversized`. Throws `invalid` when there are too
 * many files or bytes.
 */
export async function readTree(
  repo: string,
  commit: string,
  { under = '', limits = TREE_LIMITS }: { readonly under?: string; readonly limits?: TreeLimits } = {},
): Promise<Tree> {
  const root = under === '' ? parseCommit(commit) : `${parseCommit(commit)}:${parseFolder(under)}`;
  const all = parseEntries(await git(['ls-tree', '-r', '-l', '-z', root], { cwd: repo }));
  const isTooBig = ({ kind, bytes }: Entry): boolean => kind === 'file' && bytes > limits.fileBytes;
  const entries = all.filter((entry) => !isTooBig(entry));
  refuseTooMuch(entries, limits);
  for (const { path } of all) refusePath(path);
  const listed = entries.filter(({ kind }) => kind !== 'submodule');
  const bytes = await readObjects(repo, listed, limits.totalBytes + listed.length * 200);
  const files = new Map<string, Uint8Array>();
  const links = new Map<string, string | null>();
  for (const { path, kind } of entries) if (kind === 'submodule') links.set(path, null);
  for (const [at, { path, kind }] of listed.entries())
    if (kind === 'file') files.set(path, bytes[at]!);
    else links.set(path, bytes[at]!.toString('utf8'));
  return Object.assign(files, {
    links,
    oversized: new Map(all.filter(isTooBig).map(({ path, bytes }) => [path, bytes])),
  });
}

/** Reads a folder of a repository: relative, no `..`, nothing git could read as an option or a revision. */
export function parseFolder(text: string): string {
  const folder = text.replace(/\/+$/, '');
  const isPlain = folder
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !part.startsWith('-'));
  if (folder === '' || !isPlain || /[\0:\\]/.test(folder))
    throw invalid(`${JSON.stringify(text)} is no folder of a repository`);
  return folder;
}

function parseEntries(listing: Buffer): readonly Entry[] {
  const found: Entry[] = [];
  for (const line of listing.toString('utf8').split('\0')) {
    const match = /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line);
    const kind = match && KINDS[match[1]!];
    if (kind) found.push({ object: match[3]!, bytes: Number(match[4]) || 0, path: match[5]!, kind });
  }
  return found;
}

const KINDS: Readonly<Record<string, Entry['kind']>> = {
  '100644': 'file',
  '100755': 'file',
  '120000': 'link',
  '160000': 'submodule',
};

const PATH_BYTES = 4096;

/** What no checkout could hold: git itself makes no such tree, but whoever sends objects can. */
function refusePath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes >= PATH_BYTES)
    throw invalid(`${path.slice(0, 60)}… has a path of ${bytes} bytes, more than ${PATH_BYTES - 1}`);
  if (path.split('/').some((name) => name === '' || name === '.' || name === '..' || name.toLowerCase() === '.git'))
    throw invalid(`${JSON.stringify(path)} is no path of a repository`, {
      help: 'the commit was not made by git: git fsck names the object',
    });
}

function refuseTooMuch(entries: readonly Entry[], limits: TreeLimits): void {
  const help = 'keep data and programs out of the repository of definitions';
  if (entries.length > limits.files)
    throw invalid(`the commit has ${entries.length} files, more than ${limits.files}`, { help });
  const big = entries.find((entry) => entry.bytes > limits.fileBytes);
  if (big) throw invalid(`${big.path} has ${big.bytes} bytes, more than ${limits.fileBytes}`, { help });
  const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (total > limits.totalBytes)
    throw invalid(`the commit's files have ${total} bytes, more than ${limits.totalBytes}`, { help });
}

async function readObjects(repo: string, entries: readonly Entry[], mostBytes: number): Promise<readonly Buffer[]> {
  const input = Buffer.from(entries.map((entry) => `${entry.object}\n`).join(''));
  const answer = await git(['cat-file', '--batch'], { cwd: repo, input, mostBytes });
  let at = 0;
  return entries.map((entry) => {
    const end = answer.indexOf(10, at);
    const size = Number(answer.toString('latin1', at, end).split(' ')[2]);
    if (end < 0 || !Number.isInteger(size)) throw invalid(`object ${entry.object} of ${entry.path} is missing`);
    at = end + 1 + size + 1;
    return answer.subarray(end + 1, end + 1 + size);
  });
}
