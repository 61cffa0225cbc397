import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildRecord } from '../../../runtime/embedded/children.js';

/** Runs a test with an empty directory, which is removed afterwards. */
export async function inTempDir<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'hera-test-embedded-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export type Parent = Readonly<{
  process: ChildProcess & { readonly pid: number };
  databaseUrl: string;
  temporalAddress: string;
  children: readonly ChildRecord[];
}>;

/** Starts `parent.ts` on a state directory and waits until both servers answer. */
export async function startParent(stateDir: string): Promise<Parent> {
  const script = fileURLToPath(new URL('./parent.ts', import.meta.url));
  const process_ = spawn(process.execPath, ['--import', 'tsx', script, stateDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  });
  let text = '';
  for await (const chunk of process_.stdout) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  if (!text) throw new Error('the parent ended without starting anything');
  return { process: process_ as Parent['process'], ...JSON.parse(text) };
}

/** kill -9, and wait until it is gone. */
export async function killHard(process_: ChildProcess): Promise<void> {
  const ended = once(process_, 'exit');
  process_.kill('SIGKILL');
  await ended;
}

/** Pids of the processes whose command line satisfies the question. */
export const processes = (question: (commandLine: string, parent: number) => boolean): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return question(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '), parent);
      } catch {
        return false;
      }
    })
    .map(Number);

/** The local addresses (hexadecimal, as /proc/net/tcp has them) on which a process listens. */
export function listensOn(pid: number): readonly string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1));
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && sockets.has(fields[9] ?? ''))
    .map((fields) => fields[1]?.split(':')[0] ?? '');
}
