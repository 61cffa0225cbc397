import type { Transaction } from '../store/database.js';
import { owePages } from '../store/outbox.js';
import { lockPools, poolsToFill, takeSlots } from '../store/pool.js';
import type { Candidate } from '../store/run.js';

// Slots of pools, as admit hands them out: a run has all that it asks for, or none. What is not there is no limit: a definition that is
// pinned to an older deployment may ask for a pool that is gone.

/** A pool that had not enough for a run, and what the run asked of it. */
export type Short = Readonly<{ pool: string; slots: number; size: number; free: number }>;

/** What is left to hand out; pools of all projects of a set, locked. */
export type Slots = Readonly<{
  /** The first pool, by name, that has not enough for it; undefined: it may have its slots. */
  shortFor(candidate: Candidate): Short | undefined;
  take(candidate: Candidate): void;
  giveBack(candidate: Candidate): void;
}>;

/** Whether a run takes slots at all. */
export const isPooled = (candidate: Candidate): boolean => wantedOf(candidate).length > 0;

const wantedOf = ({ pools }: Candidate): readonly (readonly [string, number])[] =>
  Object.entries(pools ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** The slots that the runs of a set may have; nothing is locked where none asks for any. */
export async function freeSlots(tx: Transaction, ready: readonly Candidate[]): Promise<Slots> {
  const projects = new Set(ready.filter(isPooled).map((one) => one.project));
  const pools = new Map((await lockPools(tx, [...projects].sort())).map((row) => [`${row.project}/${row.name}`, row]));
  const free = new Map([...pools].map(([key, row]) => [key, row.free]));
  const move = (candidate: Candidate, sign: 1 | -1): void => {
    for (const [name, slots] of wantedOf(candidate)) {
      const key = `${candidate.project}/${name}`;
      if (free.has(key)) free.set(key, free.get(key)! + sign * slots);
    }
  };
  return {
    shortFor(candidate) {
      for (const [name, slots] of wantedOf(candidate)) {
        const key = `${candidate.project}/${name}`;
        const left = free.get(key);
        if (left !== undefined && left < slots) return { pool: name, slots, size: pools.get(key)!.size, free: left };
      }
      return undefined;
    },
    take: (candidate) => move(candidate, -1),
    giveBack: (candidate) => move(candidate, 1),
  };
}

/** Takes the slots of runs that are queued now. */
export async function takeSlotsOf(tx: Transaction, queued: readonly Candidate[]): Promise<void> {
  await takeSlots(
    tx,
    queued.flatMap((one) => wantedOf(one).map(([pool, slots]) => ({ run: one.id, project: one.project, pool, slots }))),
  );
}

/**
 * Slots were given back, and some are still free while somebody waits for them: more than were looked at, or who came meanwhile. They are
 * looked for in transactions of their own.
 */
export async function oweSlots(tx: Transaction, project: string, pools: readonly string[]): Promise<void> {
  if (pools.length === 0) return;
  const open = await poolsToFill(tx, project, pools);
  if (open.length > 0) await owePages(tx, { kind: 'places', project, body: { pools: open } });
}

/** Production first: among those that ask for slots the order is priority, then period; the others keep their places. */
export function byPriority(ready: readonly Candidate[], priorityOf: (one: Candidate) => number): readonly Candidate[] {
  const pooled = ready
    .filter(isPooled)
    .sort(
      (a, b) =>
        priorityOf(a) - priorityOf(b) ||
        a.period.getTime() - b.period.getTime() ||
        (BigInt(a.id) < BigInt(b.id) ? -1 : 1),
    );
  let next = 0;
  return ready.map((one) => (isPooled(one) ? pooled[next++]! : one));
}
