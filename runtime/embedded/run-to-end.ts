import { spawn } from 'node:child_process';
import { watch as guard } from './watchdog.js';

export type RunOptions = Readonly<{
  env: Readonly<Record<string, string | undefined>>;
  /** After this the process group is killed, and the failure says so. */
  limitMs: number;
  cwd?: string;
  account?: Readonly<{ uid: number; gid: number }>;
  /** Called every second with nothing; a string ends the run with that failure (for limits on progress). */
  watch?: () => string | undefined;
}>;

/** `failure` is undefined exactly when it exited with 0; `output` is what it wrote, both streams, its last 8 KiB. */
export type RunResult = Readonly<{ failure: string | undefined; output: string }>;

/** Runs a short program to its end, in its own process group. A program that cannot be executed is a failure, not an exception. */
export function runToEnd(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const process_ = spawn(command, [...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...options.env },
      cwd: options.cwd ?? '/',
      ...options.account,
    });
    const release = process_.pid === undefined ? () => {} : guard(process_.pid, 'SIGKILL');
    let output = '';
    let ended: string | undefined;
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-8192);
    };
    process_.stdout.on('data', collect);
    process_.stderr.on('data', collect);
    const end = (why: string): void => {
      ended ??= why;
      killGroup(process_.pid);
    };
    const limit = setTimeout(() => end(`not done within ${options.limitMs / 1000} s`), options.limitMs);
    const watch = setInterval(() => {
      const why = options.watch?.();
      if (why) end(why);
    }, 1_000);
    const finish = (failure: string | undefined): void => {
      clearTimeout(limit);
      clearInterval(watch);
      release();
      resolve({ failure, output });
    };
    process_.once('error', (error) => finish(error.message));
    process_.once('close', (code, signal) =>
      finish(ended ?? (code === 0 ? undefined : (signal ?? `exit code ${code}`))),
    );
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
