import { resolve } from 'node:path';
import type { Client, Commit } from '../runtime/api/client.js';
import { Failure, invalid } from '../runtime/errors.js';
import { makeBundle } from '../runtime/git/bundle.js';
import {
  commitInfo,
  currentBranch,
  resolve as resolveCommit,
  uncommitted,
  workingTree,
} from '../runtime/git/commit.js';
import { readTree } from '../runtime/git/read-tree.js';
import { snapshotWorkingTree } from '../runtime/git/working-tree.js';
import type { Terminal } from './terminal.js';

/** The commit of a working directory that a command is about, compiled here first. */
export type LocalCommit = Readonly<{
  top: string;
  /** The project's folder below the top of the repository; `''`: the top. */
  under: string;
  commit: string;
  subject: string;
  dirty: boolean;
  /** The branch by which it comes: the one that is checked out, else the CI job's. */
  branch: string | undefined;
  project: string;
  machineGroups: readonly string[];
}>;

/**
 * HEAD of the repository of `dir`, which must have nothing uncommitted below it; with `dirty` a snapshot of the working tree. Compiles it:
 * with errors they are said and null is the answer.
 */
export async function readLocalCommit(terminal: Terminal, dir: string, dirty: boolean): Promise<LocalCommit | null> {
  const tree = await workingTree(resolve(terminal.cwd, dir));
  if (!tree)
    throw invalid(`${dir} is not in a git repository`, {
      help: 'a definition in production is a commit: git init && git add . && git commit',
    });
  const { top, under } = tree;
  const open = dirty ? [] : await uncommitted(resolve(terminal.cwd, dir));
  if (open.length > 0)
    throw invalid(`there are changes that are not committed: ${open.join(', ')}`, {
      help: 'commit them; or, against your own `hera up`, use --dirty',
    });
  const found = dirty ? await snapshotWorkingTree(top) : { commit: await resolveCommit(top, 'HEAD'), dirty: false };
  const compiled = await compileHere(terminal, await readTree(top, found.commit, { under }));
  const { subject } = await commitInfo(top, found.commit);
  const branch = dirty ? undefined : ((await currentBranch(top)) ?? terminal.env.ciBranch);
  return compiled && { top, under, ...found, subject, branch, ...compiled };
}

async function compileHere(
  terminal: Terminal,
  tree: ReadonlyMap<string, Uint8Array>,
): Promise<Readonly<{ project: string; machineGroups: readonly string[] }> | null> {
  const { compile } = await import('../compiler/index.js');
  const { manifest, diagnostics } = await compile(tree);
  if (diagnostics.length > 0)
    terminal.say(...(await import('./found-lines.js')).foundLines(terminal, diagnostics, tree));
  if (manifest === null) terminal.json({ diagnostics });
  return manifest && { project: manifest.project.name, machineGroups: manifest.project.machineGroups };
}

/** Where a commit lies that a server should get, and what it is. */
export type Sending = Pick<LocalCommit, 'top' | 'under' | 'commit' | 'dirty' | 'project'> &
  Readonly<{ branch?: string | undefined }>;

/** Does something with a commit that the server may lack: first with what it should not have yet, then with the whole history. */
export async function withBundle<T>(
  client: Client,
  sending: Sending,
  send: (commit: Commit) => Promise<T>,
): Promise<T> {
  const { project, commit, under, dirty, top, branch } = sending;
  const request = { project, commit, dirty, branch, ...(under === '' ? {} : { under }) };
  const known = await commitOnServer(client, project);
  try {
    return await send({ ...request, bundle: await makeBundle(top, commit, known) });
  } catch (error) {
    if (!isMissing(error)) throw error;
    return send({ ...request, bundle: await makeBundle(top, commit) });
  }
}

async function commitOnServer(client: Client, project: string): Promise<string | undefined> {
  try {
    return (await client.deployments({ project, limit: 1 })).items[0]?.commit;
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Whether the server said that it lacks a commit. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Failure &&
  error.code === 'conflict' &&
  (error.more.details as { missing?: boolean } | undefined)?.missing === true;
