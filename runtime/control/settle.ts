import type { Job } from '../../compiler/manifest/manifest.js';
import { type Ending, type Outcome, outcomeOf } from '../../workflows/contract.js';
import { newestAttempt } from '../store/attempt.js';
import { retriesAsked } from '../store/backfill.js';
import type { Transaction } from '../store/database.js';
import { readDefinition } from '../store/deployment.js';
import { type FactKey, lockFact, writeFact } from '../store/fact.js';
import { isHoldWanted, releaseHolds } from '../store/hold.js';
import { dependentsOf, markMet } from '../store/need.js';
import { noteSettled } from '../store/need-settled.js';
import { dropForRun, owePages } from '../store/outbox.js';
import { releaseSlots, waitingForSlotsOf } from '../store/pool.js';
import { lockRuns, type RunRow, readRun, waitingForOverlap, waitingForParallel } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { endTurn, insertTurns, readTurn, requestCancel, type TurnRow } from '../store/turn.js';
import { admit, admitHeld } from './admit.js';
import { owePlacesIfFree } from './backfill-pace.js';
import { type ControlContext, reach } from './context.js';
import { endMember } from './operations/finish.js';
import { type Former, withdraw } from './operations/withdraw.js';
import { raiseRunFailed } from './raise.js';
import { oweSlots } from './slots.js';
import { eventOf, move, type RunState } from './states.js';
import { type Transition, transition } from './transition.js';

// settle is how a turn ends: in one transaction its ending, the fact, what the run owes, the retry if one is left, and the release of
// those that waited. A second settle of the same turn returns the first one's answer and changes nothing.

const RELEASE_PAGE = 500;

/** What the workflow is told: it is over, or the next turn (a retry) may open after a wait. */
export type Settled =
  | Readonly<{ kind: 'done'; outcome: Outcome; state: RunState }>
  | Readonly<{ kind: 'retry'; turn: number; waitMs: number }>;

/** Ends turn `n` of a run so. Throws only when the run or the turn does not exist. */
export async function settle(context: ControlContext, run: string, n: number, ending: Ending): Promise<Settled> {
  return settleBy(context, { run, turn: n }, async (tx) => {
    const known = await readRun(tx, run);
    if (known === undefined) throw new Error(`there is no run ${run}`);
    return settleIn(tx, known, n, ending);
  });
}

/** Settles by `work`, and does after its commit what is owed then. */
export async function settleBy(
  context: ControlContext,
  of: Readonly<{ run: string; turn: number }>,
  work: (tx: Transaction) => Promise<SettledIn>,
): Promise<Settled> {
  const released = await inTransaction(context.database, async (tx) => {
    const result = await work(tx);
    await reach(context, 'settle.before-commit', of);
    return result;
  });
  await reach(context, 'settle.committed', of);
  context.kick();
  if (released.outdated.length > 0) await admit(context, released.outdated);
  return released.settled;
}

export type SettledIn = Readonly<{ settled: Settled; outdated: readonly string[] }>;

/**
 * The same inside a transaction that holds no lock yet. `outdated`: runs to be admitted by the caller after its commit. `last`: no retry
 * follows, whatever the definition says, because they have all been.
 */
