import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Program } from './sandbox-program.js';

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** `gone`: it has ended and so has its directory, `cwd`. */
export type StartedChild = Readonly<{ child: Child; cwd: string; gone: Promise<void> }>;

/** V8's own heap; QuickJS keeps to a limit of its own inside WebAssembly. */
const HEAP_MB = 512;

/**
 * Lowered by the shell that becomes the child, before a line of ours or an author's runs: no file can be written, no core is left, few
 * descriptors, and the kernel ends what burns processor time for minutes although nobody kills it. What a system does not know is left out.
 * Address space is not limited: V8 reserves far more than it uses.
 */
const LOWER_LIMITS =
  'for limit in "-f 0" "-c 0" "-n 64" "-t 300"; do ulimit $limit 2>/dev/null || :; done; exec "$0" "$@"';

/** Node's own bar (20: experimental); the first that this Node knows. From Node 25 on it bars the network too. */
const BAR = ['--permission', '--experimental-permission'].find((flag) => process.allowedNodeEnvironmentFlags.has(flag));

/**
 * Bars the child from every file but those its program is made of, from writing, and from processes, threads, addons and inspectors of its own.
 * Left out where Node has no bar, or where a path has letters that mean something in its flags: then QuickJS and the kernel's limits remain.
 */
function bars(reads: readonly string[]): readonly string[] {
  if (BAR === undefined || reads.some((path) => /[*,]/.test(path))) return [];
  return [BAR, '--no-warnings', ...reads.map((path) => `--allow-fs-read=${path.endsWith('/') ? `${path}*` : path}`)];
}

/**
 * Starts the process in which authors' code is evaluated: an empty environment, an empty directory of its own, three pipes and no other
 * descriptor (Node opens all of its own close-on-exec), Node's own bar, and limits of the operating system where there are any.
 */
export async function startChild(program: Program): Promise<StartedChild> {
  const cwd = await mkdtemp(join(tmpdir(), 'hera-sandbox-'));
  const args = [`--max-old-space-size=${HEAP_MB}`, ...bars(program.reads), ...program.args];
  const [command, before] =
    process.platform === 'win32' ? [process.execPath, []] : ['/bin/sh', ['-c', LOWER_LIMITS, process.execPath]];
  const child = spawn(command, [...before, ...args], {
    cwd,
    // Next's types want a NODE_ENV in every environment; this one must stay empty.
    env: {} as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  return { child, cwd, gone: closed.then(() => rm(cwd, { recursive: true, force: true })) };
}

/**
 * Tells a child how to start and waits until it stands; what it says from then on is paused. False when it ended instead. From here on the kernel
 * gives it no descriptor more: it opens no file and no socket, whatever it executes. `prlimit` is Linux's; elsewhere Node's bar is all there is.
 */
export async function standUp({ child, gone }: StartedChild, line: string): Promise<boolean> {
  // Writing to a child that died fails; whoever waits for it sees that it did.
  child.stdin.on('error', () => undefined);
  child.stdin.write(line);
  let said = '';
  const stands = new Promise<true>((resolve) => {
    const read = (chunk: string): void => {
      said += chunk;
      const end = said.indexOf('\n');
      if (end < 0) return;
      child.stdout.off('data', read).pause();
      if (end + 1 < said.length) child.stdout.unshift(said.slice(end + 1), 'utf8');
      resolve(true);
    };
    child.stdout.setEncoding('utf8').on('data', read);
  });
  const isUp = await Promise.race([stands, gone.then(() => false as const)]);
  if (isUp && process.platform === 'linux') await takeDescriptors(child);
  return isUp;
}

const takeDescriptors = ({ pid }: Child): Promise<void> =>
  new Promise((resolve) => {
    execFile('prlimit', ['--pid', String(pid), '--nofile=0:0'], { timeout: 10_000 }, () => resolve());
  });

/** Calls `bark` after a silence. A timer that is late because this process was busy first lets the answers in that wait in the pipe. */
export function watchdog(bark: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let generation = 0;
  const rest = (): void => {
    generation++;
    clearTimeout(timer);
  };
  return {
    /** Something must come within so many milliseconds. */
    expect(ms: number): void {
      rest();
      const mine = generation;
      timer = setTimeout(() => {
        timer = setTimeout(() => {
          if (mine === generation) bark();
        }, 50);
      }, ms);
    },
    rest,
  };
}

/** Cuts a stream into lines; answers false, and nothing more, once a line is longer than `mostChars`: its writer is no child of ours. */
export function lineReader(mostChars: number, take: (line: string) => void): (chunk: string) => boolean {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.length > mostChars) return false;
      take(line);
    }
    return rest.length <= mostChars;
  };
}
