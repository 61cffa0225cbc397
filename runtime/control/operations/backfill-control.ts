import { createHash } from 'node:crypto';
import type { OperationPlan } from '../../api/contract.js';
import { conflict, invalid, notFound } from '../../errors.js';
import {
  type BackfillRow,
  beginRound,
  lockBackfill,
  type Pace,
  readBackfill,
  setCancelled,
  setPace,
  setPaused,
} from '../../store/backfill.js';
import type { Queryable, Transaction } from '../../store/database.js';
import { deploymentInForce, jobPaths } from '../../store/deployment.js';
import { insertAudit, insertEvents } from '../../store/event.js';
import { failedMembers, type MemberRow, memberJobs, openMembersOf, planAgain } from '../../store/member.js';
import { moveOperation, readOperation } from '../../store/operation.js';
import { inTransaction } from '../../store/transaction.js';
import { oweOpening, owePlaces } from '../backfill-pace.js';
import type { ControlContext } from '../context.js';
import type { Asker, BackfillChange, PlannedStep } from '../control.js';
import { isAgreed, type PlannedPeriod } from './agreed.js';
import { type Cursor, cancelFrom, FIRST_PAGE } from './backfill-pages.js';
import { refuseForeign } from './refuse-foreign.js';

// What people do with a backfill while it goes: pause it, let it go on, change its pace; run what failed again; end it. The last two have a
// plan first. None of this touches a definition or production.

const LISTED = 1000;

/** A backfill whose workflow has pages to make. */
export type StartedBackfill = Readonly<{ operation: string; project: string }>;
type StartedIn = Readonly<{ project: string }>;

/** Throws `forbidden` when the asker may not operate all jobs of a backfill. */
async function refuseForeignMembers(context: ControlContext, asker: Asker, row: BackfillRow): Promise<void> {
  if (asker.mayOperate === undefined) return;
  const force = await deploymentInForce(context.database, row.project);
  if (force === undefined) return;
  const deployed = await context.deployed.read(context.database, row.project, force.id);
  const jobs = await memberJobs(context.database, row.operation);
  refuseForeign(
    asker,
    row.project,
    jobs.flatMap((job) => deployed.byNumber.get(job) ?? []),
  );
}

/** Nothing of it starts from now on; what runs goes on. A second call changes nothing. Throws `not-found`, `conflict` (it has ended). */
export const pauseBackfill = (context: ControlContext, asker: Asker & Readonly<{ operation: string }>) =>
  change(context, asker, 'backfill-pause', {}, async (tx, row) => {
    if (row.pausedAt === null) await setPaused(tx, row.operation, asker.by);
  });

/** It goes on where it was. A second call changes nothing. Throws likewise. */
export const resumeBackfill = (context: ControlContext, asker: Asker & Readonly<{ operation: string }>) =>
  change(context, asker, 'backfill-resume', {}, async (tx, row) => {
    await setPaused(tx, row.operation, null);
    await owePlaces(tx, row.project, row.operation);
  });

/** Changes its pace; what is not named stays. Throws likewise, and `invalid` where nothing is named. */
export async function setBackfill(context: ControlContext, { pace, ...asker }: BackfillChange): Promise<BackfillRow> {
  if (Object.keys(pace).length === 0)
    throw invalid('nothing is to be changed', { help: 'name what: --parallel, --window, --retries' });
  return change(context, asker, 'backfill-set', pace, async (tx, row) => {
    const { parallel, window, retries } = { ...row, ...pace } satisfies Pace;
    await setPace(tx, row.operation, { parallel, window, retries });
    await oweOpening(tx, row.operation);
    await owePlaces(tx, row.project, row.operation);
  });
}

async function change(
  context: ControlContext,
  asker: Asker & Readonly<{ operation: string }>,
  what: string,
  body: object,
  work: (tx: Transaction, row: BackfillRow) => Promise<void>,
): Promise<BackfillRow> {
  const { operation } = asker;
  const changed = await inTransaction(context.database, async (tx) => {
    const row = await lockBackfill(tx, operation);
    refuseEnded(row, operation);
    await refuseForeignMembers(context, asker, row);
    await work(tx, row);
    const { parallel, window, retries, pausedBy } = row;
    await note(tx, asker, what, row, { ...body, was: { parallel, window, retries, paused: pausedBy } });
    return (await readBackfill(tx, operation))!;
  });
  context.kick();
  return changed;
}

const noSuch = (operation: string) => notFound(`there is no backfill ${operation}`, { help: 'see: hera backfills' });

function refuseEnded(row: BackfillRow | undefined, operation: string): asserts row is BackfillRow {
  if (row === undefined) throw noSuch(operation);
  if (row.cancelledAt !== null) throw conflict(`backfill ${operation} was cancelled by ${row.cancelledBy}`);
  if (row.finishedAt !== null)
    throw conflict(`backfill ${operation} has ended`, { help: `see: hera backfill show ${operation}` });
}

