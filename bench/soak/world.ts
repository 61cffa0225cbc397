// The machines of the soak: PostgreSQL, Temporal, three servers and two workers as processes of their own, with ways between them that can be cut.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../../runtime/api/client.js';
import { newToken, registerMachineToken, registerToken } from '../../runtime/auth/tokens.js';
import { embedPostgres, embedTemporal, openStateDir, type StateDir } from '../../runtime/embedded/index.js';
import { freePort } from '../../runtime/embedded/ports.js';
import { makeBundle } from '../../runtime/git/bundle.js';
import { ensureAccount } from '../../runtime/store/access.js';
import { type Database, openDatabase } from '../../runtime/store/database.js';
import { migrate } from '../../runtime/store/migrate.js';
import { write } from './estate.js';
import { type Kept, keep } from './processes.js';
import { openWay, type Way } from './way.js';

/** A database or Temporal, which can be killed and comes back at the same address. */
export type Engine = Readonly<{ pid(): number; kill(): Promise<void>; start(): Promise<void>; stop(): Promise<void> }>;

export type World = Readonly<{
  home: string;
  /** Where the jobs' processes write down what they do. */
  soak: string;
  database: Database;
  postgres: Engine;
  temporal: Engine & Readonly<{ empty(): Promise<void> }>;
  servers: readonly Kept[];
  workers: readonly Kept[];
  /** From workers to servers, and from workers to Temporal. */
  ways: Readonly<{ api: Way; temporal: Way }>;
  cancel(run: string): Promise<void>;
  /** Deploys that nothing fires after an instant: a busy machine would else never come to an end. */
  endTicks(after: Date): Promise<void>;
  stopWorkers(): Promise<void>;
  stop(): Promise<void>;
}>;

/** The third server's clock is two hours fast, as of a host on which somebody set it. */
const CLOCKS_MS = [0, 0, 7_200_000];

type Running = Awaited<ReturnType<typeof embedPostgres>> | Awaited<ReturnType<typeof embedTemporal>>;

async function engine(start: () => Promise<Running>): Promise<Engine & { now(): Running }> {
  let running = await start();
  return {
    now: () => running,
    pid: () => running.child.pid,
    async kill() {
      process.kill(-running.child.pid, 'SIGKILL');
      await running.child.ended;
    },
    async start() {
      running = await start();
    },
    stop: () => running.child.stop(),
  };
}

export async function openWorld(home: string, say: (line: string) => void): Promise<World> {
  const soak = join(home, 'soak');
  for (const folder of ['locks', 'tried']) mkdirSync(join(soak, folder), { recursive: true });
  writeFileSync(join(soak, 'journal'), '');
  const stateDir = await openStateDir(join(home, 'state'));
  const options = { stateDir, env: process.env, progress: say, survives: 'crash' } as const;
  const postgres = await engine(() => embedPostgres(options));
  const temporal = await engine(() => embedTemporal(options));
  const databaseUrl = (postgres.now() as Awaited<ReturnType<typeof embedPostgres>>).url;
  const address = (temporal.now() as Awaited<ReturnType<typeof embedTemporal>>).address;
  const database = openDatabase(databaseUrl, { max: 4, name: 'soak' });
  await migrate(database);
  const secrets = await makeSecrets(database);
  const ports = [await freePort(), await freePort(), await freePort()];
  const log = (name: string): string => join(home, `${name}.log`);
  const servers = ports.map((port, i) =>
    keep(
      `server ${i + 1}`,
      ['server', '--port', String(port), '--state-dir', join(home, `server${i}`), '--no-pages'],
      { DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: address, HOME: home },
      log(`server${i + 1}`),
      CLOCKS_MS[i],
    ),
  );
  const ways = { api: await openWay(ports), temporal: await openWay([Number(address.split(':')[1])]) };
  const client = createClient({ url: `http://127.0.0.1:${ways.api.port}`, token: secrets.cli });
  await deploy(home, client);
  const workers = [1, 2].map((n) =>
    keep(
      `worker ${n}`,
      [
        ...['worker', '--url', `http://127.0.0.1:${ways.api.port}`, '--temporal', `127.0.0.1:${ways.temporal.port}`],
        ...['--work-dir', join(home, `work${n}`), '--env', `SOAK=${soak}`, '--slots', '12'],
      ],
      { HERA_MACHINE_TOKEN: secrets.machine, HOME: home },
      log(`worker${n}`),
    ),
  );
  const stopWorkers = async (): Promise<void> => void (await Promise.all(workers.map((worker) => worker.stop())));
  return {
    ...{ home, soak, database, postgres, servers, workers, ways, stopWorkers },
    temporal: { ...temporal, empty: () => emptyTemporal(stateDir, temporal) },
    cancel: async (run) => void (await client.cancel({ project: 'soak', run, owed: false })),
    endTicks: (after) => deploy(home, client, after),
    async stop() {
      await stopWorkers();
      await Promise.all(servers.map((server) => server.stop()));
      await database.end({ timeout: 5 });
      await temporal.stop();
      await postgres.stop();
      ways.api.close();
      ways.temporal.close();
      stateDir.release();
    },
  };
}

async function emptyTemporal(stateDir: StateDir, temporal: Engine): Promise<void> {
  await temporal.kill();
  for (const suffix of ['', '-wal', '-shm']) rmSync(stateDir.file('temporal', `temporal.db${suffix}`), { force: true });
  await temporal.start();
}

async function makeSecrets(database: Database): Promise<Readonly<{ cli: string; machine: string }>> {
  const [cli, machine] = [newToken('hera').secret, newToken('heram').secret];
  await ensureAccount(database, 'soak', 'admin');
  await registerToken(database, cli, 'soak', 'soak');
  await registerMachineToken(database, machine, 'soak', ['default']);
  return { cli, machine };
}

/** Commits the estate and puts it in force, as a person would, once a server answers; with `end` nothing fires after it. */
async function deploy(home: string, client: ReturnType<typeof createClient>, end?: Date): Promise<void> {
  const repo = join(home, 'repo');
  mkdirSync(repo, { recursive: true });
  write(repo, end);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=soak', '-c', 'user.email=soak@localhost', ...args], {
      cwd: repo,
      encoding: 'utf8',
    });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message', 'The estate of the soak');
  const commit = git('rev-parse', 'HEAD').trim();
  const request = { project: 'soak', commit, dirty: false, bundle: await makeBundle(repo, commit) };
  for (let tries = 0; ; tries += 1) {
    try {
      const { planned } = await client.plan(request);
      if (!planned) throw new Error('the estate of the soak does not compile');
      await client.apply(request, planned.on, false);
      return;
    } catch (error) {
      if (tries === 60) throw error;
      await delay(500);
    }
  }
}
