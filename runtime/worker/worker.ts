// A worker executes attempts for machine groups: it takes turns from Temporal, asks the control plane for each attempt, runs its process,
// ships its output, and says how it ended. In: addresses, two credentials, a directory. Out: processes, and what they wrote and returned.
// It holds no database password and decides nothing about runs. What it knows is on its disk before anybody is told (`spool.ts`).
// Read on: `machine.ts` (all attempts), `attempt.ts` (one), `process.ts`, `launcher.ts`, `shipper.ts`, `sweep.ts`, `keeper.ts`;
// times in `times.ts`.

import { randomUUID } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import {
  DefaultLogger,
  NativeConnection,
  ResourceBasedController,
  Runtime,
  Worker as TemporalWorker,
} from '@temporalio/worker';
import { machineGroupQueue } from '../../workflows/contract.js';
import type { Log } from '../log.js';
import { machineActivities } from './activities.js';
import { connectControlPlane } from './control-plane.js';
import { Gate } from './gate.js';
import { hostFacts } from './host-facts.js';
import { startKeeper } from './keeper.js';
import { startLauncher } from './launcher.js';
import { type Machine, startMachine } from './machine.js';
import { OUTPUT_LIMITS, type OutputLimits } from './output-limits.js';
import { openSpool, type Spool } from './spool.js';
import { removeOld, sweep } from './sweep.js';
import { APPENDS_AT_ONCE, HOUSEKEEPING_MS, type LeaseTimes, leaseTimes } from './times.js';

export type WorkerOptions = Readonly<{
  /** The control plane, `http://host:port`. */
  url: string;
  /** The machine token. */
  token: string;
  temporalAddress: string;
  namespace: string;
  /** Credentials for a Temporal that wants some. */
  temporalTls?: true;
  temporalApiKey?: string;
  groups: readonly string[];
  /** Added to the environment of every job, which else has PATH and HOME of the worker, LANG and TMPDIR. */
  env?: Readonly<Record<string, string>>;
  /** Spool and work directories; one worker a directory. */
  workDir: string;
  /** At most so many processes of a group at once. Default: 16 a CPU. */
  slots?: number;
  version?: string;
  /** How much output is kept and sent; what is not said is as OUTPUT_LIMITS. */
  output?: Partial<OutputLimits>;
  /** Multiplies all times of the lease; control plane and worker must have the same. Default 1. */
  scale?: number;
  log: Log;
}>;

export type Worker = Readonly<{
  instance: string;
  /** Takes no more turns; resolves when all processes have ended by themselves and everything is told. */
  drain(): Promise<void>;
  /** Gives up what runs (it begins anew elsewhere) and ends. */
  stop(): Promise<void>;
  /** Resolves when the worker has ended, rejects when it broke. */
  ended: Promise<void>;
}>;

const SLOTS_PER_CPU = 16;
const GRACE_MS = 30 * 24 * 3_600_000;

/** Starts a worker; resolves when it polls. Throws `conflict` when another worker has its directory, `forbidden` for a wrong token. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { log, groups } = options;
  const times = leaseTimes(options.scale ?? 1);
  const instance = randomUUID();
  const slots = options.slots ?? SLOTS_PER_CPU * availableParallelism();
  const spool = openSpool(options.workDir, { ...OUTPUT_LIMITS, ...options.output });
  const leaving = new AbortController();
  const closers: (() => unknown)[] = [() => spool.release()];
  const close = async (): Promise<void> => {
    leaving.abort(new Error('the worker leaves'));
    for (const closer of closers.reverse()) await Promise.resolve(closer()).catch(() => {});
  };
  try {
    const keeper = await startKeeper(times);
    closers.push(() => keeper.close());
    const launcher = await startLauncher(spool.pipes);
    closers.push(() => launcher.close());
    const self = {
      instance,
      host: hostname(),
      pid: process.pid,
      machineGroups: groups,
      version: options.version ?? 'dev',
    };
    const controlPlane = connectControlPlane(options.url, options.token, self, times);
    const gate = new Gate(APPENDS_AT_ONCE);
    const swept = sweep({ controlPlane, spool, gate, times, leaving: leaving.signal, log });
    swept.told.catch(
      (error: unknown) => leaving.signal.aborted || log.error('the sweep failed', { error: String(error) }),
    );
    await swept.ended;
    const housekeeping = keepHouse(spool);
    closers.push(() => clearInterval(housekeeping));
    const household = { keeper, launcher };
    const env = { ...searchPath(), ...options.env };
    const context = { controlPlane, household, spool, gate, times, instance, env };
    const machine = await startMachine({ context, log, facts: (used) => hostFacts(used, slots * groups.length) });
    closers.push(() => machine.leave());
    const temporal = await connectTemporal(options, log);
    closers.push(
      () => temporal.client.connection.close(),
      () => temporal.native.close(),
    );
    const workers = await pollers(options, temporal, machine, times, slots, `${self.host}:${instance}`);
    return lead(instance, machine, workers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Jobs find the programs that whoever started the worker finds; nothing else of its environment is passed on. */
