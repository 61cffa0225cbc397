import { createHash } from 'node:crypto';
import type { OperationPlan } from '../../api/contract.js';
import { invalid, notFound, stale } from '../../errors.js';
import { deploymentInForce } from '../../store/deployment.js';
import { insertAudit } from '../../store/event.js';
import { type FactKey, setAside } from '../../store/fact.js';
import { databaseNow } from '../../store/ledger.js';
import { replaceNeeds } from '../../store/need.js';
import { insertOperation, moveOperation, type OperationRow, readOperation } from '../../store/operation.js';
import { insertMembers, memberFacts, membersOf, waitingForOverlap } from '../../store/run.js';
import { inTransaction } from '../../store/transaction.js';
import { workflowIdOfRun } from '../../temporal/ids.js';
import { admit } from '../admit.js';
import type { ControlContext } from '../context.js';
import type { BackfillRequest } from '../control.js';
import type { Deployed } from '../deployed.js';
import { evaluateNeeds, type Members } from '../needs.js';
import { PRIORITY } from '../priority.js';
import { finishOperation } from './finish.js';
import { type Member, membersInRange } from './range.js';
import { refuseForeign } from './refuse-foreign.js';
import { byKey } from './repair/describe.js';
import { replaceWaiting } from './replace-waiting.js';

// backfill (任务重跑): all periods of the chosen jobs in a range. Each is a turn of its run; needs are awaited within the set; it comes after
// production. A plan first, named by its hash; then pages: first the facts of all members become 'none', so that no member starts on
// old data, then the members are made and admitted. A crash between pages goes on at the cursor.

const MOST = 100_000;
const LISTED = 1000;
const PAGE = 500;

/** Plans a backfill, and, when the request names the plan's hash, does it. Throws `invalid`, `not-found`, `stale`. */
export async function backfill(
  context: ControlContext,
  request: BackfillRequest,
  started: (operation: string) => Promise<void>,
): Promise<OperationPlan> {
  const { deployed, members } = await chooseMembers(context, request);
  const hash = hashOf(deployed.deployment, members);
  const plan = (operation: string | null): OperationPlan => describe(members, hash, operation);
  if (request.hash === null) return plan(null);
  if (request.hash !== hash)
    throw stale('the plan is not what would be done now', { help: 'look at the new plan', details: plan(null) });
  if (members.length === 0) return plan(null);
  refuseForeign(
    request,
    request.project,
    members.map(({ job }) => job),
  );
  const operation = await inTransaction(context.database, async (tx) => {
    const id = await insertOperation(tx, {
      project: request.project,
      kind: 'backfill',
      request: {
        deployment: deployed.deployment,
        parallel: request.parallel,
        only: request.only,
        members: packed(members),
      },
      planHash: hash,
      askedBy: request.by,
      members: members.length,
    });
    await moveOperation(tx, id, { phase: 'facts', at: 0, done: false });
    await insertAudit(tx, {
      project: request.project,
      who: request.by,
      via: request.via,
      what: 'backfill',
      subject: id,
      body: {
        jobs: request.jobs,
        from: request.from,
        to: request.to,
        only: request.only,
        members: members.length,
        hash,
      },
    });
    return id;
  });
  await started(operation);
  return plan(operation);
}

async function chooseMembers(
  context: ControlContext,
  request: BackfillRequest,
): Promise<Readonly<{ deployed: Deployed; members: readonly Member[] }>> {
  const force = await deploymentInForce(context.database, request.project);
  if (force === undefined)
    throw notFound(`nothing is deployed in project ${request.project}`, { help: 'deploy a commit: hera apply' });
  const deployed = await context.deployed.read(context.database, request.project, force.id);
  const members = membersInRange(deployed, request, MOST);
  await refuseFuture(context, members);
  return { deployed, members: request.only === 'all' ? members : await keepOnly(context, request, members) };
}

/** Periods whose tick has not come are production's: they cannot be filled in. */
async function refuseFuture(context: ControlContext, members: readonly Member[]): Promise<void> {
  const last = members.at(-1);
  if (last === undefined) return;
  const now = await databaseNow(context.database);
  if (last.period > now.getTime())
    throw invalid(
      `${last.job.path} has a period in the range whose time has not come: ${new Date(last.period).toISOString()}`,
      {
        help: 'end the range earlier: --to is exclusive',
      },
    );
}

async function keepOnly(
  context: ControlContext,
  request: BackfillRequest,
  members: readonly Member[],
): Promise<readonly Member[]> {
  const jobs = [...new Set(members.map((member) => member.job.number))];
  const facts = await memberFacts(context.database, request.project, jobs, request.from, request.to);
  const wanted = request.only === 'failed' ? new Set(['failed', 'timed_out']) : undefined;
  return members.filter(({ job, period }) => {
    const state = facts.get(`${job.number}@${period}`) ?? 'none';
    return wanted === undefined ? state !== 'succeeded' : wanted.has(state);
  });
}

