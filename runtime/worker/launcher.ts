import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Growth } from './growth.js';
import { lengthOnDisk } from './segments.js';

/** A program to start, in a session and group of its own, without standard input, with exactly this environment. */
export type Launch = Readonly<{
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** The folder that its output and errors are written to, in the order in which they come (`segments.ts`). */
  output: string;
}>;

/** How it ended; `lost`: the launcher died, so that nobody can say, and what it started may live. */
export type Exit =
  | Readonly<{ kind: 'exited'; code: number | null; signal: string | null }>
  | Readonly<{ kind: 'lost' }>;

/** `started`: when the process began, as `startOf` says it. `closeOutput`: reads what is in its pipe, whoever holds the other end, and no more. */
export type Launched =
  | Readonly<{
      kind: 'started';
      pid: number;
      started: string;
      exit: Promise<Exit>;
      output: Growth;
      closeOutput(): void;
    }>
  | Readonly<{ kind: 'refused'; why: string }>
  | Readonly<{ kind: 'lost' }>;

/** Our end of the channel to the launcher. */
export type Launcher = Readonly<{
  /** Starts a program; `refused` when it cannot be executed. Never rejects. */
  launch(launch: Launch): Promise<Launched>;
  /** Sends the launcher home; what it started lives on, and nobody hears of its end. */
  close(): Promise<void>;
}>;

export type LaunchRequest =
  | (Launch & Readonly<{ kind: 'launch'; id: number }>)
  | Readonly<{ kind: 'close-output'; id: number }>;
export type LaunchAnswer =
  | Readonly<{ kind: 'ready' }>
  | Readonly<{ kind: 'started'; id: number; pid: number; started: string }>
  | Readonly<{ kind: 'refused'; id: number; why: string }>
  | Readonly<{ kind: 'output'; id: number; length: number; ended: boolean }>
  | Readonly<{ kind: 'exited'; id: number; code: number | null; signal: string | null }>;

/** A launch of which more is to be heard: until it was refused, or has exited and its output has ended. */
type Pending = Readonly<{
  began(launched: Launched): void;
  ended(exit: Exit): void;
  exit: Promise<Exit>;
  folder: string;
  output: Growth;
  closeOutput(): void;
}> & { hasExited?: true };

// A launcher that says nothing for so long is stuck.
const START_MOST_MS = 30_000;
const LEAVE_MOST_MS = 5_000;

/**
 * Starts the launcher and resolves when it listens. One that ends is replaced at the next launch. Throws when none can be started.
 * `pipes`: a directory of its own, where it makes pipes.
 */
export async function startLauncher(pipes: string): Promise<Launcher> {
  let last = 0;
  let closing = false;
  let current = openChannel(pipes);
  await current;
  const living = async (): Promise<Channel | undefined> => {
    const known = current;
    const channel = await known.catch(() => undefined);
    if (channel?.child.connected || closing) return channel;
    if (current === known) current = openChannel(pipes);
    return current.catch(() => undefined);
  };
  return {
    async launch(launch) {
      const channel = await living();
      if (channel === undefined || closing) return { kind: 'lost' };
      last += 1;
      return ask(channel, { kind: 'launch', id: last, ...launch });
    },
    async close() {
      closing = true;
      const { child } = (await current.catch(() => undefined)) ?? {};
      if (!child?.connected) return;
      // Referenced again: it may be the last thing that this process waits for.
      child.ref();
      const gone = once(child, 'exit');
      child.disconnect();
      // It may still hold the output of a process that we leave behind, and we have heard all that we want to hear.
      const impatience = setTimeout(() => child.kill('SIGKILL'), LEAVE_MOST_MS);
      await gone;
      clearTimeout(impatience);
    },
  };
}

type Channel = Readonly<{ child: ChildProcess; pending: Map<number, Pending> }>;

async function openChannel(pipes: string): Promise<Channel> {
  const channel: Channel = { child: await start(pipes), pending: new Map() };
  const { child, pending } = channel;
  child.on('message', (message) => hear(pending, message as LaunchAnswer));
  // Told after everything that it said before its end was heard.
  child.once('disconnect', () => {
    for (const one of pending.values()) {
      one.began({ kind: 'lost' });
      one.ended({ kind: 'lost' });
      // A segment may be removed while its length is read: what was told before counts then.
      void lengthOnDisk(one.folder)
        .catch(() => 0)
        .then((length) => one.output.isEnded || one.output.tear(length));
    }
    pending.clear();
  });
  return channel;
}

function ask({ child, pending }: Channel, request: LaunchRequest & { kind: 'launch' }): Promise<Launched> {
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
    const closeOutput = (): void => {
      if (child.connected) child.send({ kind: 'close-output', id: request.id } satisfies LaunchRequest, () => {});
    };
    pending.set(request.id, { began, ended, exit, folder: request.output, output: new Growth(), closeOutput });
    // What cannot be sent is answered by the end of the channel.
    child.send(request, () => {});
  });
}

function hear(pending: Map<number, Pending>, answer: LaunchAnswer): void {
  if (answer.kind === 'ready') return;
  const { id } = answer;
  const one = pending.get(id);
  if (one === undefined) return;
  const { exit, output, closeOutput } = one;
  if (answer.kind === 'started') one.began({ ...answer, exit, output, closeOutput });
  if (answer.kind === 'output') output.tell(answer.length, answer.ended);
  if (answer.kind === 'exited') {
    one.hasExited = true;
    one.ended(answer);
  }
  if (answer.kind === 'refused') one.began(answer);
  if (answer.kind === 'refused' || (one.hasExited && output.isEnded)) pending.delete(id);
}

// Nothing of the worker's: above all no HERA_RUN_ID, should the worker itself be run by a job.
const ENVIRONMENT: Readonly<Record<string, string>> & NodeJS.ProcessEnv = {
  PATH: '/usr/bin:/bin',
  NODE_ENV: 'production',
};

async function start(pipes: string): Promise<ChildProcess> {
  const fromSource = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(`./launcher-process.${fromSource ? 'ts' : 'js'}`, import.meta.url));
  const options = fromSource ? ['--import', import.meta.resolve('tsx')] : ['--max-old-space-size=32'];
  const child = spawn(process.execPath, [...options, entry, pipes], {
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
