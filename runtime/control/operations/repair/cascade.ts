import type { RepairPlan } from '../../../api/contract.js';
import { notFound } from '../../../errors.js';
import type { Transaction } from '../../../store/database.js';
import { deploymentInForce } from '../../../store/deployment.js';
import { insertAudit } from '../../../store/event.js';
import { insertPlan } from '../../../store/member.js';
import { insertOperation, moveOperation } from '../../../store/operation.js';
import { inTransaction } from '../../../store/transaction.js';
import type { ControlContext } from '../../context.js';
import type { CascadeRequest } from '../../control.js';
import type { Deployed } from '../../deployed.js';
import { isAgreed } from '../agreed.js';
import { refuseForeign } from '../refuse-foreign.js';
import { planCascade } from './cascade-plan.js';
import { describe, hashOf, jobsOf, named, type Planned } from './describe.js';

// cascade (超级恢复): some periods and everything behind them, each once, each after all of its parts. What is run anew is awaited anew, by members
// and by everybody else; what fails stops only what is behind it. Asking it writes the plan as rows; `cascade-page.ts` makes the members.

const PINS =
  'each run takes the definition in force when it starts: a commit that comes meanwhile is for those that have not begun';

/** Plans a cascade, and, when the request names the plan's hash, does it. Throws `invalid`, `not-found`, `stale`. */
export async function cascade(
  context: ControlContext,
  request: CascadeRequest,
  started: (operation: string) => Promise<void>,
): Promise<RepairPlan> {
  const force = await deploymentInForce(context.database, request.project);
  if (force === undefined)
    throw notFound(`nothing is deployed in project ${request.project}`, { help: 'deploy a commit: hera apply' });
  const deployed = await context.deployed.read(context.database, request.project, force.id);
  const { ordered, waiting } = await planCascade(context, deployed, request);
  const hash = hashOf(deployed.deployment, ['cascade', request.inFlight], ordered);
  const plan = await describe(context.database, deployed, {
    ...{ kind: 'cascade', hash, ordered, waiting, operation: null },
    notes: [PINS],
  });
  if (!(await isAgreed(context.database, request.hash, plan, ordered)) || ordered.length === 0) return plan;
  refuseForeign(request, request.project, jobsOf(deployed, ordered));
  const operation = await inTransaction(context.database, (tx) => record(tx, deployed, request, ordered, hash));
  await started(operation);
  return { ...plan, operation };
}

async function record(
  tx: Transaction,
  deployed: Deployed,
  request: CascadeRequest,
  ordered: readonly Planned[],
  hash: string,
): Promise<string> {
  const { project, by, via, limits, onlyFailed, inFlight } = request;
  const starts = request.starts.map(({ job, period }) => named({ job, period: period.getTime() }));
  const asked = { starts, limits, onlyFailed, inFlight };
  const operation = await insertOperation(tx, {
    ...{ project, kind: 'cascade', planHash: hash, askedBy: by, members: ordered.length },
    request: { deployment: deployed.deployment, ...asked },
  });
  await insertPlan(
    tx,
    operation,
    ordered.map(({ job, period, action, why }) => ({
      ...{ job: deployed.byPath.get(job)!.number, period: new Date(period) },
      ...{ action, why },
    })),
  );
  await moveOperation(tx, operation, { phase: 'facts', at: 0, done: false });
  await insertAudit(tx, {
    ...{ project, who: by, via, what: 'cascade', subject: operation },
    body: { ...asked, members: ordered.length, plan: hash },
  });
  return operation;
}
