import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

/** What the holder tells those who find the lock taken, for instance its url. */
export type LockFacts = Readonly<Record<string, string>>;

/** A lock this process holds. It ends with `release`, or with the process: a dead holder's lock is taken over by the next one. */
export type Lock = Readonly<{ announce(facts: LockFacts): void; release(): void }>;

export type LockAnswer =
  | Readonly<{ kind: 'held'; lock: Lock }>
  | Readonly<{ kind: 'taken'; holder: ProcessIdentity; facts: LockFacts }>;

type Content = Readonly<{ holder: ProcessIdentity; facts: LockFacts }>;

// Breaking a stale lock takes a moment; a breaker older than this died while doing it.
const BREAKER_STALE_MS = 10_000;

/**
 * Takes the lock at `path` for this process, or says who has it; never waits for a living holder.
 * The file appears whole (written aside, then linked), so a reader never sees half of it; a lock is broken only under a second one,
 * so that two starters who both find it stale do not remove each other's new lock.
 */
export async function takeLock(path: string, facts: LockFacts = {}): Promise<LockAnswer> {
  const holder = identify(process.pid);
  if (!holder) throw new Error(`cannot read the start time of this process (pid ${process.pid})`);
  for (;;) {
    if (place(path, { holder, facts })) return { kind: 'held', lock: heldLock(path, holder) };
    const found = readLock(path);
    if (found && isAlive(found.holder)) return { kind: 'taken', ...found };
    if (!breakStale(path)) await delay(20);
  }
}

/** The living holder of the lock at `path`, if there is one. */
export function lockHolder(path: string): Content | undefined {
  const found = readLock(path);
  return found && isAlive(found.holder) ? found : undefined;
}

function heldLock(path: string, holder: ProcessIdentity): Lock {
  let held = true;
  return {
    announce: (facts) => renameSync(writeAside(path, { holder, facts }), path),
    release() {
      // Only once: afterwards the file may be somebody else's.
      if (held) rmSync(path, { force: true });
      held = false;
    },
  };
}

function writeAside(path: string, content: Content): string {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(aside, JSON.stringify(content), { flag: 'wx', mode: 0o600 });
  return aside;
}

function place(path: string, content: Content): boolean {
  const aside = writeAside(path, content);
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readLock(path: string): Content | undefined {
  try {
    const read = JSON.parse(readFileSync(path, 'utf8')) as Partial<Content>;
    return read.holder ? { holder: read.holder, facts: read.facts ?? {} } : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the lock if its holder is dead; false when another process is just doing that. */
function breakStale(path: string): boolean {
  const breaker = `${path}.break`;
  try {
    writeFileSync(breaker, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    if (ageMs(breaker) > BREAKER_STALE_MS) rmSync(breaker, { force: true });
    return false;
  }
  try {
    const found = readLock(path);
    if (!found || !isAlive(found.holder)) rmSync(path, { force: true });
    return true;
  } finally {
    rmSync(breaker, { force: true });
  }
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** True for a system error with this code, for instance `EEXIST`. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
