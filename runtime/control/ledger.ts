import { ticks } from '../../compiler/calendar/index.js';
import { counted } from '../../compiler/check/counted.js';
import { unlistedYears } from '../../compiler/plan/index.js';
import { CONTROL_QUEUE, WORKFLOW } from '../../workflows/contract.js';
import { startRounds } from '../rounds.js';
import { idleGroups, tidyAlerts } from '../store/alert.js';
import { stoppedBackfills } from '../store/backfill.js';
import { deploymentsInForce } from '../store/deployment.js';
import { insertAudit } from '../store/event.js';
import { dropOldHistory, KEEP_HISTORY_DAYS } from '../store/history-retention.js';
import { installationId } from '../store/installation.js';
import { asLeader, databaseNow, expectedWorkflows, forgottenRuns, unfinishedTicks } from '../store/ledger.js';
import { dropOldLogs, KEEP_LOGS_DAYS } from '../store/log-retention.js';
import { dropOldTails } from '../store/log-tail.js';
import { runsPastOptional } from '../store/need-open.js';
import { finishAllDone, unmade } from '../store/operation.js';
import { ensurePartitions } from '../store/partitions.js';
import { dueTimetables, markScheduled, moveWatermark, type TimetableRow, ticksMade } from '../store/timetable.js';
import { inTransaction } from '../store/transaction.js';
import type { TemporalClient } from '../temporal/connection.js';
import { claimNamespace } from '../temporal/installation.js';
import { deleteSchedule } from '../temporal/schedules.js';
import { prepareNamespace, RETENTION_HOURS } from '../temporal/server-namespace.js';
import { runningWorkflows, startBackfill, startCascade, startTick } from '../temporal/starts.js';
import { leaseTimes } from '../worker/times.js';
import { admit } from './admit.js';
import type { ControlContext } from './context.js';
import { type CloserLooks, closerLooks, findDrift, healDrift } from './drift.js';
import { mendTurn } from './mend-turn.js';
import { closeFinished } from './operations/finish.js';
import { raiseBackfillStopped, raiseBug, raiseGroupIdle, raiseTicksMissed, raiseYearMissing } from './raise.js';
import { LATE_MS } from './tick.js';

// The ledger compares what should be with what is, and mends the difference: ticks that were not made since the watermark, schedules
// that Temporal lacks, runs whose workflow is gone, ticks and operations that stopped half way, runs that wait for nothing.
// One leader at a time; two for a moment are harmless, for every write is conditional. No expected run is ever silently absent.

export const LEDGER = {
  everyMs: 30_000,
  graceMs: 15_000,
  lateMs: LATE_MS,
  olderThanSeconds: 60,
  idleSeconds: 60,
  page: 1000,
} as const;
// Alerts are a list for people, not a record: the audit and the runs stay.
const KEEP_ALERTS_DAYS = 90;

export type LedgerTimes = Readonly<{ [name in keyof typeof LEDGER]: number }>;

/** What one round found and mended. */
export type Round = Readonly<{ ticks: number; schedules: number; workflows: number; forgotten: number }>;

export type Ledger = Readonly<{ round(): Promise<Round | undefined>; stop(): Promise<void> }>;

/** Starts the rounds. A round that fails is logged, and the next one tries again. */
export function startLedger(
  context: ControlContext,
  temporal: TemporalClient,
  times: LedgerTimes = LEDGER,
  queue: string = CONTROL_QUEUE,
): Ledger {
  let running: Promise<Round | undefined> = Promise.resolve(undefined);
  const looks = closerLooks();
  const round = (): Promise<Round | undefined> => {
    running = running.catch(() => undefined).then(() => ledgerRound(context, temporal, times, queue, looks));
    return running;
  };
  const rounds = startRounds(times.everyMs, round, (error) =>
    context.log.warn('a round of the ledger failed; the next one tries again', { error: String(error) }),
  );
  return { round, stop: rounds.stop };
}

const droppedAt = new WeakMap<ControlContext, number>();
const DROP_EVERY_MS = 3_600_000;

/** Output, attempts, events and audit that were kept long enough go, looked at once an hour. */
async function dropExpired(context: ControlContext): Promise<void> {
  const last = droppedAt.get(context);
  if (last !== undefined && performance.now() - last < DROP_EVERY_MS) return;
  droppedAt.set(context, performance.now());
  const weeks = await dropOldLogs(context.database, context.keepLogsDays);
  await dropOldTails(context.database);
  if (weeks.length > 0) context.log.info('output was kept long enough and is dropped', { weeks });
  const { keepLogsDays = KEEP_LOGS_DAYS, keepHistoryDays = KEEP_HISTORY_DAYS } = context;
  // An attempt is there as long as its output is.
  const months = await dropOldHistory(context.database, Math.max(keepLogsDays, keepHistoryDays));
  if (months.length > 0) context.log.info('what ran was kept long enough and is dropped', { months });
}

