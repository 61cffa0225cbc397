// Git is where definitions live; this room reads commits with the real `git` binary and keeps the server's own copy of each.
// In: a directory or a bare repository, a commit, a bundle's bytes. Out: trees as plain bytes, facts about commits.
// Promises: no shell, no user's environment, no hook, no prompt, no network; bounded output and time; links are never followed.
// Never here: what a definition means (`compiler/`), who may deploy (`runtime/api`), SQL.
// This file is the one place that starts git; read on in `read-tree.ts`, `commit.ts`, `bundle.ts`, `repository.ts`.

import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { type Failure, invalid, unavailable } from '../errors.js';

export type GitOptions = Readonly<{
  /** The working directory or the bare repository. */
  cwd: string;
  input?: Uint8Array | undefined;
  /** Further variables (GIT_INDEX_FILE …); nothing else of our environment but PATH and HOME is passed on. */
  env?: Readonly<Record<string, string>>;
  /** Output past this is refused. Default 64 MiB. */
  mostBytes?: number;
  timeoutMs?: number;
}>;

export type GitAnswer = Readonly<{ code: number; stdout: Buffer; stderr: string }>;

const MOST_BYTES = 64 * 1024 * 1024;
const STDERR_KEPT = 8 * 1024;
const TIMEOUT_MS = 120_000;

// The repository's own configuration may name programs (a monitor, hooks): none of them is run by us.
const SETTINGS = [
  'safe.directory=*',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.quotePath=false',
  'gc.auto=0',
  'protocol.allow=never',
  'protocol.file.allow=always',
].flatMap((setting) => ['-c', setting]);

/** Runs git and answers how it ended, whatever its exit code. Throws `unavailable` when there is no git or it does not end. */
export function askGit(args: readonly string[], options: GitOptions): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    // Node says ENOENT or ENOTDIR as if the program were missing.
    if (!isDirectory(options.cwd)) throw noDirectory(options.cwd);
    const child = spawn('git', [...SETTINGS, ...args], {
      cwd: options.cwd,
      env: { ...environment(), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const most = options.mostBytes ?? MOST_BYTES;
    const out: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    const giveUp = (error: Error): void => {
      child.kill('SIGKILL');
      reject(error);
    };
    const timer = setTimeout(
      () => giveUp(unavailable(`git ${args[0]} did not end within ${(options.timeoutMs ?? TIMEOUT_MS) / 1000} s`)),
      options.timeoutMs ?? TIMEOUT_MS,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) giveUp(invalid(`git ${args[0]} answers more than ${most} bytes`));
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_KEPT);
    });
    // A git that refuses early closes its input: its exit code tells, not our write.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', (cause) => giveUp(notStarted(cause)));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr });
    });
  });
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const noDirectory = (path: string): Failure =>
  invalid(`there is no directory ${path}`, { help: 'name the directory that holds the project' });

const notStarted = (cause: Error): Failure =>
  unavailable(`git could not be started: ${cause.message}`, { help: 'install git, or put it on the PATH', cause });

/** Runs git and answers its output. Throws `invalid` with git's own words when it fails. */
export async function git(args: readonly string[], options: GitOptions): Promise<Buffer> {
  const answer = await askGit(args, options);
  if (answer.code === 0) return answer.stdout;
  throw invalid(`git ${args.find((arg) => !arg.startsWith('-')) ?? ''} failed: ${lastLines(answer.stderr)}`, {
    details: { code: answer.code },
  });
}

/** As `git`, the output as text without the last line end. */
export const gitText = async (args: readonly string[], options: GitOptions): Promise<string> =>
  (await git(args, options)).toString('utf8').replace(/\n$/, '');

// A child's environment is named here, not inherited: variables such as GIT_DIR would make it answer about another repository.
const environment = (): Record<string, string> => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: process.env.HOME ?? '/nonexistent',
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_LFS_SKIP_SMUDGE: '1',
});

const lastLines = (text: string): string =>
  text
    .trim()
    .split('\n')
    .slice(-4)
    .map((line) => line.replace(/^(fatal|error): /, ''))
    .join('; ') || 'it said nothing';
