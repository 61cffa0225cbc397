import { existsSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { prepareNamespace, RETENTION_HOURS } from '../temporal/server-namespace.js';
import { CannotStart } from './cannot-start.js';
import { type Child, startChild } from './child.js';
import type { StopSteps } from './children.js';
import { choosePort, freePort } from './ports.js';
import type { Progress, StateDir } from './state-dir.js';

export type TemporalOptions = Readonly<{
  state: StateDir;
  /** Path of the `temporal` program. */
  binary: string;
  port?: number | undefined;
  /** `nothing` keeps all in memory: for tests. */
  survives: 'crash' | 'nothing';
  progress: Progress;
}>;

export type RunningTemporal = Readonly<{ address: string; port: number; child: Child }>;

const STOP: StopSteps = [['SIGTERM', 15_000]];
const ANSWER_MS = 60_000;
const PORT_TRIES = 5;

/** Dynamic configuration for one machine. All keys exist in server 1.32. */
const DYNAMIC_CONFIG: Readonly<Record<string, string>> = {
  // Schedules start 30 workflows/s in a namespace by default: too few for a timetable that catches up.
  'worker.schedulerNamespaceStartWorkflowRPS': '500',
  // The default of 20 polls/s on the only shard makes every step of a chain wait up to 50 ms.
  'history.transferProcessorMaxPollRPS': '1000',
  'history.timerProcessorMaxPollRPS': '1000',
  'matching.enableFairness': 'true',
  // One partition: priority and fairness hold per partition.
  'matching.numTaskqueueReadPartitions': '1',
  'matching.numTaskqueueWritePartitions': '1',
  // SQL columns are VARCHAR(255); SQLite would not notice, a cluster on Postgres would.
  'limit.maxIDLength': '255',
};

/**
 * Starts Temporal's development server on loopback, with its database in `<state>/temporal/temporal.db`; resolves when namespace
 * `default` answers with a retention of 72 h and Hera's search attributes.
 * A database this version cannot open is moved aside and an empty one made: Hera restores schedules and running work from Postgres.
 * Throws CannotStart with the end of the server's own log.
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const { state, progress } = options;
  const file = options.survives === 'crash' ? state.file('temporal', 'temporal.db') : undefined;
  let aside: string | undefined;
  const first = await choosePort(state, 'temporal', options.port, progress);
  for (let attempt = 1, port = first; ; attempt++) {
    const child = await startChild({
      state,
      name: 'temporal',
      command: options.binary,
      args: startLine(port, file),
      env: { PATH: '/usr/bin:/bin', HOME: state.path, TZ: 'UTC' },
      stop: STOP,
    });
    const address = `127.0.0.1:${port}`;
    const failure = await untilReady(address, child);
    if (failure === undefined) {
      state.rememberPort('temporal', port);
      return { address, port, child };
    }
    await child.stop();
    const log = child.logTail();
    if (/address already in use/i.test(log) && options.port === undefined && attempt < PORT_TRIES) {
      port = await freePort();
    } else if (file !== undefined && aside === undefined && existsSync(file) && isUnreadable(log)) {
      aside = moveDatabase(file, `${file}.unreadable-${new Date().toISOString().replace(/[:.]/g, '-')}`);
      progress(`temporal: cannot open its database (${lastLine(log)}); kept as ${aside}, starting empty`);
    } else {
      // An empty one did not help either: it was not the database's fault.
      if (file !== undefined && aside !== undefined) moveDatabase(aside, file);
      throw new CannotStart('temporal', failure, `see ${state.file('logs', 'temporal.log')}`, log);
    }
  }
}

/** Words of SQLite and of the server's schema check, when it is the file itself and not the disk or its permissions. */
const isUnreadable = (log: string): boolean =>
  /sqlite|schema/i.test(log) && !/disk is full|is locked|read-?only|permission denied|unable to open/i.test(log);

function startLine(port: number, file: string | undefined): readonly string[] {
  const stored = [
    '--db-filename',
    file ?? '',
    '--sqlite-pragma',
    'journal_mode=WAL',
    '--sqlite-pragma',
    'synchronous=NORMAL',
  ];
  return [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...(file === undefined ? [] : stored),
    ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ];
}

/** Undefined when the namespace answers, else why not. */
async function untilReady(address: string, child: Child): Promise<string | undefined> {
  const deadline = Date.now() + ANSWER_MS;
  let last = 'no answer';
  while (Date.now() < deadline) {
    if (child.hasEnded()) return `it ended at once (${await child.ended})`;
    const failure = await Promise.race([tryNamespace(address), child.ended]);
    if (failure === undefined) return undefined;
    last = failure;
    await Promise.race([delay(50), child.ended]);
  }
  return `no answer within ${ANSWER_MS / 1000} s: ${last}`;
}

async function tryNamespace(address: string): Promise<string | undefined> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 });
    try {
      await prepareNamespace(connection, { namespace: 'default', retentionHours: RETENTION_HOURS });
      return undefined;
    } finally {
      await connection.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const lastLine = (log: string): string => log.trim().split('\n').at(-1) ?? '';

function moveDatabase(from: string, to: string): string {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(to + suffix, { force: true });
    if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix);
  }
  return to;
}
