import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from '../errors.js';
import { type ChildBook, endSurvivors, openChildBook } from './children.js';
import { type LockFacts, lockHolder, takeLock } from './lock-file.js';

/** One line for the person who waits. */
export type Progress = (line: string) => void;

/** The one directory that holds everything of one machine's Hera, locked by this process. */
export type StateDir = Readonly<{
  path: string;
  /** A path below the directory; missing folders are made, 0700. The last segment is a file. */
  file(...segments: readonly string[]): string;
  children: ChildBook;
  /** Ports of the last start, by the name of what listened. */
  port(name: string): number | undefined;
  rememberPort(name: string, port: number): void;
  /** A random secret (64 hex digits), made once, in a file only its owner can read (0600). */
  secretFile(name: string): Readonly<{ path: string; value: string }>;
  /** Facts for a second start on this directory, for instance `{ url }`. */
  announce(facts: LockFacts): void;
  release(): void;
}>;

/** Another living process holds the state directory. */
export class StateDirInUse extends Failure {
  constructor(
    readonly path: string,
    readonly pid: number,
    readonly url: string | undefined,
  ) {
    super('conflict', `Hera already runs in ${path}: pid ${pid}${url ? `, ${url}` : ''}`, {
      help: 'use that one, end it with `hera down`, or give another --state-dir',
      details: { path, pid, url },
    });
    this.name = 'StateDirInUse';
  }
}

/**
 * Opens (makes) the state directory, locks it for this process and ends children that outlived a killed former holder.
 * Throws `StateDirInUse` with pid and url when a living process has it. A crash leaves no lock: the next start recognises it by
 * pid and start time.
 */
export async function openStateDir(path: string, progress: Progress = () => {}): Promise<StateDir> {
  const root = resolve(path);
  makePrivate(root);
  // Beside a project it lies in the project's repository, of which it is no part.
  writeFileSync(join(root, '.gitignore'), '*\n');
  const answer = await takeLock(join(root, 'lock'));
  if (answer.kind === 'taken') throw new StateDirInUse(root, answer.holder.pid, answer.facts.url);
  const children = openChildBook(join(root, 'children.json'));
  for (const name of await endSurvivors(children)) progress(`ended ${name}, left behind by a start that was killed`);
  return { ...filesOf(root), children, announce: answer.lock.announce, release: answer.lock.release };
}

/** Who runs in this state directory now, without opening it: for `hera down` and `hera doctor`. */
export function stateDirHolder(path: string): Readonly<{ pid: number; url: string | undefined }> | undefined {
  const found = lockHolder(join(resolve(path), 'lock'));
  return found && { pid: found.holder.pid, url: found.facts.url };
}

function filesOf(root: string): Pick<StateDir, 'path' | 'file' | 'port' | 'rememberPort' | 'secretFile'> {
  const file = (...segments: readonly string[]): string => {
    const folders = segments.slice(0, -1);
    if (folders.length > 0) mkdirSync(join(root, ...folders), { recursive: true, mode: 0o700 });
    return join(root, ...segments);
  };
  const ports = (): Readonly<Record<string, number>> => JSON.parse(readOr(join(root, 'ports.json'), '{}'));
  return {
    path: root,
    file,
    port: (name) => ports()[name],
    rememberPort: (name, port) => replace(join(root, 'ports.json'), JSON.stringify({ ...ports(), [name]: port })),
    secretFile(name) {
      const at = file('secrets', name);
      if (readOr(at, '') === '') replace(at, randomBytes(32).toString('hex'));
      return { path: at, value: readFileSync(at, 'utf8') };
    },
  };
}

/**
 * 0700, except for root: PostgreSQL then runs under another account, which must be able to pass through (0711) to its own folder.
 * What lies inside is 0600 or in folders of 0700 either way.
 */
function makePrivate(root: string): void {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  chmodSync(root, process.getuid?.() === 0 ? 0o711 : 0o700);
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