/** One round, if this process leads. */
export async function ledgerRound(
  context: ControlContext,
  temporal: TemporalClient,
  times: LedgerTimes,
  queue: string,
  looks: CloserLooks = closerLooks(),
): Promise<Round | undefined> {
  let found: Round | undefined;
  await asLeader(context.database, async () => {
    await ensurePartitions(context.database);
    await dropExpired(context);
    await tellMissingYears(context);
    await mendNamespace(context, temporal);
    const timetables = await dueTimetables(context.database);
    const schedules = await mendSchedules(context, temporal, timetables, queue, looks);
    const made = await mendTicks(context, temporal, timetables, times, queue);
    const workflows = await mendWorkflows(context, temporal, times);
    await mendHalfDone(context, temporal, times, queue);
    await endOptional(context);
    await tellIdleGroups(context, times);
    await tidyAlerts(context.database, KEEP_ALERTS_DAYS);
    found = { schedules, ticks: made, workflows, forgotten: await mendForgotten(context) };
  });
  return found;
}

/** A Temporal that was emptied or replaced gets back what we need there. One that lets us not is told of: its administrator sets it up. */
async function mendNamespace(context: ControlContext, temporal: TemporalClient): Promise<void> {
  const { connection, namespace } = temporal;
  await claimNamespace(await installationId(context.database), temporal);
  await prepareNamespace(connection, { namespace, retentionHours: RETENTION_HOURS }).catch((error: unknown) =>
    context.log.warn(`the settings of the Temporal namespace ${namespace} cannot be looked after`, {
      error: String(error),
    }),
  );
}

/** Schedules of timetables in use exist as they were deployed, and no others of ours; those of retired ones whose ticks are all settled are gone. */
async function mendSchedules(
  context: ControlContext,
  temporal: TemporalClient,
  timetables: readonly TimetableRow[],
  queue: string,
  looks: CloserLooks,
): Promise<number> {
  const closer = looks(timetables.map((timetable) => timetable.id));
  const drifted = await findDrift(context, temporal, queue, ({ id, scheduled }) => !scheduled || closer.has(id));
  await healDrift(context, temporal, queue, drifted);
  const there = timetables.filter((timetable) => timetable.usedSince !== null && !timetable.scheduled);
  await markScheduled(
    context.database,
    there.map((timetable) => timetable.id),
    true,
  );
  const done = timetables.filter(
    (timetable) =>
      timetable.usedSince === null && timetable.retiredAt !== null && timetable.watermark >= timetable.retiredAt,
  );
  for (const timetable of done) await deleteSchedule(temporal, timetable.id);
  await markScheduled(
    context.database,
    done.map((timetable) => timetable.id),
    false,
  );
  return drifted.length + done.length;
}

/** Every tick between the watermark and now has a row; a missing one is started, the newest of a timetable marked so. */
async function mendTicks(
  context: ControlContext,
  temporal: TemporalClient,
  timetables: readonly TimetableRow[],
  times: LedgerTimes,
  queue: string,
): Promise<number> {
  const now = await databaseNow(context.database);
  let started = 0;
  for (const timetable of timetables) {
    const end = Math.min(now.getTime() - times.graceMs, timetable.retiredAt?.getTime() ?? Number.POSITIVE_INFINITY);
    if (end <= timetable.watermark.getTime()) continue;
    const slice = dueSlice(timetable, end);
    const made = await ticksMade(context.database, timetable.id, timetable.watermark, new Date(slice.to));
    const missing = slice.due.filter((instant) => !made.has(instant));
    for (const instant of missing) {
      const late = now.getTime() - instant >= times.lateMs;
      const missed = late ? { missed: { newest: instant === slice.due.at(-1) && slice.to === end } } : {};
      await startTick(temporal, queue, {
        timetable: timetable.id,
        instant: new Date(instant).toISOString(),
        ...missed,
      });
    }
    if (missing.length > 0) context.log.info(`${missing.length} missed ticks of ${timetable.id} started`);
    // Those too that Temporal kept until somebody was back to make them.
    const late = slice.due.filter((instant) =>
      made.has(instant) ? made.get(instant)!.late : now.getTime() - instant >= times.lateMs,
    );
    await raiseTicksMissed(context.database, timetable.project, timetable.id, late);
    started += missing.length;
    const open = slice.due.find((instant) => made.get(instant)?.finished !== true);
    await moveWatermark(context.database, timetable.id, new Date(open ?? slice.to));
  }
  return started;
}

// A timetable that was forgotten for long is mended in slices, so that no round asks for a year of seconds at once.
const SLICE_TICKS = 1000;
const SLICE_MS = 31 * 86_400_000;