export async function settleIn(
  tx: Transaction,
  known: RunRow,
  n: number,
  ending: Ending,
  retries: 'as-defined' | 'last' = 'as-defined',
): Promise<SettledIn> {
  const key = { project: known.project, job: known.job, period: known.period };
  await lockFact(tx, key);
  const waiters = await waitersOf(tx, known, key);
  // Sent together, and done one after the other: the turn is read when the runs are locked.
  const [locked, turn] = await Promise.all([lockRuns(tx, [known.id, ...waiters.here]), readTurn(tx, known.id, n)]);
  const found = locked.find((row) => row.id === known.id)!;
  if (turn === undefined) throw new Error(`run ${found.id} has no turn ${n}`);
  if (turn.ending !== null) return { settled: turn.settled as Settled, outdated: [] };
  const run = await hasRun(tx, found, ending);
  if (ending.kind === 'cancelled') await requestCancel(tx, run.id, n, 'temporal');
  // A cancel that was asked before the ending was recorded wins, whatever the exit code; the code is kept in the attempt.
  const outcome: Outcome = turn.cancelRequestedAt !== null ? 'cancelled' : outcomeOf(ending);
  await dropForRun(tx, run.id, 'cancel', 'start');
  const retryIn = retries === 'last' ? undefined : await retryWait(tx, turn, outcome, ending);
  if (retryIn !== undefined) {
    const settled = await askRetry(tx, run, turn, { ending, outcome, retryIn });
    // Its place in the operation and its slots are another one's meanwhile.
    const parallel = run.operation === null ? [] : await waitingForParallel(tx, run.operation, PLACES_LOOKED_AT);
    const pooled = await waitingForSlotsOf(tx, run.id);
    const pools = await releaseSlots(tx, run);
    const mayGo = [...parallel, ...pooled].filter((id) => waiters.here.includes(id));
    const { outdated } = await admitHeld(tx, [...new Set(mayGo)]);
    await oweSlots(tx, run.project, pools);
    if (run.operation !== null) await owePlacesIfFree(tx, run.project, run.operation);
    return { settled, outdated };
  }
  const withdrawn = outcome === 'cancelled' ? await withdrawTurn(tx, run, turn, key) : undefined;
  const settled = await endForGood(tx, run, turn, { ending, outcome, key, withdrawn });
  // The run itself too: what it owes beside the turn that ended may have had its needs met long before.
  const itself = settled.state === 'waiting' ? [run.id] : [];
  const admitted = await release(tx, run, key, { ...waiters, here: [...new Set([...waiters.here, ...itself])] });
  if (turn.operation !== null) await endMember(tx, turn.operation, key, withdrawn ? 'withdrawn' : outcome);
  return { settled, outdated: admitted.outdated };
}

/** What exited or was killed has run, also where the database has lost the begin. */
async function hasRun(tx: Transaction, run: RunRow, ending: Ending): Promise<RunRow> {
  if (ending.kind !== 'exited' && ending.kind !== 'killed') return run;
  const missing =
    ({ waiting: ['ready', 'begin'], queued: ['begin'] } as const)[run.state as 'waiting' | 'queued'] ?? [];
  let { state } = run;
  for (const event of missing) {
    await transition(tx, [{ project: run.project, run: run.id, from: state, event, waitsOn: null, started: true }]);
    state = move(state, event)!;
  }
  return { ...run, state };
}

// One place is given back, and each that does not fit is written again with its reason.
const PLACES_LOOKED_AT = 50;

/** Who may go on when a run ends: those that are looked at with it, and those that await so much that they are looked at by themselves. */
type Waiters = Readonly<{ here: readonly string[]; apart: readonly string[]; more: boolean }>;

/** Read before any run is locked, so that all are locked together, in order. */
async function waitersOf(tx: Transaction, run: RunRow, key: FactKey): Promise<Waiters> {
  // None waits for the answer of another: they are sent together.
  const [dependents, overlap, parallel, pooled] = await Promise.all([
    dependentsOf(tx, key, '0', RELEASE_PAGE),
    waitingForOverlap(tx, [run.job]),
    run.operation === null ? [] : waitingForParallel(tx, run.operation, PLACES_LOOKED_AT),
    waitingForSlotsOf(tx, run.id),
  ]);
  const few = dependents.filter(({ many }) => !many).map((one) => one.run);
  return {
    here: [...new Set([...few, ...overlap, ...parallel, ...pooled])],
    apart: dependents.filter(({ many }) => many).map((one) => one.run),
    more: dependents.length === RELEASE_PAGE,
  };
}

/** Milliseconds until the next turn, if the definition has retries left for this ending. */
export async function retryWait(
  tx: Transaction,
  turn: TurnRow,
  outcome: Outcome,
  ending: Ending,
): Promise<number | undefined> {
  if (turn.trigger === 'manual' || turn.trigger === 'scratch') return undefined;
  if (outcome !== 'failed' && outcome !== 'timed_out') return undefined;
  if (ending.kind === 'refused' || ending.kind === 'terminated') return undefined;
  const job: Job | undefined = turn.definition === null ? undefined : await readDefinition(tx, turn.definition);
  if (job === undefined) return undefined;
  const asked = turn.operation === null ? undefined : await retriesAsked(tx, turn.operation);
  if (turn.retry >= (asked ?? job.retries.times)) return undefined;
  return job.retries.waitMs;
}

