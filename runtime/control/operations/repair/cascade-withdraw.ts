import type { RepairPlan } from '../../../api/contract.js';
import { conflict } from '../../../errors.js';
import { insertAudit } from '../../../store/event.js';
import { reopenOperation } from '../../../store/operation.js';
import { inTransaction } from '../../../store/transaction.js';
import type { ControlContext } from '../../context.js';
import type { CascadeChange } from '../../control.js';
import { isAgreed } from '../agreed.js';
import { refuseForeign } from '../refuse-foreign.js';
import { openMembers, readCascade } from './cascade-members.js';
import { describe, hashOf, jobsOf, type Planned } from './describe.js';

// The end of a whole cascade: what has not begun is withdrawn, so that its periods are what they were; what runs is cancelled (`withdraw-page.ts`).

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
  if (!(await isAgreed(context.database, request.hash, plan, ordered))) return plan;
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
