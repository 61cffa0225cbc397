import { type Child, startChild } from '../runtime/embedded/child.js';
import type { StopSteps } from '../runtime/embedded/children.js';
import type { StateDir } from '../runtime/embedded/index.js';
import { heraCommand } from './entry.js';

export type LocalWorker = Readonly<{
  state: StateDir;
  url: string;
  temporalAddress: string;
  namespace: string;
  tokenFile: string;
  machineGroups: readonly string[];
  /** NAME=VALUE for the jobs. */
  env: readonly string[];
  surroundings: Readonly<Record<string, string | undefined>>;
  say(line: string): void;
}>;

const RESTART_MS = 1_000;
// A short drain, then what runs is given up, then the kill: the next start gives it another attempt.
const STOP = [
  ['SIGTERM', 3_000],
  ['SIGTERM', 20_000],
] as const;
// Nobody is there to be told how things end: the keeper ends what runs, and the next start tells it.
const STOP_IN_VAIN = [
  ['SIGTERM', 500],
  ['SIGTERM', 2_500],
] as const;
// What programs of jobs need to be found and to speak; the rest of the terminal's environment is not theirs.
const PASSED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'USER', 'JAVA_HOME', 'TZ'];

export type RunningLocalWorker = Readonly<{
  stop(): Promise<void>;
  /** Ends it within three seconds: a server that it talks to is gone. */
  stopInVain(): Promise<void>;
}>;

/** The worker of `hera up`, a process of its own; one that ends by itself is started again. */
export async function embeddedWorker(options: LocalWorker): Promise<RunningLocalWorker> {
  let stopping = false;
  let child = await launch(options);
  const keep = async (): Promise<void> => {
    for (;;) {
      const how = await child.ended;
      if (stopping) return;
      options.say(
        `the worker ended by itself (${how}) and is started again; its log: ${options.state.file('logs', 'worker.log')}`,
      );
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
      if (stopping) return;
      child = await launch(options);
    }
  };
  const keeping = keep().catch((error: unknown) => options.say(`the worker cannot be started: ${String(error)}`));
  const stop = async (steps?: StopSteps): Promise<void> => {
    stopping = true;
    await child.stop(steps);
    await keeping;
  };
  return { stop: () => stop(), stopInVain: () => stop(STOP_IN_VAIN) };
}

function launch({
  state,
  url,
  temporalAddress,
  namespace,
  tokenFile,
  machineGroups,
  env,
  surroundings,
}: LocalWorker): Promise<Child> {
  const { command, args } = heraCommand([
    'worker',
    ...['--url', url, '--temporal', temporalAddress, '--namespace', namespace],
    ...['--token-file', tokenFile, '--work-dir', state.file('work', 'of-the-worker').replace(/of-the-worker$/, '')],
    ...machineGroups.flatMap((group) => ['--group', group]),
    ...env.flatMap((pair) => ['--env', pair]),
  ]);
  const passed = Object.fromEntries(
    PASSED.flatMap((name) => (surroundings[name] === undefined ? [] : [[name, surroundings[name]]])),
  );
  return startChild({ state, name: 'worker', command, args, env: passed, cwd: state.path, stop: STOP });
}
