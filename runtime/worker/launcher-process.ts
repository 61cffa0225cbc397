// The launcher: a small process beside a worker that starts its jobs. A fork copies the page tables of whoever forks, and a worker with
// Temporal's core in it has so many that each start would hold all its other work for ten milliseconds; here it takes less than one.
// In: `Launch` messages over the channel. Out: for each `LaunchAnswer`s, how it began and how it ended. It ends with the channel, and leaves
// what it started to the worker and to the keeper. Never here: a decision, or anything that is not Node itself and `processes.ts`.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { LaunchAnswer, LaunchRequest } from './launcher.js';
import { startOf } from './processes.js';

// A Ctrl-C in the worker's terminal, or a signal to all processes of a service: the worker decides what ends.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (request) => launch(request as LaunchRequest));
answer({ kind: 'ready' });

function launch({ id, command, args, env, cwd, output }: LaunchRequest): void {
  try {
    const file = openSync(output, 'a', 0o600);
    try {
      const child = spawn(command, [...args], {
        detached: true,
        stdio: ['ignore', file, file],
        env: { ...env } as NodeJS.ProcessEnv,
        cwd,
      });
      child.once('error', (error) => answer({ kind: 'refused', id, why: error.message }));
      if (child.pid === undefined) return;
      // Asked before it can be reaped, so that it is this process's start.
      answer({ kind: 'started', id, pid: child.pid, started: startOf(child.pid) });
      child.once('exit', (code, signal) => answer({ kind: 'exited', id, code, signal }));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    answer({ kind: 'refused', id, why: error instanceof Error ? error.message : String(error) });
  }
}

function answer(message: LaunchAnswer): void {
  if (process.connected) process.send?.(message);
}
