// What the operating system says about processes of a job: pure Node and /proc, since the keeper also lives on it.
// A job's processes are those of its group, and those that left the group (setsid) but still bear its HERA_RUN_ID and HERA_ATTEMPT, and the
// HERA_WORKER that its worker gave this attempt alone: two installations on one host number their runs alike, and so does a database that was
// set back.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A job's processes: the leader's pid is the number of the group. `run`, `attempt` and `worker` (the attempt's mark on this machine) find
 * those that left it; none of them began before `started`, the leader's start. `forks`: how many processes the kernel had made since boot
 * just before the leader; known only to who started it.
 */
export type Group = Readonly<{
  pgid: number;
  run: string;
  attempt: number;
  worker: string;
  started: string;
  forks?: number;
}>;

/** The number of a group that is not known: no process has it, and nobody is signalled by it. */
export const NO_GROUP = -1;

/** One process, not just a number: a pid is given again after a while, its start time (ticks since boot) is not. */
export type ProcessIdentity = Readonly<{ pid: number; started: string }>;

type Stat = Readonly<{ state: string; pgid: number; started: string }>;

const POLL_MS = 25;

/** The identity of a living process, undefined when there is none. Without /proc the start time is unknown and empty. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (process.platform !== 'linux') return exists(pid) ? { pid, started: '' } : undefined;
  const stat = statOf(String(pid));
  return stat && isAlive(stat) ? { pid, started: `${bootId()}:${stat.started}` } : undefined;
}

/** When a process started, also of one that has ended and is not yet reaped; empty where nobody can say. */
export const startOf = (pid: number): string => {
  const stat = process.platform === 'linux' ? statOf(String(pid)) : undefined;
  return stat ? `${bootId()}:${stat.started}` : '';
};

/** The living processes of a group, with those that left it but bear its marks. Zombies have ended. */
export function membersOf(group: Group): readonly number[] {
  if (process.platform !== 'linux') return group.pgid > 1 && exists(-group.pgid) ? [-group.pgid] : [];
  const marks = [`HERA_RUN_ID=${group.run}\0`, `HERA_ATTEMPT=${group.attempt}\0`, `HERA_WORKER=${group.worker}\0`];
  const since = Number(group.started.split(':')[1] ?? 0);
  const members: number[] = [];
  const isLater = pidsSince(group);
  for (const name of readdirSync('/proc')) {
    if (!isNumber(name) || Number(name) === process.pid || !isLater(Number(name))) continue;
    const stat = statOf(name);
    if (!stat || !isAlive(stat) || Number(stat.started) < since) continue;
    if (stat.pgid === group.pgid || bearsAll(name, marks)) members.push(Number(name));
  }
  return members;
}

/**
 * Which pids can have been given since the group's leader began. Pids are given in a circle, so while the kernel has made fewer processes
 * than half of it, they are those from the leader to the newest: a host of ten thousand processes is not read through at the end of each
 * job. All pids, where that is not known (another process asks, the circle is short, not Linux).
 */
function pidsSince({ pgid, forks }: Group): (pid: number) => boolean {
  const [now, newest, circle] = [forksSinceBoot(), newestPid(), pidCircle()];
  if (forks === undefined || now === undefined || newest === undefined || !(now - forks < circle / 2))
    return () => true;
  return pgid <= newest ? (pid) => pid >= pgid && pid <= newest : (pid) => pid >= pgid || pid <= newest;
}

/** How many processes the kernel has made since it booted, of the whole host; undefined where it does not say. */
export function forksSinceBoot(): number | undefined {
  const count = /^processes (\d+)$/m.exec(read('/proc/stat') ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}

/** The pid that was given last. */
function newestPid(): number | undefined {
  const pid = read('/proc/loadavg')?.trim().split(' ').at(-1);
  return pid === undefined ? undefined : Number(pid);
}

/** How many pids there are before they begin anew. */
const pidCircle = (): number => Number(read('/proc/sys/kernel/pid_max') ?? 0);

/**
 * Ends a group and all that left it: TERM, and KILL to what still lives after `graceMs`, until nothing does.
 * Resolves with true when a KILL was needed. `hurry` resolving cuts the grace short.
 */
export async function endGroup(group: Group, graceMs: number, hurry?: Promise<unknown>): Promise<boolean> {
  let rushed = false;
  void hurry?.then(() => {
    rushed = true;
  });
  const first = membersOf(group);
  if (first.length === 0) return false;
  signal(group, first, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  for (let left = membersOf(group); left.length > 0; left = membersOf(group)) {
    if (rushed || performance.now() >= deadline) {
      await killUntilGone(group);
      return true;
    }
    await delay(Math.min(POLL_MS, Math.max(1, deadline - performance.now())));
  }
  return false;
}

/** KILL, again and again: a member may fork between our look and our signal. */
async function killUntilGone(group: Group): Promise<void> {
  for (let left = membersOf(group); left.length > 0; left = membersOf(group)) {
    signal(group, left, 'SIGKILL');
    await delay(5);
  }
}

/** Signals the group as one, then each member outside it. The group number is only used while a member of the group lives. */
function signal(group: Group, members: readonly number[], name: NodeJS.Signals): void {
  const inside = members.some((pid) => pid < 0 || statOf(String(pid))?.pgid === group.pgid);
  if (inside) kill(-group.pgid, name);
  for (const pid of members) if (pid > 0 && statOf(String(pid))?.pgid !== group.pgid) kill(pid, name);
}

function kill(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const isNumber = (name: string): boolean => name.charCodeAt(0) >= 48 && name.charCodeAt(0) <= 57;
const isAlive = (stat: Stat): boolean => stat.state !== 'Z' && stat.state !== 'X';

function statOf(pid: string): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the command in parentheses and may itself contain spaces and parentheses: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', pgid: Number(fields[2]), started: fields[19] ?? '' };
}

function bearsAll(pid: string, marks: readonly string[]): boolean {
  const environment = read(`/proc/${pid}/environ`);
  return environment !== undefined && marks.every((mark) => `\0${environment}`.includes(`\0${mark}`));
}

let boot: string | undefined;

/** Ticks count from boot, so without the boot they would repeat. */
function bootId(): string {
  boot ??= read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return boot;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
