import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embedPostgres, embedTemporal, openStateDir, stateDirHolder } from '../../runtime/embedded/index.js';
import { isAlive } from '../../runtime/embedded/process-identity.js';

/** What a test file learns of the run's servers; see `servers.ts`. */
export type Broker = Readonly<{ url: string; close(): Promise<void> }>;

const PREFIX = 'hera-test-';

/**
 * Starts PostgreSQL and Temporal for one vitest run, each when the first test file asks for it (GET /postgres, /temporal),
 * so that a run of pure tests starts neither. `close` ends them and removes their directory.
 */
export async function openBroker(env: Readonly<Record<string, string | undefined>>): Promise<Broker> {
  sweepKilledRuns();
  const dir = mkdtempSync(join(tmpdir(), PREFIX));
  const stateDir = await openStateDir(dir);
  const options = {
    stateDir,
    env,
    survives: 'nothing',
    progress: (line: string) => process.stderr.write(`${line}\n`),
  } as const;
  const postgres = once(() => embedPostgres(options));
  const temporal = once(() => embedTemporal(options));
  const remove = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  const abandon = (): void => {
    for (const child of stateDir.children.read().filter(isAlive)) process.kill(child.pid, 'SIGKILL');
    remove();
  };
  // vitest leaves by process.exit on Ctrl-C, without teardown.
  process.once('exit', abandon);
  const server = await listen(async (path) => {
    if (path === '/postgres') return (await postgres.get()).url;
    if (path === '/temporal') return (await temporal.get()).address;
    throw new Error(`no server ${path}`);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await Promise.all([
        temporal.started()?.then((it) => it.child.stop()),
        postgres.started()?.then((it) => it.child.stop()),
      ]);
      stateDir.release();
      process.off('exit', abandon);
      remove();
    },
  };
}

type Once<T> = Readonly<{ get(): Promise<T>; started(): Promise<T> | undefined }>;

function once<T>(start: () => Promise<T>): Once<T> {
  let running: Promise<T> | undefined;
  const get = (): Promise<T> => {
    running ??= start();
    return running;
  };
  return { get, started: () => running };
}

const listen = (answer: (path: string) => Promise<string>): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      answer(request.url ?? '').then(
        (text) => response.end(text),
        (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
      );
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

/** Directories of test runs that were killed: an hour old, and nobody living holds them. */
function sweepKilledRuns(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const path = join(tmpdir(), name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > 3_600_000 && !stateDirHolder(path)) rmSync(path, { recursive: true, force: true });
  }
}
