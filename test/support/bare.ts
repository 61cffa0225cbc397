// A bare repository that people push to, and a clone that pushes: real git, with its own home so that nobody's settings are read.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Repository, repositoryAt } from './repository.js';

export type Pushed = Readonly<{ code: number | null; said: string }>;

export type Bare = Readonly<{
  dir: string;
  /** The bare repository. */
  path: string;
  clone: Clone;
  /** Another clone, of the same or another address. */
  cloneOf(name: string, address?: string): Clone;
  /** The commit of a branch of the bare repository; null: it has none. */
  head(branch?: string): string | null;
  close(): void;
}>;

export type Clone = Repository &
  Readonly<{
    push(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Pushed>;
  }>;

export function openBare(env: Readonly<Record<string, string>> = {}): Bare {
  const dir = mkdtempSync(join(tmpdir(), 'hera-bare-'));
  const path = join(dir, 'shop.git');
  const surroundings = {
    PATH: process.env.PATH,
    HOME: dir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    HERA_CONFIG_DIR: join(dir, 'config'),
    ...env,
  };
  repositoryAt(dir, surroundings).git('init', '--quiet', '--bare', '--initial-branch=main', path);
  const cloneOf = (name: string, address = path): Clone => {
    const tree = join(dir, name);
    repositoryAt(dir, surroundings).git('clone', '--quiet', address, tree);
    return {
      ...repositoryAt(tree, surroundings),
      push: (args = ['origin', 'main'], more = {}) => runGit(tree, ['push', ...args], { ...surroundings, ...more }),
    };
  };
  return {
    dir,
    path,
    clone: cloneOf('clone'),
    cloneOf,
    head(branch = 'main') {
      try {
        return repositoryAt(path, surroundings).git('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`);
      } catch {
        return null;
      }
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function runGit(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Pushed> {
  return new Promise((resolve) => {
    const child = spawn('git', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    child.on('close', (code) => resolve({ code, said: said.replaceAll('\u001b[K', '') }));
  });
}
