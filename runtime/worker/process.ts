import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Ending } from '../../workflows/contract.js';
import type { Keeper } from './keeper.js';
import { endGroup, forksSinceBoot, type Group, startOf } from './processes.js';

export type ProcessSpec = Readonly<{
  run: string;
  attempt: number;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Where its output goes: standard output and error, in the order in which they were written. */
  output: string;
  timeoutMs: number;
  /** From TERM to KILL. */
  graceMs: number;
}>;

/** Why we end a process: its time is over, somebody cancelled it, or it is not ours to keep (lease, shutdown, superseded). */
export type StopReason = 'timeout' | 'cancel' | 'release';

/** How it ended; `released`: we ended it without a verdict. */
export type ProcessEnd = Readonly<{ kind: 'ended'; ending: Ending }> | Readonly<{ kind: 'released'; ending: Ending }>;

export type JobProcess = Readonly<{
  group: Group;
  /** Resolves when the leader and all that it left behind have ended. Never rejects. */
  ended: Promise<ProcessEnd>;
  /** TERM to the group, KILL after the grace. The first reason counts. `graceMs`: instead of the job's own. */
  stop(reason: StopReason, graceMs?: number): void;
}>;

// Node's timers hold no more.
const TIMER_MOST_MS = 2_147_483_647;

/**
 * Starts a job's process in its own group, without standard input, with exactly the given environment; the keeper knows it from then on.
 * The output goes to the file without passing through us, so that no burst costs memory and our death loses nothing.
 * Resolves with a refusal when the program cannot be executed.
 */
export async function startProcess(
  spec: ProcessSpec,
  keeper: Keeper,
  started: (group: Group) => void,
): Promise<JobProcess | Readonly<{ refused: string }>> {
  const output = openSync(spec.output, 'a', 0o600);
  const forks = forksSinceBoot();
  const child = spawn(spec.command, [...spec.args], {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...spec.env } as NodeJS.ProcessEnv,
    cwd: spec.cwd,
  });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    return { refused: `${spec.command} cannot be executed: ${error.message}` };
  }
  const group: Group = { pgid: pid, run: spec.run, attempt: spec.attempt, started: startOf(pid) };
  // Of this boot only, so it is not among what is recorded.
  const ours: Group = { ...group, ...(forks !== undefined && { forks }) };
  keeper.add(group);
  started(group);
  let stopped: Readonly<{ reason: StopReason; over: Promise<boolean> }> | undefined;
  const stop = (reason: StopReason, graceMs = spec.graceMs): void => {
    stopped ??= { reason, over: endGroup(ours, graceMs) };
  };
  const timer = setTimeout(() => stop('timeout'), Math.min(spec.timeoutMs, TIMER_MOST_MS));
  const ended = once(child, 'exit').then(async ([code, signal]: unknown[]): Promise<ProcessEnd> => {
    clearTimeout(timer);
    const asked = stopped;
    const killed = asked ? await asked.over : await endGroup(ours, spec.graceMs);
    keeper.remove(group);
    if (!asked) return { kind: 'ended', ending: endingOf(code as number | null, signal as string | null) };
    const how = (signal as string | null) ?? (killed ? 'SIGKILL' : 'SIGTERM');
    if (asked.reason === 'release')
      return { kind: 'released', ending: { kind: 'killed', signal: how, by: 'stranger' } };
    return { kind: 'ended', ending: { kind: 'killed', signal: how, by: asked.reason } };
  });
  return { group, ended, stop };
}

/** What the operating system says of a process that we did not end. */
const endingOf = (code: number | null, signal: string | null): Ending =>
  signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal, by: 'stranger' };
