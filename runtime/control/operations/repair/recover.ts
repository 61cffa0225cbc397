import type { RepairPlan } from '../../../api/contract.js';
import { conflict, invalid, notFound, stale } from '../../../errors.js';
import type { Transaction } from '../../../store/database.js';
import { deploymentInForce } from '../../../store/deployment.js';
import { insertAudit } from '../../../store/event.js';
import { awaitAgain, lockFacts, setAside } from '../../../store/fact.js';
import { databaseNow } from '../../../store/ledger.js';
import { insertPlan } from '../../../store/member.js';
import { dropNeeds, replaceNeeds } from '../../../store/need.js';
import { insertOperation, moveOperation } from '../../../store/operation.js';
import { type Standing, standingsOf } from '../../../store/period-standing.js';
import { endedRuns, lockRuns, oweAgain, waitingForOverlap } from '../../../store/run.js';
import { inTransaction } from '../../../store/transaction.js';
import { admit } from '../../admit.js';
import type { ControlContext } from '../../context.js';
import type { RecoverRequest } from '../../control.js';
import type { Deployed } from '../../deployed.js';
import { globOf } from '../../glob.js';
import { evaluateNeeds } from '../../needs.js';
import { isBusy } from '../../write-marks.js';
import { isAgreed } from '../agreed.js';
import { makeMembers } from '../make-members.js';
import { membersNamed } from '../range.js';
import { refuseForeign } from '../refuse-foreign.js';
import { replaceWaiting } from '../replace-waiting.js';
import type { Place } from './affected.js';
import { byKey, describe, factKeyOf, frozenJobs, hashOf, jobsOf, named, type Planned } from './describe.js';
import { failedBehind, isFailed } from './failed-behind.js';
import { inOrder } from './sequence.js';

// recover (手动恢复): periods are run again as production would run them, with retries, alerts and release, but their needs are not awaited. What
// failed downstream is owed again and waits for its needs; what waits there wakes by itself; what succeeded, was cancelled or skipped stays.

const MOST = 10_000;

/** Plans a recover, and, when the request names the plan's hash, does it: all or none. Throws `invalid`, `not-found`, `stale`, `conflict`. */
export async function recover(context: ControlContext, request: RecoverRequest): Promise<RepairPlan> {
  const force = await deploymentInForce(context.database, request.project);
  if (force === undefined)
    throw notFound(`nothing is deployed in project ${request.project}`, { help: 'deploy a commit: hera apply' });
  const deployed = await context.deployed.read(context.database, request.project, force.id);
  const ordered = await planned(context, deployed, request);
  const hash = hashOf(deployed.deployment, ['recover', request.downstream], ordered);
  const told = { kind: 'recover', hash, ordered, waiting: [], notes: [], operation: null };
  const plan = await describe(context.database, deployed, told);
  if (!(await isAgreed(context.database, request.hash, plan, ordered)) || ordered.length === 0) return plan;
  refuseForeign(request, request.project, jobsOf(deployed, ordered));
  const { operation, runs } = await inTransaction(context.database, (tx) => ask(tx, deployed, request, ordered, hash));
  await admit(context, runs);
  context.kick();
  return { ...plan, operation };
}

async function planned(
  context: ControlContext,
  deployed: Deployed,
  request: RecoverRequest,
): Promise<readonly Planned[]> {
  const chosen = await chosenBy(context, deployed, request);
  const stands = await standingsOf(
    context.database,
    chosen.map((place) => factKeyOf(deployed, place)),
  );
  const frozen = await frozenJobs(context.database, deployed, new Set(chosen.map(({ job }) => job)));
  const asked = chosen.map((place, i): Planned => {
    const why = `${whyRun(stands[i]!)}${notesOf(deployed, place, frozen)}`;
    return isBusy(stands[i]!)
      ? { ...place, after: [], action: 'cancel first', why: busyWhy(stands[i]!), runs: false, stands: stands[i]! }
      : { ...place, after: [], action: 'run', why, runs: true, stands: stands[i]! };
  });
  if (request.downstream === 'none') return inOrder(asked);
  return inOrder([...asked, ...(await failedBehind(context.database, deployed, asked))]);
}

async function chosenBy(
  { database }: ControlContext,
  deployed: Deployed,
  { chosen }: RecoverRequest,
): Promise<readonly Place[]> {
  if ('periods' in chosen) {
    const members = membersNamed(deployed, chosen.periods);
    const now = (await databaseNow(database)).getTime();
    const future = members.find(({ period }) => period > now);
    if (future !== undefined)
      throw invalid(`the tick of ${future.job.path}@${new Date(future.period).toISOString()} has not come`, {
        help: 'it will run by itself; `hera run` runs it by hand before',
      });
    return members.map(({ job, period }) => ({ job: job.path, period }));
  }
  if (!(chosen.from < chosen.to))
    throw invalid('the range is empty: --from must lie before --to', { help: '--from is inclusive, --to exclusive' });
  const matches = globOf(chosen.jobs ?? '**');
  const jobs = [...deployed.byPath.values()].filter(({ path }) => matches(path)).map(({ number }) => number);
  const found = await endedRuns(database, deployed.project, { ...chosen, jobs, limit: MOST + 1 });
  if (found.length > MOST)
    throw invalid(`more than ${MOST} runs ended so in the range, the most that one recover takes`, {
      help: 'take a shorter range, or fewer jobs',
    });
  return found.map(({ job, period }) => ({ job: deployed.byNumber.get(job)!.path, period: period.getTime() }));
}

