import { type FactKey, lockFact, writeFact } from '../store/fact.js';
import { dropNeeds } from '../store/need.js';
import { dropForRun, owePages } from '../store/outbox.js';
import { lockRuns, readRun } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { liveTurn } from '../store/turn.js';
import type { ControlContext } from './context.js';
import { endMember } from './operations/finish.js';
import type { SkipReason } from './skip-reason.js';
import { transition } from './transition.js';

/**
 * Skips a waiting run: its fact says so (of one that runs in another region: that it succeeded), nothing is owed any more, and what waits for it is looked at in transactions of its own.
 * A run that has a turn by now, or owes nothing, is left alone. Repeatable.
 */
export async function skipRun(context: ControlContext, run: string, reason: SkipReason): Promise<void> {
  await inTransaction(context.database, async (tx) => {
    const known = await readRun(tx, run);
    if (known === undefined) return;
    await lockFact(tx, known);
    const [locked] = await lockRuns(tx, [run]);
    await dropForRun(tx, run, 'skip');
    if (
      locked === undefined ||
      locked.state !== 'waiting' ||
      locked.owed === null ||
      (await liveTurn(tx, run)) !== undefined
    )
      return;
    await dropNeeds(tx, [run]);
    const state = reason.kind === 'region' ? 'succeeded' : 'skipped';
    await writeFact(tx, { ...keyOf(known), state, reason: reason.kind, run, turn: null });
    await transition(tx, [
      {
        project: known.project,
        run,
        from: 'waiting',
        event: 'skip',
        reasons: [reason],
        waitsOn: null,
        owed: null,
        ended: true,
      },
    ]);
    if (known.operation !== null) await endMember(tx, known.operation, known, state);
    await owePages(tx, {
      kind: 'release',
      project: known.project,
      body: { ...keyOf(known), after: '0' },
    });
  });
  context.kick();
}

const keyOf = (run: FactKey): FactKey => ({ project: run.project, job: run.job, period: run.period });
