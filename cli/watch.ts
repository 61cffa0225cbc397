import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../runtime/api/client.js';
import type { RunDetail } from '../runtime/api/contract.js';

const FIRST_MS = 200;
const MOST_MS = 2_000;

const OVER = new Set(['succeeded', 'failed', 'timed_out', 'cancelled', 'skipped']);
export const isOver = (state: string): boolean => OVER.has(state);

/** A run as it is now, and again and again, more slowly with time; the reader leaves when it has seen enough. */
export async function* untilChanged(client: Client, run: string): AsyncGenerator<RunDetail> {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(MOST_MS, waitMs * 1.5)) {
    yield await client.run(run);
    await delay(waitMs);
  }
}

/** Waits until a turn of a run has ended; the run as it is then. */
export async function untilTurnEnded(client: Client, run: string, turn: number): Promise<RunDetail> {
  for await (const seen of untilChanged(client, run)) {
    // A retry is another turn of the same asking: the run is over only when its state says so.
    const own = seen.turns.find((one) => one.n === turn);
    // What is owed may have retries: it is over when the run is, whatever became of its first turn.
    if (own && own.trigger !== 'manual') {
      if (isOver(seen.state)) return seen;
      continue;
    }
    if (own?.endedAt && (isOver(seen.state) || seen.turn > turn)) return seen;
    if (isOver(seen.state) && own?.endedAt !== null) return seen;
  }
  throw new Error('unreachable: the run is watched for ever');
}

/** Waits until an operation has ended; its members by state. */
export async function untilOperationEnded(client: Client, id: string): Promise<Readonly<Record<string, number>>> {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(MOST_MS, waitMs * 1.5)) {
    const seen = await client.operation(id);
    if (seen.finishedAt !== null) return seen.states;
    await delay(waitMs);
  }
}
