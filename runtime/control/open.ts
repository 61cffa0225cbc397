import type { Job } from '../../compiler/manifest/manifest.js';
import type { JobRunInput } from '../../workflows/contract.js';
import type { Opened } from '../../workflows/control-activities.js';
import type { Transaction } from '../store/database.js';
import { dropForRun, hurryStart } from '../store/outbox.js';
import { lockRuns, type RunRow, runOfWorkflow } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { hadCancelledTurn, liveTurn, markOpened, markSleeper, type TurnRow } from '../store/turn.js';
import { admit } from './admit.js';
import { stoppedBy } from './backfill-pace.js';
import type { ControlContext } from './context.js';
import type { DeployedCache } from './deployed.js';
import { freezesOver, freezeText, heldByBackfill, heldByFreezes, holdBack } from './frozen.js';
import { PRIORITY } from './priority.js';
import { settle } from './settle.js';

// open is how a workflow claims the live turn of its run. Only this, never the answer of a start, says that a start arrived:
// it deletes the outbox row. Asked twice it answers the same; asked by two executions, the newest one has the turn.
// What a freeze covers meanwhile waits again.
// An execution that had a cancelled turn opens no other one: the cancel of that turn may reach it at any time, and would hit the next.

// Above the job's own timeout, so that Temporal's net closes only when the worker's failed.
const NET_MS = 5 * 60_000;

export async function open(
  context: ControlContext,
  asked: Readonly<{ run: string; temporalRunId: string; workflow?: string }>,
): Promise<Opened> {
  const run = await runOfWorkflow(context.database, asked.run, asked.workflow);
  if (run === undefined) return { kind: 'none', run: null, result: `run ${asked.run} is not known` };
  const input = { ...asked, run: run.id };
  for (;;) {
    const claimed = await inTransaction(context.database, (tx) => claim(context, tx, input));
    if (claimed.kind === 'opened') return claimed.opened;
    if (claimed.kind === 'cancelled') {
      // The request came before the process: the turn ends here, by the same way as every ending.
      await settle(context, input.run, claimed.turn, { kind: 'cancelled' });
      continue;
    }
    const admitted = await admit(context, [input.run]);
    if (admitted.queued === 0)
      return { kind: 'none', run: input.run, result: 'waits; it is started again when it may go on' };
  }
}

type Claimed =
  | Readonly<{ kind: 'opened'; opened: Opened }>
  | Readonly<{ kind: 'cancelled'; turn: number }>
  | Readonly<{ kind: 'admit' }>;

async function claim(
  { deployed }: ControlContext,
  tx: Transaction,
  input: Readonly<{ run: string; temporalRunId: string }>,
): Promise<Claimed> {
  const [run] = await lockRuns(tx, [input.run]);
  const [turn, cancelled] = await Promise.all([
    liveTurn(tx, input.run),
    hadCancelledTurn(tx, input.run, input.temporalRunId),
  ]);
  if (run === undefined || turn === undefined) {
    await dropForRun(tx, input.run, 'start');
    return nothing(input.run, 'nothing is asked of this run');
  }
  if (cancelled) {
    await hurryStart(tx, run.id);
    return nothing(run.id, 'its turn was cancelled; another execution has the next one');
  }
  if (turn.cancelRequestedAt !== null && run.state !== 'running') return { kind: 'cancelled', turn: turn.n };
  if (turn.admittedAt === null) {
    if (turn.waitMs <= 0) return { kind: 'admit' };
    await markSleeper(tx, run.id, turn.n, input.temporalRunId);
    return { kind: 'opened', opened: { kind: 'wait', run: run.id, turn: turn.n, waitMs: turn.waitMs } };
  }
  const job = await definitionOf(deployed, tx, run, turn);
  const frozen = run.state === 'queued' ? await freezesOver(tx, [freezable(run, turn, job)]) : new Map();
  if (frozen.size > 0) {
    await holdBack(tx, run, turn.n, heldByFreezes(frozen.get(run.id)!));
    return nothing(run.id, freezeText(frozen.get(run.id)!));
  }
  const stopped = run.state === 'queued' ? await stoppedBy(tx, turn) : undefined;
  if (stopped !== undefined) {
    await holdBack(tx, run, turn.n, heldByBackfill(turn.operation!));
    return nothing(run.id, stopped);
  }
  await Promise.all([markOpened(tx, run.id, turn.n, input.temporalRunId), dropForRun(tx, run.id, 'start')]);
  return { kind: 'opened', opened: goOf(run, turn, job) };
}

const nothing = (run: string, result: string): Claimed => ({ kind: 'opened', opened: { kind: 'none', run, result } });

const freezable = (run: RunRow, turn: TurnRow, job: Job) => ({
  ...{ id: run.id, project: run.project, job: run.job, path: job.id },
  ...{ machineGroup: job.machineGroup, trigger: turn.trigger },
});

async function definitionOf(deployed: DeployedCache, tx: Transaction, run: RunRow, turn: TurnRow): Promise<Job> {
  const job = await deployed.definition(tx, turn.definition!);
  if (job === undefined) throw new Error(`definition ${turn.definition} of run ${run.id} is not stored`);
  return job;
}

function goOf(run: RunRow, turn: TurnRow, job: Job): Opened {
  const own = PRIORITY[job.priority];
  return {
    kind: 'go',
    run: run.id,
    turn: turn.n,
    machineGroup: job.machineGroup,
    limitMs: job.timeoutMs + job.graceMs + NET_MS,
    priority: turn.operation !== null && turn.trigger === 'backfill' ? Math.max(own, PRIORITY.low) : own,
    fairness: (job.owner ?? run.project).slice(0, 64),
    summary: `${job.id} ${run.period.toISOString()} turn ${turn.n}`.slice(0, 200),
  };
}

/** Whether an input of `jobRun` names a run of ours, or a job from outside. */
export const namesRun = (input: JobRunInput): input is Readonly<{ run: string }> => 'run' in input;
