// How fast runs go through the whole spine, beside what bare Temporal does on the same servers in the same minute.
// `npm run bench -- [--runs 300] [--chain 40]`. Prints figures and ratios; docs/benchmarks.md keeps what was measured.
// The worker is a process of its own, as it is in life.
// 1 throughput: N workflows of one empty activity, against N jobs of one backfill period whose process is `true`.
// 2 chain: one process after the other through the database, against one workflow after the other started by the client.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { getRequestListener } from '@hono/node-server';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { Hono } from 'hono';
import { workerRoutes } from '../runtime/api/worker/routes.js';
import { newToken, registerMachineToken } from '../runtime/auth/tokens.js';
import { createAttempts } from '../runtime/control/attempts.js';
import { type RunningControl, startControl } from '../runtime/control/index.js';
import { openStateDir, startEmbedded } from '../runtime/embedded/index.js';
import { openLog } from '../runtime/log.js';
import { type Database, openDatabase } from '../runtime/store/database.js';
import { migrate } from '../runtime/store/migrate.js';
import { quietTemporal } from '../runtime/temporal/control-worker.js';
import { processorEach, processorSeconds } from './processor.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '300' }, chain: { type: 'string', default: '40' } },
});
const RUNS = Number(values.runs);
const CHAIN = Number(values.chain);
const log = openLog({ name: 'bench', level: 'error' });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

type Floor = Readonly<{ throughput: number; processor: string; hops: readonly number[] }>;

async function measureFloor(address: string): Promise<Floor> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const native = await NativeConnection.connect({ address });
  const workflows = await Worker.create({
    connection: native,
    taskQueue: 'floor',
    workflowsPath: fileURLToPath(new URL('floor-workflow.ts', import.meta.url)),
  });
  const activities = await Worker.create({
    connection: native,
    taskQueue: 'floor-activities',
    activities: { nothing: async () => {} },
  });
  const running = Promise.all([workflows.run(), activities.run()]);
  const one = (id: string): Promise<unknown> =>
    client.workflow.execute('floor', { taskQueue: 'floor', workflowId: id });
  await one('warm-up');
  const used = processorSeconds();
  const begun = performance.now();
  await Promise.all(Array.from({ length: RUNS }, (_, i) => one(`t-${i}`)));
  const throughput = RUNS / ((performance.now() - begun) / 1000);
  const processor = processorEach(used, processorSeconds(), RUNS);
  const hops: number[] = [];
  for (let i = 0; i < CHAIN; i += 1) {
    const at = performance.now();
    await one(`c-${i}`);
    hops.push(performance.now() - at);
  }
  workflows.shutdown();
  activities.shutdown();
  await running;
  await native.close();
  await connection.close();
  return { throughput, processor, hops };
}

function files(): ReadonlyMap<string, Uint8Array> {
  const texts: Record<string, string> = {
    'hera.project.yaml': 'name: bench\nzone: UTC\n',
    'warm/up.yaml': 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n',
  };
  for (let i = 0; i < RUNS; i += 1) texts[`many/j${i}.yaml`] = 'schedule: "0 0 * * *"\nrun: { shell: "true" }\n';
  for (let i = 0; i < CHAIN; i += 1)
    texts[`chain/j${i}.yaml`] =
      `${i === 0 ? 'schedule: "0 0 * * *"' : `needs: [./j${i - 1}]`}\nrun: { shell: "true" }\n`;
  return new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

async function backfill(control: RunningControl, jobs: string): Promise<number> {
  const request = {
    project: 'bench',
    jobs,
    from: new Date('2026-01-01T00:00:00Z'),
    to: new Date('2026-01-02T00:00:00Z'),
    only: 'all' as const,
    parallel: 10_000,
    by: 'bench',
    via: 'bench',
  };
  const { hash } = await control.control.backfill({ ...request, hash: null });
  const begun = performance.now();
  const { operation } = await control.control.backfill({ ...request, hash });
  await ended(control.database, operation!);
  return performance.now() - begun;
}

/** Waits for the end of an operation, told by events. */
async function ended(database: Database, operation: string): Promise<void> {
  let wake: () => void = () => {};
  const listening = await database.listen('hera_event', () => wake());
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, 500);
    });
    const [row] = await database`select finished_at from operation where id = ${operation} and finished_at is not null`;
    if (row !== undefined) break;
    await changed;
  }
  await listening.unlisten();
}

