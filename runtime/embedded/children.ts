import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hasCode } from './lock-file.js';
import { identify, isAlive, type ProcessIdentity, waitUntilGone } from './process-identity.js';

/** How a child is asked to end, in order: each signal, and how long to wait after it (ms). SIGKILL follows by itself. */
export type StopSteps = readonly (readonly [NodeJS.Signals, number])[];

export type ChildRecord = ProcessIdentity & Readonly<{ name: string; stop: StopSteps }>;

/** The children a state directory has started, on disk, so that the next start can end those that outlived a killed parent. */
export type ChildBook = Readonly<{
  /** Written before anything else is done with the child. */
  add(name: string, pid: number, stop: StopSteps): void;
  remove(pid: number): void;
  read(): readonly ChildRecord[];
}>;

/** The book at `path`. Writes are whole or not at all; an unreadable book is an empty one. */
export function openChildBook(path: string): ChildBook {
  const read = (): readonly ChildRecord[] => {
    try {
      const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
      return Array.isArray(parsed) ? (parsed as ChildRecord[]) : [];
    } catch {
      return [];
    }
  };
  const write = (records: readonly ChildRecord[]): void => {
    writeFileSync(`${path}.new`, `${JSON.stringify(records, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  return {
    read,
    add(name, pid, stop) {
      const identity = identify(pid);
      if (identity) write([...read().filter((record) => record.pid !== pid), { ...identity, name, stop }]);
    },
    remove(pid) {
      const rest = read().filter((record) => record.pid !== pid);
      try {
        write(rest);
      } catch (error) {
        // Somebody removed the state directory under us: then there is no book to keep.
        if (!hasCode(error, 'ENOENT')) throw error;
      }
    },
  };
}

/**
 * Ends every recorded child that still lives (same pid and same start time), all at once, and empties the book.
 * Returns the names of those it ended. The caller holds the lock of the state directory: nobody living owns them.
 */
export async function endSurvivors(book: ChildBook): Promise<readonly string[]> {
  const survivors = book.read().filter(isAlive);
  await Promise.all(survivors.map(endProcess));
  for (const record of book.read()) book.remove(record.pid);
  return survivors.map((record) => record.name);
}

async function endProcess(record: ChildRecord): Promise<void> {
  for (const [signal, waitMs] of record.stop) {
    send(record, signal);
    if (await waitUntilGone(record, waitMs)) return;
  }
  send(record, 'SIGKILL');
  if (!(await waitUntilGone(record, 5_000)))
    throw new Error(`${record.name} (pid ${record.pid}) of an earlier start does not end, not even by SIGKILL`);
}

function send(record: ChildRecord, signal: NodeJS.Signals): void {
  try {
    if (isAlive(record)) process.kill(record.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}
