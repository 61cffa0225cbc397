import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unavailable } from '../../runtime/errors.js';

const run = promisify(execFile);

/** Where the demonstration keeps everything. */
export type DemoHome = Readonly<{
  /** The git repository with the definitions. */
  repository: string;
  /** Databases and logs of `hera up`. */
  stateDir: string;
  /** The tables that jobs write. */
  tables: string;
  /** The data they read: files of an npm package. */
  source: string;
  bin: string;
}>;

/** Makes the repository from the example, once: from then on it is its reader's to change. */
export async function prepareHome(say: (line: string) => void): Promise<DemoHome> {
  await needPython();
  const root = packageRoot();
  const home = process.env.HERA_DEMO_DIR ?? join(root, '.hera', 'demo');
  const repository = join(home, 'warehouse');
  await mkdir(repository, { recursive: true });
  if (!existsSync(join(repository, '.git'))) {
    await cp(join(root, 'examples', 'warehouse'), repository, { recursive: true });
    await commit(repository);
    say(`The definitions are committed in ${repository}`);
  }
  const tables = join(home, 'tables');
  await mkdir(tables, { recursive: true });
  const source = join(root, 'node_modules', 'vega-datasets', 'data');
  return { repository, stateDir: join(home, 'state'), tables, source, bin: join(root, 'bin', 'hera') };
}

/** From the source tree and from dist/ alike. */
function packageRoot(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return here.includes(`${join('dist', 'examples')}`)
    ? fileURLToPath(new URL('../../..', import.meta.url))
    : fileURLToPath(new URL('../..', import.meta.url));
}

const git = (directory: string, ...args: string[]) =>
  run('git', ['-c', 'user.name=Hera demo', '-c', 'user.email=demo@localhost', '-c', 'commit.gpgsign=false', ...args], {
    cwd: directory,
  });

async function commit(repository: string): Promise<void> {
  await git(repository, 'init', '--quiet', '--initial-branch=main');
  await git(repository, 'add', '--all');
  await git(repository, 'commit', '--quiet', '--message', 'The weather warehouse');
}

/** Half of the example's scripts are Python: better told now than by failing runs. */
async function needPython(): Promise<void> {
  await run('python3', ['--version']).catch((cause: unknown) => {
    throw unavailable('python3 is not found, and half of the example is written in it', {
      help: 'install Python 3.8 or newer (apt-get install python3, brew install python), then start again',
      cause,
    });
  });
}
