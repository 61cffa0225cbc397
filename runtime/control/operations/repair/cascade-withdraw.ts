import type { RepairPlan } from '../../../api/contract.js';
import { conflict, stale } from '../../../errors.js';
import type { Transaction } from '../../../store/database.js';
import { insertAudit } from '../../../store/event.js';
import { type FactKey, lockFact, lockFacts, restoreFormer } from '../../../store/fact.js';
import { type MemberRow, memberPage, moveMembers } from '../../../store/member.js';
import { replaceNeeds } from '../../../store/need.js';
import { type OperationRow, reopenOperation } from '../../../store/operation.js';
import { findRun, giveBackRun, lockRuns, type Owed, type RunRow } from '../../../store/run.js';
import { inTransaction } from '../../../store/transaction.js';
import { liveTurn } from '../../../store/turn.js';
import { admit } from '../../admit.js';
import type { ControlContext } from '../../context.js';
import type { CascadeChange } from '../../control.js';
import type { Deployed } from '../../deployed.js';
import { evaluateNeeds } from '../../needs.js';
import { cancelOwed, cancelRun } from '../cancel.js';
import { endMember } from '../finish.js';
import { refuseForeign } from '../refuse-foreign.js';
import { openMembers, readCascade } from './cascade-members.js';
import type { CascadeCursor } from './cascade-page.js';
import { describe, hashOf, jobsOf, type Planned } from './describe.js';

// The end of a whole cascade: what has not begun is withdrawn, so that its periods are what they were; what runs is cancelled. From the last member to
// the first, so that nothing starts because what was before it is given up.

const PAGE = 100;

/** Plans the end of a cascade, and, when the request names the plan's hash, does it. Throws `not-found`, `stale`, `conflict` (it has ended). */
export async function cancelCascade(
  context: ControlContext,
  request: CascadeChange,
  started: (operation: string, project: string) => Promise<void>,
): Promise<RepairPlan> {
  const { operation, deployed } = await readCascade(context, request.operation);
  const open = await openMembers(context.database, deployed, operation);
  if (open.length === 0) throw conflict(`cascade ${operation.id} has ended`);
  const ordered = open.map((one): Planned => {
    const isLive = one.stands.state === 'queued' || one.stands.state === 'running';
    return isLive
      ? { ...one, action: 'cancel', why: `it is ${one.stands.state}`, runs: false }
      : { ...one, action: 'withdraw', why: 'has not begun: it is what it was before', runs: false };
  });
  const hash = hashOf(deployed.deployment, ['cancel', operation.id], ordered);
  const plan = await describe(context.database, deployed, {
    ...{ kind: 'cancel', hash, ordered, waiting: [], notes: [], operation: operation.id },
  });
  if (request.hash === null) return plan;
  if (request.hash !== hash)
    throw stale('the plan is not what would be done now', { help: 'look at the new plan', details: plan });
  refuseForeign(request, operation.project, jobsOf(deployed, ordered));
  const { project, members } = operation;
  await inTransaction(context.database, async (tx) => {
    await reopenOperation(tx, operation.id, { phase: 'cancel', at: members, done: false });
    await insertAudit(tx, {
      ...{ project, who: request.by, via: request.via, what: 'cancel', subject: operation.id },
      body: { cascade: operation.id, members: open.length, plan: hash },
    });
  });
  await started(operation.id, project);
  return plan;
}

/** The next page of a cascade's end. Repeatable: what is withdrawn, or has ended, is passed over. */
export async function withdrawPage(
  context: ControlContext,
  operation: OperationRow,
  cursor: CascadeCursor,
): Promise<CascadeCursor> {
  const from = Math.max(0, cursor.at - PAGE);
  const page = await memberPage(context.database, operation.id, { from, limit: cursor.at - from });
  await withdrawPlanned(context, operation, page);
  for (const member of page.toReversed()) if (member.state === 'made') await withdrawMade(context, operation, member);
  return { phase: 'cancel', at: from, done: from === 0 };
}

async function withdrawPlanned(
  { database }: ControlContext,
  { id, project }: OperationRow,
  page: readonly MemberRow[],
) {
  const keys = page.filter(({ state }) => state === 'planned').map((member) => keyOf(project, member));
  await inTransaction(database, async (tx) => {
    await lockFacts(tx, keys);
    for (const key of keys) await restoreFormer(tx, key);
    await moveMembers(tx, id, keys, 'withdrawn');
  });
}

/** What production waited with is production's again; what has not begun is as it was before; what runs is cancelled. */
async function withdrawMade(context: ControlContext, operation: OperationRow, member: MemberRow): Promise<void> {
  const { deployed } = await readCascade(context, operation.id);
  const key = keyOf(operation.project, member);
  const found = await findRun(context.database, key);
  if (found === undefined) return;
  const done = await inTransaction(context.database, async (tx): Promise<'nothing' | 'live' | 'withdrawn'> => {
    await lockFact(tx, key);
    const run = (await lockRuns(tx, [found.id]))[0]!;
    if (run.operation !== operation.id || run.owed !== 'cascade') return 'nothing';
    const live = await liveTurn(tx, run.id);
    if (live?.operation === operation.id) return 'live';
    if (live === undefined && member.former?.owed) await giveBack(tx, deployed, run, member.former.owed as Owed);
    else await cancelOwed(tx, run, live ?? null);
    return 'withdrawn';
  });
  if (done === 'withdrawn') await admit(context, [found.id]);
  if (done === 'live') await cancelLive(context, operation, found.id);
}

async function giveBack(tx: Transaction, deployed: Deployed, run: RunRow, owed: Owed): Promise<void> {
  await restoreFormer(tx, run);
  await giveBackRun(tx, run.id, owed, deployed.deployment);
  await replaceNeeds(tx, [run.id], await evaluateNeeds(tx, deployed, [{ ...run, operation: null, owed }]));
  await endMember(tx, run.operation!, run, 'withdrawn');
}

async function cancelLive(context: ControlContext, { id, askedBy }: OperationRow, run: string): Promise<void> {
  await cancelRun(context, { by: askedBy, via: `cascade ${id}`, run, owed: false }).catch((error: unknown) => {
    // It has ended by itself in between.
    if ((error as { code?: string }).code !== 'conflict') throw error;
  });
}

const keyOf = (project: string, { job, period }: MemberRow): FactKey => ({ project, job, period });