async function note(tx: Transaction, asker: Asker, what: string, row: BackfillRow, body: object): Promise<void> {
  const { project, operation } = row;
  await insertAudit(tx, { project, who: asker.by, via: asker.via, what, subject: operation, body });
  await insertEvents(tx, [{ project, kind: 'operation', run: null, body: { operation } }]);
}

/** Plans, and when the plan is named does, another round of the members that failed. Throws `not-found`, `conflict`, `stale`. */
export const retryBackfill: PlannedControl = (context, step, started) =>
  carryOut(context, started, async (tx) => {
    const row = await lockBackfill(tx, step.operation);
    if (row === undefined) throw noSuch(step.operation);
    if (row.cancelledAt !== null) throw conflict(`backfill ${step.operation} was cancelled by ${row.cancelledBy}`);
    const failed = await failedMembers(tx, step.operation);
    const found = await describe(tx, row, 'retry', failed, (member) => `${member.state}: it is run again`);
    if (!(await isAgreed(tx, step.hash, found, await periodsOf(tx, failed))) || failed.length === 0) return found;
    await refuseForeignMembers(context, step, row);
    await planAgain(
      tx,
      row.operation,
      failed.map((member) => member.ord),
    );
    // Runs that were made a moment ago and are yet to be admitted are not forgotten.
    const { unseen } = (await readOperation(tx, row.operation))!.cursor as Cursor;
    await beginRound(tx, row.operation, { ...FIRST_PAGE, ...(unseen && { unseen }) });
    await oweOpening(tx, row.operation);
    await note(tx, step, 'backfill-retry', row, { members: failed.length, plan: found.hash });
    return { ...found, operation: row.operation };
  });

/** Plans, and when the plan is named does, the end of all of it. What moves on meanwhile makes no other plan. Throws likewise. */
export const cancelBackfill: PlannedControl = (context, step, started) =>
  carryOut(context, started, async (tx) => {
    const row = await lockBackfill(tx, step.operation);
    refuseEnded(row, step.operation);
    const open = await openMembersOf(tx, step.operation);
    const found = await describe(tx, row, 'cancel', open, ({ state }) =>
      state === 'planned' ? 'not begun: it is what it was before' : 'ended if it runs, given up if it waits',
    );
    const told = { ...found, hash: hashOf(row, 'cancel', []) };
    if (!(await isAgreed(tx, step.hash, told, await periodsOf(tx, open)))) return told;
    await refuseForeignMembers(context, step, row);
    await setCancelled(tx, row.operation, step.by);
    await moveOperation(tx, row.operation, cancelFrom(row.members));
    await note(tx, step, 'backfill-cancel', row, { members: open.length, plan: told.hash });
    return { ...told, operation: row.operation };
  });

type Started = (backfill: StartedBackfill) => Promise<void>;
type PlannedControl = (context: ControlContext, step: PlannedStep, started: Started) => Promise<OperationPlan>;

/** Decides in one transaction, and starts the backfill's workflow when that has done something. */
async function carryOut(
  { database }: ControlContext,
  started: Started,
  decide: (tx: Transaction) => Promise<OperationPlan & StartedIn>,
): Promise<OperationPlan> {
  const { project, ...plan } = await inTransaction(database, decide);
  if (plan.operation !== null) await started({ operation: plan.operation, project });
  return plan;
}

async function periodsOf(sql: Queryable, members: readonly MemberRow[]): Promise<readonly PlannedPeriod[]> {
  const paths = await jobPaths(sql, [...new Set(members.map((member) => member.job))]);
  return members.map(({ job, period }) => ({ job: paths.get(job) ?? job, period: period.getTime(), action: 'member' }));
}

function hashOf({ operation, rounds }: BackfillRow, kind: string, members: readonly MemberRow[]): string {
  const hash = createHash('sha256').update(`${kind} ${operation} ${rounds}\n`);
  for (const { job, period } of members) hash.update(`${job}@${period.getTime()}\n`);
  return hash.digest('hex').slice(0, 16);
}

async function describe(
  sql: Queryable,
  row: BackfillRow,
  kind: 'retry' | 'cancel',
  members: readonly MemberRow[],
  why: (member: MemberRow) => string,
): Promise<OperationPlan & StartedIn> {
  const listed = members.slice(0, LISTED);
  const paths = await jobPaths(sql, [...new Set(listed.map((member) => member.job))]);
  const periods = members.map((member) => member.period.getTime());
  const at = (ms: number): string | null => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);
  return {
    project: row.project,
    ...{ kind: `backfill-${kind}`, hash: hashOf(row, kind, members), total: members.length, operation: null },
    runs: listed.map((member) => ({
      ...{ job: paths.get(member.job) ?? member.job, period: member.period.toISOString() },
      ...{ action: kind === 'retry' ? 'run' : 'end', why: why(member) },
    })),
    first: at(periods.reduce((least, one) => Math.min(least, one), Infinity)),
    last: at(periods.reduce((most, one) => Math.max(most, one), -Infinity)),
  };
}
