import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program to start, in a session and group of its own, without standard input, with exactly this environment. */
export type Launch = Readonly<{
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** The file that its output and errors are appended to. */
  output: string;
}>;

/** How it ended; `lost`: the launcher died, so that nobody can say, and what it started may live. */
export type Exit =
  | Readonly<{ kind: 'exited'; code: number | null; signal: string | null }>
  | Readonly<{ kind: 'lost' }>;

/** `started`: when the process began, as `startOf` says it. */
export type Launched =
  | Readonly<{ kind: 'started'; pid: number; started: string; exit: Promise<Exit> }>
  | Readonly<{ kind: 'refused'; why: string }>
  | Readonly<{ kind: 'lost' }>;

/** Our end of the channel to the launcher. */
export type Launcher = Readonly<{
  /** Starts a program; `refused` when it cannot be executed. Never rejects. */
  launch(launch: Launch): Promise<Launched>;
  /** Sends the launcher home; what it started lives on, and nobody hears of its end. */
  close(): Promise<void>;
}>;

export type LaunchRequest = Launch & Readonly<{ id: number }>;
export type LaunchAnswer =
  | Readonly<{ kind: 'ready' }>
  | Readonly<{ kind: 'started'; id: number; pid: number; started: string }>
  | Readonly<{ kind: 'refused'; id: number; why: string }>
  | Readonly<{ kind: 'exited'; id: number; code: number | null; signal: string | null }>;

type Pending = Readonly<{ began(launched: Launched): void; ended(exit: Exit): void; exit: Promise<Exit> }>;

// A launcher that says nothing for so long is stuck.
const START_MOST_MS = 30_000;

/** Starts the launcher and resolves when it listens. One that ends is replaced at the next launch. Throws when none can be started. */
export async function startLauncher(): Promise<Launcher> {
  let last = 0;
  let closing = false;
  let current = openChannel();
  await current;
  const living = async (): Promise<Channel | undefined> => {
    const known = current;
    const channel = await known.catch(() => undefined);
    if (channel?.child.connected || closing) return channel;
    if (current === known) current = openChannel();
    return current.catch(() => undefined);
  };
  return {
    async launch(launch) {
      const channel = await living();
      if (channel === undefined || closing) return { kind: 'lost' };
      last += 1;
      return ask(channel, { id: last, ...launch });
    },
    async close() {
      closing = true;
      const { child } = (await current.catch(() => undefined)) ?? {};
      if (!child?.connected) return;
      // Referenced again: it may be the last thing that this process waits for.
      child.ref();
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

type Channel = Readonly<{ child: ChildProcess; pending: Map<number, Pending> }>;

async function openChannel(): Promise<Channel> {
  const channel: Channel = { child: await start(), pending: new Map() };
  const { child, pending } = channel;
  child.on('message', (message) => hear(pending, message as LaunchAnswer));
  // Told after everything that it said before its end was heard.
  child.once('disconnect', () => {
    for (const one of pending.values()) {
      one.began({ kind: 'lost' });
      one.ended({ kind: 'lost' });
    }
    pending.clear();
  });
  return channel;
}

function ask({ child, pending }: Channel, request: LaunchRequest): Promise<Launched> {
  if (!child.connected) return Promise.resolve({ kind: 'lost' });
  const impatience = setTimeout(() => child.kill('SIGKILL'), START_MOST_MS);
  return new Promise<Launched>((resolve) => {
    let ended: (exit: Exit) => void = () => {};
    const exit = new Promise<Exit>((told) => {
      ended = told;
    });
    const began = (launched: Launched): void => {
      clearTimeout(impatience);
      resolve(launched);
    };
    pending.set(request.id, { began, ended, exit });
    // What cannot be sent is answered by the end of the channel.
    child.send(request, () => {});
  });
}

function hear(pending: Map<number, Pending>, answer: LaunchAnswer): void {
  if (answer.kind === 'ready') return;
  const one = pending.get(answer.id);
  if (answer.kind === 'started') one?.began({ ...answer, exit: one.exit });
  else pending.delete(answer.id);
  if (answer.kind === 'refused') one?.began(answer);
  if (answer.kind === 'exited') one?.ended(answer);
}

// Nothing of the worker's: above all no HERA_RUN_ID, should the worker itself be run by a job.
const ENVIRONMENT: Readonly<Record<string, string>> & NodeJS.ProcessEnv = {
  PATH: '/usr/bin:/bin',
  NODE_ENV: 'production',
};

async function start(): Promise<ChildProcess> {
  const fromSource = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(`./launcher-process.${fromSource ? 'ts' : 'js'}`, import.meta.url));
  const options = fromSource ? ['--import', import.meta.resolve('tsx')] : ['--max-old-space-size=32'];
  const child = spawn(process.execPath, [...options, entry], {
    // Its own group and session: what ends the worker's must not end it.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: ENVIRONMENT,
  });
  const gone = once(child, 'exit').then(() => undefined);
  const ready = await Promise.race([once(child, 'message'), gone]);
  if (ready === undefined) throw new Error('the launcher process did not start');
  child.unref();
  child.channel?.unref();
  return child;
}
