import { ticks } from '../../compiler/calendar/index.js';
import type { Transaction } from '../store/database.js';
import { deploymentInForce } from '../store/deployment.js';
import { shareAwaitedFacts } from '../store/fact.js';
import { markMet, replaceNeeds } from '../store/need.js';
import { oweForRun } from '../store/outbox.js';
import { lockRuns, type RunRow, recordEvaluation } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { liveTurn } from '../store/turn.js';
import type { ControlContext } from './context.js';
import { calendarOf, evaluateNeeds } from './needs.js';
import { SKIP } from './skip-reason.js';

/**
 * Evaluates waiting runs anew by the deployment in force: what they await is replaced. A run whose job is gone or closed, or whose own
 * tick the new calendar lacks, is owed a skip. Runs that wait for a retry, or do not wait any more, are left alone. Repeatable.
 */
export async function reevaluate(context: ControlContext, runs: readonly string[]): Promise<void> {
  await inTransaction(context.database, async (tx) => {
    const locked = (await lockRuns(tx, runs)).filter((run) => run.state === 'waiting' && run.owed !== null);
    for (const project of new Set(locked.map((run) => run.project)))
      await evaluateProject(
        context,
        tx,
        project,
        locked.filter((run) => run.project === project),
      );
  });
  // The facts that the new needs await are shared only now: they are committed, so that a settle that comes between finds them.
  await inTransaction(context.database, async (tx) => {
    await shareAwaitedFacts(tx, runs);
    await markMet(tx, runs);
  });
}

async function evaluateProject(
  context: ControlContext,
  tx: Transaction,
  project: string,
  runs: readonly RunRow[],
): Promise<void> {
  const force = await deploymentInForce(tx, project);
  if (force === undefined) return;
  const deployed = await context.deployed.read(context.database, project, force.id);
  const kept: RunRow[] = [];
  for (const run of runs) {
    if (await retries(tx, run)) continue;
    const job = deployed.byNumber.get(run.job);
    const calendar = job === undefined ? null : calendarOf(deployed, job.body);
    const skip =
      job === undefined
        ? SKIP.removed(force.commit)
        : !job.body.enabled && run.operation === null
          ? SKIP.closed
          : calendar !== null && run.operation === null && !fires(calendar, run.period)
            ? SKIP.noLongerScheduled(force.commit)
            : undefined;
    if (skip === undefined) kept.push(run);
    else await oweForRun(tx, { kind: 'skip', project, run: run.id, turn: null, body: { reason: skip } });
  }
  await replaceNeeds(
    tx,
    kept.map((run) => run.id),
    await evaluateNeeds(tx, deployed, kept),
  );
  await recordEvaluation(
    tx,
    runs.map((run) => run.id),
    force.id,
  );
}

const fires = (calendar: Parameters<typeof ticks>[0], period: Date): boolean =>
  ticks(calendar, period.getTime(), period.getTime() + 1).length === 1;

const retries = async (tx: Transaction, run: RunRow): Promise<boolean> => {
  const live = await liveTurn(tx, run.id);
  return live !== undefined && live.trigger !== 'manual';
};