type Ended = Readonly<{ ending: Ending; outcome: Outcome }>;

/** A retry is a new turn with the trigger and the pin of the one it retries. The hold stays with the run. */
async function askRetry(
  tx: Transaction,
  run: RunRow,
  turn: TurnRow,
  ended: Ended & Readonly<{ retryIn: number }>,
): Promise<Settled> {
  const next = turn.n + 1;
  const settled: Settled = { kind: 'retry', turn: next, waitMs: ended.retryIn };
  await endTurn(tx, { run: run.id, n: turn.n, ending: ended.ending, outcome: ended.outcome, settled });
  await insertTurns(tx, [
    {
      run: run.id,
      n: next,
      trigger: turn.trigger,
      operation: turn.operation,
      deployment: turn.deployment,
      definition: turn.definition,
      retry: turn.retry + 1,
      askedBy: 'hera',
      retryInMs: ended.retryIn,
      admitted: false,
      temporalRunId: turn.temporalRunId,
    },
  ]);
  // As the database's clock says, which also decides when it is due.
  const at = (await readTurn(tx, run.id, next))!.notBefore;
  await transition(tx, [
    {
      project: run.project,
      run: run.id,
      from: run.state,
      event: 'retry',
      turn: next,
      waitsOn: 'retry',
      retryAt: at,
      reasons: [{ kind: 'retry', at, after: ended.outcome }],
    },
  ]);
  return settled;
}

/** An operation's turn that is cancelled before a process began has asked nothing: the period is what it was before. */
async function withdrawTurn(tx: Transaction, run: RunRow, turn: TurnRow, key: FactKey): Promise<Former | undefined> {
  const isOwn = turn.operation !== null && run.owed === turn.trigger && run.operation === turn.operation;
  if (!isOwn || turn.retry > 0 || (await newestAttempt(tx, run.id, turn.n)) !== undefined) return undefined;
  return withdraw(tx, turn.operation!, key);
}

async function endForGood(
  tx: Transaction,
  run: RunRow,
  turn: TurnRow,
  ended: Ended & Readonly<{ key: FactKey; withdrawn: Former | undefined }>,
): Promise<Extract<Settled, { kind: 'done' }>> {
  const change = turn.trigger === 'manual' ? afterManual(run, ended) : await afterOwed(tx, run, turn, ended);
  const state = change.event === 'restore' ? change.restoreTo! : change.state;
  const settled = { kind: 'done', outcome: ended.outcome, state } as const;
  await Promise.all([
    endTurn(tx, { run: run.id, n: turn.n, ending: ended.ending, outcome: ended.outcome, settled }),
    transition(tx, [change.transition]),
  ]);
  return settled;
}

type Change = Readonly<{ transition: Transition; event: Transition['event']; state: RunState; restoreTo?: RunState }>;

/** A turn by hand touches no fact and nothing owed: the run has again the state it had before, or, if it had none, the turn's. */
function afterManual(run: RunRow, { ending, outcome }: Ended): Change {
  const base = {
    project: run.project,
    run: run.id,
    from: run.state,
    stateBefore: null,
    waitsOn: null,
    retryAt: null,
  } as const;
  const before = run.owed !== null ? 'waiting' : run.stateBefore;
  if (before === null || before === undefined)
    return {
      transition: { ...base, event: directEvent(run.state, outcome), reasons: reasonsOf(ending, outcome), ended: true },
      event: eventOf[outcome],
      state: outcome,
    };
  return {
    transition: {
      ...base,
      event: 'restore',
      restoreTo: before,
      ended: true,
      ...(before === 'waiting' ? { reasons: [] } : { restoreReasons: true }),
    },
    event: 'restore',
    restoreTo: before,
    state: before,
  };
}

