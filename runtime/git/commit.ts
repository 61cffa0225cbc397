import { invalid, notFound } from '../errors.js';
import { askGit, gitText } from './git.js';

/** A commit as git tells it. */
export type Commit = Readonly<{ commit: string; subject: string; author: string; committedAt: Date }>;

const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether a text is a whole commit hash: what may be given to git as an argument without a look. */
export const isCommit = (text: string): boolean => HASH.test(text);

/** Reads a whole commit hash. Throws `invalid` for anything else. */
export function parseCommit(text: string): string {
  if (isCommit(text)) return text;
  throw invalid(`${JSON.stringify(text.slice(0, 80))} is no commit`, {
    help: 'give the whole hash: 40 hexadecimal digits',
  });
}

/** The commit a name means (`HEAD`, a branch, a tag, the beginning of a hash). Throws `notFound`. */
export async function resolve(repo: string, name: string): Promise<string> {
  const answer = await askGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], {
    cwd: repo,
  });
  const text = answer.stdout.toString('utf8').trim();
  if (answer.code === 0 && isCommit(text)) return text;
  throw notFound(`${name} names no commit in ${repo}`, {
    help: 'commit something first, or check the name with `git log`',
  });
}

/** Whether the repository holds the commit. */
export async function hasCommit(repo: string, commit: string): Promise<boolean> {
  const answer = await askGit(['cat-file', '-e', `${parseCommit(commit)}^{commit}`], { cwd: repo });
  return answer.code === 0;
}

/** What a commit says of itself. Throws `notFound` when the repository does not hold it. */
export async function commitInfo(repo: string, commit: string): Promise<Commit> {
  const answer = await askGit(
    ['show', '-s', '--no-show-signature', '--format=%H%x00%s%x00%an%x00%cI', parseCommit(commit)],
    {
      cwd: repo,
    },
  );
  const [hash, subject, author, at] = answer.stdout.toString('utf8').trimEnd().split('\0');
  if (answer.code !== 0 || !hash || subject === undefined || !author || !at)
    throw notFound(`commit ${commit.slice(0, 12)} is not in the repository`);
  return { commit: hash, subject, author, committedAt: new Date(at) };
}

/** Whether `ancestor` is an ancestor of `descendant`, or the same. False when one of them is not there. */
export async function isAncestor(repo: string, ancestor: string, descendant: string): Promise<boolean> {
  const answer = await askGit(['merge-base', '--is-ancestor', parseCommit(ancestor), parseCommit(descendant)], {
    cwd: repo,
  });
  return answer.code === 0;
}

/** Files that are not the same in two commits, below a folder (`''`: all), paths from that folder on. */
export async function changedFiles(repo: string, from: string, to: string, under: string): Promise<readonly string[]> {
  const where = under === '' ? [] : [`--relative=${under}`];
  const args = ['diff', '--name-only', '-z', '--no-renames', ...where];
  const text = await gitText([...args, parseCommit(from), parseCommit(to)], { cwd: repo });
  return text.split('\0').filter(Boolean);
}

/** Files that git takes for renamed between two commits, below a folder (`''`: all): at most `most`, paths from that folder on. */
export async function renamedFiles(
  repo: string,
  from: string,
  to: string,
  under: string,
  most = 1000,
): Promise<readonly Readonly<{ from: string; to: string }>[]> {
  const where = under === '' ? [] : [`--relative=${under}`];
  const args = ['diff', '--name-status', '-z', '--find-renames', '--diff-filter=R', ...where];
  const text = await gitText([...args, parseCommit(from), parseCommit(to)], { cwd: repo });
  const words = text.split('\0').filter(Boolean);
  return Array.from({ length: Math.min(most, Math.floor(words.length / 3)) }, (_, i) => ({
    from: words[3 * i + 1]!,
    to: words[3 * i + 2]!,
  }));
}

/** The top of the working tree that holds `dir`, and `dir` below it (`''` at the top). Undefined outside of git. */
export async function workingTree(dir: string): Promise<Readonly<{ top: string; under: string }> | undefined> {
  const answer = await askGit(['rev-parse', '--show-toplevel', '--show-prefix'], { cwd: dir });
  const [top, under] = answer.stdout.toString('utf8').split('\n');
  return answer.code === 0 && top ? { top, under: (under ?? '').replace(/\/$/, '') } : undefined;
}

/** The branch that is checked out; undefined on none (a commit by its hash). */
export async function currentBranch(dir: string): Promise<string | undefined> {
  const answer = await askGit(['symbolic-ref', '--quiet', '--short', 'HEAD'], { cwd: dir });
  return answer.code === 0 ? answer.stdout.toString('utf8').trim() : undefined;
}

/** Paths that differ from HEAD or are untracked, at most `most`. */
export async function uncommitted(dir: string, most = 10): Promise<readonly string[]> {
  const text = await gitText(['status', '--porcelain=v1', '-z', '--untracked-files=normal', '--no-renames'], {
    cwd: dir,
  });
  return text
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => entry.slice(3))
    .slice(0, most);
}
