import type { RepairPlan } from '../../../api/contract.js';
import { conflict } from '../../../errors.js';
import type { Transaction } from '../../../store/database.js';
import { insertAudit } from '../../../store/event.js';
import { awaitAgain, lockFacts, setAside } from '../../../store/fact.js';
import { type MemberState, moveMembers } from '../../../store/member.js';
import { replaceNeeds } from '../../../store/need.js';
import { type OperationRow, reopenOperation } from '../../../store/operation.js';
import type { Standing } from '../../../store/period-standing.js';
import { lockRuns, oweAgain } from '../../../store/run.js';
import { inTransaction } from '../../../store/transaction.js';
import { admit } from '../../admit.js';
import type { ControlContext } from '../../context.js';
import type { CascadeChange } from '../../control.js';
import type { Deployed } from '../../deployed.js';
import { evaluateNeeds } from '../../needs.js';
import { isAgreed } from '../agreed.js';
import { refuseForeign } from '../refuse-foreign.js';
import { membersSeen, readCascade, type Seen } from './cascade-members.js';
import type { CascadeCursor } from './cascade-page.js';
import { byKey, describe, factKeyOf, hashOf, jobsOf, type Planned } from './describe.js';

// A cascade goes on where it stopped: what failed, timed out or was cancelled is asked again, and what waits behind it follows by itself. What has
// succeeded is not run again.

const STOPPED: ReadonlySet<MemberState> = new Set(['failed', 'timed_out', 'cancelled', 'left']);

/** Plans the rest of a cascade, and, when the request names the plan's hash, does it. Throws `not-found`, `stale`, `conflict` (nothing stopped it). */
export async function resumeCascade(context: ControlContext, request: CascadeChange): Promise<RepairPlan> {
  const { operation, deployed } = await readCascade(context, request.operation);
  refuseUnmade(operation);
  const all = await membersSeen(context.database, deployed, operation);
  const stopped = all.filter(({ member, stands }) => STOPPED.has(member.state) && isStopped(stands));
  if (stopped.length === 0)
    throw conflict(`nothing of cascade ${operation.id} has to be asked again`, {
      help: `see how it stands: hera cascade show ${operation.id}`,
    });
  const again = stopped.map((one): Planned => ({ ...one, action: 'run', why: `was ${one.stands.fact}`, runs: true }));
  const behind = all.filter(({ member, stands }) => member.state === 'made' && stands.waitsOn === 'need');
  const goOn = behind.map((one): Planned => ({ ...one, action: 'goes on', why: 'waits behind it', runs: true }));
  const hash = hashOf(deployed.deployment, ['resume', operation.id], again);
  const plan = await describe(context.database, deployed, {
    ...{ kind: 'resume', hash, ordered: [...again, ...goOn], waiting: [], notes: [], operation: operation.id },
  });
  if (!(await isAgreed(context.database, request.hash, plan, [...again, ...goOn]))) return plan;
  refuseForeign(request, operation.project, jobsOf(deployed, again));
  const runs = await inTransaction(context.database, (tx) =>
    ask(tx, deployed, operation, stopped, { ...request, hash }),
  );
  await admit(context, runs);
  context.kick();
  return plan;
}

function refuseUnmade({ id, cursor }: OperationRow): void {
  const { phase, done } = cursor as CascadeCursor;
  if (phase === 'cancel')
    throw conflict(`cascade ${id} was cancelled`, { help: 'ask a new one: hera cascade JOB@PERIOD' });
  if (!done) throw conflict(`cascade ${id} is still being made`, { help: 'ask again in a moment' });
}

/** It owes nothing and has no result that others could take. */
const isStopped = ({ owed, turn, fact }: Standing): boolean => owed === null && turn === null && fact !== 'succeeded';

async function ask(
  tx: Transaction,
  deployed: Deployed,
  { id, project, cursor }: OperationRow,
  stopped: readonly Seen[],
  { by, via, hash }: CascadeChange,
): Promise<readonly string[]> {
  const keys = stopped.map((place) => factKeyOf(deployed, place)).sort(byKey);
  const runs = stopped.flatMap(({ stands }) => stands.run ?? []);
  await lockFacts(tx, keys);
  await awaitAgain(tx, keys);
  await lockRuns(tx, runs);
  await setAside(tx, keys);
  const asked = await oweAgain(tx, runs, { owed: 'cascade', operation: id, deployment: deployed.deployment });
  await reopenOperation(tx, id, cursor);
  await moveMembers(tx, id, asked, 'made');
  await replaceNeeds(
    tx,
    asked.map((run) => run.id),
    await evaluateNeeds(tx, deployed, asked),
  );
  await insertAudit(tx, {
    ...{ project, who: by, via, what: 'cascade', subject: id },
    body: { resumed: asked.length, plan: hash },
  });
  return asked.map((run) => run.id);
}
