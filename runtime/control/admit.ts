import type { Transaction } from '../store/database.js';
import { shareAwaitedFacts } from '../store/fact.js';
import type { FreezeRow } from '../store/freeze.js';
import { holders } from '../store/hold.js';
import {
  allLeftOut,
  dropNeeds,
  markMet,
  type SkippedNeed,
  skippedNeeds,
  type UnmetNeed,
  unmetNeeds,
} from '../store/need.js';
import { oweDue, oweForRun, oweStarts } from '../store/outbox.js';
import { type Candidate, lockRuns, readCandidates, type WaitsOn } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { admitTurns, insertTurns } from '../store/turn.js';
import type { ControlContext } from './context.js';
import { freezeReasons, freezesOver } from './frozen.js';
import { jitterOf } from './jitter.js';
import { passOverlap } from './overlap.js';
import { ownPins } from './own.js';
import { takePlaces } from './places.js';
import { priorityOf } from './priority.js';
import { reevaluate } from './reevaluate.js';
import { SKIP } from './skip-reason.js';
import { type Short, takeSlotsOf } from './slots.js';
import { type Transition, transition } from './transition.js';

// admit decides over a set of waiting runs at once, in a constant number of statements: each is queued (a turn is asked, pinned to the
// definition in force, and its start is owed to Temporal), or goes on waiting with every reason as data, or is skipped.
// It is called by tick, settle, ledger and operations alike; nothing else queues a run.

const REASONS_SHOWN = 20;
// One evaluation answers what is outdated; what is so still is owed a skip, or met another deployment.
const EVALUATIONS = 5;

/** What became of the set: how many were queued, and which need a new evaluation before they can be. */
export type Admitted = Readonly<{ queued: number; outdated: readonly string[] }>;

/**
 * Admits what may start among the runs, whose needs are committed. Takes the awaited facts for share first, so that no settle passes
 * unseen; runs evaluated by an older deployment are evaluated anew before. Calling it again admits nothing twice.
 */
export async function admit(context: ControlContext, runs: readonly string[]): Promise<Admitted> {
  let wanted = runs;
  for (let round = 0; ; round += 1) {
    const admitted = await inTransaction(context.database, async (tx) => {
      await shareAwaitedFacts(tx, wanted);
      await markMet(tx, wanted);
      return admitLocked(tx, wanted);
    });
    if (admitted.queued > 0) context.kick();
    if (admitted.outdated.length === 0 || round === EVALUATIONS) return admitted;
    await reevaluate(context, admitted.outdated);
    wanted = admitted.outdated;
  }
}

/** The same inside a transaction that already holds the facts it relies on. What the needs' `met` says is taken as it stands. */
export async function admitLocked(tx: Transaction, runs: readonly string[]): Promise<Admitted> {
  if (runs.length === 0) return { queued: 0, outdated: [] };
  await lockRuns(tx, runs);
  return admitHeld(tx, runs);
}

/** The same of runs that the transaction has locked. */
export async function admitHeld(tx: Transaction, runs: readonly string[]): Promise<Admitted> {
  if (runs.length === 0) return { queued: 0, outdated: [] };
  const candidates = await readCandidates(tx, runs);
  const judged = await passFrozen(tx, await passSkipped(tx, candidates.map(judge)));
  const ready = await takePlaces(
    tx,
    judged.filter((one) => one.verdict === 'ready').map((one) => one.candidate),
  );
  await queue(
    tx,
    candidates.filter((candidate) => ready.queued.has(candidate.id)),
  );
  const overlapped = await passOverlap(
    tx,
    candidates.filter((candidate) => ready.blocked.get(candidate.id) === 'overlap'),
  );
  const skipped = judged.flatMap(({ candidate, verdict, body }) => {
    const reason = overlapped.get(candidate.id);
    return reason ? [{ candidate, body: { reason } }] : verdict === 'skip' ? [{ candidate, body }] : [];
  });
  const isSkipped = new Set(skipped.map(({ candidate }) => candidate.id));
  const waiting = judged
    .filter(({ candidate }) => !isSkipped.has(candidate.id) && !ready.queued.has(candidate.id))
    .map((one) => ({
      candidate: one.candidate,
      frozen: one.frozen ?? [],
      short: ready.short.get(one.candidate.id),
      on: ready.blocked.get(one.candidate.id) ?? (one.verdict as WaitsOn | 'idle'),
    }));
  await explainWaiting(tx, waiting);
  await oweDue(
    tx,
    waiting.flatMap(({ candidate, on }) => {
      const due = on === 'jitter' ? dueOf(candidate) : null;
      return due ? [{ project: candidate.project, run: candidate.id, priority: priorityOf(candidate), due }] : [];
    }),
  );
  for (const { candidate, body } of skipped)
    await oweForRun(tx, { kind: 'skip', project: candidate.project, run: candidate.id, turn: null, body });
  return {
    queued: ready.queued.size,
    outdated: judged.filter((one) => one.verdict === 'evaluation').map((one) => one.candidate.id),
  };
}

