import type { Transaction } from '../store/database.js';
import { type Holder, holders, replaceable } from '../store/hold.js';
import { dropTaken, type OutboxRow, oweForRun } from '../store/outbox.js';
import { type Candidate, readRun } from '../store/run.js';
import type { ControlContext } from './context.js';
import { cancelRun } from './operations/cancel.js';
import { skipRun } from './skip.js';
import { SKIP, type SkipReason } from './skip-reason.js';

// What a run does that is ready while another run of its job is live: it waits (`wait`), is skipped (`skip`), or has the older ones ended and
// takes their place (`cancel-old`). Only what the scheduler starts by itself is skipped or ended: what a person asked for is waited for.

const BY_ITSELF: ReadonlySet<string> = new Set(['schedule', 'dependency', 'catch-up']);

/** Whether a job's runs take its hold: all but those that may run beside each other. */
export const takesHold = ({ overlap }: Pick<Candidate, 'overlap'>): boolean => overlap !== null && overlap !== 'allow';

const isByItself = (candidate: Candidate): boolean =>
  candidate.liveTurn === null && candidate.owed !== null && BY_ITSELF.has(candidate.owed);

/**
 * Of candidates that another run's hold keeps from starting: which are skipped, and why. For those that replace older ones it is owed that
 * these end.
 */
export async function passOverlap(
  tx: Transaction,
  held: readonly Candidate[],
): Promise<ReadonlyMap<string, SkipReason>> {
  const meant = held.filter((one) => (one.overlap === 'skip' || one.overlap === 'cancel-old') && isByItself(one));
  if (meant.length === 0) return new Map();
  const by = await holders(
    tx,
    meant.map((one) => one.job),
  );
  const skips = new Map<string, SkipReason>();
  for (const one of meant) {
    const holder = by.get(one.job);
    if (holder === undefined) continue;
    if (one.overlap === 'skip') skips.set(one.id, SKIP.overlap(holder));
    else await oweForRun(tx, { kind: 'replace', project: one.project, run: one.id, turn: null });
  }
  return skips;
}

/** Ends what a run replaces: the older run of its job that is live, and older ones that wait for that. Repeatable. */
export async function replaceOlder(context: ControlContext, row: OutboxRow): Promise<void> {
  const run = await readRun(context.database, row.run!);
  if (run?.state === 'waiting') {
    const by: Holder = { run: run.id, period: run.period };
    for (const older of await replaceable(context.database, run, [...BY_ITSELF]))
      if (older.holds) await end(context, older.run, run.id);
      else await skipRun(context, older.run, SKIP.overlap(by));
  }
  await dropTaken(context.database, row);
}

async function end(context: ControlContext, older: string, run: string): Promise<void> {
  const asker = { by: `hera (overlap: cancel-old, for run ${run})`, via: 'overlap' };
  await cancelRun(context, { ...asker, run: older, owed: false }).catch((error: unknown) => {
    // It ended by itself in between: the place is free all the same.
    if ((error as { code?: string }).code !== 'conflict') throw error;
  });
}
