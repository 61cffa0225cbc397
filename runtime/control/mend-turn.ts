import type { JobRunResult } from '../../workflows/contract.js';
import { oweStarts } from '../store/outbox.js';
import { inTransaction } from '../store/transaction.js';
import type { TemporalClient } from '../temporal/connection.js';
import { describeWorkflow, resultOf, type Seen } from '../temporal/starts.js';
import type { ControlContext } from './context.js';
import { settleReplayed } from './replay.js';
import { settle } from './settle.js';

/** A live turn whose workflow may be gone. */
export type Turnless = Readonly<{
  run: string;
  turn: number;
  project: string;
  workflowId: string;
  unclaimed?: boolean;
}>;

/**
 * Asks Temporal, by a describe, what became of the workflow of a live turn, and mends the turn by what it says: it told an ending that we
 * have lost → settled again; terminated or cancelled there → ended so here; unknown or closed otherwise → a start is owed again. Answers
 * whether something had to be mended.
 */
export async function mendTurn(context: ControlContext, temporal: TemporalClient, of: Turnless): Promise<boolean> {
  const seen = await describeWorkflow(temporal, of.workflowId);
  if (seen.kind === 'running' && of.unclaimed !== true) return false;
  if (await replayed(context, temporal, of, seen)) return true;
  if (seen.kind === 'closed' && of.unclaimed !== true && (seen.how === 'terminated' || seen.how === 'cancelled')) {
    context.log.warn(`the workflow of run ${of.run} was ${seen.how} in Temporal`, { workflow: of.workflowId });
    const terminated = { kind: 'terminated', reason: 'terminated in Temporal' } as const;
    await settle(context, of.run, of.turn, seen.how === 'cancelled' ? { kind: 'cancelled' } : terminated);
    return true;
  }
  // Unknown: Temporal was emptied. Closed otherwise: the workflow failed. A new start asks the attempt's row, which joins a live process
  // and answers an ended one: nothing is run twice.
  context.log.warn(`run ${of.run} has no workflow; it is started again`, { workflow: of.workflowId });
  await inTransaction(context.database, (tx) =>
    oweStarts(tx, [{ project: of.project, run: of.run, turn: of.turn, priority: 3 }]),
  );
  context.kick();
  return true;
}

/**
 * Before a turn is started whose workflow id has a closed execution: whether that one has run this turn already, and a database that was
 * set back has only forgotten it. Then it is settled by the result, and must not be started.
 */
export async function hasRunAlready(context: ControlContext, temporal: TemporalClient, of: Turnless): Promise<boolean> {
  return replayed(context, temporal, of, await describeWorkflow(temporal, of.workflowId));
}

async function replayed(context: ControlContext, temporal: TemporalClient, of: Turnless, seen: Seen): Promise<boolean> {
  if (seen.kind !== 'closed' || seen.how !== 'completed') return false;
  const { turn, ending } = await resultOf<JobRunResult>(temporal, of.workflowId, seen.execution);
  if (turn === undefined || ending === undefined || turn < of.turn) return false;
  context.log.warn(`the database has lost how run ${of.run} ended; its workflow has told it again`, { turn, ending });
  await settleReplayed(context, of, ending);
  return true;
}
