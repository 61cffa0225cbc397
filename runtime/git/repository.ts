import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conflict, invalid } from '../errors.js';
import { BUNDLE_MOST_BYTES, bundleRef, fetchArguments } from './bundle.js';
import { type Commit, changedFiles, commitInfo, hasCommit, isAncestor, parseCommit, renamedFiles } from './commit.js';
import { askGit, git } from './git.js';
import { readTree, type Tree } from './read-tree.js';

/** The server's own bare repository of one project: it holds every commit that was planned or deployed. */
export type Repository = Readonly<{
  path: string;
  /**
   * Takes `commit` from a bundle and keeps it under its own ref. An empty bundle says: you have it. Throws `conflict` with
   * `details.missing` when the bundle builds on commits that are not here (send a whole one), `invalid` for anything broken.
   */
  importBundle(commit: string, bundle: Uint8Array): Promise<void>;
  has(commit: string): Promise<boolean>;
  info(commit: string): Promise<Commit>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Files that were renamed from one commit to another, below a folder. */
  changedFiles(from: string, to: string, under: string): ReturnType<typeof changedFiles>;
  renamedFiles(from: string, to: string, under: string): ReturnType<typeof renamedFiles>;
  tree(commit: string, under?: string): Promise<Tree>;
}>;

/** The repositories of a server, one per project, below `dir`. */
export type Repositories = Readonly<{ of(project: string): Promise<Repository> }>;

export function openRepositories(dir: string): Repositories {
  const opened = new Map<string, Promise<Repository>>();
  return {
    of(project) {
      if (!/^[a-z0-9-]{1,30}$/.test(project)) throw invalid(`${JSON.stringify(project)} is no project name`);
      const known = opened.get(project);
      if (known) return known;
      const opening = openRepository(join(dir, `${project}.git`));
      opened.set(project, opening);
      opening.catch(() => opened.delete(project));
      return opening;
    },
  };
}

/** Opens the bare repository at `path`, which is made if it is not there. */
export async function openRepository(path: string): Promise<Repository> {
  if (!existsSync(join(path, 'HEAD'))) await initBare(path);
  return {
    path,
    importBundle: (commit, bundle) => importBundle(path, parseCommit(commit), bundle),
    has: (commit) => hasCommit(path, commit),
    info: (commit) => commitInfo(path, commit),
    isAncestor: (ancestor, descendant) => isAncestor(path, ancestor, descendant),
    changedFiles: (from, to, under) => changedFiles(path, from, to, under),
    renamedFiles: (from, to, under) => renamedFiles(path, from, to, under),
    tree: (commit, under) => readTree(path, commit, under ? { under } : {}),
  };
}

// Made beside and renamed: a start killed in between leaves no half repository.
async function initBare(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const making = await mkdtemp(`${path}.making-`);
  await git(['init', '--quiet', '--bare', '--template=', making], { cwd: making });
  await rename(making, path).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true });
    if (!existsSync(join(path, 'HEAD'))) throw error;
  });
}

async function importBundle(path: string, commit: string, bundle: Uint8Array): Promise<void> {
  if (bundle.length > BUNDLE_MOST_BYTES) throw invalid(`the bundle has more than ${BUNDLE_MOST_BYTES} bytes`);
  if (bundle.length === 0) {
    if (await hasCommit(path, commit)) return keep(path, commit);
    throw conflict(`the server does not have ${commit.slice(0, 12)}`, { details: { missing: true } });
  }
  const folder = await mkdtemp(join(path, 'incoming-'));
  try {
    const file = join(folder, 'bundle');
    await writeFile(file, bundle);
    await verify(path, file);
    await fetch(path, file, commit);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function verify(path: string, file: string): Promise<void> {
  const answer = await askGit(['bundle', 'verify', file], { cwd: path });
  if (answer.code === 0) return;
  if (/prerequisite/.test(answer.stderr))
    throw conflict('the bundle builds on commits that the server does not have', { details: { missing: true } });
  throw invalid('this is no git bundle', {
    help: 'send what `git bundle create` made',
    details: { git: answer.stderr.slice(-500) },
  });
}

/** Into a ref of its own: what is fetched can be asked for by name, and is never collected as garbage. */
async function fetch(path: string, file: string, commit: string): Promise<void> {
  const ref = bundleRef(commit);
  const answer = await askGit(fetchArguments(file, `${ref}:${ref}`), { cwd: path });
  if (answer.code !== 0)
    throw invalid(`the bundle does not carry ${commit.slice(0, 12)}`, { details: { git: answer.stderr.slice(-500) } });
  await refuseOther(path, ref, commit);
}

// The ref's name is the sender's word; what it points to is git's.
async function refuseOther(path: string, ref: string, commit: string): Promise<void> {
  const points = (await git(['rev-parse', '--verify', ref], { cwd: path })).toString('utf8').trim();
  if (points === commit) return;
  await git(['update-ref', '-d', ref], { cwd: path });
  throw invalid(`the bundle's ${ref} is another commit, ${points.slice(0, 12)}`);
}

const keep = async (path: string, commit: string): Promise<void> =>
  void (await git(['update-ref', bundleRef(commit), commit], { cwd: path }));