function dueSlice(timetable: TimetableRow, end: number): Readonly<{ due: readonly number[]; to: number }> {
  const from = timetable.watermark.getTime();
  for (let span = Math.min(end - from, SLICE_MS); ; span = Math.ceil(span / 2)) {
    const due = ticks(timetable.calendar, from, from + span);
    if (due.length <= SLICE_TICKS || span <= 1000) return { due, to: from + span };
  }
}

/** A turn that a workflow should have, and none is there. */
async function mendWorkflows(context: ControlContext, temporal: TemporalClient, times: LedgerTimes): Promise<number> {
  let mended = 0;
  let running: ReadonlySet<string> | undefined;
  for (let after = '0'; ; ) {
    const page = await expectedWorkflows(context.database, times.olderThanSeconds, after, times.page);
    if (page.length === 0) return mended;
    running ??= await runningWorkflows(temporal, WORKFLOW.jobRun);
    for (const expected of page.filter((one) => one.unclaimed || !running!.has(one.workflowId)))
      mended += (await mendTurn(context, temporal, expected)) ? 1 : 0;
    after = page.at(-1)!.run;
  }
}

/** Ticks and operations that were begun and have nobody who goes on: starting their workflow again goes on at the cursor. */
async function mendHalfDone(
  context: ControlContext,
  temporal: TemporalClient,
  times: LedgerTimes,
  queue: string,
): Promise<void> {
  for (const tick of await unfinishedTicks(context.database, times.olderThanSeconds))
    await startTick(temporal, queue, { timetable: tick.timetable, instant: tick.instant.toISOString() });
  await inTransaction(context.database, async (tx) => {
    for (const finished of await finishAllDone(tx)) await closeFinished(tx, finished);
  });
  for (const { operation, waiting } of await stoppedBackfills(context.database))
    await raiseBackfillStopped(context.database, operation, waiting);
  for (const operation of await unmade(context.database, 'backfill'))
    await startBackfill(temporal, queue, operation.project, operation.id);
  for (const operation of await unmade(context.database, 'cascade'))
    await startCascade(temporal, queue, operation.project, operation.id);
}

/** Runs that are queued for a group without a living worker would wait for ever without a word. */
async function tellIdleGroups(context: ControlContext, times: LedgerTimes): Promise<void> {
  const aliveSeconds = leaseTimes().leaseMs / 1000;
  for (const group of await idleGroups(context.database, times.idleSeconds, aliveSeconds))
    await raiseGroupIdle(context.database, group);
}

const yearsLookedAt = new WeakMap<ControlContext, Map<string, number>>();

/**
 * Workday calendars that lack a year which comes: from its first day on they would silently go by the week. Looked at with each deployment, and once
 * an hour.
 */
async function tellMissingYears(context: ControlContext): Promise<void> {
  const before = yearsLookedAt.get(context) ?? new Map<string, number>();
  const looked = new Map<string, number>();
  yearsLookedAt.set(context, looked);
  for (const { project, deployment } of await deploymentsInForce(context.database)) {
    const last = before.get(`${project}#${deployment}`);
    const isFresh = last !== undefined && performance.now() - last < DROP_EVERY_MS;
    if (isFresh) {
      looked.set(`${project}#${deployment}`, last);
      continue;
    }
    const { jobs } = await context.deployed.read(context.database, project, deployment);
    const now = (await databaseNow(context.database)).getTime();
    for (const unlisted of unlistedYears(jobs.values(), now))
      await raiseYearMissing(context.database, project, unlisted);
    looked.set(`${project}#${deployment}`, performance.now());
  }
}

/** Optional needs end by time: who waits for nothing else any more goes on (D9). */
async function endOptional(context: ControlContext): Promise<void> {
  const waiting = await runsPastOptional(context.database, 500);
  if (waiting.length > 0) await admit(context, waiting);
}

/** A run that waits for nothing is a bug of ours: it is admitted, and told loudly. */
async function mendForgotten(context: ControlContext): Promise<number> {
  const forgotten = await forgottenRuns(context.database, 500);
  if (forgotten.length === 0) return 0;
  const { queued } = await admit(context, forgotten);
  if (queued === 0) return 0;
  context.log.error('runs waited although nothing was missing: this is a bug of Hera, please report it', {
    runs: forgotten.slice(0, 20),
  });
  await inTransaction(context.database, (tx) =>
    insertAudit(tx, {
      project: null,
      who: 'hera',
      via: 'ledger',
      what: 'forgotten-runs',
      subject: null,
      body: { runs: forgotten.slice(0, 20), queued },
    }),
  );
  const what = `${counted(queued, 'run')} waited although nothing was missing`;
  await raiseBug(context.database, `forgotten:${forgotten[0]}`, what, { runs: forgotten.slice(0, 20) });
  return queued;
}
