import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ControlActivities } from '../../workflows/control-activities.js';
import type { Log } from '../log.js';
import type { TemporalTarget } from './connection.js';

export type ControlWorker = Readonly<{
  stop(): Promise<void> /** Rejects when the worker dies by itself. */;
  running: Promise<void>;
}>;

const CACHED_WORKFLOWS = 300;

/** The SDK's own words go to our log, warnings and worse; installed once for a process, before its first worker. */
export function quietTemporal(log: Log): void {
  if (Runtime._instance !== undefined) return;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) =>
    log[level === 'ERROR' ? 'error' : 'warn'](message, meta && { meta: JSON.stringify(meta, errorsAsText) }),
  );
  Runtime.install({ logger, shutdownSignals: [] });
}

// An Error is an empty object to JSON: its words are what one reads a log for.
const errorsAsText = (_key: string, value: unknown): unknown => {
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === 'bigint' ? String(value) : value;
};

/** Runs workflows and their local activities on the control queue, until `stop`. */
export async function startControlWorker(
  target: TemporalTarget,
  queue: string,
  activities: ControlActivities,
): Promise<ControlWorker> {
  const connection = await NativeConnection.connect({ address: target.address });
  const worker = await Worker.create({
    connection,
    namespace: target.namespace,
    taskQueue: queue,
    activities,
    ...workflowCode(),
    maxCachedWorkflows: CACHED_WORKFLOWS,
    maxConcurrentLocalActivityExecutions: 40,
    shutdownGraceTime: '10s',
  });
  const running = worker.run();
  running.catch(() => {});
  return {
    running,
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => {});
      await connection.close();
    },
  };
}

/** Built: the bundle made at build time. From TypeScript (tests): bundled at start. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'> {
  const built = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
  if (existsSync(built)) return { workflowBundle: { codePath: built } };
  return {
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    bundlerOptions: {
      webpackConfigHook: (config) => ({
        ...config,
        resolve: { ...config.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
      }),
    },
  };
}
