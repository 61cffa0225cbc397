import type { Transaction } from '../../store/database.js';
import { deploymentInForce } from '../../store/deployment.js';
import { type FactKey, lockFact, lockFacts, restoreFormer } from '../../store/fact.js';
import { type MemberRow, memberPage, moveMembers } from '../../store/member.js';
import { replaceNeeds } from '../../store/need.js';
import type { OperationRow } from '../../store/operation.js';
import { owePages } from '../../store/outbox.js';
import { awaitedAmong } from '../../store/period-standing.js';
import { findRun, giveBackRun, lockRuns, type Owed, type RunRow } from '../../store/run.js';
import { inTransaction } from '../../store/transaction.js';
import { liveTurn } from '../../store/turn.js';
import { admit } from '../admit.js';
import type { ControlContext } from '../context.js';
import type { Deployed } from '../deployed.js';
import { evaluateNeeds } from '../needs.js';
import { cancelOwed, cancelRun } from './cancel.js';
import { endMember } from './finish.js';

// The end of an operation with members, a cascade or a backfill, page by page: what has not begun is withdrawn, so that its periods are what they
// were; what runs is cancelled. From the last member to the first, so that nothing starts because what was before it is given up.

const PAGE = 100;

/** Ends the members below number `at` that have not ended, a page of them; answers where to go on: 0 is the end. Repeatable. */
export async function withdrawPage(context: ControlContext, operation: OperationRow, at: number): Promise<number> {
  const from = Math.max(0, at - PAGE);
  const page = await memberPage(context.database, operation.id, { from, limit: at - from });
  await withdrawPlanned(context, operation, page);
  const force = (await deploymentInForce(context.database, operation.project))!;
  const deployed = await context.deployed.read(context.database, operation.project, force.id);
  for (const member of page.toReversed())
    if (member.state === 'made') await withdrawMade(context, deployed, operation, member);
  return from;
}

/** The facts of those without a turn are again what they were, and who had them before has them again. */
async function withdrawPlanned(
  { database, kick }: ControlContext,
  { id, project }: OperationRow,
  page: readonly MemberRow[],
): Promise<void> {
  const keys = page.filter(({ state }) => state === 'planned').map((member) => keyOf(project, member));
  await inTransaction(database, async (tx) => {
    await lockFacts(tx, keys);
    const restored: FactKey[] = [];
    for (const key of keys) if ((await restoreFormer(tx, key)) !== undefined) restored.push(key);
    await moveMembers(tx, id, keys, 'withdrawn');
    for (const key of await awaitedAmong(tx, restored))
      await owePages(tx, { kind: 'release', project, body: { ...key, after: '0' } });
  });
  kick();
}

/** What production waited with is production's again; what has not begun is as it was before; what runs is cancelled. */
async function withdrawMade(
  context: ControlContext,
  deployed: Deployed,
  operation: OperationRow,
  member: MemberRow,
): Promise<void> {
  const key = keyOf(operation.project, member);
  const found = await findRun(context.database, key);
  if (found === undefined) return;
  const done = await inTransaction(context.database, async (tx): Promise<'nothing' | 'live' | 'withdrawn'> => {
    await lockFact(tx, key);
    const run = (await lockRuns(tx, [found.id]))[0]!;
    if (run.operation !== operation.id || run.owed !== operation.kind) return 'nothing';
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

async function cancelLive(context: ControlContext, { id, kind, askedBy }: OperationRow, run: string): Promise<void> {
  await cancelRun(context, { by: askedBy, via: `${kind} ${id}`, run, owed: false }).catch((error: unknown) => {
    // It has ended by itself in between.
    if ((error as { code?: string }).code !== 'conflict') throw error;
  });
}

const keyOf = (project: string, { job, period }: MemberRow): FactKey => ({ project, job, period });