const searchPath = (): Readonly<Record<string, string>> => (process.env.PATH ? { PATH: process.env.PATH } : {});

function lead(
  instance: string,
  machine: Machine,
  workers: readonly TemporalWorker[],
  close: () => Promise<void>,
): Worker {
  const ended = Promise.all(workers.map((worker) => worker.run()))
    .then(() => {})
    .finally(close);
  ended.catch(() => {});
  const drain = (): Promise<void> => {
    machine.drain();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    return ended;
  };
  const stop = async (): Promise<void> => {
    const over = drain();
    await machine.leave();
    await over;
  };
  return { instance, drain, stop, ended };
}

/** SIGTERM and SIGINT drain the worker, a second one stops it. Resolves when it has ended. */
export async function untilSignalled(worker: Worker, log: Log): Promise<void> {
  let asked = 0;
  const hear = (signal: NodeJS.Signals): void => {
    asked += 1;
    log.info(
      asked === 1 ? `${signal}: no more turns; what runs may end (once more ends it)` : `${signal}: ending what runs`,
    );
    void (asked === 1 ? worker.drain() : worker.stop()).catch(() => {});
  };
  process.on('SIGTERM', hear).on('SIGINT', hear);
  try {
    await worker.ended;
  } finally {
    process.off('SIGTERM', hear).off('SIGINT', hear);
  }
}

type Temporal = Readonly<{ native: NativeConnection; client: Client & { readonly connection: Connection } }>;

/** Waits until Temporal is there. */
async function connectTemporal(options: WorkerOptions, log: Log): Promise<Temporal> {
  installRuntime(log);
  const { temporalAddress: address, namespace, temporalTls: tls, temporalApiKey: apiKey } = options;
  const access = { address, ...(tls && { tls }), ...(apiKey !== undefined && { apiKey }) };
  for (let waitMs = 250, told = false; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    try {
      const native = await NativeConnection.connect(access);
      const connection = Connection.lazy(access);
      return { native, client: new Client({ connection, namespace }) as Temporal['client'] };
    } catch (error) {
      if (!told) log.warn(`Temporal at ${address} does not answer, waiting`, { error: String(error) });
      told = true;
      await delay(waitMs);
    }
  }
}

// Said at every start of a worker that only has activities, which ours are.
const EXPECTED = /^No (workflows|Nexus services) registered/;

/** Signals are ours: Temporal's own handling would end processes before a drain. A process has one runtime; the first call counts. */
function installRuntime(log: Log): void {
  if (Runtime._instance) return;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (!EXPECTED.test(message))
      log[level === 'ERROR' ? 'error' : 'warn'](message, meta && { meta: JSON.stringify(meta) });
  });
  Runtime.install({ shutdownSignals: [], logger });
}

/** One poller a group; they share what the machine can bear. */
async function pollers(
  { namespace, groups }: WorkerOptions,
  { native, client }: Temporal,
  machine: Machine,
  times: LeaseTimes,
  slots: number,
  identity: string,
): Promise<readonly TemporalWorker[]> {
  const controller = ResourceBasedController.create({ targetMemoryUsage: 0.85, targetCpuUsage: 0.95 });
  const minimumSlots = Math.min(slots, 2 * availableParallelism());
  return Promise.all(
    groups.map((group) =>
      TemporalWorker.create({
        ...{ connection: native, namespace, identity, taskQueue: machineGroupQueue(group) },
        activities: machineActivities(machine, client, times),
        tuner: { controller, activityTaskSlotOptions: { minimumSlots, maximumSlots: slots, rampThrottle: '10ms' } },
        activityTaskPollerBehavior: { type: 'autoscaling', minimum: 1, maximum: 10 },
        maxHeartbeatThrottleInterval: times.heartbeatThrottleMs,
        defaultHeartbeatThrottleInterval: times.heartbeatThrottleMs,
        // A drain takes as long as its processes do; `stop` ends them, and with them the activities.
        shutdownGraceTime: GRACE_MS,
      }),
    ),
  );
}

function keepHouse(spool: Spool): NodeJS.Timeout {
  const clean = (): void => removeOld(spool.entries(), Date.now());
  clean();
  return setInterval(clean, HOUSEKEEPING_MS).unref();
}
