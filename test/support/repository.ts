// A git repository on disk with people who commit to it: real git. Its writer is Ada, wherever the test runs.

import { execFileSync } from 'node:child_process';
import { writeFiles } from './files.js';

/** The files of a commit by path; null: the file is removed. */
export type Written = Readonly<Record<string, string | null>>;

export type Repository = Readonly<{
  path: string;
  /** What git prints, without the line's end; throws what git says where it refuses. */
  git(...args: string[]): string;
  /** Writes files and commits them with whatever else has changed; the commit. */
  commit(files: Written, subject?: string): string;
}>;

/** What runs git there: `env` is all that it sees of its surroundings; default: those of the test. */
export function repositoryAt(
  path: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Repository {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd: path,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  return {
    path,
    git,
    commit(files, subject = 'a commit') {
      writeFiles(path, files);
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', subject);
      return git('rev-parse', 'HEAD');
    },
  };
}

/** A new repository in an existing directory, on the branch `main`. */
export function newRepository(path: string): Repository {
  const repository = repositoryAt(path);
  repository.git('init', '--quiet', '--initial-branch=main');
  return repository;
}
