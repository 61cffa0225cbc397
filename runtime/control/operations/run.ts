import { type Calendar, nextTick, previousTick, printPeriodIn, ticks } from '../../../compiler/calendar/index.js';
import { conflict, invalid, notFound } from '../../errors.js';
import type { Transaction } from '../../store/database.js';
import { type DeployedJob, deploymentInForce, projectNames } from '../../store/deployment.js';
import { insertAudit } from '../../store/event.js';
import { dropForRun, oweForRun } from '../../store/outbox.js';
import { findRun, insertByHand, lockRuns, type RunRow } from '../../store/run.js';
import { inTransaction } from '../../store/transaction.js';
import { endTurn, insertTurns, liveTurn } from '../../store/turn.js';
import { workflowIdOfRun } from '../../temporal/ids.js';
import { admitLocked } from '../admit.js';
import type { ControlContext } from '../context.js';
import type { RunRequest } from '../control.js';
import type { Deployed } from '../deployed.js';
import { calendarOf } from '../needs.js';
import { isNothing, NOTHING, pinOwn, refuseOwn, toldOf } from '../own.js';
import { PRIORITY } from '../priority.js';
import { transition } from '../transition.js';
import { refuseForeign } from './refuse-foreign.js';
import { runManualJob } from './run-manual-job.js';

// run (手动执行): one turn of one period, asked directly. It waits for no need and releases nothing; what the run owes is left as it is.

export type Asked = Readonly<{ run: string; turn: number; period: Date }>;

/** Asks a manual turn; of a manual job, which has no ticks, a run of its own. Throws `not-found` (job), `invalid` (no such period, variable or group), `conflict` (queued or running). */
export async function askRun(context: ControlContext, request: RunRequest): Promise<Asked> {
  const { deployed, job, machineGroups } = await findDeployed(context, request.project, request.job);
  refuseForeign(request, request.project, [job]);
  const own = request.own ?? NOTHING;
  await refuseOwn(context.database, job.body, own, machineGroups);
  const period = await choosePeriod(context, deployed, job, request.period);
  if (calendarOf(deployed, job.body) === null) return runManualJob(context, deployed, job, period, { ...request, own });
  const key = { project: deployed.project, job: job.number, period };
  const asked = await inTransaction(context.database, async (tx) => {
    await insertByHand(tx, [
      {
        ...key,
        workflowId: workflowIdOfRun(deployed.project, job.path, period),
        evaluatedBy: deployed.deployment,
        priority: PRIORITY[job.body.priority],
      },
    ]);
    const found = (await findRun(tx, key))!;
    const [run] = await lockRuns(tx, [found.id]);
    const definition = isNothing(own) ? job.hash : await pinOwn(tx, job.body, own);
    const pin = { deployment: deployed.deployment, definition };
    const turn = await askManualTurn(tx, run!, pin, job.path, request.by);
    await insertAudit(tx, {
      project: deployed.project,
      who: request.by,
      via: request.via,
      what: 'run',
      subject: run!.id,
      body: { job: job.path, period, turn, ...toldOf(own) },
    });
    await admitLocked(tx, [run!.id]);
    return { run: run!.id, turn, period };
  });
  context.kick();
  return asked;
}

async function askManualTurn(
  tx: Transaction,
  run: RunRow,
  pin: Readonly<{ deployment: string; definition: string }>,
  path: string,
  askedBy: string,
): Promise<number> {
  const live = await liveTurn(tx, run.id);
  let last = run.turn;
  if (live !== undefined) {
    if (live.admittedAt !== null || live.trigger === 'manual')
      throw conflict(`${path} is ${run.state} for this period already`, {
        help: 'wait for its end, or cancel it first',
        details: { run: run.id, turn: live.n },
      });
    // It waits for a retry: the turn by hand takes its place, and its sleeping workflow is closed.
    last = live.n;
    await endTurn(tx, {
      run: run.id,
      n: live.n,
      ending: { kind: 'cancelled' },
      outcome: 'cancelled',
      settled: { kind: 'done', outcome: 'cancelled', state: 'waiting' },
    });
    await oweForRun(tx, { kind: 'cancel', project: run.project, run: run.id, turn: live.n });
  }
  const n = last + 1;
  await dropForRun(tx, run.id, 'start');
  await insertTurns(tx, [
    {
      run: run.id,
      n,
      trigger: 'manual',
      operation: null,
      ...pin,
      retry: 0,
      askedBy,
      retryInMs: null,
      admitted: false,
    },
  ]);
  // One that was skipped or marked has no turn either, and a state to come back to.
  const fresh = run.state === 'waiting' && run.turn === 0 && run.owed === null && live === undefined;
  const before = run.owed !== null ? ('waiting' as const) : fresh ? null : run.state;
  await transition(tx, [
    {
      project: run.project,
      run: run.id,
      from: run.state,
      event: run.state === 'waiting' ? 'stay' : 'ask',
      turn: n,
      trigger: 'manual',
      stateBefore: before,
      retryAt: null,
    },
  ]);
  return n;
}

/** A job of the deployment in force, by its path; an unknown one is told with the nearest names by the API. */
export async function findDeployed(
  context: ControlContext,
  project: string,
  path: string,
): Promise<Readonly<{ deployed: Deployed; job: DeployedJob; machineGroups: readonly string[] }>> {
  const force = await deploymentInForce(context.database, project);
  if (force === undefined)
    throw notFound(`nothing is deployed in project ${project}`, {
      help: 'deploy a commit: hera apply',
      details: { projects: await projectNames(context.database) },
    });
  const deployed = await context.deployed.read(context.database, project, force.id);
  const job = deployed.byPath.get(path);
  if (job === undefined) throw notFound(`project ${project} has no job ${path}`, { help: 'see them all: hera jobs' });
  return { deployed, job, machineGroups: (force.config.machineGroups ?? []) as readonly string[] };
}

async function choosePeriod(
  context: ControlContext,
  deployed: Deployed,
  job: DeployedJob,
  asked: Date | null,
): Promise<Date> {
  const [clock] = await context.database<{ now: Date }[]>`select date_trunc('second', clock_timestamp()) as now`;
  const now = clock!.now;
  const calendar = calendarOf(deployed, job.body);
  // A period has whole seconds: two of one second would be one workflow.
  if (calendar === null) return asked === null ? now : new Date(Math.floor(asked.getTime() / 1000) * 1000);
  if (asked === null) {
    const latest = previousTick(calendar, now.getTime() + 1);
    if (latest === undefined) throw invalid(`${job.path} has no period yet`, { help: 'give one: --period' });
    return new Date(latest);
  }
  refuseNoTick(calendar, job, asked);
  return asked;
}

/** Throws `invalid`, with the nearest two, for an instant that is no tick of a job. */
export function refuseNoTick(calendar: Calendar, job: DeployedJob, asked: Date): void {
  if (ticks(calendar, asked.getTime(), asked.getTime() + 1).length === 1) return;
  const near = [previousTick(calendar, asked.getTime()), nextTick(calendar, asked.getTime())]
    .filter((instant) => instant !== undefined)
    .map((instant) => printPeriodIn(job.body.zone, instant));
  throw invalid(`${printPeriodIn(job.body.zone, asked.getTime())} is no period of ${job.path}`, {
    help: near.length === 0 ? 'it has no periods' : `the nearest: ${near.join(', ')}`,
    details: { nearest: near },
  });
}
