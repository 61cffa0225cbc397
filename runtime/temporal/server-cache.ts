import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ServerVersion, versionOf } from './server-version.js';

/** Where a version's program is, or would be; its folder is made. */
export function installed(cache: string, version: string, name = 'temporal'): string {
  const path = join(cache, version, name);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

/** A source: writes the program to `to`, in a folder it may use for its own files; a string says why it could not. */
export type Fetched = string | undefined;

/**
 * Lets a source write the program into a folder beside the cache, runs it once, and only then renames it into place:
 * what is in the cache has always run, and a killed or concurrent fetch leaves it as it was.
 */
export async function installInto(
  cache: string,
  version: string,
  fetch: (to: string) => Promise<Fetched>,
): Promise<(ServerVersion & Readonly<{ path: string }>) | Readonly<{ failure: string }>> {
  const path = installed(cache, version);
  const folder = mkdtempSync(join(cache, '.fetch-'));
  try {
    const fetched = join(folder, 'temporal');
    const failure = await fetch(fetched).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    if (failure !== undefined) return { failure };
    if (!isFile(fetched)) return { failure: 'it brought no `temporal`' };
    chmodSync(fetched, 0o755);
    const found = await versionOf(fetched);
    if ('failure' in found) return found;
    renameSync(fetched, path);
    return { ...found, path };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes what killed fetches left. The caller holds the cache's lock: nobody is fetching. */
export function sweepKilledFetches(cache: string): void {
  for (const name of readdirSync(cache))
    if (name.startsWith('.fetch-')) rmSync(join(cache, name), { recursive: true, force: true });
}

/** True for an existing ordinary file. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
