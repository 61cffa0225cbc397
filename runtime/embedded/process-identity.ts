import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** One process, not just a number: a pid is given again after a while, its start time is not. */
export type ProcessIdentity = Readonly<{ pid: number; started: string }>;

/** The identity of a living process, or undefined when there is none (a zombie has ended: nobody may be there to reap it). */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** True while exactly this process lives; false for another one that got its pid. */
export const isAlive = (process: ProcessIdentity): boolean => identify(process.pid)?.started === process.started;

/** Waits until the process has ended; false when it still lives after `limitMs`. It is not our child, so there is no event to wait for. */
export async function waitUntilGone(process: ProcessIdentity, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (isAlive(process)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

let bootId: string | undefined;

function startedOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses and may itself contain spaces and parentheses: count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    // Ticks count from boot, so without the boot they would repeat for a process that starts at the same moment of every boot.
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${bootId}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

function startedByPs(pid: number): string | undefined {
  const ps = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state, ...started] = (ps.stdout ?? '').trim().split(/\s+/);
  return !state || state.startsWith('Z') ? undefined : started.join(' ');
}