function hashOf(deployment: string, members: readonly Member[]): string {
  const hash = createHash('sha256').update(`backfill ${deployment}\n`);
  for (const { job, period } of members) hash.update(`${job.number}@${period}\n`);
  return hash.digest('hex').slice(0, 16);
}

function describe(members: readonly Member[], hash: string, operation: string | null): OperationPlan {
  const at = (member: Member | undefined): string | null =>
    member === undefined ? null : new Date(member.period).toISOString();
  return {
    kind: 'backfill',
    hash,
    total: members.length,
    runs: members
      .slice(0, LISTED)
      .map((member) => ({ job: member.job.path, period: at(member)!, action: 'run', why: 'in the range' })),
    first: at(members[0]),
    last: at(members.at(-1)),
    operation,
  };
}

/** Members as they are kept with the operation: job number → its periods in seconds. */
function packed(members: readonly Member[]): Readonly<Record<string, readonly number[]>> {
  const byJob: Record<string, number[]> = {};
  for (const { job, period } of members) {
    byJob[job.number] ??= [];
    byJob[job.number]!.push(period / 1000);
  }
  return byJob;
}

function unpacked(deployed: Deployed, request: Readonly<Record<string, unknown>>): readonly Member[] {
  const byJob = request.members as Readonly<Record<string, readonly number[]>>;
  const members = Object.entries(byJob).flatMap(([number, periods]) => {
    const job = deployed.byNumber.get(number);
    return job === undefined ? [] : periods.map((seconds) => ({ job, period: seconds * 1000 }));
  });
  return members.sort((a, b) => a.period - b.period || (a.job.path < b.job.path ? -1 : 1));
}

type Cursor = Readonly<{ phase: 'facts' | 'runs'; at: number; done: boolean }>;

/** Does the next page of a backfill; true when its members are all made. Repeatable at every point. */
export async function backfillPage(context: ControlContext, id: string): Promise<boolean> {
  const operation = await readOperation(context.database, id);
  if (operation === undefined || operation.finishedAt !== null) return true;
  const cursor = operation.cursor as Cursor;
  if (cursor.done) return true;
  const { deployment } = operation.request as Readonly<{ deployment: string }>;
  const deployed = await context.deployed.read(context.database, operation.project, deployment);
  const members = unpacked(deployed, operation.request);
  const page = members.slice(cursor.at, cursor.at + PAGE);
  const next = nextCursor(cursor, members.length);
  if (cursor.phase === 'facts') {
    await inTransaction(context.database, async (tx) => {
      await setAside(tx, page.map((member) => keyOf(operation, member)).sort(byKey));
      await moveOperation(tx, id, next);
    });
    return false;
  }
  const runs = await makeMembers(context, operation, deployed, members, page);
  await admit(context, runs);
  await inTransaction(context.database, async (tx) => {
    await moveOperation(tx, id, next);
    if (next.done) await finishOperation(tx, id);
  });
  return next.done;
}

function nextCursor(cursor: Cursor, total: number): Cursor {
  const at = cursor.at + PAGE;
  if (at < total) return { ...cursor, at };
  return cursor.phase === 'facts' ? { phase: 'runs', at: 0, done: false } : { phase: 'runs', at: total, done: true };
}

const keyOf = (operation: OperationRow, member: Member): FactKey => ({
  project: operation.project,
  job: member.job.number,
  period: new Date(member.period),
});

async function makeMembers(
  context: ControlContext,
  operation: OperationRow,
  deployed: Deployed,
  members: readonly Member[],
  page: readonly Member[],
): Promise<readonly string[]> {
  const all = membersOnly(members);
  return inTransaction(context.database, async (tx) => {
    const keys = page.map((member) => keyOf(operation, member)).sort(byKey);
    // Again: a turn that was under way when the facts were set aside may have ended since, on old data.
    await setAside(tx, keys);
    const made = await insertMembers(
      tx,
      page.map((member) => ({
        ...keyOf(operation, member),
        workflowId: workflowIdOfRun(operation.project, member.job.path, new Date(member.period)),
        owed: 'backfill' as const,
        operation: operation.id,
        evaluatedBy: deployed.deployment,
        priority: Math.max(PRIORITY.low, PRIORITY[member.job.body.priority]),
      })),
    );
    await replaceNeeds(
      tx,
      made.map((run) => run.id),
      await evaluateNeeds(tx, deployed, made, all),
    );
    const freed = await replaceWaiting(
      tx,
      made.map((run) => run.id),
    );
    // All of the page, not only those made now: a crash may have come between making and admitting.
    return [...new Set([...(await membersOf(tx, operation.id, keys)), ...(await waitingForOverlap(tx, freed))])];
  });
}

/** Members as needs ask for them. */
function membersOnly(members: readonly Member[]): Members {
  const keys = new Set<string>();
  const highest = new Map<string, number>();
  for (const { job, period } of members) {
    keys.add(`${job.number}@${period}`);
    highest.set(job.number, Math.max(period, highest.get(job.number) ?? period));
  }
  return {
    has: (job, period) => keys.has(`${job}@${period.getTime()}`),
    highest: (job) => (highest.has(job) ? new Date(highest.get(job)!) : undefined),
  };
}