function whyRun({ fact, state, owed, turn, waitsOn, run }: Standing): string {
  if (turn !== null) return `waits (${waitsOn ?? 'retry'}): that turn is given up`;
  if (owed !== null) return `waits (${waitsOn ?? owed}): its needs are not awaited`;
  if (fact !== 'none') return `was ${fact}`;
  return run === null ? 'has never run' : `was run by hand only (${state})`;
}

const busyWhy = ({ state, trigger }: Standing): string =>
  state === 'waiting' ? `a turn asked by hand waits (${trigger})` : `it is ${state}`;

function notesOf(deployed: Deployed, { job }: Place, frozen: ReadonlyMap<string, string>): string {
  const closed = deployed.byPath.get(job)!.body.enabled ? '' : '; its job is closed: it runs all the same';
  const held = frozen.get(job);
  return `${closed}${held === undefined ? '' : `; frozen (${held}): it runs all the same`}`;
}

/** Asks the turns in one transaction. Answers the operation and the runs to admit after its commit. */
async function ask(
  tx: Transaction,
  deployed: Deployed,
  request: RecoverRequest,
  ordered: readonly Planned[],
  hash: string,
): Promise<Readonly<{ operation: string; runs: readonly string[] }>> {
  const keys = ordered.map((place) => factKeyOf(deployed, place)).sort(byKey);
  await lockFacts(tx, keys);
  // Before any run is locked: an admission takes needs first, then runs.
  await awaitAgain(tx, keys);
  await refuseMoved(tx, deployed, ordered);
  await setAside(tx, keys);
  const chosen = ordered.filter(({ action }) => action === 'run');
  const operation = await record(tx, deployed, request, chosen, hash);
  const made = await makeMembers(
    tx,
    deployed,
    { operation, owed: 'recover' },
    chosen.map(({ job, period }) => ({ job: deployed.byPath.get(job)!, period })),
  );
  const runs = made.map(({ id }) => id);
  await dropNeeds(tx, runs);
  const freed = await replaceWaiting(tx, runs);
  const behind = await oweAgain(
    tx,
    ordered.flatMap(({ action, stands }) => (action === 'run' ? [] : stands.run!)),
    { owed: 'dependency', operation: null, deployment: deployed.deployment },
  );
  const owed = behind.map(({ id }) => id);
  await replaceNeeds(tx, owed, await evaluateNeeds(tx, deployed, behind));
  return { operation, runs: [...new Set([...runs, ...owed, ...(await waitingForOverlap(tx, freed))])] };
}

/** With facts and runs locked: nothing has begun since the plan was made, and what is to be owed again has not been run. */
async function refuseMoved(tx: Transaction, deployed: Deployed, ordered: readonly Planned[]): Promise<void> {
  await lockRuns(
    tx,
    ordered.flatMap(({ stands }) => stands.run ?? []),
  );
  const now = await standingsOf(
    tx,
    ordered.map((place) => factKeyOf(deployed, place)),
  );
  const busy = ordered.filter((_, i) => isBusy(now[i]!));
  if (busy.length > 0) throw isUnderWay(busy);
  const moved = ordered.filter(({ action }, i) => action !== 'run' && !(isFailed(now[i]!) && now[i]!.owed === null));
  if (moved.length > 0)
    throw stale('the plan is not what would be done now', {
      help: 'look at the new plan',
      details: { moved: moved.map(named) },
    });
}

function isUnderWay(busy: readonly Place[]) {
  const { job, period } = named(busy[0]!);
  return conflict(`${busy.length === 1 ? `${job}@${period} is` : `${busy.length} of these are`} under way`, {
    help: `wait for its end, or cancel it first: hera cancel ${job}@${period}`,
    details: { runs: busy.slice(0, 1000).map(named) },
  });
}

async function record(
  tx: Transaction,
  deployed: Deployed,
  request: RecoverRequest,
  chosen: readonly Planned[],
  hash: string,
): Promise<string> {
  const { project, by, via, downstream } = request;
  const operation = await insertOperation(tx, {
    ...{ project, kind: 'recover', planHash: hash, askedBy: by, members: chosen.length },
    request: { deployment: deployed.deployment, downstream },
  });
  await moveOperation(tx, operation, { done: true });
  await insertPlan(
    tx,
    operation,
    chosen.map(({ job, period, action, why }) => ({
      ...{ job: deployed.byPath.get(job)!.number, period: new Date(period) },
      ...{ action, why },
    })),
  );
  const asked = 'periods' in request.chosen ? { periods: chosen.slice(0, 1000).map(named) } : request.chosen;
  await insertAudit(tx, {
    ...{ project, who: by, via, what: 'recover', subject: operation },
    body: { ...asked, downstream, members: chosen.length, plan: hash },
  });
  return operation;
}
