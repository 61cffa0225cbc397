import { type Calendar, nextTick, previousTick } from '../../compiler/calendar/index.js';
import type { TickPageInput } from '../../workflows/control-activities.js';
import type { Transaction } from '../store/database.js';
import { type DeployedJob, deploymentAt, jobsOfTimetable } from '../store/deployment.js';
import { lockFacts, writeSkippedFacts } from '../store/fact.js';
import { databaseNow } from '../store/ledger.js';
import { insertNeeds } from '../store/need.js';
import { owePages } from '../store/outbox.js';
import { findRuns, insertOwed, insertSkipped, type NewRun } from '../store/run.js';
import { moveTick, openTick, readTick, readTimetable, type TickRow } from '../store/timetable.js';
import { inTransaction } from '../store/transaction.js';
import { workflowIdOfRun } from '../temporal/ids.js';
import { admit } from './admit.js';
import { type ControlContext, reach } from './context.js';
import type { Deployed } from './deployed.js';
import { evaluateNeeds, lacksPeriod } from './needs.js';
import { PRIORITY } from './priority.js';
import { SKIP, type SkipReason } from './skip-reason.js';

// A tick's page: one transaction makes the runs and what they await, the next admits them. The first page fixes the deployment: the one
// in force at the instant. Every statement may be repeated; the cursor moves only when a page is admitted.

export const PAGE = 500;

/** A tick that comes later than this was missed, whoever makes it; a job's own `lateAfter` decides for its runs. */
export const LATE_MS = 5 * 60_000;

/**
 * Makes the next page of a tick. An instant that is no tick of the timetable stands for the one before it: `temporal schedule trigger` says
 * the present moment, and a schedule that fires more often than its calendar then asks for what is made already. True when nothing is left.
 */
export async function tickPage(context: ControlContext, input: TickPageInput): Promise<boolean> {
  const tick = await openPage(context, input);
  if (tick === undefined || tick.finishedAt !== null) return true;
  const { project } = tick;
  const deployed = await context.deployed.read(context.database, project, tick.deployment);
  const numbers = await jobsOfTimetable(context.database, tick.timetable, tick.deployment, tick.cursor, PAGE);
  const jobs = numbers.flatMap((number) => deployed.byNumber.get(number) ?? []);
  await inTransaction(context.database, (tx) => makeRuns(tx, deployed, tick, jobs));
  await reach(context, 'tick.inserted', { timetable: tick.timetable });
  await admit(context, await findRuns(context.database, project, tick.instant, numbers));
  await reach(context, 'tick.admitted', { timetable: tick.timetable });
  const last = numbers.length < PAGE;
  await moveTick(context.database, tick, tick.cursor, numbers.at(-1) ?? tick.cursor, last);
  return last;
}

type OpenTick = TickRow & Readonly<{ project: string }>;

async function openPage(context: ControlContext, input: TickPageInput): Promise<OpenTick | undefined> {
  return inTransaction(context.database, async (tx) => {
    const timetable = await readTimetable(tx, input.timetable);
    const at = timetable && previousTick(timetable.calendar, Date.parse(input.instant) + 1);
    if (timetable === undefined || at === undefined) return undefined;
    const instant = new Date(at);
    const known = await readTick(tx, timetable.id, instant);
    if (known !== undefined) return { ...known, project: timetable.project };
    const deployment = await deploymentAt(tx, timetable.project, instant);
    if (deployment === undefined) return undefined;
    const { id, project } = timetable;
    const now = (await databaseNow(tx)).getTime();
    const newest = input.missed?.newest ?? isNewest(timetable.calendar, instant, now);
    const trigger = input.missed === undefined && now - at < LATE_MS ? 'schedule' : 'catch-up';
    await openTick(tx, { timetable: id, instant, project, deployment, trigger, newest });
    return { ...(await readTick(tx, id, instant))!, project };
  });
}

/** A schedule that was held up catches up by itself, long after the instant: the jobs' policies hold for those ticks as well. */
function isNewest(calendar: Calendar, instant: Date, now: number): boolean {
  const next = nextTick(calendar, instant.getTime());
  return next === undefined || next > now;
}

async function makeRuns(
  tx: Transaction,
  deployed: Deployed,
  tick: OpenTick,
  jobs: readonly DeployedJob[],
): Promise<void> {
  // A mark at this very moment is written before these runs are made, and found, or after, and finds them.
  await lockFacts(
    tx,
    jobs.map((job) => ({ project: deployed.project, job: job.number, period: tick.instant })),
  );
  const due: NewRun[] = [];
  const skipped = new Map<string, { reason: SkipReason; runs: NewRun[] }>();
  for (const job of jobs) {
    const run = newRun(deployed, tick, job);
    const reason = reasonToSkip(deployed, tick, job);
    if (reason === undefined) due.push(run);
    else {
      const key = JSON.stringify(reason);
      const group = skipped.get(key) ?? { reason, runs: [] };
      group.runs.push(run);
      skipped.set(key, group);
    }
  }
  for (const { reason, runs } of skipped.values()) {
    const made = await insertSkipped(tx, runs, reason);
    await writeSkippedFacts(
      tx,
      made.map((run) => run.id),
      reason.kind,
    );
    for (const run of made)
      await owePages(tx, {
        kind: 'release',
        project: run.project,
        body: { project: run.project, job: run.job, period: run.period, after: '0' },
      });
  }
  const owed = (await insertOwed(tx, due)).filter((run) => run.owed !== null);
  await insertNeeds(tx, await evaluateNeeds(tx, deployed, owed));
}

const newRun = (deployed: Deployed, tick: OpenTick, job: DeployedJob): NewRun => ({
  project: deployed.project,
  job: job.number,
  period: tick.instant,
  workflowId: workflowIdOfRun(deployed.project, job.path, tick.instant),
  owed: isMissed(tick, job) ? 'catch-up' : job.body.calendar === null ? 'dependency' : 'schedule',
  operation: null,
  evaluatedBy: deployed.deployment,
  priority: PRIORITY[job.body.priority],
});

/**
 * Closed jobs, what a job's catch-up policy leaves out, and what has no upstream period where the author wants none then, are listed as
 * skipped: no expected run is silently absent.
 */
function reasonToSkip(deployed: Deployed, tick: OpenTick, job: DeployedJob): SkipReason | undefined {
  if (!job.body.enabled) return SKIP.closed;
  return leftOut(tick, job) ?? withoutUpstream(deployed, tick, job);
}

function withoutUpstream(deployed: Deployed, tick: OpenTick, job: DeployedJob): SkipReason | undefined {
  const upstream = lacksPeriod(deployed, job.body, tick.instant.getTime());
  return upstream === undefined ? undefined : SKIP.noPeriod(upstream);
}

function leftOut(tick: OpenTick, job: DeployedJob): SkipReason | undefined {
  const { policy, withinMs } = job.body.catchUp;
  if (!isMissed(tick, job) || (policy !== 'none' && tick.newest)) return undefined;
  return policy === 'all' && missedBy(tick) <= withinMs ? undefined : SKIP.catchUp(policy);
}

/** Milliseconds from the instant to the making of its tick. */
const missedBy = (tick: OpenTick): number => tick.createdAt.getTime() - tick.instant.getTime();

/** By less it is only late, and runs under any policy. */
const isMissed = (tick: OpenTick, job: DeployedJob): boolean => missedBy(tick) >= job.body.lateAfterMs;
