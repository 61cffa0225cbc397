import type { ClaimAnswer, Lineage } from '../api/worker/contract.js';
import { insertAttempt, isPinned, newestAttempt, readPinnedTurn, renewAttempts } from '../store/attempt.js';
import type { Transaction } from '../store/database.js';
import { insertEvents } from '../store/event.js';
import { lockRuns, type RunRow, runOfWorkflow } from '../store/run.js';
import { type Machine, refuseGroup } from './machine-rights.js';
import { move } from './states.js';
import { transition } from './transition.js';

// A database that was set back (a failover that lost commits, a backup) has forgotten attempts whose processes live. Their workers hold
// them and say whose they are: by the workflow's id, which names the period, since a run's number may be another run's by now.

/** What a worker names. */
type Named = Readonly<{ run: string; n: number; instance: string }>;

/** `as`: the attempt's number here. */
export type Claim = ClaimAnswer & Readonly<{ as?: Readonly<{ run: string; n: number }> }>;

/** Registers the attempt again if its turn lives and no other attempt has it. Called again, it renews what it registered. */
export async function claimAttempt(tx: Transaction, machine: Machine, named: Named, of: Lineage): Promise<Claim> {
  const meant = await runOfWorkflow(tx, named.run, of.workflow);
  const [run] = meant ? await lockRuns(tx, [meant.id]) : [];
  const turn = run && (await readPinnedTurn(tx, run.id, of.turn));
  // The tick or the admission was forgotten too: what makes them again is under way.
  if (!run || !turn || !isPinned(turn)) return { claim: 'wait' };
  refuseGroup(machine, turn.job.machineGroup);
  const newest = await newestAttempt(tx, run.id, of.turn);
  const own = newest?.state === 'live' && newest.instance === named.instance;
  if (turn.ending || (newest && newest.state !== 'lost' && !own)) return { claim: 'lost' };
  const claim = turn.cancelRequested ? 'cancel' : 'kept';
  if (own) {
    await renewAttempts(tx, named.instance, [{ run: run.id, n: newest.n, pid: of.pid }]);
    return { claim, as: { run: run.id, n: newest.n } };
  }
  if (!(await becomesRunning(tx, run))) return { claim: 'wait' };
  const { n } = await insertAttempt(tx, {
    ...{ run: run.id, turn: of.turn, project: run.project, job: run.job, n: named.n },
    ...{ instance: named.instance, host: of.host, machineGroup: turn.job.machineGroup },
    ...{ deployment: turn.deployment, commit: turn.commit, definition: turn.hash, inputs: turn.inputs },
    // Its process has its texts.
    given: null,
  });
  const body = { attempt: n, turn: of.turn, host: of.host };
  await insertEvents(tx, [{ project: run.project, kind: 'attempt-registered-again', run: run.id, body }]);
  return { claim, as: { run: run.id, n } };
}

async function becomesRunning(tx: Transaction, run: RunRow): Promise<boolean> {
  const to = move(run.state, 'begin');
  if (to === undefined) return false;
  if (run.state !== to)
    await transition(tx, [{ run: run.id, project: run.project, from: run.state, event: 'begin', started: true }]);
  return true;
}
