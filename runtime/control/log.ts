import type { Database } from '../store/database.js';
import { LOG_CHANNEL, type LogLength, logLength, notifyGrown, readChunks } from '../store/log.js';

// Live logs: whoever appends says after its commit which log grew, whoever follows reads from where it is. A notification that is missed
// costs a follower its poll interval, never a byte.

const COALESCE_MS = 50;
const POLL_MS = 2_000;
/** What one follower has in memory. */
const PIECE_BYTES = 1024 * 1024;

const grown = new WeakMap<Database, Set<string>>();

/** Says soon, and once for many calls, that an attempt's log grew or was closed. Call it after the commit. */
export function wakeLog(database: Database, run: string, n: number): void {
  const pending = grown.get(database);
  if (pending) {
    pending.add(`${run}:${n}`);
    return;
  }
  const keys = new Set([`${run}:${n}`]);
  grown.set(database, keys);
  setTimeout(() => {
    grown.delete(database);
    notifyGrown(database, [...keys]).catch(() => {});
  }, COALESCE_MS).unref();
}

/**
 * How long a log is, now and after each growth; ends when it is closed, when there is no such attempt or its output has expired, or when
 * `signal` aborts. Growths that come faster than they are taken are one.
 */
export async function* watchLog(
  database: Database,
  run: string,
  n: number,
  signal?: AbortSignal,
): AsyncGenerator<LogLength, void, undefined> {
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const listening = await database.listen(LOG_CHANNEL, (key) => key === `${run}:${n}` && ring(), ring);
  signal?.addEventListener('abort', ring);
  try {
    for (let told = -1; !signal?.aborted; ) {
      const length = await logLength(database, run, n);
      if (!length || length.expired) return;
      if (length.bytes > told) yield length;
      told = length.bytes;
      if (length.sealed) return;
      await bell.wait(POLL_MS);
    }
  } finally {
    signal?.removeEventListener('abort', ring);
    await listening.unlisten().catch(() => {});
  }
}

/** Bytes of a log, and where in it they begin. */
export type LogPiece = Readonly<{ at: number; bytes: Buffer }>;

/**
 * The log of an attempt from byte `from` on, as it grows, each byte once and in order; ends when the log is closed, when there is no such
 * attempt, or when `signal` aborts. A piece has at most PIECE_BYTES.
 */
export async function* followLog(
  database: Database,
  run: string,
  n: number,
  { from = 0, signal }: { readonly from?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<LogPiece, void, undefined> {
  let at = from;
  for await (const { bytes: length, begunAt } of watchLog(database, run, n, signal)) {
    while (at < length && !signal?.aborted) {
      const to = Math.min(length, at + PIECE_BYTES);
      yield { at, bytes: await readChunks(database, { run, n, begunAt }, at, to) };
      at = to;
    }
  }
}

/** Remembers one ring until somebody waits. */
class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.rung)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, atMostMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.rung = false;
    this.wake = undefined;
  }
}
