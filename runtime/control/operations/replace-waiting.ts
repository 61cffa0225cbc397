import type { Transaction } from '../../store/database.js';
import { releaseHolds } from '../../store/hold.js';
import { dropForRun, oweForRun } from '../../store/outbox.js';
import { endWaitingTurns } from '../../store/turn.js';

/**
 * Locked runs that wait with a turn of the scheduler's own (a retry to come, or one that a freeze held back) have an operation's turn instead;
 * a workflow that sleeps for it is closed. Answers the jobs whose hold is free now.
 */
export async function replaceWaiting(tx: Transaction, runs: readonly string[]): Promise<readonly string[]> {
  const replaced = await endWaitingTurns(tx, runs);
  for (const { run, n, project } of replaced) {
    await dropForRun(tx, run, 'start');
    await oweForRun(tx, { kind: 'cancel', project, run, turn: n });
  }
  return releaseHolds(
    tx,
    replaced.map(({ run }) => run),
  );
}
