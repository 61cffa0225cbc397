import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Failure, invalid, notFound, unavailable } from '../errors.js';
import { bundleRef, fetchArguments } from './bundle.js';
import { hasCommit, isCommit } from './commit.js';
import { askGit, type GitAnswer } from './git.js';

/** A repository elsewhere, by absolute path or URL. `https`, `http`, `ssh` and files; no other helper of git is ever started. */
export type Remote = string;

const ASK_MS = 20_000;
const FETCH_MS = 120_000;
const PROTOCOLS = ['https', 'http', 'ssh'].flatMap((name) => ['-c', `protocol.${name}.allow=always`]);
// Nobody is there to type a password: git and ssh take what the account of this process knows (credential helper, key), or fail.
const UNATTENDED = { GIT_ASKPASS: '', SSH_ASKPASS: '', GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=10' };

/** Reads a repository's address. Throws `invalid` for what is none, and for one with a password in it. */
export function parseRemote(text: string): Remote {
  if (text.startsWith('-') || /[\0\n\r]/.test(text) || text.length > 1000) throw noRemote(text);
  if (isAbsolute(text)) return text;
  if (/^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^:]/.test(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'file:') return fileURLToPath(url);
  if (url === undefined || !['https:', 'http:', 'ssh:'].includes(url.protocol)) throw noRemote(text);
  if (url.password !== '')
    throw invalid('the address of a repository holds no password', {
      help: "keep it in git's credential store of the account that runs this: git credential approve",
    });
  return text;
}

const noRemote = (text: string): Failure =>
  invalid(`${JSON.stringify(text.slice(0, 200))} is no address of a repository`, {
    help: 'an absolute path, https://…, ssh://… or user@host:path',
  });

/** The commit that a branch of a remote points to now. Throws `not-found` without that branch, `unavailable` when it cannot be read. */
export async function remoteHead(cwd: string, remote: Remote, branch: string): Promise<string> {
  const ref = `refs/heads/${parseBranch(branch)}`;
  const answer = await askRemote(cwd, ['ls-remote', '--quiet', '--', remote, ref], ASK_MS);
  if (answer.code !== 0) throw unreadable(remote, answer);
  const [commit] = answer.stdout.toString('utf8').split('\t');
  if (commit !== undefined && isCommit(commit)) return commit;
  throw notFound(`${remote} has no branch ${branch}`, { help: 'push it, or name another: hera source set … --branch' });
}

/** Brings `commit`, the head of the remote's branch, into the repository at `path` under its own ref. Throws `unavailable`. */
export async function fetchHead(path: string, remote: Remote, branch: string, commit: string): Promise<void> {
  if (await hasCommit(path, commit)) return;
  const answer = await askRemote(
    path,
    fetchArguments(remote, `refs/heads/${parseBranch(branch)}:${bundleRef(commit)}`),
    FETCH_MS,
  );
  if (answer.code !== 0) throw unreadable(remote, answer);
  if (!(await hasCommit(path, commit)))
    throw unavailable(`${branch} of ${remote} moved while it was fetched`, { help: 'it is looked at again' });
}

/** Reads the name of a branch. Throws `invalid` for what git would not take, or would take for something else. */
export function parseBranch(text: string): string {
  const isPlain =
    /^[A-Za-z0-9_][^\s~^:?*[\\\p{Cc}]{0,200}$/u.test(text) && !/\.\.|@\{|\/\/|\/$|\.$|\.lock$|\/\./.test(text);
  if (isPlain) return text;
  throw invalid(`${JSON.stringify(text.slice(0, 80))} is no name of a branch`);
}

const askRemote = (cwd: string, args: readonly string[], timeoutMs: number): Promise<GitAnswer> =>
  askGit([...PROTOCOLS, ...args], { cwd, env: UNATTENDED, timeoutMs });

const unreadable = (remote: Remote, { stderr }: GitAnswer): Failure =>
  unavailable(`${remote} cannot be read: ${lastLine(stderr)}`, {
    help: 'check the address, and that the account of this process may read it',
  });

const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^Please make sure|^and the repository exists/.test(line))
    .at(-1)
    ?.replace(/^(fatal|error): /, '') ?? 'git said nothing';