type Verdict = 'ready' | 'skip' | 'need' | 'retry' | 'evaluation' | 'freeze' | 'jitter' | 'idle';

type Judged = Readonly<{ candidate: Candidate; verdict: Verdict; body?: unknown; frozen?: readonly FreezeRow[] }>;

/**
 * What waits for a period that was skipped is skipped too, whether the skip came after it or long before; where it is the job itself,
 * the need moves to the tick before. Of several periods the skipped ones are left out; the run is skipped where its author wants so when
 * none is left.
 */
async function passSkipped(tx: Transaction, judged: readonly Judged[]): Promise<readonly Judged[]> {
  const leftOut = await allLeftOut(
    tx,
    judged.filter((one) => one.verdict === 'ready' && one.candidate.skipsIfNone).map((one) => one.candidate.id),
  );
  const waiting = judged.filter((one) => one.verdict === 'need').map((one) => one.candidate.id);
  const skipped = new Map<string, SkippedNeed>();
  for (const need of await skippedNeeds(tx, waiting)) skipped.set(need.run, need);
  return judged.map((one): Judged => {
    const need = one.verdict === 'need' ? skipped.get(one.candidate.id) : undefined;
    const none = leftOut.get(one.candidate.id);
    if (none !== undefined) return { ...one, verdict: 'skip', body: { reason: SKIP.noPeriod(none) } };
    if (need === undefined) return one;
    if (need.self) return { ...one, verdict: 'evaluation' };
    return { ...one, verdict: 'skip', body: { reason: SKIP.upstream(need.path, need.period) } };
  });
}

/** What is ready may be frozen; nothing that it would take is taken then. */
async function passFrozen(tx: Transaction, judged: readonly Judged[]): Promise<readonly Judged[]> {
  const ready = judged.filter((one) => one.verdict === 'ready').map((one) => one.candidate);
  const over = await freezesOver(
    tx,
    ready.map((one) => ({ ...one, trigger: one.liveTrigger ?? one.owed })),
  );
  return judged.map((one): Judged => {
    const frozen = one.verdict === 'ready' ? over.get(one.candidate.id) : undefined;
    return frozen === undefined ? one : { ...one, verdict: 'freeze', frozen };
  });
}

/** What one run's own rows say, before holds and places. */
function judge(candidate: Candidate): Judged {
  const say = (verdict: Verdict): Judged => ({ candidate, verdict });
  if (candidate.liveTurn !== null) {
    if (candidate.liveAdmitted) return say('idle');
    return say(candidate.retryDue ? 'ready' : 'retry');
  }
  if (candidate.owed === null) return say('idle');
  if (candidate.inForce === null) return say('skip');
  if (candidate.enabled === false && candidate.operation === null) return say('skip');
  if (candidate.evaluatedBy !== candidate.deployment) return say('evaluation');
  if (candidate.unmet > 0) return say('need');
  // Only now, when its needs are met: what waits for it starts no earlier than it would where it runs.
  if (isElsewhere(candidate))
    return { ...say('skip'), body: { reason: SKIP.region(candidate.here, candidate.regions!) } };
  return say(dueOf(candidate) === null ? 'ready' : 'jitter');
}

const isElsewhere = ({ regions, here }: Candidate): boolean => regions !== null && !regions.includes(here ?? '');

