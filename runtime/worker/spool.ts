import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { EndRequest } from '../api/worker/contract.js';
import { conflict } from '../errors.js';
import { Ballast } from './ballast.js';
import type { AttemptKey } from './control-plane.js';
import type { Cut } from './cuts.js';
import { OUTPUT_LIMITS, type OutputLimits, SpoolQuota } from './output-limits.js';
import { type Group, identify, type ProcessIdentity } from './processes.js';
import { listSegments, segmentEnd, segmentName } from './segments.js';

// What a worker keeps on its own disk, so that neither its death nor the control plane's absence loses an ending or a byte of output:
//   <work directory>/.spool/<run>-<n>/attempt.json   whose it is, and the process group; `<run>-<n>~2` where a database that was set back
//                                                    has given the number to another attempt
//                                     output/        what the process wrote (`segments.ts`)
//                                     cuts.json      what of it is left out (`cuts.ts`)
//                                     ending.json    how it ended, before anybody is told
//                                     done.json      the control plane knows all; when the rest may be removed
//   <work directory>/.spool/ballast                  given up when the disk is full, so that an ending can still be written
//   <work directory>/.mark                           this directory's own, in the environment of all that runs here
//   <work directory>/.files/<sha256>                 files of definitions, by content
//   <work directory>/.pipes/                         the launcher's (`pipes.ts`)
//   <work directory>/<project>/<name of the above>/  where the process runs

export type SpooledAttempt = Readonly<{
  run: string;
  n: number;
  project: string;
  instance: string;
  /** Of which turn, by which workflow; absent: not told. */
  of?: AttemptKey['of'];
  group: Group | null;
}>;

export type SpoolEnding = EndRequest['ending'];

export type SpoolEntry = Readonly<{
  attempt: SpooledAttempt;
  /** Of this attempt alone: all that it starts bears it (HERA_WORKER), and is found by it and by the number of the run. */
  mark: string;
  /** The folder of its segments. */
  output: string;
  directory: string;
  ending(): SpoolEnding | undefined;
  /** When it may be removed; undefined while the control plane does not know all of it. */
  removeAt(): number | undefined;
  recordGroup(group: Group): void;
  cuts(): readonly Cut[];
  /** On disk when it returns. */
  recordCuts(cuts: readonly Cut[]): void;
  /** On disk when it resolves, with the output from byte `from` on. */
  recordEnding(ending: SpoolEnding, from?: number): Promise<void>;
  /** The control plane knows all: the output goes now, the work directory and this at `removeAt`. */
  close(removeAt: number): void;
  remove(): void;
}>;

export type Spool = Readonly<{
  path: string;
  /** Where the launcher makes its pipes. */
  pipes: string;
  quota: SpoolQuota;
  /** Makes the entry of an attempt that begins. */
  open(attempt: Omit<SpooledAttempt, 'group'>): SpoolEntry;
  entries(): readonly SpoolEntry[];
  /** Where a file of this content is, or shall be written. */
  cached(sha256: string): string;
  release(): void;
}>;

/** Opens a worker's directory; one living worker may have it. Throws `conflict` when another one does. */
export function openSpool(path: string, limits: OutputLimits = OUTPUT_LIMITS): Spool {
  for (const folder of ['', '.spool', '.files', '.pipes'])
    mkdirSync(join(path, folder), { recursive: true, mode: 0o700 });
  const holder = join(path, '.worker.json');
  takeFor(process.pid, holder, path);
  const ballast = new Ballast(join(path, '.spool', 'ballast'));
  const quota = new SpoolQuota(path, limits);
  const root: Root = { path, mark: markOf(join(path, '.mark')), ballast };
  return {
    path,
    pipes: join(path, '.pipes'),
    quota,
    open(attempt) {
      const name = freeName(join(path, '.spool'), `${attempt.run}-${attempt.n}`);
      ballast.drop(() => {
        mkdirSync(join(path, '.spool', name), { recursive: true, mode: 0o700 });
        writeWhole(join(path, '.spool', name, 'attempt.json'), { ...attempt, group: null });
      });
      return entryOf(root, name) as SpoolEntry;
    },
    entries: () =>
      readdirSync(join(path, '.spool'))
        .map((name) => entryOf(root, name))
        .filter((entry) => entry !== undefined),
    cached: (sha256) => join(path, '.files', sha256),
    release: () => {
      quota.close();
      rmSync(holder, { force: true });
    },
  };
}

type Root = Readonly<{ path: string; mark: string; ballast: Ballast }>;

/** A name that no attempt has whose ending or output may still be told. */
function freeName(folder: string, name: string): string {
  for (let i = 1; ; i++) {
    const free = i === 1 ? name : `${name}~${i}`;
    if (!existsSync(join(folder, free, 'attempt.json'))) return free;
  }
}

function entryOf({ path, mark, ballast }: Root, name: string): SpoolEntry | undefined {
  const folder = join(path, '.spool', name);
  const file = (name: string): string => join(folder, name);
  const attempt = readJson<SpooledAttempt>(file('attempt.json'));
  if (!attempt) return undefined;
  const directory = join(path, attempt.project, name);
  const output = file('output');
  return {
    attempt,
    mark: `${mark}/${name}`,
    output,
    directory,
    ending: () => readJson<SpoolEnding>(file('ending.json')),
    removeAt: () => readJson<{ removeAt: number }>(file('done.json'))?.removeAt,
    recordGroup: (group) => ballast.drop(() => writeWhole(file('attempt.json'), { ...attempt, group })),
    cuts: () => readJson<readonly Cut[]>(file('cuts.json')) ?? [],
    recordCuts: (cuts) =>
      ballast.drop(() => {
        writeWhole(file('cuts.json'), cuts);
        syncNow(file('cuts.json'));
      }),
    async recordEnding(ending, from = 0) {
      for (const at of await listSegments(output)) if (segmentEnd(at) > from) await sync(join(output, segmentName(at)));
      ballast.drop(() => writeWhole(file('ending.json'), ending));
      await sync(file('ending.json'));
      await sync(folder);
    },
    close(removeAt) {
      ballast.drop(() => writeWhole(file('done.json'), { removeAt }));
      rmSync(output, { recursive: true, force: true });
    },
    remove() {
      rmSync(directory, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function markOf(file: string): string {
  const known = readJson<{ mark: string }>(file)?.mark;
  if (known !== undefined) return known;
  const mark = randomUUID();
  writeWhole(file, { mark });
  syncNow(file);
  return mark;
}

/** A kill between the two leaves the former file whole. */
function writeWhole(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function syncNow(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
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
