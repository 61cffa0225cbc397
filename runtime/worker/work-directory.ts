import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import type { AttemptSpec } from '../api/worker/contract.js';

/** Where an attempt runs, and its script there. */
export type WorkDirectory = Readonly<{ path: string; script: string; temporary: string }>;

export type FileCache = Readonly<{ cached(sha256: string): string; fetch(sha256: string): Promise<Uint8Array> }>;

/**
 * Makes the directory of an attempt, empty but for the script (LF line endings) and the definition's files, which are fetched once per
 * content. Rejects when a file cannot be fetched.
 */
export async function makeWorkDirectory(
  path: string,
  scriptFile: string,
  spec: Pick<AttemptSpec, 'script' | 'files'>,
  cache: FileCache,
): Promise<WorkDirectory> {
  rmSync(path, { recursive: true, force: true });
  const temporary = join(path, '.tmp');
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  for (const { name, sha256 } of spec.files) copyFileSync(await inCache(sha256, cache), join(path, basename(name)));
  const script = join(path, scriptFile);
  writeFileSync(script, spec.script.replaceAll('\r\n', '\n'), { mode: 0o700 });
  chmodSync(script, 0o700);
  return { path, script, temporary };
}

async function inCache(sha256: string, cache: FileCache): Promise<string> {
  const file = cache.cached(sha256);
  if (existsSync(file)) return file;
  const bytes = await cache.fetch(sha256);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new Error(`file ${sha256} arrived with other bytes`);
  writeFileSync(`${file}.new`, bytes, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}

/**
 * The whole environment of a job's process: of the worker's own only its user's home, and what `passedOn` says. `mark`: of this
 * attempt, by which the process is found again.
 */
export function environmentOf(
  spec: Pick<AttemptSpec, 'env'>,
  passedOn: Readonly<Record<string, string>>,
  directory: WorkDirectory,
  mark: string,
): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: homedir(),
    LANG: 'C.UTF-8',
    TMPDIR: directory.temporary,
    ...passedOn,
    ...spec.env,
    // Last: no definition may hide its processes, or give them to another worker.
    HERA_WORKER: mark,
  };
}
