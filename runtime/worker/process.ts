import type { Ending } from '../../workflows/contract.js';
import { Growth } from './growth.js';
import type { Keeper } from './keeper.js';
import type { Exit, Launcher } from './launcher.js';
import { endGroup, forksSinceBoot, type Group, NO_GROUP } from './processes.js';

export type ProcessSpec = Readonly<{
  run: string;
  attempt: number;
  /** The attempt's own mark on this machine; the environment bears it too. */
  worker: string;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** The folder where its output goes: standard output and error, in the order in which they were written. */
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
  /** What it printed, as it grows. */
  output: Growth;
  /** Resolves when the leader and all that it left behind have ended, and what they printed is on disk. Never rejects. */
  ended: Promise<ProcessEnd>;
  /** TERM to the group, KILL after the grace. The first reason counts. `graceMs`: instead of the job's own. */
  stop(reason: StopReason, graceMs?: number): void;
}>;

// Node's timers hold no more.
const TIMER_MOST_MS = 2_147_483_647;
const NEVER = new AbortController().signal;

/** Who starts processes, and who ends them should we die. */
export type Household = Readonly<{ keeper: Keeper; launcher: Launcher }>;

/**
 * Starts a job's process in its own group, without standard input, with exactly the given environment. The keeper knows the attempt before
 * anything of it can live. The output goes to disk without passing through us, so that no burst costs memory and our death loses nothing.
 * Resolves with a refusal when the program cannot be executed. When the launcher dies, all that it started is ended without a verdict.
 */
export async function startProcess(
  spec: ProcessSpec,
  { keeper, launcher }: Household,
  started: (group: Group) => void,
): Promise<JobProcess | Readonly<{ refused: string }>> {
  const { run, attempt, worker, command, args, env, cwd, output } = spec;
  const forks = forksSinceBoot();
  // Found by the marks in its environment until its group is known.
  const expected: Group = { pgid: NO_GROUP, run, attempt, worker, started: '' };
  keeper.add(expected);
  const launched = await launcher.launch({ command, args, env, cwd, output });
  if (launched.kind === 'refused') {
    keeper.remove(expected);
    return { refused: `${command} cannot be executed: ${launched.why}` };
  }
  if (launched.kind === 'lost')
    return follow(spec, keeper, expected, {
      exit: Promise.resolve({ kind: 'lost' }),
      output: Growth.ended(0),
      closeOutput() {},
    });
  const group: Group = { pgid: launched.pid, run, attempt, worker, started: launched.started };
  keeper.add(group);
  started(group);
  // The count is of this boot only, so it is not among what is recorded.
  return follow(spec, keeper, { ...group, ...(forks !== undefined && { forks }) }, launched);
}

type Following = Readonly<{ exit: Promise<Exit>; output: Growth; closeOutput(): void }>;

function follow(spec: ProcessSpec, keeper: Keeper, group: Group, { exit, output, closeOutput }: Following): JobProcess {
  let stopped: Readonly<{ reason: StopReason; over: Promise<boolean> }> | undefined;
  const stop = (reason: StopReason, graceMs = spec.graceMs): void => {
    stopped ??= { reason, over: endGroup(group, graceMs) };
  };
  const timer = setTimeout(() => stop('timeout'), Math.min(spec.timeoutMs, TIMER_MOST_MS));
  const ended = exit.then(async (how): Promise<ProcessEnd> => {
    clearTimeout(timer);
    const asked = stopped;
    const killed = asked ? await asked.over : await endGroup(group, spec.graceMs);
    keeper.remove(group);
    // Somebody that we cannot know may hold the pipe: what he prints after the end is not the attempt's.
    closeOutput();
    await output.end(NEVER);
    if (how.kind === 'lost' || output.isTorn) return released('SIGKILL');
    if (!asked) return { kind: 'ended', ending: endingOf(how.code, how.signal) };
    const signal = how.signal ?? (killed ? 'SIGKILL' : 'SIGTERM');
    if (asked.reason === 'release') return released(signal);
    return { kind: 'ended', ending: { kind: 'killed', signal, by: asked.reason } };
  });
  return { group, output, ended, stop };
}

const released = (signal: string): ProcessEnd => ({
  kind: 'released',
  ending: { kind: 'killed', signal, by: 'stranger' },
});

/** What the operating system says of a process that we did not end. */
const endingOf = (code: number | null, signal: string | null): Ending =>
  signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal, by: 'stranger' };
