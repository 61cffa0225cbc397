import { createHash } from 'node:crypto';
import type { OperationPlan } from '../../api/contract.js';
import { conflict, invalid, notFound } from '../../errors.js';
import { deploymentInForce } from '../../store/deployment.js';
import { databaseNow } from '../../store/ledger.js';
import { type Standing, standingsOf } from '../../store/period-standing.js';
import { inTransaction } from '../../store/transaction.js';
import type { ControlContext } from '../context.js';
import type { MarkRequest } from '../control.js';
import type { Deployed } from '../deployed.js';
import { PRIORITY } from '../priority.js';
import { isBusy, isSoAlready, type Marked, markIn } from '../write-marks.js';
import { isAgreed } from './agreed.js';
import { membersInRange, membersNamed } from './range.js';
import { refuseForeign } from './refuse-foreign.js';

// mark: a person says of periods that they succeeded, failed or were skipped, with a reason. No process runs; what waits for them goes on as if it
// were so. It ends a wait and clears what is owed; a period whose tick is still to come may be marked too, and is not run then.

const MOST = 10_000;
const LISTED = 1000;

/** Plans marks, and, when the request names the plan's hash, writes them: all or none. Throws `invalid`, `not-found`, `stale`, `conflict`. */
export async function mark(context: ControlContext, request: MarkRequest): Promise<OperationPlan> {
  const { deployed, periods } = await choosePeriods(context, request);
  const standings = await standingsOf(context.database, periods);
  const now = await databaseNow(context.database);
  const planned = periods.map((period, i) => ({ period, ...tell(period, standings[i]!, request, now) }));
  const hash = hashOf(deployed.deployment, request, planned);
  const plan = describe(planned, hash);
  const listed = planned.map(({ period, action }) => ({ job: period.path, period: period.period.getTime(), action }));
  if (!(await isAgreed(context.database, request.hash, plan, listed))) return plan;
  refuseForeign(
    request,
    request.project,
    periods.map(({ job }) => deployed.byNumber.get(job)!),
  );
  await inTransaction(context.database, async (tx) => {
    const { busy } = await markIn(tx, { ...request, deployment: deployed.deployment, plan: hash }, periods);
    if (busy.length > 0) throw isUnderWay(busy);
  });
  context.kick();
  return plan;
}

const nameOf = ({ path, period }: Marked): string => `${path}@${period.toISOString().replace('.000Z', 'Z')}`;

const isUnderWay = (busy: readonly Marked[]) =>
  conflict(`${busy.length === 1 ? `${nameOf(busy[0]!)} is` : `${busy.length} of these are`} under way`, {
    help: `cancel it first: hera cancel ${nameOf(busy[0]!)}`,
    details: { runs: busy.slice(0, LISTED).map(({ path, period }) => ({ job: path, period })) },
  });

async function choosePeriods(
  context: ControlContext,
  request: MarkRequest,
): Promise<Readonly<{ deployed: Deployed; periods: readonly Marked[] }>> {
  if (request.reason.trim() === '')
    throw invalid('a mark has a reason, for those who come after', { help: '--reason "…"' });
  const force = await deploymentInForce(context.database, request.project);
  if (force === undefined)
    throw notFound(`nothing is deployed in project ${request.project}`, { help: 'deploy a commit: hera apply' });
  const deployed = await context.deployed.read(context.database, request.project, force.id);
  const { chosen } = request;
  const members = 'from' in chosen ? membersInRange(deployed, chosen, MOST) : membersNamed(deployed, chosen.periods);
  return {
    deployed,
    periods: members.map(({ job, period }) => ({
      ...{ project: request.project, job: job.number, path: job.path },
      ...{ period: new Date(period), priority: PRIORITY[job.body.priority] },
    })),
  };
}

type Told = Readonly<{ action: 'mark' | 'cancel first'; why: string }>;

/** What a mark does to a period as it stands, and why. That it is so already changes no action: a mark may be repeated. */
function tell(period: Marked, stands: Standing, { state }: MarkRequest, now: Date): Told {
  const { fact, run, state: is, owed, turn, trigger, waitsOn } = stands;
  if (isBusy(stands))
    return {
      action: 'cancel first',
      why: is === 'waiting' ? `a turn asked by hand waits (${trigger})` : `it is ${is}`,
    };
  const will = (why: string): Told => ({ action: 'mark', why });
  if (isSoAlready(stands, state))
    return will(`is ${state} already${stands.markedBy === null ? '' : `, marked by ${stands.markedBy}`}: stays so`);
  if (turn !== null) return will(`waits (${waitsOn ?? 'retry'}): that turn is given up`);
  if (owed !== null) return will(`waits (${waitsOn ?? owed}): that ends`);
  if (fact !== 'none') return will(`was ${fact}`);
  if (run !== null) return will(`was run by hand only (${is})`);
  return will(period.period > now ? 'its tick is still to come, and will find the mark' : 'has never run');
}

type Planned = Told & Readonly<{ period: Marked }>;

function hashOf(deployment: string, { state }: MarkRequest, planned: readonly Planned[]): string {
  const hash = createHash('sha256').update(`mark ${deployment} ${state}\n`);
  for (const { period, action } of planned) hash.update(`${period.job}@${period.period.getTime()} ${action}\n`);
  return hash.digest('hex').slice(0, 16);
}

function describe(planned: readonly Planned[], hash: string): OperationPlan {
  const at = (one: Planned | undefined): string | null => one?.period.period.toISOString() ?? null;
  return {
    ...{ kind: 'mark', hash, total: planned.length, operation: null },
    runs: planned
      .slice(0, LISTED)
      .map((one) => ({ job: one.period.path, period: at(one)!, action: one.action, why: one.why })),
    ...{ first: at(planned[0]), last: at(planned.at(-1)) },
  };
}
