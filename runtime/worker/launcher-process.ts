// The launcher: a small process beside a worker that starts its jobs. A fork copies the page tables of whoever forks, and a worker with
// Temporal's core in it has so many that each start would hold all its other work for ten milliseconds; here it takes less than one.
// In: `Launch` messages over the channel. Out: for each `LaunchAnswer`s, how it began, how its output grows, and how it ended. It reads the
// output of what it started, so that the worker's death loses none: when the channel ends it writes down the last words, then ends too.
// What it started it leaves to the worker and to the keeper. Never here: a decision, or anything that is not Node itself.

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import type { Launch, LaunchAnswer, LaunchRequest } from './launcher.js';
import { type OutputWriter, writeOutput } from './output-writer.js';
import { openPipes, type PipeEnds } from './pipes.js';
import { startOf } from './processes.js';

/** The worker is told that an output grew no more often than this. */
const TELL_MS = 100;
/** Without the worker, the keeper ends all jobs within its silence and grace; who still writes then is none. */
const LAST_WORDS_MS = 60_000;
const LAST_WORDS_BYTES = 16 * 1024 * 1024;

const writers = new Map<number, OutputWriter>();
const pipes = openPipes(process.argv[2] ?? '');

// A Ctrl-C in the worker's terminal, or a signal to all processes of a service: the worker decides what ends.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
process.on('disconnect', endWithLastWords);
process.on('message', (message) => hear(message as LaunchRequest));
answer({ kind: 'ready' });

function hear(request: LaunchRequest): void {
  if (request.kind === 'launch') launch(request);
  else writers.get(request.id)?.close();
}

function launch(request: Launch & Readonly<{ id: number }>): void {
  const { id } = request;
  try {
    const pipe = pipes.take();
    try {
      start(request, pipe);
    } finally {
      closeSync(pipe.write);
    }
  } catch (error) {
    answer({ kind: 'refused', id, why: error instanceof Error ? error.message : String(error) });
  }
}

function start({ id, command, args, env, cwd, output }: Launch & Readonly<{ id: number }>, pipe: PipeEnds): void {
  mkdirSync(output, { recursive: true, mode: 0o700 });
  const child = spawn(command, [...args], {
    detached: true,
    stdio: ['ignore', pipe.write, pipe.write],
    env: { ...env } as NodeJS.ProcessEnv,
    cwd,
  });
  child.once('error', (error) => answer({ kind: 'refused', id, why: error.message }));
  if (child.pid === undefined) {
    closeSync(pipe.read);
    return;
  }
  // Asked before it can be reaped, so that it is this process's start.
  answer({ kind: 'started', id, pid: child.pid, started: startOf(child.pid) });
  writers.set(id, writeOutput(pipe.read, output, teller(id)));
  child.once('exit', (code, signal) => answer({ kind: 'exited', id, code, signal }));
}

/** Tells at once after a silence, else at most every TELL_MS, and the end always. */
function teller(id: number): (length: number, ended: boolean) => void {
  let timer: NodeJS.Timeout | undefined;
  let newest = 0;
  let told = 0;
  const tell = (ended: boolean): void => {
    if (told === newest && !ended) return;
    told = newest;
    answer({ kind: 'output', id, length: newest, ended });
  };
  return (length, ended) => {
    newest = length;
    if (ended) {
      clearTimeout(timer);
      tell(true);
      forget(id);
    } else if (timer === undefined) {
      tell(false);
      timer = setTimeout(() => {
        timer = undefined;
        tell(false);
      }, TELL_MS);
    }
  };
}

function forget(id: number): void {
  writers.delete(id);
  if (!process.connected && writers.size === 0) process.exit(0);
}

function endWithLastWords(): void {
  if (writers.size === 0) process.exit(0);
  for (const writer of writers.values()) writer.limit(LAST_WORDS_BYTES);
  setTimeout(() => process.exit(0), LAST_WORDS_MS);
}

function answer(message: LaunchAnswer): void {
  if (process.connected) process.send?.(message);
}
