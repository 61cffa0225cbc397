import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { EndRequest } from '../api/worker/contract.js';
import { conflict } from '../errors.js';
import { type Group, identify, type ProcessIdentity } from './processes.js';

// What a worker keeps on its own disk, so that neither its death nor the control plane's absence loses an ending or a byte of output:
//   <work directory>/.spool/<run>-<n>/attempt.json   whose it is, and the process group
//                                     output         what the process wrote
//                                     ending.json    how it ended, before anybody is told
//                                     done.json      the control plane knows all; when the rest may be removed
//   <work directory>/.files/<sha256>                 files of definitions, by content
//   <work directory>/<project>/<run>-<n>/            where the process runs

export type SpooledAttempt = Readonly<{
  run: string;
  n: number;
  project: string;
  instance: string;
  group: Group | null;
}>;

export type SpoolEnding = EndRequest['ending'];

export type SpoolEntry = Readonly<{
  attempt: SpooledAttempt;
  output: string;
  directory: string;
  ending(): SpoolEnding | undefined;
  /** When it may be removed; undefined while the control plane does not know all of it. */
  removeAt(): number | undefined;
  recordGroup(group: Group): void;
  /** On disk when it resolves, with the output before it. */
  recordEnding(ending: SpoolEnding): Promise<void>;
  /** The control plane knows all: the output goes now, the work directory and this at `removeAt`. */
  close(removeAt: number): void;
  remove(): void;
}>;

export type Spool = Readonly<{
  path: string;
  /** Makes the entry of an attempt, or finds the one that is there. */
  open(attempt: Omit<SpooledAttempt, 'group'>): SpoolEntry;
  entries(): readonly SpoolEntry[];
  /** Where a file of this content is, or shall be written. */
  cached(sha256: string): string;
  release(): void;
}>;

/** Opens a worker's directory; one living worker may have it. Throws `conflict` when another one does. */
export function openSpool(path: string): Spool {
  for (const folder of ['', '.spool', '.files']) mkdirSync(join(path, folder), { recursive: true, mode: 0o700 });
  const holder = join(path, '.worker.json');
  takeFor(process.pid, holder, path);
  const folderOf = (run: string, n: number): string => join(path, '.spool', `${run}-${n}`);
  return {
    path,
    open(attempt) {
      const folder = folderOf(attempt.run, attempt.n);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!existsSync(join(folder, 'attempt.json')))
        writeWhole(join(folder, 'attempt.json'), { ...attempt, group: null });
      return entryOf(path, folder) as SpoolEntry;
    },
    entries: () =>
      readdirSync(join(path, '.spool'))
        .map((name) => entryOf(path, join(path, '.spool', name)))
        .filter((entry) => entry !== undefined),
    cached: (sha256) => join(path, '.files', sha256),
    release: () => rmSync(holder, { force: true }),
  };
}

function entryOf(root: string, folder: string): SpoolEntry | undefined {
  const file = (name: string): string => join(folder, name);
  const attempt = readJson<SpooledAttempt>(file('attempt.json'));
  if (!attempt) return undefined;
  const directory = join(root, attempt.project, `${attempt.run}-${attempt.n}`);
  const output = file('output');
  return {
    attempt,
    output,
    directory,
    ending: () => readJson<SpoolEnding>(file('ending.json')),
    removeAt: () => readJson<{ removeAt: number }>(file('done.json'))?.removeAt,
    recordGroup: (group) => writeWhole(file('attempt.json'), { ...attempt, group }),
    async recordEnding(ending) {
      await sync(output);
      writeWhole(file('ending.json'), ending);
      await sync(file('ending.json'));
      await sync(folder);
    },
    close(removeAt) {
      writeWhole(file('done.json'), { removeAt });
      rmSync(output, { force: true });
    },
    remove() {
      rmSync(directory, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A kill between the two leaves the former file whole. */
function writeWhole(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

async function sync(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function takeFor(pid: number, holder: string, path: string): void {
  const other = readJson<ProcessIdentity>(holder);
  if (other && other.pid !== pid && identify(other.pid)?.started === other.started)
    throw conflict(`worker ${other.pid} works in ${path}`, { help: 'give this worker a directory of its own' });
  writeWhole(holder, identify(pid));
}
