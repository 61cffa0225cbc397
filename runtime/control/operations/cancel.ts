import { outcomeOf } from '../../../workflows/contract.js';
import { conflict, notFound } from '../../errors.js';
import { newestAttempt } from '../../store/attempt.js';
import type { Transaction } from '../../store/database.js';
import { insertAudit } from '../../store/event.js';
import { lockFact, writeFact } from '../../store/fact.js';
import { dropNeeds } from '../../store/need.js';
import { wake } from '../../store/notify.js';
import { oweForRun, owePages } from '../../store/outbox.js';
import { lockRuns, type RunRow, readRun } from '../../store/run.js';
import { inTransaction } from '../../store/transaction.js';
import { liveTurn, requestCancel, type TurnRow } from '../../store/turn.js';
import { admit } from '../admit.js';
import type { ControlContext } from '../context.js';
import type { Asker } from '../control.js';
import { retryWait, settleIn } from '../settle.js';
import { transition } from '../transition.js';
import { endMember } from './finish.js';
import { refuseForeignRun } from './refuse-foreign.js';
import { withdraw } from './withdraw.js';

// cancel is final for the turn it meets, and for that turn only: the request stands on the turn, the next one starts clean.
// What no workflow has opened ends at once; else the request is kept, the execution that has the turn is told through the outbox and the
// worker by its next renewal, until the turn has ended. An ending that was recorded before the request stays what it is.

/** `spares`: an operation whose own turn is not meant, nor what the run owes it. */
export type CancelRequest = Asker & Readonly<{ run: string; owed: boolean; spares?: string }>;
export type Cancelled = Readonly<{ run: string; state: string; cancelling: boolean; note: string | null }>;

/** Throws `not-found`, or `conflict` when there is nothing left to cancel. */
export async function cancelRun(context: ControlContext, request: CancelRequest): Promise<Cancelled> {
  const result = await inTransaction(context.database, async (tx) => {
    const unlocked = await readRun(tx, request.run);
    if (unlocked === undefined) throw notFound(`there is no run ${request.run}`);
    await refuseForeignRun(context, request, unlocked);
    await lockFact(tx, unlocked);
    // Before its turn is looked at: an admission, an open or a begin may be under way.
    const known = (await lockRuns(tx, [request.run]))[0]!;
    const turn = await liveTurn(tx, request.run);
    if (request.spares !== undefined && (turn === undefined || turn.operation === request.spares))
      throw conflict('what was under way of this run has ended', { details: { state: known.state } });
    await insertAudit(tx, {
      project: known.project,
      who: request.by,
      via: request.via,
      what: 'cancel',
      subject: known.id,
      body: { turn: turn?.n ?? null, owed: request.owed },
    });
    if (turn === undefined) return { cancelled: await cancelOwed(tx, known, null), outdated: [] };
    // What is owed first: the end of the turn by hand would admit it.
    const owedToo = turn.trigger === 'manual' && known.owed !== null && request.owed;
    if (owedToo) await cancelOwed(tx, known, turn);
    const ended = await endedFirst(tx, turn);
    if (ended === undefined) return cancelTurn(tx, known, turn, request);
    if (!owedToo) throw conflict(`this run has already ended: ${ended}`, { details: { state: ended } });
    const note = `its turn by hand had already ended (${ended}); what the run owed is cancelled`;
    return { cancelled: { run: known.id, state: known.state, cancelling: false, note }, outdated: [] };
  });
  context.kick();
  wake(context.database, 'hera_orders');
  if (result.outdated.length > 0) await admit(context, result.outdated);
  return result.cancelled;
}

type Done = Readonly<{ cancelled: Cancelled; outdated: readonly string[] }>;

async function cancelTurn(tx: Transaction, known: RunRow, turn: TurnRow, request: CancelRequest): Promise<Done> {
  const note =
    turn.trigger === 'manual' && known.owed !== null && !request.owed
      ? `the run still owes its ${known.owed} turn; --owed ends both`
      : null;
  await requestCancel(tx, known.id, turn.n, request.by);
  if (turn.openedAt === null) {
    // Also when its start was sent: whoever opens looks under the run's lock and finds nothing to do.
    const { outdated } = await settleIn(tx, known, turn.n, { kind: 'cancelled' });
    // Its workflow may sleep until the retry's time: it is told that there is nothing left to wait for.
    if (turn.temporalRunId !== null)
      await oweForRun(tx, { kind: 'cancel', project: known.project, run: known.id, turn: turn.n });
    const after = (await readRun(tx, known.id))!;
    return { cancelled: { run: known.id, state: after.state, cancelling: false, note }, outdated };
  }
  await oweForRun(tx, { kind: 'cancel', project: known.project, run: known.id, turn: turn.n });
  return { cancelled: { run: known.id, state: known.state, cancelling: true, note }, outdated: [] };
}

/** How the turn's process ended, when that was recorded before anybody asked to end it and no retry is to come. */
async function endedFirst(tx: Transaction, turn: TurnRow): Promise<string | undefined> {
  if (turn.cancelRequestedAt !== null) return undefined;
  const newest = await newestAttempt(tx, turn.run, turn.n);
  if (newest?.state !== 'ended' || newest.ending === null) return undefined;
  const outcome = outcomeOf(newest.ending);
  return (await retryWait(tx, turn, outcome, newest.ending)) === undefined ? outcome : undefined;
}

/**
 * What a locked run owes and has no turn yet: the fact says cancelled, or what an operation had set aside, and those that wait for it are told.
 * `beside`: a turn that serves something else and goes on.
 */
export async function cancelOwed(tx: Transaction, run: RunRow, beside: TurnRow | null): Promise<Cancelled> {
  if (run.owed === null) throw conflict(`this run has already ended: ${run.state}`, { details: { state: run.state } });
  await dropNeeds(tx, [run.id]);
  const key = { project: run.project, job: run.job, period: run.period };
  const former = run.operation === null ? undefined : await withdraw(tx, run.operation, key);
  if (former === undefined)
    await writeFact(tx, { ...key, state: 'cancelled', reason: 'cancelled while it waited', run: run.id, turn: null });
  const waiting = run.state === 'waiting' && beside === null;
  const state = former?.state ?? 'cancelled';
  await transition(tx, [
    {
      project: run.project,
      run: run.id,
      from: run.state,
      ...(waiting ? { event: 'restore', restoreTo: state } : { event: 'stay' }),
      owed: null,
      stateBefore: waiting ? null : state,
      ...(waiting ? { reasons: former?.reasons ?? [], waitsOn: null, ended: true } : {}),
    },
  ]);
  if (run.operation !== null) await endMember(tx, run.operation, key, former ? 'withdrawn' : 'cancelled');
  await owePages(tx, {
    kind: 'release',
    project: run.project,
    body: { ...key, after: '0' },
  });
  return { run: run.id, state: waiting ? state : run.state, cancelling: false, note: null };
}
