import type { Transaction } from '../../../store/database.js';
import { deploymentInForce } from '../../../store/deployment.js';
import { type FactKey, setAside } from '../../../store/fact.js';
import { CANCEL_AND_RUN, type MemberRow, memberPage } from '../../../store/member.js';
import { replaceNeeds } from '../../../store/need.js';
import { goOn, type OperationRow, readOperation } from '../../../store/operation.js';
import { membersOf, waitingForOverlap } from '../../../store/run.js';
import { inTransaction } from '../../../store/transaction.js';
import { admit } from '../../admit.js';
import type { ControlContext } from '../../context.js';
import type { Deployed } from '../../deployed.js';
import { evaluateNeeds } from '../../needs.js';
import { cancelRun } from '../cancel.js';
import { finishOperation } from '../finish.js';
import { makeMembers } from '../make-members.js';
import { replaceWaiting } from '../replace-waiting.js';
import { withdrawPage } from '../withdraw-page.js';
import { byKey } from './describe.js';

// A cascade's members are made page by page, so that a crash anywhere goes on at the cursor: first all facts become 'none', so that nothing starts on
// old data, then the members are made and admitted. Made members are runs like all others: what ends one releases the next.

const PAGE = 500;

export type CascadeCursor = Readonly<{ phase: 'facts' | 'runs' | 'cancel'; at: number; done: boolean }>;

/** Does the next page of a cascade; true when there is none. Repeatable at every point. */
export async function cascadePage(context: ControlContext, id: string): Promise<boolean> {
  const operation = await readOperation(context.database, id);
  if (operation === undefined) return true;
  const cursor = operation.cursor as CascadeCursor;
  if (cursor.done) return true;
  const next = await PHASES[cursor.phase](context, operation, cursor);
  await inTransaction(context.database, async (tx) => {
    // Somebody who cancels the whole has written another cursor meanwhile: his goes on.
    if ((await goOn(tx, id, cursor, next)) && next.done) await finishOperation(tx, id);
  });
  return next.done;
}

type Phase = (context: ControlContext, operation: OperationRow, cursor: CascadeCursor) => Promise<CascadeCursor>;

const PHASES: Readonly<Record<CascadeCursor['phase'], Phase>> = { facts, runs, cancel };

async function cancel(context: ControlContext, operation: OperationRow, cursor: CascadeCursor): Promise<CascadeCursor> {
  const at = await withdrawPage(context, operation, cursor.at);
  return { phase: 'cancel', at, done: at === 0 };
}

async function facts({ database }: ControlContext, { id, project }: OperationRow, cursor: CascadeCursor) {
  const page = await memberPage(database, id, { from: cursor.at, limit: PAGE });
  await inTransaction(database, (tx) => setAsideMembers(tx, project, page));
  return page.length < PAGE ? ({ phase: 'runs', at: 0, done: false } as const) : { ...cursor, at: cursor.at + PAGE };
}

const setAsideMembers = (tx: Transaction, project: string, page: readonly MemberRow[]): Promise<void> =>
  setAside(
    tx,
    page
      .filter(({ state }) => state === 'planned')
      .map((member) => keyOf(project, member))
      .sort(byKey),
  );

async function runs(context: ControlContext, operation: OperationRow, cursor: CascadeCursor) {
  const force = await deploymentInForce(context.database, operation.project);
  const deployed = await context.deployed.read(context.database, operation.project, force!.id);
  const { page, made, toCancel } = await inTransaction(context.database, (tx) =>
    make(tx, deployed, operation, cursor.at),
  );
  for (const run of toCancel) await cancelUnderWay(context, operation, run);
  await admit(context, made);
  context.kick();
  return page < PAGE ? ({ phase: 'runs', at: cursor.at, done: true } as const) : { ...cursor, at: cursor.at + PAGE };
}

type Made = Readonly<{ page: number; made: readonly string[]; toCancel: readonly string[] }>;

/** Makes what is still planned of a page, by the deployment in force now. Members whose job is gone since are left where they are: planned. */
async function make(tx: Transaction, deployed: Deployed, { id, project }: OperationRow, at: number): Promise<Made> {
  const page = await memberPage(tx, id, { from: at, limit: PAGE });
  // Again: a turn that was under way when the facts were set aside may have ended since, on old data. Never that of a member that is made.
  await setAsideMembers(tx, project, page);
  const joining = page.flatMap((member) => {
    const job = deployed.byNumber.get(member.job);
    return member.state === 'planned' && job !== undefined ? [{ job, period: member.period.getTime() }] : [];
  });
  const made = await makeMembers(tx, deployed, { operation: id, owed: 'cascade' }, joining);
  const ids = made.map((run) => run.id);
  await replaceNeeds(tx, ids, await evaluateNeeds(tx, deployed, made));
  const freed = await replaceWaiting(tx, ids);
  const keys = page.map((member) => keyOf(project, member));
  const toCancel = keys.filter((_, i) => page[i]!.action === CANCEL_AND_RUN);
  return {
    page: page.length,
    made: [...new Set([...(await membersOf(tx, id, keys)), ...(await waitingForOverlap(tx, freed))])],
    toCancel: await membersOf(tx, id, toCancel),
  };
}

/** What is under way of a member is ended, if it was so asked; the member's own turn follows. */
async function cancelUnderWay(context: ControlContext, { id, askedBy }: OperationRow, run: string): Promise<void> {
  await cancelRun(context, { by: askedBy, via: `cascade ${id}`, run, owed: false, spares: id }).catch(
    (error: unknown) => {
      if ((error as { code?: string }).code !== 'conflict') throw error;
    },
  );
}

const keyOf = (project: string, { job, period }: MemberRow): FactKey => ({ project, job, period });
