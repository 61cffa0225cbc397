import type { Transaction } from '../store/database.js';
import { insertAudits } from '../store/event.js';
import { awaitAgain, type FactKey, lockFacts, type MarkedState, writeMarks } from '../store/fact.js';
import { releaseHolds } from '../store/hold.js';
import { moveMembers } from '../store/member.js';
import { dropNeeds } from '../store/need.js';
import { dropForRun, oweForRun, owePages } from '../store/outbox.js';
import { awaitedAmong, type Standing, standingsOf } from '../store/period-standing.js';
import { releaseSlots } from '../store/pool.js';
import { insertByHand, lockRuns, type RunRow, runsOf } from '../store/run.js';
import { endTurn } from '../store/turn.js';
import { workflowIdOfRun } from '../temporal/ids.js';
import type { Asker } from './control.js';
import { finishOperation } from './operations/finish.js';
import { transition } from './transition.js';

// How a mark is written: the fact, the end of a wait, what was owed, and whoever waits for it. In: a transaction that holds no fact and no
// run yet. Each marked period has a run from then on, so that the mark is seen where people look; a tick that comes later finds the fact.

/** A period to be marked, and what its run would be made with. */
export type Marked = FactKey & Readonly<{ path: string; priority: number }>;

export type Mark = Asker &
  Readonly<{ project: string; deployment: string; state: MarkedState; reason: string; plan: string | null }>;

/** Periods that could not be marked, since a turn of them is under way or asked by hand, and how many were. */
export type Written = Readonly<{ busy: readonly Marked[]; marked: number }>;

/** Marks periods. What has that state already and owes nothing stays as it is, so a second call writes nothing. */
export async function markIn(tx: Transaction, mark: Mark, periods: readonly Marked[]): Promise<Written> {
  if (periods.length === 0) return { busy: [], marked: 0 };
  await lockFacts(tx, periods);
  // Before any run is locked: an admission takes needs first, then runs.
  await awaitAgain(tx, periods);
  await insertByHand(
    tx,
    periods.map(({ project, job, period, path, priority }) => ({
      ...{ project, job, period, priority, evaluatedBy: mark.deployment },
      workflowId: workflowIdOfRun(project, path, period),
    })),
  );
  const locked = new Map((await lockRuns(tx, await runsOf(tx, periods))).map((run) => [run.id, run]));
  const standings = await standingsOf(tx, periods);
  const all = periods.map((period, i) => ({ period, stands: standings[i]!, run: locked.get(standings[i]!.run!)! }));
  const free = all.filter(({ stands }) => !isBusy(stands));
  const changed = free.filter(({ stands }) => !isSoAlready(stands, mark.state));
  await endWaits(tx, changed);
  const runs = changed.map(({ run }) => run.id);
  await writeMarks(tx, runs, mark);
  await transition(
    tx,
    changed.map(({ run }) => ({
      ...{ project: run.project, run: run.id, from: run.state, event: `mark-${mark.state}` as const },
      ...{ reasons: [{ kind: 'marked', reason: mark.reason, by: mark.by }], stateBefore: null, ended: true },
      ...{ owed: null, waitsOn: null, retryAt: null },
    })),
  );
  await wake(tx, changed, mark.state);
  await insertAudits(
    tx,
    changed.map(({ period, stands, run }) => ({
      ...{ project: mark.project, who: mark.by, via: mark.via, what: 'mark', subject: run.id },
      body: {
        ...{ job: period.path, period: period.period, state: mark.state, reason: mark.reason, plan: mark.plan },
        was: { fact: stands.fact, state: run.state === 'waiting' && run.owed === null ? null : run.state },
      },
    })),
  );
  return { busy: all.filter(({ stands }) => isBusy(stands)).map(({ period }) => period), marked: changed.length };
}

/** Whether a turn stands in the way: a process runs or may begin, or a person asked for a turn that waits. */
export const isBusy = ({ state, turn, trigger }: Standing): boolean =>
  state === 'queued' || state === 'running' || (turn !== null && trigger === 'manual');

/** Whether a mark would change nothing. A run made just now waits for nothing and has the state yet to come. */
export const isSoAlready = ({ fact, state, owed, turn }: Standing, wanted: MarkedState): boolean =>
  fact === wanted && owed === null && turn === null && state !== 'waiting';

type Changed = Readonly<{ period: Marked; stands: Standing; run: RunRow }>;

/** Turns that wait for a retry, or were held by a freeze, end here; what sleeps for them is told. */
async function endWaits(tx: Transaction, changed: readonly Changed[]): Promise<void> {
  for (const { run, stands } of changed) {
    if (stands.turn === null) continue;
    await endTurn(tx, {
      run: run.id,
      n: stands.turn,
      ending: { kind: 'cancelled' },
      outcome: 'cancelled',
      settled: { kind: 'done', outcome: 'cancelled', state: run.state },
    });
    await dropForRun(tx, run.id, 'start');
    if (stands.sleeps) await oweForRun(tx, { kind: 'cancel', project: run.project, run: run.id, turn: stands.turn });
  }
  await dropNeeds(
    tx,
    changed.map(({ run }) => run.id),
  );
}

/** Who waits for these facts, for the holds and places that were given back, and the operations of which these were the last. */
async function wake(tx: Transaction, changed: readonly Changed[], state: MarkedState): Promise<void> {
  const gaveUp = changed.filter(({ stands }) => stands.turn !== null).map(({ run }) => run);
  // Pools, operations, holds: as everybody takes them.
  for (const { id, project, job, operation } of gaveUp) {
    const pools = await releaseSlots(tx, { id, project });
    await owePages(tx, { kind: 'places', project, body: { job, operation, pools } });
  }
  for (const [operation, members] of byOperation(changed)) {
    await moveMembers(tx, operation, members, state);
    await finishOperation(tx, operation);
  }
  await releaseHolds(
    tx,
    gaveUp.map(({ id }) => id),
  );
  const keys = changed.map(({ period: { project, job, period } }) => ({ project, job, period }));
  for (const key of await awaitedAmong(tx, keys))
    await owePages(tx, { kind: 'release', project: key.project, body: { ...key, after: '0' } });
}

/** The operations that the runs, or their turns, were of, in order of their number. */
function byOperation(changed: readonly Changed[]): readonly (readonly [string, readonly Marked[]])[] {
  const members = new Map<string, Marked[]>();
  for (const { stands, period } of changed)
    for (const operation of new Set([stands.operation ?? [], stands.turnOperation ?? []].flat()))
      members.set(operation, [...(members.get(operation) ?? []), period]);
  return [...members].sort(([a], [b]) => Number(a) - Number(b));
}
