import type { Database } from '../store/database.js';
import { LOG_CHANNEL, type LogLength, logLength, notifyGrown, readChunks } from '../store/log.js';
import { readTail } from '../store/log-tail.js';
import { MARK_MOST, markIn } from '../worker/cuts.js';

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
 * How long a log is, now and after each growth, of its own or of what is shown beside it; ends when it is closed, when there is no such attempt or its output has expired, or when
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
    for (let told = -1, shown = 0; !signal?.aborted; ) {
      const length = await logLength(database, run, n);
      if (!length || length.expired) return;
      if (length.bytes > told || length.shownTo > shown) yield length;
      told = length.bytes;
      shown = length.shownTo;
      if (length.sealed) return;
      await bell.wait(POLL_MS);
    }
  } finally {
    signal?.removeEventListener('abort', ring);
    await listening.unlisten().catch(() => {});
  }
}

/**
 * Bytes of a log, and where in it they begin; or, `shown`, of what a job that has filled the head of its log prints meanwhile: `at` is then
 * where they begin in all that it wrote.
 */
export type LogPiece = Readonly<{ kind: 'log' | 'shown'; at: number; bytes: Buffer }>;

/**
 * The log of an attempt from byte `from` on, as it grows, each byte once and in order; ends when the log is closed, when there is no such
 * attempt, or when `signal` aborts. A piece has at most PIECE_BYTES. What was shown before the log went on with it is passed over then;
 * `seen`: up to where somebody was shown it before.
 */
export async function* followLog(
  database: Database,
  run: string,
  n: number,
  {
    from = 0,
    seen = 0,
    signal,
  }: { readonly from?: number; readonly seen?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<LogPiece, void, undefined> {
  let at = from;
  let shown = seen;
  // The log goes on: what was shown is stored by now, or will not be.
  let isOver = false;
  for await (const { bytes: length, begunAt, shownTo } of watchLog(database, run, n, signal)) {
    const key = { run, n, begunAt };
    if (at < length && shown > 0 && !isOver) {
      const mark = markIn(await readChunks(database, key, at, Math.min(length, at + MARK_MOST)));
      if (mark !== undefined) {
        yield { kind: 'log', at, bytes: await readChunks(database, key, at, at + mark.length) };
        at += mark.length + Math.max(0, shown - mark.to);
      }
      isOver = true;
    }
    while (at < length && !signal?.aborted) {
      const to = Math.min(length, at + PIECE_BYTES);
      yield { kind: 'log', at, bytes: await readChunks(database, key, at, to) };
      at = to;
    }
    const piece = shownTo > shown && !isOver && at >= length ? await shownSince(database, key, shown) : undefined;
    if (piece === undefined) continue;
    yield piece;
    shown = piece.at + piece.bytes.length;
  }
}

/** What is shown of an attempt's output and was not before; undefined when that is nothing. */
export async function shownSince(
  database: Database,
  { run, n }: Readonly<{ run: string; n: number }>,
  seen: number,
): Promise<LogPiece | undefined> {
  const tail = await readTail(database, run, n);
  const at = tail === undefined ? 0 : Math.max(tail.at, seen);
  const bytes = tail?.bytes.subarray(at - tail.at);
  return bytes === undefined || bytes.length === 0 ? undefined : { kind: 'shown', at, bytes };
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
