import { ticks } from '../../compiler/calendar/index.js';
import type { Transaction } from '../store/database.js';
import { deploymentInForce } from '../store/deployment.js';
import { insertEvents } from '../store/event.js';
import { shareAwaitedFacts } from '../store/fact.js';
import { markMet, replaceNeeds } from '../store/need.js';
import { oweForRun } from '../store/outbox.js';
import { lockRuns, type RunRow, recordEvaluation } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { liveTurn } from '../store/turn.js';
import type { ControlContext } from './context.js';
import type { Deployed } from './deployed.js';
import { calendarOf, evaluateNeeds, lacksPeriod } from './needs.js';
import { SKIP, type SkipReason } from './skip-reason.js';

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
  const deployed = await context.deployed.readIn(tx, project, force.id);
  const kept: RunRow[] = [];
  for (const run of runs) {
    if (await retries(tx, run)) continue;
    const skip = reasonToSkip(deployed, run, force.commit);
    if (skip === undefined) kept.push(run);
    else await oweForRun(tx, { kind: 'skip', project, run: run.id, turn: null, body: { reason: skip } });
  }
  await renewNeeds(tx, deployed, kept);
  await recordEvaluation(
    tx,
    runs.map((run) => run.id),
    force.id,
  );
}

/** A run that nobody would make any more. What an operation asked for is run all the same, as long as its job is there. */
function reasonToSkip(deployed: Deployed, run: RunRow, commit: string): SkipReason | undefined {
  const job = deployed.byNumber.get(run.job);
  if (job === undefined) return SKIP.removed(commit);
  if (run.operation !== null) return undefined;
  if (!job.body.enabled) return SKIP.closed;
  const calendar = calendarOf(deployed, job.body);
  if (calendar !== null && !fires(calendar, run.period)) return SKIP.noLongerScheduled(commit);
  const upstream = lacksPeriod(deployed, job.body, run.period.getTime());
  return upstream === undefined ? undefined : SKIP.noPeriod(upstream);
}

/** Needs by the new definitions; what a run awaited and does not any more is kept as an event of it (D12). */
async function renewNeeds(tx: Transaction, deployed: Deployed, runs: readonly RunRow[]): Promise<void> {
  const needs = await evaluateNeeds(tx, deployed, runs);
  const ids = runs.map((run) => run.id);
  const now = new Set(needs.map(keyOf));
  const dropped = (await replaceNeeds(tx, ids, needs)).filter(
    (need) => need.form !== 'latest' && !now.has(keyOf(need)),
  );
  await insertEvents(
    tx,
    runs.flatMap((run) => {
      const own = dropped.filter((need) => need.run === run.id).map(({ path, period }) => ({ job: path, period }));
      const body = { deployment: deployed.deployment, dropped: own };
      return own.length === 0 ? [] : [{ project: run.project, kind: 'needs-dropped', run: run.id, body }];
    }),
  );
}

const keyOf = ({ run, job, period }: Readonly<{ run: string; job: string; period: Date }>): string =>
  `${run} ${job}@${period.getTime()}`;

const fires = (calendar: Parameters<typeof ticks>[0], period: Date): boolean =>
  ticks(calendar, period.getTime(), period.getTime() + 1).length === 1;

const retries = async (tx: Transaction, run: RunRow): Promise<boolean> => {
  const live = await liveTurn(tx, run.id);
  return live !== undefined && live.trigger !== 'manual';
};