/** From the end of one process to the begin of the next, in milliseconds. */
async function chainHops(database: Database): Promise<readonly number[]> {
  const rows = await database<{ hop: number }[]>`
    select extract(epoch from begun_at - lag(ended_at) over (order by begun_at)) * 1000 as hop
    from attempt join job on job.id = attempt.job where job.path like 'chain/%' order by begun_at`;
  return rows.map((row) => Number(row.hop)).filter((hop) => hop > 0);
}

const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0;
const ascending = (all: readonly number[]): readonly number[] => [...all].sort((a, b) => a - b);

async function main(): Promise<void> {
  quietTemporal(log);
  const home = await mkdtemp(join(tmpdir(), 'hera-bench-'));
  const state = await openStateDir(home);
  const servers = await startEmbedded({ stateDir: state, progress: () => {}, env: {}, survives: 'crash' });
  try {
    const floor = await measureFloor(servers.temporalAddress);
    say(`floor    ${RUNS} workflows of one empty activity: ${floor.throughput.toFixed(1)} /s`);
    say(`floor    processor for each: ${floor.processor}`);
    const ours = await measureOurs(servers, home);
    say(
      `hera     ${RUNS} runs of one process each:         ${ours.throughput.toFixed(1)} /s   ratio ${(ours.throughput / floor.throughput).toFixed(2)}`,
    );
    say(`hera     processor for each: ${ours.processor}`);
    const bare = ascending(floor.hops);
    const hops = ascending(ours.hops);
    say(`floor    workflow after workflow, p50:         ${percentile(bare, 0.5).toFixed(0)} ms`);
    say(
      `hera     process end → process begin, p50:     ${percentile(hops, 0.5).toFixed(0)} ms   ratio ${(percentile(hops, 0.5) / percentile(bare, 0.5)).toFixed(2)}`,
    );
    say(`hera     the same, p99:                        ${percentile(hops, 0.99).toFixed(0)} ms`);
    say(`hera     chain of ${CHAIN}, whole:                  ${seconds(ours.chainMs)}`);
  } finally {
    await servers.stop();
    await state.release();
    await rm(home, { recursive: true, force: true });
  }
}

async function measureOurs(
  servers: Readonly<{ databaseUrl: string; temporalAddress: string }>,
  home: string,
): Promise<Floor & Readonly<{ chainMs: number }>> {
  const database = openDatabase(servers.databaseUrl, { name: 'bench' });
  await migrate(database);
  const temporal = { address: servers.temporalAddress, namespace: 'default' };
  const control = await startControl({ databaseUrl: servers.databaseUrl, temporal, log });
  const app = new Hono();
  app.route('/api/worker/v1', workerRoutes({ database, attempts: createAttempts({ database }), log }));
  const server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { secret } = newToken('heram');
  await registerMachineToken(database, secret, 'bench', ['default']);
  const worker = spawn(
    process.execPath,
    [
      ...[
        fileURLToPath(new URL('../bin/hera', import.meta.url)),
        'worker',
        '--group',
        'default',
        '--work-dir',
        join(home, 'work'),
      ],
      ...['--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, '--temporal', temporal.address],
    ],
    { env: { ...process.env, HERA_MACHINE_TOKEN: secret }, stdio: 'ignore' },
  );
  await control.control.apply({
    tree: files(),
    info: { commit: 'bench', subject: 'bench', author: 'bench', committedAt: null, dirty: false },
    plannedOn: null,
    allowPrune: false,
    by: 'bench',
    via: 'bench',
    isDescendantOf: async () => true,
  });
  await backfill(control, 'warm/*');
  const used = processorSeconds();
  const manyMs = await backfill(control, 'many/*');
  const processor = processorEach(used, processorSeconds(), RUNS);
  const chainMs = await backfill(control, 'chain/*');
  const hops = await chainHops(database);
  const gone = once(worker, 'exit');
  worker.kill('SIGTERM');
  await gone;
  await control.stop();
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await database.end({ timeout: 5 });
  return { throughput: RUNS / (manyMs / 1000), processor, hops, chainMs };
}

await main();