/** Every other trigger writes the fact; what is owed is cleared, unless another operation asked for this period meanwhile. */
async function afterOwed(
  tx: Transaction,
  run: RunRow,
  turn: TurnRow,
  { ending, outcome, key, withdrawn }: Ended & { key: FactKey; withdrawn: Former | undefined },
): Promise<Change> {
  const owedToAnother = run.owed !== null && (run.owed !== turn.trigger || run.operation !== turn.operation);
  const base = { project: run.project, run: run.id, from: run.state, waitsOn: null, retryAt: null } as const;
  if (owedToAnother)
    return {
      transition: { ...base, event: 'restore', restoreTo: 'waiting', stateBefore: null, reasons: [] },
      event: 'restore',
      restoreTo: 'waiting',
      state: 'waiting',
    };
  if (withdrawn !== undefined) {
    const { state, reasons } = withdrawn;
    const back = { owed: null, stateBefore: null, restoreTo: state, reasons, ended: true } as const;
    return { transition: { ...base, event: 'restore', ...back }, event: 'restore', restoreTo: state, state };
  }
  const reason = reasonText(ending);
  const outputs = ending.kind === 'exited' && outcome === 'succeeded' ? ending.outputs : undefined;
  await writeFact(tx, { ...key, state: outcome, reason, run: run.id, turn: turn.n, outputs });
  await raiseRunFailed(tx, run, turn, { outcome, ending, reason });
  return {
    transition: {
      ...base,
      event: directEvent(run.state, outcome),
      owed: null,
      reasons: reasonsOf(ending, outcome),
      ended: true,
    },
    event: eventOf[outcome],
    state: outcome,
  };
}

/** From `queued` a turn can only fail or be cancelled: an ending told before a process began (refused, terminated) is a failure. */
const directEvent = (from: RunState, outcome: Outcome): Transition['event'] =>
  from === 'queued' && (outcome === 'succeeded' || outcome === 'timed_out') ? 'fail' : eventOf[outcome];

/** Those that waited for this fact, this job's hold, this operation's place or its slots. More than are locked go on in the outbox. */
async function release(tx: Transaction, run: RunRow, key: FactKey, waiters: Waiters) {
  // Pools before holds, as admit takes them.
  const pools = await releaseSlots(tx, run);
  const freed = await releaseHolds(tx, [run.id]);
  if (waiters.here.length > 0) await markMet(tx, waiters.here);
  const admitted = await admitHeld(tx, waiters.here);
  await oweSlots(tx, run.project, pools);
  if (run.operation !== null) await owePlacesIfFree(tx, run.project, run.operation);
  if (freed.length > 0) await oweOverlap(tx, run);
  await noteSettled(tx, waiters.apart);
  if (waiters.more) await owePages(tx, { kind: 'release', project: key.project, body: { ...key, after: '0' } });
  return admitted;
}

/**
 * The hold was given back and nobody took it, while somebody waits for it: those that were looked at lack something else, or he came in the
 * moment in which it was given back. Whoever takes the hold looks for the others at his own end.
 */
async function oweOverlap(tx: Transaction, run: RunRow): Promise<void> {
  if (await isHoldWanted(tx, run.job))
    await owePages(tx, { kind: 'places', project: run.project, body: { job: run.job } });
}

function reasonText(ending: Ending): string | null {
  switch (ending.kind) {
    case 'exited':
      return ending.denied ?? (ending.code === 0 ? null : `exit code ${ending.code}`);
    case 'killed':
      return `ended by ${ending.signal} (${ending.by})`;
    case 'refused':
    case 'terminated':
      return ending.reason;
    case 'cancelled':
      return 'cancelled before it began';
    default:
      return ending satisfies never;
  }
}

const reasonsOf = (ending: Ending, outcome: Outcome): readonly unknown[] =>
  outcome === 'succeeded' || outcome === 'cancelled' ? [] : [whyEnded(ending)];

/** The ending as facts, for readers who put it into words of their language; the text is for everybody else. */
function whyEnded(ending: Ending): object {
  const text = reasonText(ending) ?? '';
  if (ending.kind === 'terminated') return { kind: 'terminated', text };
  if (ending.kind === 'exited') return { kind: 'ending', text, code: ending.code };
  if (ending.kind === 'killed') return { kind: 'ending', text, signal: ending.signal, by: ending.by };
  return { kind: 'ending', text };
}
