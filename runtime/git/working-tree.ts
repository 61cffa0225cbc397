import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invalid } from '../errors.js';
import { resolve, workingTree } from './commit.js';
import { askGit, git, gitText } from './git.js';
import { TREE_LIMITS, type Tree } from './read-tree.js';

/**
 * The files below `dir` as they are now on disk, links by their names only: in a git working tree those that git tracks or would track, elsewhere
 * all but `node_modules`, `dist` and names that begin with a dot. For `validate` and `compile`, which need no commit.
 */
export async function readDirectory(dir: string, known: KnownFiles = new Map()): Promise<Tree> {
  const paths = (await workingTree(dir)) === undefined ? await walk(dir) : await listed(dir);
  const tree = new Map<string, Uint8Array>();
  const links = new Map<string, string | null>();
  const oversized = new Map<string, number>();
  let total = 0;
  for (let i = 0; i < paths.length; i += AT_ONCE) {
    const slice = paths.slice(i, i + AT_ONCE);
    const files = await Promise.all(slice.map((path) => readOne(dir, path, known)));
    for (const [j, bytes] of files.entries()) {
      if (!bytes) continue;
      if ('target' in bytes) {
        links.set(slice[j]!, bytes.target);
        continue;
      }
      if ('tooMany' in bytes) {
        oversized.set(slice[j]!, bytes.tooMany);
        continue;
      }
      total += bytes.length;
      if (total > TREE_LIMITS.totalBytes)
        throw invalid(`the files of ${dir} have more than ${TREE_LIMITS.totalBytes} bytes`);
      tree.set(slice[j]!, bytes);
    }
  }
  for (const path of known.keys()) if (!tree.has(path)) known.delete(path);
  return Object.assign(tree, { links, oversized });
}

/** Files as they were read last: whoever reads a directory again and again reads only what has another size, time or inode. */
export type KnownFiles = Map<string, Readonly<{ facts: string; bytes: Uint8Array }>>;

const AT_ONCE = 64;

/** What is not read: with where it leads, a link as it is written, a submodule to nothing; or with the bytes that are too many. */
type Aside = Readonly<{ target: string | null }> | Readonly<{ tooMany: number }>;

/** Undefined for what is no file, no link and no folder that git lists as a file (a submodule), or gone since it was listed. */
async function readOne(dir: string, path: string, known: KnownFiles): Promise<Uint8Array | Aside | undefined> {
  const stat = await lstat(join(dir, path), { bigint: true }).catch(() => undefined);
  if (stat?.isSymbolicLink())
    return await readlink(join(dir, path)).then(
      (target) => ({ target }),
      () => undefined,
    );
  if (stat?.isDirectory()) return { target: null };
  if (!stat?.isFile()) return undefined;
  if (stat.size > TREE_LIMITS.fileBytes) return { tooMany: Number(stat.size) };
  const facts = [stat.size, stat.mtimeNs, stat.ctimeNs, stat.ino].join();
  const before = known.get(path);
  if (before?.facts === facts) return before.bytes;
  const bytes = await readFile(join(dir, path)).catch(() => undefined);
  if (bytes) known.set(path, { facts, bytes });
  return bytes;
}

async function listed(dir: string): Promise<readonly string[]> {
  const text = await gitText(['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: dir });
  return [...new Set(text.split('\0').filter((path) => path !== ''))].sort();
}

async function walk(dir: string, below = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await walk(dir, path)));
    else if (entry.isFile() || entry.isSymbolicLink()) found.push(path);
  }
  return found.sort();
}

/** A commit of what lies in a working tree; `dirty` when it differs from HEAD (HEAD itself otherwise). */
export type Snapshot = Readonly<{ commit: string; dirty: boolean }>;

/**
 * Makes a commit of the working tree as it is, untracked files included, on no branch: index, HEAD and branches stay untouched.
 * The same files on the same HEAD give the same commit.
 */
export async function snapshotWorkingTree(dir: string): Promise<Snapshot> {
  const tree = await workingTree(dir);
  if (!tree) throw invalid(`${dir} is not in a git repository`, { help: 'git init && git add . && git commit' });
  const folder = await mkdtemp(join(tmpdir(), 'hera-index-'));
  try {
    return await snapshot(tree.top, join(folder, 'index'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function snapshot(top: string, index: string): Promise<Snapshot> {
  const env = { GIT_INDEX_FILE: index };
  const head = await resolve(top, 'HEAD').catch(() => undefined);
  if (head) await git(['read-tree', head], { cwd: top, env });
  await git(['add', '--all', '--', '.'], { cwd: top, env });
  const files = await gitText(['write-tree'], { cwd: top, env });
  if (head && files === (await gitText(['rev-parse', `${head}^{tree}`], { cwd: top })))
    return { commit: head, dirty: false };
  const when = head ? await gitText(['show', '-s', '--format=%cI', head], { cwd: top }) : '2000-01-01T00:00:00Z';
  const who = await author(top);
  const commit = await gitText(
    [
      'commit-tree',
      files,
      ...(head ? ['-p', head] : []),
      '-m',
      `Working tree${head ? ` on ${head.slice(0, 12)}` : ''}`,
    ],
    { cwd: top, env: { ...env, ...identity('AUTHOR', who, when), ...identity('COMMITTER', who, when) } },
  );
  return { commit, dirty: true };
}

const identity = (role: 'AUTHOR' | 'COMMITTER', name: string, when: string): Record<string, string> => ({
  [`GIT_${role}_NAME`]: name,
  [`GIT_${role}_EMAIL`]: 'hera@localhost',
  [`GIT_${role}_DATE`]: when,
});

async function author(top: string): Promise<string> {
  const answer = await askGit(['config', '--get', 'user.name'], { cwd: top });
  return answer.stdout.toString('utf8').trim() || 'hera';
}
