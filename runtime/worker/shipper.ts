import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../errors.js';
import { isPassing } from './control-plane.js';
import { APPEND_BYTES, FLUSH_MS, type LeaseTimes } from './times.js';

export type Shipping = Readonly<{
  output: string;
  append(at: number, bytes: Uint8Array): Promise<number>;
  /** Aborts when the file will grow no more. */
  complete: AbortSignal;
  /** Aborts when we must leave, shipped or not. */
  leaving: AbortSignal;
  times: LeaseTimes;
}>;

/** `refused`: the control plane takes no more of it, for good. */
export type Shipped = Readonly<{ bytes: number; refused: boolean }>;

/**
 * Ships a growing file by offset, at most every FLUSH_MS and never more than APPEND_BYTES at once; waits while the control plane is away.
 * Resolves when all of the complete file was taken. `from`: where to begin; the control plane says where it really is.
 */
export async function ship(shipping: Shipping, from = 0): Promise<Shipped> {
  const file = await open(shipping.output, 'r').catch(() => undefined);
  if (!file) return { bytes: from, refused: false };
  try {
    return await shipFile(file, shipping, from);
  } finally {
    await file.close();
  }
}

async function shipFile(
  file: FileHandle,
  { append, complete, leaving, times }: Shipping,
  from: number,
): Promise<Shipped> {
  // Most jobs print little: no buffer before there is something, and none larger than that.
  for (let at = from, waitMs = times.retryMs; ; ) {
    leaving.throwIfAborted();
    // Asked before the file is read: what was written before the end is then read too.
    const last = complete.aborted;
    const size = Math.min(APPEND_BYTES, (await file.stat()).size - at);
    const buffer = size > 0 ? Buffer.allocUnsafe(size) : EMPTY;
    const bytesRead = size > 0 ? (await file.read(buffer, 0, size, at)).bytesRead : 0;
    if (bytesRead === 0 && last) return { bytes: at, refused: false };
    if (bytesRead > 0) {
      const taken = await take(append, at, buffer.subarray(0, bytesRead));
      if (taken.kind === 'refused') return { bytes: taken.length, refused: true };
      if (taken.kind === 'away') {
        await delay(waitMs, undefined, { signal: leaving });
        waitMs = Math.min(waitMs * 2, times.retryMostMs);
        continue;
      }
      at = taken.length;
      waitMs = times.retryMs;
    }
    if (bytesRead < APPEND_BYTES && !last)
      await delay(FLUSH_MS, undefined, { signal: AbortSignal.any([complete, leaving]) }).catch(() => {});
  }
}

const EMPTY = Buffer.alloc(0);

type Taken = Readonly<{ kind: 'taken' | 'refused'; length: number }> | Readonly<{ kind: 'away' }>;

async function take(append: Shipping['append'], at: number, bytes: Uint8Array): Promise<Taken> {
  try {
    return { kind: 'taken', length: await append(at, bytes) };
  } catch (error) {
    if (isPassing(error)) return { kind: 'away' };
    if (!(error instanceof Failure)) throw error;
    const { expected, differs, sealed } = (error.more.details ?? {}) as {
      expected?: number;
      differs?: boolean;
      sealed?: boolean;
    };
    if (error.code !== 'conflict' || expected === undefined || differs || sealed)
      return { kind: 'refused', length: expected ?? at };
    return { kind: 'taken', length: expected };
  }
}