async function queue(tx: Transaction, candidates: readonly Candidate[]): Promise<void> {
  if (candidates.length === 0) return;
  const fresh = candidates.filter((candidate) => candidate.liveTurn === null);
  const waited = candidates.filter((candidate) => candidate.liveTurn !== null);
  const pins = await ownPins(tx, fresh);
  await insertTurns(
    tx,
    fresh.map((candidate) => ({
      run: candidate.id,
      n: candidate.lastTurn + 1,
      trigger: candidate.owed!,
      operation: candidate.operation,
      deployment: candidate.deployment,
      definition: pins.get(candidate.id) ?? candidate.inForce,
      retry: 0,
      askedBy: 'hera',
      retryInMs: null,
      admitted: true,
    })),
  );
  await admitTurns(
    tx,
    waited.map((candidate) => ({
      run: candidate.id,
      n: candidate.liveTurn!,
      deployment: candidate.deployment,
      definition: candidate.pinned ?? candidate.inForce!,
    })),
  );
  await dropNeeds(
    tx,
    fresh.map((candidate) => candidate.id),
  );
  const started = candidates.map((candidate) => ({
    project: candidate.project,
    run: candidate.id,
    turn: candidate.liveTurn ?? candidate.lastTurn + 1,
    priority: priorityOf(candidate),
  }));
  await transition(
    tx,
    candidates.map((candidate, i) => queuedAs(candidate, started[i]!)),
  );
  await takeSlotsOf(tx, candidates);
  await oweStarts(tx, started);
}

/**
 * A tick's own start may be due later (A8): it takes nothing before. A turn that comes for another reason, or after that moment, is not held.
 */
function dueOf({ project, path, period, owed, liveTurn, jitterMs, readAt }: Candidate): Date | null {
  if (!jitterMs || owed !== 'schedule' || liveTurn !== null) return null;
  const due = period.getTime() + jitterOf(project, path, jitterMs);
  return due > readAt.getTime() ? new Date(due) : null;
}

type Start = Readonly<{ turn: number; priority: number }>;

const queuedAs = (candidate: Candidate, start: Start): Transition => ({
  project: candidate.project,
  run: candidate.id,
  from: 'waiting',
  event: 'ready',
  reasons: [],
  waitsOn: null,
  turn: start.turn,
  trigger: candidate.liveTrigger ?? candidate.owed!,
  priority: start.priority,
  retryAt: null,
  queued: true,
});

/** What is awaited, and what an author or an operator should know of it to end the wait. */
const needReason = ({ path, period, state, upstreamRun, firstDeployed, until }: UnmetNeed): object =>
  period === null
    ? { kind: 'no-run', job: path }
    : {
        ...{ kind: 'need', job: path, period, state, run: upstreamRun },
        ...(firstDeployed && { firstDeployed }),
        ...(until && { until }),
      };

type Waiting = Readonly<{
  candidate: Candidate;
  frozen: readonly FreezeRow[];
  short?: Short | undefined;
  on: WaitsOn | 'idle';
}>;

/** Writes why each run waits: the reasons are the answer to "why is it not running?", so they are kept with the run, as data. */
async function explainWaiting(tx: Transaction, waiting: readonly Waiting[]): Promise<void> {
  if (waiting.length === 0) return;
  const unmetOf = await unmetNeeds(
    tx,
    waiting.filter((one) => one.on === 'need').map((one) => one.candidate.id),
    REASONS_SHOWN,
  );
  const held = await holders(
    tx,
    waiting.filter((one) => one.on === 'overlap').map((one) => one.candidate.job),
  );
  await transition(
    tx,
    waiting
      .filter((one) => one.on !== 'idle')
      .map(({ candidate, on, frozen, short }) => ({
        project: candidate.project,
        run: candidate.id,
        from: 'waiting' as const,
        event: 'stay' as const,
        waitsOn: on as WaitsOn,
        waitsFor: on === 'pool' ? short!.pool : null,
        reasons:
          on === 'pool' ? [{ kind: 'pool', ...short! }] : reasonsFor(candidate, on as Exclude<WaitsOn, 'pool'>, frozen),
      })),
  );

  function reasonsFor(
    candidate: Candidate,
    on: Exclude<WaitsOn, 'pool'>,
    frozen: readonly FreezeRow[],
  ): readonly unknown[] {
    switch (on) {
      case 'need':
        return (unmetOf.get(candidate.id) ?? []).map(needReason);
      case 'overlap': {
        const holder = held.get(candidate.job);
        return holder === undefined ? [] : [{ kind: 'overlap', run: holder.run, period: holder.period }];
      }
      case 'parallel':
        return [{ kind: 'parallel', operation: candidate.operation }];
      case 'freeze':
        return freezeReasons(frozen);
      case 'jitter':
        return [{ kind: 'jitter', until: dueOf(candidate) }];
      case 'retry':
        return [{ kind: 'retry', at: candidate.notBefore, after: 'failed' }];
      case 'evaluation':
        return [{ kind: 're-evaluation', deployment: candidate.deployment }];
      default:
        return on satisfies never;
    }
  }
}
