import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from './cannot-start.js';
import type { StopSteps } from './children.js';
import type { StateDir } from './state-dir.js';
import { watch } from './watchdog.js';

/** How a child ended: `exit code 1` or `signal SIGKILL`. */
export type ChildEnd = string;

/** A long-lived server process that belongs to a state directory. */
export type Child = Readonly<{
  name: string;
  pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<ChildEnd>;
  hasEnded(): boolean;
  /**
   * Asks it to end, step by step, at last by SIGKILL to its group; resolves when it has ended. May be called twice. `steps`: instead of those
   * that it was started with.
   */
  stop(steps?: StopSteps): Promise<void>;
  /** The end of what it wrote to its log since this start. */
  logTail(): string;
}>;

export type ChildSpec = Readonly<{
  state: StateDir;
  name: string;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd?: string;
  account?: Readonly<{ uid: number; gid: number }>;
  stop: StopSteps;
}>;

const LOG_KEPT_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 4096;

/**
 * Starts a server in its own process group (a Ctrl-C in the terminal reaches only us, who end it in order), its output in
 * `logs/<name>.log`, recorded in the book of children. A watchdog ends it should this process be killed.
 * Throws CannotStart when the program cannot be executed.
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const log = openLog(spec.state.file('logs', `${spec.name}.log`));
  const process_ = spawn(spec.command, [...spec.args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...spec.env },
    cwd: spec.cwd ?? '/',
    ...spec.account,
  });
  closeSync(log.fd);
  const { pid } = process_;
  if (pid === undefined) {
    const [error] = (await once(process_, 'error')) as [Error];
    throw new CannotStart(spec.name, error.message, `check that ${spec.command} exists and may be executed`);
  }
  spec.state.children.add(spec.name, pid, spec.stop);
  const endWatchdog = watch(pid, spec.stop[0]?.[0] ?? 'SIGTERM');
  let over = false;
  const ended = once(process_, 'exit').then(([code, signal]): ChildEnd => {
    over = true;
    endWatchdog();
    spec.state.children.remove(pid);
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  });
  const hasEnded = (): boolean => over;
  return {
    name: spec.name,
    pid,
    ended,
    hasEnded,
    stop: (steps = spec.stop) => stop(pid, ended, hasEnded, steps),
    logTail: log.tail,
  };
}

async function stop(pid: number, ended: Promise<ChildEnd>, hasEnded: () => boolean, steps: StopSteps): Promise<void> {
  for (const [signal, waitMs] of steps) {
    if (hasEnded()) return;
    process.kill(pid, signal);
    const timer = new AbortController();
    await Promise.race([ended, delay(waitMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
  }
  if (hasEnded()) return;
  process.kill(-pid, 'SIGKILL');
  await ended;
}

function openLog(path: string): Readonly<{ fd: number; tail(): string }> {
  if (existsSync(path) && statSync(path).size > LOG_KEPT_BYTES) renameSync(path, `${path}.1`);
  const fd = openSync(path, 'a', 0o600);
  const from = statSync(path).size;
  return { fd, tail: () => readFrom(path, from) };
}

function readFrom(path: string, from: number): string {
  const fd = openSync(path, 'r');
  try {
    const start = Math.max(from, statSync(path).size - TAIL_BYTES);
    const buffer = Buffer.alloc(TAIL_BYTES);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, TAIL_BYTES, start));
  } finally {
    closeSync(fd);
  }
}
