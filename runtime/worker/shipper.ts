import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../errors.js';
import { isPassing } from './control-plane.js';
import type { Gate } from './gate.js';
import type { Growth } from './growth.js';
import type { SpooledOutput } from './spooled-output.js';
import { APPEND_BYTES, FLUSH_MS, type LeaseTimes, TAIL_BYTES, TAIL_MS } from './times.js';

export type Shipping = Readonly<{
  output: Pick<SpooledOutput, 'read' | 'giveWay' | 'tail'>;
  growth: Growth;
  append(at: number, bytes: Uint8Array): Promise<number>;
  /** Shows what is not stored yet; `at` counts what was written. */
  show(at: number, bytes: Uint8Array): Promise<void>;
  /** Shared by all attempts: what passes it is in memory. */
  gate: Gate;
  /** Aborts when we must leave, shipped or not. */
  leaving: AbortSignal;
  times: Pick<LeaseTimes, 'retryMs' | 'retryMostMs'>;
}>;

/** `bytes`: the length of what is stored. `refused`: the control plane takes no more of it, for good. */
export type Shipped = Readonly<{ bytes: number; refused: boolean }>;

/**
 * Ships a growing output by offset, at most every FLUSH_MS and never more than APPEND_BYTES at once; waits while the control plane is away.
 * Resolves when the output has ended and all of it was taken.
 */
export async function ship(shipping: Shipping): Promise<Shipped> {
  const { output, growth, append, gate, leaving, times } = shipping;
  let shown = 0;
  for (let at = 0, waitMs = times.retryMs; ; ) {
    leaving.throwIfAborted();
    // Asked before it is read: what was written before the end is then read too.
    const seen = { length: growth.length, isEnded: growth.isEnded };
    const step = await gate.pass(() => shipNext(output, append, at));
    waitMs = step.kind === 'away' ? Math.min(waitMs * 2, times.retryMostMs) : times.retryMs;
    switch (step.kind) {
      case 'refused':
        return { bytes: step.length, refused: true };
      case 'away':
        await delay(waitMs / 2, undefined, { signal: leaving });
        break;
      case 'nothing':
        if (seen.isEnded) return { bytes: at, refused: false };
        shown = await showTail(shipping, shown);
        await growth.beyond(seen.length, leaving);
        break;
      case 'taken':
        at = step.length;
        if (step.sent < FULL_BYTES && !growth.isEnded) await Promise.race([delay(FLUSH_MS), growth.end(leaving)]);
    }
  }
}

/** Shows the newest output where it is not stored now; answers up to where it was shown. What cannot be shown is shown with what comes next. */
async function showTail({ output, growth, show, leaving }: Shipping, shown: number): Promise<number> {
  const tail = await output.tail(TAIL_BYTES).catch(() => undefined);
  const end = tail === undefined ? 0 : tail.at + tail.bytes.length;
  if (tail === undefined || end <= shown) return shown;
  const isShown = await show(tail.at, tail.bytes).then(
    () => true,
    () => false,
  );
  await Promise.race([delay(TAIL_MS, undefined, { signal: leaving }), growth.end(leaving)]);
  return isShown ? end : shown;
}

/** Less than this is worth waiting for more. */
const FULL_BYTES = APPEND_BYTES / 4;

type Step =
  | Readonly<{ kind: 'taken'; length: number; sent: number }>
  | Readonly<{ kind: 'refused'; length: number }>
  | Readonly<{ kind: 'nothing' }>
  | Readonly<{ kind: 'away' }>;

async function shipNext(output: Shipping['output'], append: Shipping['append'], at: number): Promise<Step> {
  try {
    const bytes = await output.read(at, APPEND_BYTES);
    if (bytes.length === 0) return { kind: 'nothing' };
    return { kind: 'taken', length: await append(at, bytes), sent: bytes.length };
  } catch (error) {
    if (isPassing(error)) return { kind: 'away' };
    if (isDiskFull(error)) {
      // A mark cannot be written down: what is shipped makes room.
      await output.giveWay(true, 0);
      return { kind: 'away' };
    }
    if (!(error instanceof Failure)) throw error;
    return refusedOr(error, at);
  }
}

/** The control plane says where it really is, or that it takes no more. */
function refusedOr(error: Failure, at: number): Step {
  const { expected, differs, sealed } = (error.more.details ?? {}) as {
    expected?: number;
    differs?: boolean;
    sealed?: boolean;
  };
  if (error.code !== 'conflict' || expected === undefined || differs || sealed)
    return { kind: 'refused', length: expected ?? at };
  return { kind: 'taken', length: expected, sent: APPEND_BYTES };
}

const isDiskFull = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOSPC';
