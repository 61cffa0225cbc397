// A whole Hera for a test file: its own database and namespace on the run's servers, the real control plane, the real worker protocol over
// HTTP, and a real worker that starts real processes. Definitions are given as files; nothing of ours is replaced.

import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { workerRoutes } from '../../runtime/api/worker/routes.js';
import { createAttempts } from '../../runtime/control/attempts.js';
import type { Hooks } from '../../runtime/control/context.js';
import type { Applied } from '../../runtime/control/control.js';
import { type RunningControl, startControl } from '../../runtime/control/index.js';
import { LEDGER, type LedgerTimes } from '../../runtime/control/ledger.js';
import { openLog } from '../../runtime/log.js';
import { type Database, openDatabase } from '../../runtime/store/database.js';
import { migrate } from '../../runtime/store/migrate.js';
import { quietTemporal } from '../../runtime/temporal/control-worker.js';
import { leaseTimes } from '../../runtime/worker/times.js';
import { startWorker, type Worker } from '../../runtime/worker/worker.js';
import { plantMachineToken } from './estate.js';
import { freshDatabase, type TestDatabase, type TestTemporal, temporalForTests } from './servers.js';

export type Files = Readonly<Record<string, string>>;

export type Hera = Readonly<{
  database: Database;
  databaseUrl: string;
  running: RunningControl;
  temporal: TestTemporal;
  /** Applies files as a commit of their own. */
  apply(files: Files, options?: Readonly<{ allowPrune?: boolean }>): Promise<Applied>;
  /** The state of a run by job and period, with its reasons. */
  run(job: string, period: string | Date): Promise<RunSeen | undefined>;
  /** Waits until a run is as wanted; told by events, looked at again with each. */
  until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T>;
  restartControl(): Promise<RunningControl>;
  /** Does something while no control plane runs; a new one runs afterwards. */
  withoutControl<T>(work: () => Promise<T>): Promise<T>;
  startMachine(groups?: readonly string[]): Promise<Worker>;
  stop(): Promise<void>;
}>;

export type RunSeen = Readonly<{
  id: string;
  state: string;
  owed: string | null;
  trigger: string;
  turn: number;
  reasons: readonly Readonly<Record<string, unknown>>[];
  fact: string;
  attempts: number;
}>;

export type HeraOptions = Readonly<{
  worker?: boolean;
  hooks?: Hooks;
  ledgerTimes?: Partial<LedgerTimes>;
  /** Servers of the test file's own, which it may break; default: those of the run. */
  temporal?: TestTemporal;
  base?: TestDatabase;
}>;

const log = openLog({ name: 'test', level: process.env.HERA_TEST_LOG === undefined ? 'silent' : 'info' });

export const migrated = (): Promise<TestDatabase> =>
  freshDatabase({
    migrate: async (url) => {
      const database = openDatabase(url, { max: 2 });
      await migrate(database).finally(() => database.end());
    },
    template: 'hera',
  });

export async function startHera(options: HeraOptions = {}): Promise<Hera> {
  quietTemporal(log);
  const base = options.base ?? (await migrated());
  const temporal = options.temporal ?? (await temporalForTests());
  const database = openDatabase(base.url, { max: 5, name: 'test' });
  const control = () =>
    startControl({
      databaseUrl: base.url,
      temporal: { address: temporal.address, namespace: temporal.namespace },
      log,
      ...(options.hooks ? { hooks: options.hooks } : {}),
      ledgerTimes: { ...LEDGER, graceMs: 2000, ...options.ledgerTimes },
    });
  let running = await control();
  const api = await serveWorkerProtocol(database, (of) => running.mend(of));
  const { secret } = await plantMachineToken(database, ['default', 'other']);
  const machines: Worker[] = [];
  const directories: string[] = [];
  const startMachine = async (groups: readonly string[] = ['default']): Promise<Worker> => {
    const workDir = await mkdtemp(join(tmpdir(), 'hera-machine-'));
    directories.push(workDir);
    const { address, namespace } = temporal;
    const worker = await startWorker({
      url: api.url,
      token: secret,
      temporalAddress: address,
      namespace,
      groups,
      workDir,
      log,
    });
    machines.push(worker);
    return worker;
  };
  if (options.worker !== false) await startMachine();
  let last: string | null = null;
  return {
    database,
    databaseUrl: base.url,
    get running() {
      return running;
    },
    temporal,
    apply: async (files, { allowPrune = false } = {}) => {
      const tree = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
      const commit = createHash('sha1').update(JSON.stringify(files)).update(randomUUID()).digest('hex');
      const info = { commit, subject: 'a test', author: 'tester', committedAt: new Date(), dirty: false };
      const applied = await running.control.apply({
        tree,
        info,
        plannedOn: last,
        allowPrune,
        by: 'tester',
        via: 'test',
        isDescendantOf: async () => true,
      });
      last = applied.deployment;
      return applied;
    },
    run: (job, period) => seeRun(database, job, new Date(period)),
    until: (look, what) => until(database, look, what),
    withoutControl: async (work) => {
      await running.stop();
      const result = await work();
      running = await control();
      return result;
    },
    restartControl: async () => {
      await running.stop();
      running = await control();
      return running;
    },
    startMachine,
    stop: async () => {
      await Promise.all(machines.map((machine) => machine.stop()));
      await running.stop();
      await api.stop();
      await database.end({ timeout: 5 });
      await temporal.close();
      await base.drop();
      await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
    },
  };
}

async function serveWorkerProtocol(database: Database, mend: RunningControl['mend']) {
  const times = leaseTimes(1);
  const app = new Hono();
  app.route(
    '/api/worker/v1',
    workerRoutes({ database, attempts: createAttempts({ database, times, mend }), log, times }),
  );
  const server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function seeRun(database: Database, job: string, period: Date): Promise<RunSeen | undefined> {
  const [row] = await database<RunSeen[]>`
    select run.id, run.state, run.owed, run.trigger, run.turn, run.reasons, coalesce(fact.state, 'none') as fact,
           (select count(*)::int from attempt where attempt.run = run.id) as attempts
    from run join job on job.id = run.job
    left join fact on fact.project = run.project and fact.job = run.job and fact.period = run.period
    where job.path = ${job} and run.period = ${period}`;
  return row;
}

// A healthy Hera is not waited for; a machine with much else to do may need all of it.
const PATIENCE_MS = 120_000;
const LOOK_MS = 1000;

/** A test file that stops its own PostgreSQL looks again when that is back. */
function whileAway(error: unknown): undefined {
  const { code = '' } = error as { code?: string };
  if (!/^(CONNECTION_|CONNECT_|ECONN|57P0)/.test(code)) throw error;
}

/** Looks whenever the database says that something changed, and once a second for what has no event. */
async function until<T>(database: Database, look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  let wake: () => void = () => {};
  const listening = await database.listen('hera_event', () => wake()).catch(whileAway);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      const seen = await look().catch(whileAway);
      if (seen !== undefined && seen !== false) return seen;
      if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS / 1000} s for ${what}`);
      await changed;
    }
  } finally {
    await listening?.unlisten().catch(whileAway);
  }
}
