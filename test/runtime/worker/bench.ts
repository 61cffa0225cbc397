// The bench on which workers are tested: a fresh database, the real control plane over HTTP on loopback, and machines without Temporal.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { workerRoutes } from '../../../runtime/api/worker/routes.js';
import { type Attempts, createAttempts } from '../../../runtime/control/attempts.js';
import { openLog } from '../../../runtime/log.js';
import { type Database, openDatabase } from '../../../runtime/store/database.js';
import { migrate } from '../../../runtime/store/migrate.js';
import { type ControlPlane, connectControlPlane } from '../../../runtime/worker/control-plane.js';
import { Gate } from '../../../runtime/worker/gate.js';
import { hostFacts } from '../../../runtime/worker/host-facts.js';
import { startKeeper } from '../../../runtime/worker/keeper.js';
import { startLauncher } from '../../../runtime/worker/launcher.js';
import { type Delivery, type Machine, startMachine } from '../../../runtime/worker/machine.js';
import { OUTPUT_LIMITS, type OutputLimits } from '../../../runtime/worker/output-limits.js';
import { openSpool } from '../../../runtime/worker/spool.js';
import { APPENDS_AT_ONCE, type LeaseTimes, leaseTimes } from '../../../runtime/worker/times.js';
import { plantMachineToken } from '../../support/estate.js';
import { freshDatabase, type TestDatabase } from '../../support/servers.js';

export type Bench = Readonly<{
  database: Database;
  databaseUrl: string;
  attempts: Attempts;
  times: LeaseTimes;
  url(): string;
  /** Whether a call of the worker protocol, `/begin`, was answered with this status. */
  answered(path: string, status: number): boolean;
  token: string;
  /** Takes the control plane away, and gives it back on the same port. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** The worker's client for a fresh instance that has made itself known. */
  client(
    options?: Readonly<{ token?: string; groups?: readonly string[]; instance?: string }>,
  ): Promise<ControlPlane & { instance: string }>;
  machine(
    options?: Readonly<{ env?: Readonly<Record<string, string>>; workDir?: string; output?: Partial<OutputLimits> }>,
  ): Promise<Machine & { workDir: string }>;
  stopMachines(): Promise<void>;
  close(): Promise<void>;
}>;

export const SILENT_LOG = { info() {}, warn() {}, error() {} };

/** `migrated`: also the template's name, so that all files of a run share one migrated database. */
export const migratedDatabase = (): Promise<TestDatabase> =>
  freshDatabase({
    template: 'worker_bench',
    migrate: async (url) => {
      const sql = openDatabase(url, { max: 2 });
      await migrate(sql);
      await sql.end();
    },
  });

export async function openBench(scale = 0.1): Promise<Bench> {
  const test = await migratedDatabase();
  const database = openDatabase(test.url, { max: 6 });
  // A loaded machine may answer late: that is not what these tests are about.
  const times = { ...leaseTimes(scale), callMs: 10_000 };
  const attempts = createAttempts({ database, times });
  const answers = new Set<string>();
  const app = new Hono()
    .use(async (c, next) => {
      await next();
      answers.add(`${c.req.path} ${c.res.status}`);
    })
    .route(
      '/api/worker/v1',
      workerRoutes({ database, attempts, log: openLog({ name: 'bench', level: 'silent' }), times }),
    );
  let port = 0;
  let server = await listen(app, 0);
  port = (server.address() as AddressInfo).port;
  const token = (await plantMachineToken(database, ['default'])).secret;
  const url = (): string => `http://127.0.0.1:${port}`;
  const closers: (() => unknown)[] = [];
  const stopMachines = async (): Promise<void> => {
    for (const closer of closers.splice(0)) await closer();
  };
  const self = (instance: string, groups: readonly string[]) => ({
    instance,
    host: 'bench',
    pid: process.pid,
    machineGroups: groups,
    version: 'test',
  });
  const goAway = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      (server as Server).closeAllConnections();
    });
  return {
    answered: (path, status) => answers.has(`/api/worker/v1${path} ${status}`),
    ...{ database, databaseUrl: test.url, attempts, times, url, token, goAway },
    async comeBack() {
      if (!server.listening) server = await listen(app, port);
    },
    async client({ token: other = token, groups = ['default'], instance = randomUUID() } = {}) {
      const client = connectControlPlane(url(), other, self(instance, groups), times);
      await client.renew([], hostFacts(0, 1), false);
      return { ...client, instance };
    },
    async machine({ env = {}, workDir, output } = {}) {
      const instance = randomUUID();
      const path = workDir ?? mkdtempSync(join(tmpdir(), 'hera-worker-'));
      const spool = openSpool(path, { ...OUTPUT_LIMITS, ...output });
      const [keeper, launcher] = await Promise.all([startKeeper(times), startLauncher(spool.pipes)]);
      const controlPlane = connectControlPlane(url(), token, self(instance, ['default']), times);
      const household = { keeper, launcher };
      const gate = new Gate(APPENDS_AT_ONCE);
      const context = { controlPlane, household, spool, gate, times, instance, env };
      const machine = await startMachine({ context, log: SILENT_LOG, facts: (used) => hostFacts(used, 4) });
      closers.push(async () => {
        await machine.leave();
        await launcher.close();
        await keeper.close();
        spool.release();
        rmSync(path, { recursive: true, force: true });
      });
      return { ...machine, workDir: path };
    },
    stopMachines,
    async close() {
      await stopMachines();
      await goAway();
      await database.end({ timeout: 1 });
      await test.drop();
    },
  };
}

const listen = (app: Hono, port: number): Promise<Server> =>
  new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, () => resolve(server as Server));
  });

/** A delivery that nobody cancels, with Temporal out of reach: only the control plane proves the lease. */
export function delivery(): Delivery & { cancel(): void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    isCancelled: () => controller.signal.aborted,
    isUnknown: () => false,
    heartbeat() {},
    prove: () => Promise.reject(new Error('no Temporal on this bench')),
    cancel: () => controller.abort(),
  };
}

/** Waits until `look` answers something; looks again after each short pause, since there is no event to wait for. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 120_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`nothing came within ${limitMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
