import type { Transaction } from '../store/database.js';
import { type FreezeRow, type Frozen, shareFreezes } from '../store/freeze.js';
import { releaseHolds } from '../store/hold.js';
import { dropForRun, owePages } from '../store/outbox.js';
import { releaseSlots } from '../store/pool.js';
import type { RunRow } from '../store/run.js';
import { unadmitTurn } from '../store/turn.js';
import { transition } from './transition.js';

// What a freeze holds back: runs that would start. What runs already goes on, and what a person asks by hand is not held: he has seen why.
// A run that was admitted just before is stopped at the two doors behind the admission, `open` and begin.

/** What decides whether a freeze holds a run back. */
export type Freezable = Readonly<{
  id: string;
  project: string;
  job: string;
  path: string;
  machineGroup: string;
  /** Of its live turn, or of what it owes. */
  trigger: string | null;
}>;

const BY_HAND: ReadonlySet<string> = new Set(['manual', 'recover', 'scratch']);

/** Whether turns of this trigger are held by freezes at all. */
export const isHeld = (trigger: string | null): boolean => trigger !== null && !BY_HAND.has(trigger);

/** Whether a freeze is about a job. */
export function covers(freeze: Frozen, of: Readonly<{ job: string; path: string; machineGroup: string }>): boolean {
  switch (freeze.scope) {
    case 'project':
      return true;
    case 'folder':
      return of.path.startsWith(`${freeze.subject}/`);
    case 'group':
      return of.machineGroup === freeze.subject;
    case 'job':
      return of.job === freeze.job;
    case 'chain':
      return freeze.jobs?.includes(of.job) === true;
    default:
      return freeze.scope satisfies never;
  }
}

/** The freezes that hold each of these runs back, by run; a run that none holds is not in it. They stay as they are until the transaction ends. */
export async function freezesOver(
  tx: Transaction,
  runs: readonly Freezable[],
): Promise<ReadonlyMap<string, readonly FreezeRow[]>> {
  const may = runs.filter((run) => isHeld(run.trigger));
  if (may.length === 0) return new Map();
  const inForce = await shareFreezes(tx, [...new Set(may.map((run) => run.project))]);
  if (inForce.length === 0) return new Map();
  return new Map(
    may.flatMap((run) => {
      const over = inForce.filter((freeze) => freeze.project === run.project && covers(freeze, run));
      return over.length === 0 ? [] : [[run.id, over] as const];
    }),
  );
}

/** Freezes as reasons of a run. */
export const freezeReasons = (freezes: readonly FreezeRow[]): readonly object[] =>
  freezes.map(({ id, scope, subject, reason, frozenBy, until }) => ({
    kind: 'freeze',
    freeze: id,
    scope,
    subject,
    reason,
    by: frozenBy,
    until,
  }));

/** Freezes in one sentence, for an operator who reads Temporal's history. */
export const freezeText = (freezes: readonly FreezeRow[]): string =>
  `held by a freeze: ${freezes.map((freeze) => `${freeze.reason} (${freeze.frozenBy})`).join('; ')}`;

/** What a run waits for that was admitted and may not begin yet. */
export type HeldBy = Readonly<{ waitsOn: 'freeze' | 'parallel'; reasons: readonly object[] }>;

export const heldByFreezes = (freezes: readonly FreezeRow[]): HeldBy => ({
  waitsOn: 'freeze',
  reasons: freezeReasons(freezes),
});

export const heldByBackfill = (operation: string): HeldBy => ({
  waitsOn: 'parallel',
  reasons: [{ kind: 'parallel', operation }],
});

/**
 * A locked, queued run waits again: same turn, same pin, no retry spent. What it had (its job's hold, its slots, its place) is given back,
 * and who waits for that is looked for in a transaction of its own.
 */
export async function holdBack(tx: Transaction, run: RunRow, turn: number, by: HeldBy): Promise<void> {
  await unadmitTurn(tx, run.id, turn);
  await dropForRun(tx, run.id, 'start');
  await transition(tx, [
    {
      project: run.project,
      run: run.id,
      from: run.state,
      event: 'hold',
      waitsOn: by.waitsOn,
      reasons: by.reasons,
      retryAt: null,
    },
  ]);
  const pools = await releaseSlots(tx, run);
  await releaseHolds(tx, [run.id]);
  await owePages(tx, {
    kind: 'places',
    project: run.project,
    body: { job: run.job, operation: run.operation, pools },
  });
}
