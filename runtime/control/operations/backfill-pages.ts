import type { Queryable, Transaction } from '../../store/database.js';
import { type FactKey, setAside } from '../../store/fact.js';
import { type MemberRow, memberPage } from '../../store/member.js';
import { replaceNeeds } from '../../store/need.js';
import { goOn, type OperationRow, readOperation } from '../../store/operation.js';
import { waitingForOverlap } from '../../store/run.js';
import { inTransaction } from '../../store/transaction.js';
import { admit } from '../admit.js';
import type { ControlContext } from '../context.js';
import type { Deployed } from '../deployed.js';
import { evaluateNeeds } from '../needs.js';
import { finishOperation } from './finish.js';
import { makeMembers } from './make-members.js';
import { byKey } from './repair/describe.js';
import { replaceWaiting } from './replace-waiting.js';
import { withdrawPage } from './withdraw-page.js';

// The runs of a backfill, made page by page from its members: first the facts of all that are planned become 'none', so that none starts on
// old data, then their runs are made and admitted. Where it is stands in the operation's cursor; a crash goes on there, and whoever moves the
// cursor in between (to cancel, say) is not overtaken.

const PAGE = 500;

/** `at`: the number of the next member to be looked at. `unseen`: runs that were made and not yet admitted. */
export type Cursor = Readonly<{
  phase: 'facts' | 'runs' | 'cancel';
  at: number;
  done: boolean;
  unseen?: readonly string[];
}>;

export const FIRST_PAGE: Cursor = { phase: 'facts', at: 0, done: false };
/** Where the end of so many members begins: behind the last. */
export const cancelFrom = (members: number): Cursor => ({ phase: 'cancel', at: members, done: false });

/** Does the next page of a backfill; true when nothing is left to make. Repeatable at every point. */
export async function backfillPage(context: ControlContext, id: string): Promise<boolean> {
  const operation = await readOperation(context.database, id);
  if (operation === undefined || operation.finishedAt !== null) return true;
  const cursor = operation.cursor as Cursor;
  if (cursor.done) return true;
  switch (cursor.phase) {
    case 'facts':
      return factsPage(context, operation, cursor);
    case 'runs':
      return runsPage(context, operation, cursor);
    case 'cancel': {
      const at = await withdrawPage(context, operation, cursor.at);
      return move(context, operation, cursor, { ...cursor, at, done: at === 0 });
    }
    default:
      return cursor.phase satisfies never;
  }
}

/** Moves the cursor on, and finishes with the last page; whether nothing is left. One that was moved meanwhile stays where it was moved to. */
async function move(context: ControlContext, operation: OperationRow, from: Cursor, to: Cursor): Promise<boolean> {
  return inTransaction(context.database, async (tx) => {
    const moved = await goOn(tx, operation.id, from, to);
    if (moved && to.done) await finishOperation(tx, operation.id);
    return moved && to.done;
  });
}

const pageOf = (tx: Queryable, id: string, from: number): Promise<readonly MemberRow[]> =>
  memberPage(tx, id, { from, limit: PAGE, state: 'planned' });

async function factsPage(context: ControlContext, operation: OperationRow, cursor: Cursor): Promise<boolean> {
  await inTransaction(context.database, async (tx) => {
    const page = await pageOf(tx, operation.id, cursor.at);
    await setAside(tx, keysOf(operation, page));
    const next: Cursor =
      page.length < PAGE ? { ...cursor, phase: 'runs', at: 0 } : { ...cursor, at: page.at(-1)!.ord + 1 };
    await goOn(tx, operation.id, cursor, next);
  });
  return false;
}

async function runsPage(context: ControlContext, operation: OperationRow, cursor: Cursor): Promise<boolean> {
  if (cursor.unseen !== undefined) return admitPage(context, operation, cursor);
  const force = (operation.request as Readonly<{ deployment: string }>).deployment;
  const deployed = await context.deployed.read(context.database, operation.project, force);
  const next = await inTransaction(context.database, async (tx): Promise<Cursor | undefined> => {
    const page = await pageOf(tx, operation.id, cursor.at);
    const unseen = await makeRuns(tx, operation, deployed, page);
    const to: Cursor = { ...cursor, at: (page.at(-1)?.ord ?? cursor.at) + 1, unseen };
    return (await goOn(tx, operation.id, cursor, to)) ? to : undefined;
  });
  // Whoever moved it has made of the members what he wanted; none of ours is forgotten, since they were committed as made.
  return next === undefined ? false : admitPage(context, operation, next);
}

async function admitPage(context: ControlContext, operation: OperationRow, cursor: Cursor): Promise<boolean> {
  await admit(context, cursor.unseen ?? []);
  const isLast = (await pageOf(context.database, operation.id, cursor.at)).length === 0;
  const { unseen: _, ...seen } = cursor;
  return move(context, operation, cursor, { ...seen, done: isLast });
}

const keysOf = (operation: OperationRow, page: readonly MemberRow[]): readonly FactKey[] =>
  page.map(({ job, period }) => ({ project: operation.project, job, period })).sort(byKey);

/** Makes the runs of planned members, and answers all that are to be looked at. */
async function makeRuns(
  tx: Transaction,
  operation: OperationRow,
  deployed: Deployed,
  page: readonly MemberRow[],
): Promise<readonly string[]> {
  const keys = keysOf(operation, page);
  // Again: a turn that was under way when the facts were set aside may have ended since, on old data.
  await setAside(tx, keys);
  const members = page.flatMap(({ job, period }) => {
    const deployedJob = deployed.byNumber.get(job);
    return deployedJob === undefined ? [] : [{ job: deployedJob, period: period.getTime() }];
  });
  const made = await makeMembers(tx, deployed, { operation: operation.id, owed: 'backfill' }, members);
  const ids = made.map((run) => run.id);
  await replaceNeeds(tx, ids, await evaluateNeeds(tx, deployed, made));
  const freed = await replaceWaiting(tx, ids);
  return [...new Set([...ids, ...(await waitingForOverlap(tx, freed))])];
}
