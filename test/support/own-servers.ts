// Servers that a test file may break: its own Temporal or PostgreSQL, beside those of the run. All in memory or without fsync; `close` ends
// them and removes their directory.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { embedPostgres, embedTemporal, openStateDir, type StateDir } from '../../runtime/embedded/index.js';
import { openDatabase } from '../../runtime/store/database.js';
import { migrate } from '../../runtime/store/migrate.js';
import type { TestDatabase, TestTemporal } from './servers.js';

const quiet = (): void => {};

async function ownDirectory(): Promise<Readonly<{ state: StateDir; remove(): void }>> {
  const path = mkdtempSync(join(tmpdir(), 'hera-own-'));
  const state = await openStateDir(path);
  const remove = (): void => {
    state.release();
    rmSync(path, { recursive: true, force: true });
  };
  return { state, remove };
}

export type OwnTemporal = TestTemporal &
  Readonly<{
    /** kill -9; nobody answers at its address. */
    kill(): Promise<void>;
    /** Starts an empty one at the same address. */
    startEmpty(): Promise<void>;
  }>;

/** A Temporal that keeps all in memory: killed, it has forgotten everything. */
export async function ownTemporal(): Promise<OwnTemporal> {
  const { state, remove } = await ownDirectory();
  const start = (port?: number) =>
    embedTemporal({
      stateDir: state,
      env: process.env,
      survives: 'nothing',
      progress: quiet,
      ...(port === undefined ? {} : { ports: { temporal: port } }),
    });
  let running = await start();
  const connection = await Connection.connect({ address: running.address });
  return {
    address: running.address,
    namespace: 'default',
    connection,
    kill: async () => {
      process.kill(running.child.pid, 'SIGKILL');
      await running.child.ended;
    },
    startEmpty: async () => {
      running = await start(running.port);
    },
    close: async () => {
      await connection.close();
      await running.child.stop();
      remove();
    },
  };
}

export type OwnPostgres = TestDatabase &
  Readonly<{
    stop(): Promise<void>;
    /** Starts it again at the same address. */
    start(): Promise<void>;
    /** Keeps a copy as it is now. It is stopped for that, and started again. */
    keepCopy(): Promise<void>;
    /** What was committed since the copy is gone. Stopped for that, and started again. */
    restoreCopy(): Promise<void>;
    /** Stops all its processes where they stand, and lets them go on. */
    pause(): void;
    goOn(): void;
  }>;

/** A PostgreSQL cluster with Hera's schema. */
export async function ownPostgres(): Promise<OwnPostgres> {
  const { state, remove } = await ownDirectory();
  const embed = (port?: number) =>
    embedPostgres({
      stateDir: state,
      env: {},
      survives: 'nothing',
      progress: quiet,
      ...(port === undefined ? {} : { ports: { postgres: port } }),
    });
  let running = await embed();
  const { port, url } = running;
  const database = openDatabase(url, { max: 2 });
  await migrate(database).finally(() => database.end());
  const data = join(state.path, 'postgres');
  const copy = join(state.path, 'copy');
  const stop = () => running.child.stop();
  const start = async () => {
    running = await embed(port);
  };
  const replace = async (from: string, to: string) => {
    await stop();
    rmSync(to, { recursive: true, force: true });
    // With its owner: PostgreSQL does not run as the account that runs the tests.
    execFileSync('cp', ['-a', from, to]);
    await start();
  };
  const signalAll = (name: NodeJS.Signals): void => {
    for (const pid of familyOf(running.child.pid)) process.kill(pid, name);
  };
  return {
    url,
    name: 'postgres',
    stop,
    start,
    keepCopy: () => replace(data, copy),
    restoreCopy: () => replace(copy, data),
    pause: () => signalAll('SIGSTOP'),
    goOn: () => signalAll('SIGCONT'),
    drop: async () => {
      await stop();
      remove();
    },
  };
}

/** A process and all that come from it. */
function familyOf(pid: number): readonly number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
