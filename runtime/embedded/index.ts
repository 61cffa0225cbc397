// One machine's PostgreSQL and Temporal, for `hera up` and the tests.
// In: a locked state directory, ports if somebody cares, addresses of outside servers if there are any. Out: two addresses, and `stop`.
// Promises: loopback only; started in parallel; ended in order; nothing outlives a killed parent for long (a watchdog per child), and what
// does is ended by the next start (the book of children). Data stays in the state directory, a restart finds it.
// Never here: Hera's own tables or workflows, and process.env (callers pass what is needed).
// Read on in `state-dir.ts`, `child.ts`, `postgres.ts`, `temporal.ts`.

import { cacheDirectory, findServerBinary, type ServerBinary } from '../temporal/server-binary.js';
import type { Child } from './child.js';
import { type RunningPostgres, startPostgres } from './postgres.js';
import type { Progress, StateDir } from './state-dir.js';
import { type RunningTemporal, startTemporal } from './temporal.js';

export { CannotStart } from './cannot-start.js';
export { openStateDir, type Progress, type StateDir, StateDirInUse, stateDirHolder } from './state-dir.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export type EmbeddedOptions = Readonly<{
  stateDir: StateDir;
  ports?: Readonly<{ postgres?: number; temporal?: number }>;
  progress: Progress;
  /** The caller's environment. DATABASE_URL or TEMPORAL_ADDRESS in it replace an embedded part. */
  env: Environment;
  /** `nothing` is for tests: fast, and lost with the process. Default `crash`. */
  survives?: 'crash' | 'nothing';
  /** A child ended that nobody asked to: its name, and how with the end of its log. */
  onExit?: (name: string, detail: string) => void;
}>;

export type Embedded = Readonly<{
  databaseUrl: string;
  temporalAddress: string;
  temporalBinary?: ServerBinary;
  /** Ends Temporal, then PostgreSQL. The caller has ended server and worker before. May be called twice. */
  stop(): Promise<void>;
}>;

/**
 * Starts what the environment does not bring, both at once. The state directory stays the caller's: release it after `stop`.
 * Throws CannotStart, after ending what had started.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { env } = options;
  const parts = await Promise.allSettled([
    env.DATABASE_URL ? undefined : embedPostgres(options),
    env.TEMPORAL_ADDRESS ? undefined : embedTemporal(options),
  ]);
  const [postgres, temporal] = parts.map((part) => (part.status === 'fulfilled' ? part.value : undefined)) as [
    RunningPostgres | undefined,
    (RunningTemporal & Readonly<{ binary: ServerBinary }>) | undefined,
  ];
  const children = [temporal?.child, postgres?.child].filter((child) => child !== undefined);
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    for (const child of children) await child.stop();
  };
  const failed = parts.find((part) => part.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  for (const child of children)
    void child.ended.then((how) => stopping || options.onExit?.(child.name, tell(child, how)));
  return {
    databaseUrl: postgres?.url ?? env.DATABASE_URL ?? '',
    temporalAddress: temporal?.address ?? env.TEMPORAL_ADDRESS ?? '',
    ...(temporal && { temporalBinary: temporal.binary }),
    stop,
  };
}

/** Starts only PostgreSQL; see `startEmbedded`. */
export const embedPostgres = ({
  stateDir,
  ports,
  progress,
  env,
  survives,
}: EmbeddedOptions): Promise<RunningPostgres> =>
  startPostgres({
    state: stateDir,
    cacheDir: cacheDirectory(env),
    port: ports?.postgres,
    survives: survives ?? 'crash',
    progress,
  });

/** Finds the server program and starts only Temporal; see `startEmbedded`. */
export async function embedTemporal(
  options: EmbeddedOptions,
): Promise<RunningTemporal & Readonly<{ binary: ServerBinary }>> {
  const { stateDir, ports, progress, env, survives } = options;
  const binary = await findServerBinary({ env, progress });
  const running = await startTemporal({
    state: stateDir,
    binary: binary.path,
    port: ports?.temporal,
    survives: survives ?? 'crash',
    progress,
  });
  return { ...running, binary };
}

const tell = (child: Child, how: string): string => `${how}\n${child.logTail()}`;
