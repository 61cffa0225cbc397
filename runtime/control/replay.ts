import { type Ending, outcomeOf } from '../../workflows/contract.js';
import type { SettledAnswer } from '../../workflows/control-activities.js';
import { endLive } from '../store/attempt.js';
import type { Transaction } from '../store/database.js';
import { runOfWorkflow } from '../store/run.js';
import { liveTurn, readTurn } from '../store/turn.js';
import type { ControlContext } from './context.js';
import { type SettledIn, settleBy, settleIn } from './settle.js';

// What a workflow tells of a turn's end to a database that may have been set back since: the run is found by the workflow's id, and an
// ending that the database has lost is settled again. What has run is never run again because it was forgotten.

export type Told = Readonly<{ run: string; turn: number; ending: Ending; workflow?: string | undefined }>;

/** As `settle`, for a workflow. A run or a turn that is not there is an answer, not a failure: the workflow would ask for ever. */
export async function settleTold(context: ControlContext, told: Told): Promise<SettledAnswer> {
  const run = await runOfWorkflow(context.database, told.run, told.workflow);
  if (run !== undefined && (await readTurn(context.database, run.id, told.turn)) !== undefined)
    return settleBy(context, { run: run.id, turn: told.turn }, (tx) => settleIn(tx, run, told.turn, told.ending));
  const live = run && (await liveTurn(context.database, run.id));
  if (run !== undefined && live !== undefined && live.n < told.turn)
    return settleReplayed(context, { run: run.id, turn: live.n }, told.ending);
  context.log.warn('a workflow told the end of a turn that is not known', { run: told.run, turn: told.turn });
  return { kind: 'done', outcome: outcomeOf(told.ending), state: 'unknown' };
}

/** Settles a live turn with the last ending of a workflow that has told it before: its retries have been, and no process is left. */
export function settleReplayed(
  context: ControlContext,
  of: Readonly<{ run: string; turn: number }>,
  ending: Ending,
): Promise<SettledAnswer> {
  return settleBy(context, of, async (tx): Promise<SettledIn> => {
    const run = await runOfWorkflow(tx, of.run, undefined);
    if (run === undefined) throw new Error(`there is no run ${of.run}`);
    const settled = await settleIn(tx, run, of.turn, ending, 'last');
    await endLive(tx as Transaction, of.run, of.turn, ending, outcomeOf(ending));
    return settled;
  });
}
