import { createHash } from 'node:crypto';
import { printPeriodIn } from '../../../compiler/calendar/index.js';
import { counted } from '../../../compiler/check/counted.js';
import type { BackfillPlan } from '../../api/contract.js';
import { invalid, notFound } from '../../errors.js';
import { insertBackfill } from '../../store/backfill.js';
import type { Transaction } from '../../store/database.js';
import { deploymentInForce } from '../../store/deployment.js';
import { insertAudit } from '../../store/event.js';
import type { FactState } from '../../store/fact.js';
import { databaseNow } from '../../store/ledger.js';
import { insertPlan } from '../../store/member.js';
import { insertOperation, moveOperation } from '../../store/operation.js';
import { medianDurations } from '../../store/read-duration.js';
import { type Open, openIn, productionAwaiting } from '../../store/read-plan.js';
import { memberFacts } from '../../store/run.js';
import { inTransaction } from '../../store/transaction.js';
import { oweOpening } from '../backfill-pace.js';
import type { ControlContext } from '../context.js';
import type { BackfillRequest } from '../control.js';
import type { Deployed } from '../deployed.js';
import { takesHold } from '../overlap.js';
import { isAgreed } from './agreed.js';
import type { StartedBackfill } from './backfill-control.js';
import { FIRST_PAGE } from './backfill-pages.js';
import { downstreamOf } from './downstream.js';
import { estimateMs, type Work } from './estimate.js';
import { type Member, membersInRange } from './range.js';
import { refuseForeign } from './refuse-foreign.js';

// backfill (任务重跑): all periods of the chosen jobs in a range. Each is a turn of its run; needs are awaited within the set; it comes after
// production. A plan first, named by its hash; then the members are rows, and `backfill-pages.ts` makes their runs.

const MOST = 100_000;
const LISTED = 1000;

/** Plans a backfill, and, when the request names the plan's hash, does it. Throws `invalid`, `not-found`, `stale`. */
export async function backfill(
  context: ControlContext,
  request: BackfillRequest,
  started: (backfill: StartedBackfill) => Promise<void>,
): Promise<BackfillPlan> {
  const { deployed, members } = await chooseMembers(context, request);
  const hash = hashOf(deployed.deployment, members);
  const known = await lookAt(context, request.project, members);
  const plan = (operation: string | null): BackfillPlan => describe(request, { members, hash, operation, ...known });
  const listed = members.map(({ job, period }) => ({ job: job.path, period, action: 'run' }));
  if (!(await isAgreed(context.database, request.hash, plan(null), listed))) return plan(null);
  if (members.length === 0) return plan(null);
  refuseForeign(
    request,
    request.project,
    members.map(({ job }) => job),
  );
  const operation = await inTransaction(context.database, (tx) =>
    ask(tx, request, { deployed, members, hash, atOnce: known.atOnce }),
  );
  await started({ operation, project: request.project });
  return plan(operation);
}

/** A period of the plan, and why it is in it. */
type Chosen = Member & Readonly<{ why: string; isDownstream: boolean }>;

type Decided = Readonly<{ deployed: Deployed; members: readonly Chosen[]; hash: string; atOnce: number | null }>;

async function ask(
  tx: Transaction,
  request: BackfillRequest,
  { deployed, members, hash, atOnce }: Decided,
): Promise<string> {
  const { project, jobs, only, direction = 'forward', parallel, window = null, retries = null, downstream } = request;
  const asked = { jobs, from: request.from, to: request.to, only, downstream: downstream ?? false };
  const operation = await insertOperation(tx, {
    ...{ project, kind: 'backfill', planHash: hash, askedBy: request.by, members: members.length },
    request: { deployment: deployed.deployment, ...asked },
  });
  const { zone = 'UTC' } = request;
  await insertBackfill(tx, { operation, direction, parallel, atOnce, window, zone, retries });
  await insertPlan(
    tx,
    operation,
    members.map(({ job, period, why }) => ({ job: job.number, period: new Date(period), action: 'run', why })),
  );
  await moveOperation(tx, operation, FIRST_PAGE);
  await oweOpening(tx, operation);
  await insertAudit(tx, {
    ...{ project, who: request.by, via: request.via, what: 'backfill', subject: operation },
    body: { ...asked, direction, parallel, window, retries, members: members.length, hash },
  });
  return operation;
}

async function chooseMembers(
  context: ControlContext,
  request: BackfillRequest,
): Promise<Readonly<{ deployed: Deployed; members: readonly Chosen[] }>> {
  const force = await deploymentInForce(context.database, request.project);
  if (force === undefined)
    throw notFound(`nothing is deployed in project ${request.project}`, { help: 'deploy a commit: hera apply' });
  const deployed = await context.deployed.read(context.database, request.project, force.id);
  const inRange = membersInRange(deployed, request, MOST);
  const now = (await databaseNow(context.database)).getTime();
  refuseFuture(inRange, now);
  const facts = await factsOf(context, request.project, inRange);
  const chosen = inRange.filter((member) => isWanted(facts.get(keyOf(member)) ?? 'none', request.only));
  const below = request.downstream ? downstreamOf(deployed, chosen, { now, most: MOST }) : [];
  const members: readonly Chosen[] = [
    ...chosen.map((member) => ({ ...member, why: wasOf(facts.get(keyOf(member))), isDownstream: false })),
    ...below.map(({ through, ...member }) => ({ ...member, why: `awaits ${nameOf(through)}`, isDownstream: true })),
  ];
  return { deployed, members: inOrder(members, request.direction ?? 'forward') };
}

const nameOf = ({ job, period }: Member): string => `${job.path}@${printPeriodIn(job.body.zone, period)}`;

const wasOf = (state: FactState | undefined): string =>
  state === undefined || state === 'none' ? 'has no result' : `was ${state}`;

function inOrder(members: readonly Chosen[], direction: 'forward' | 'backward'): readonly Chosen[] {
  const sign = direction === 'forward' ? 1 : -1;
  return [...members].sort((a, b) => sign * (a.period - b.period) || (a.job.path < b.job.path ? -1 : 1));
}

/** Periods whose tick has not come are production's: they cannot be filled in. */
function refuseFuture(members: readonly Member[], now: number): void {
  const last = members.at(-1);
  if (last !== undefined && last.period > now)
    throw invalid(
      `${last.job.path} has a period in the range whose time has not come: ${new Date(last.period).toISOString()}`,
      {
        help: 'end the range earlier: --to is exclusive',
      },
    );
}

const keyOf = ({ job, period }: Member): string => `${job.number}@${period}`;

const numbersOf = (members: readonly Member[]): readonly string[] => [
  ...new Set(members.map((member) => member.job.number)),
];

/** From the first to just after the last period. */
function spanOf(members: readonly Member[]): Readonly<{ from: Date; to: Date }> {
  const periods = members.map((member) => member.period);
  const [from, to] = periods.reduce(
    ([low, high], at) => [Math.min(low, at), Math.max(high, at)],
    [Infinity, -Infinity],
  );
  return { from: new Date(from), to: new Date(to + 1) };
}

async function factsOf(
  { database }: ControlContext,
  project: string,
  members: readonly Member[],
): Promise<ReadonlyMap<string, FactState>> {
  if (members.length === 0) return new Map();
  const { from, to } = spanOf(members);
  return memberFacts(database, project, numbersOf(members), from, to);
}

const isWanted = (state: FactState, only: BackfillRequest['only']): boolean =>
  only === 'all' || (only === 'missing' ? state !== 'succeeded' : state === 'failed' || state === 'timed_out');

/** What the world holds that the plan meets, and how long its jobs took before. */
type Known = Readonly<{
  open: ReadonlyMap<string, Open>;
  production: number;
  usual: ReadonlyMap<string, number>;
  work: readonly Work[];
  atOnce: number | null;
}>;

async function lookAt(context: ControlContext, project: string, members: readonly Chosen[]): Promise<Known> {
  const jobs = numbersOf(members);
  const work = workOf(members);
  const atOnce = work.every(({ alone }) => alone) ? work.length : null;
  if (members.length === 0) return { open: new Map(), production: 0, usual: new Map(), work, atOnce };
  const of = { project, jobs, ...spanOf(members) };
  const keys = new Set(members.map(keyOf));
  const open = (await openIn(context.database, of)).filter((one) => keys.has(one.key));
  const awaiting = (await productionAwaiting(context.database, of)).filter((one) => keys.has(one.key));
  return {
    open: new Map(open.map((one) => [one.key, one])),
    production: new Set(awaiting.map(({ run }) => run)).size,
    usual: await medianDurations(context.database, project, jobs),
    ...{ work, atOnce },
  };
}

function workOf(members: readonly Member[]): readonly Work[] {
  const byJob = new Map<string, Work>();
  for (const { job } of members)
    byJob.set(job.number, {
      ...{ job: job.number, periods: (byJob.get(job.number)?.periods ?? 0) + 1 },
      alone: takesHold({ overlap: job.body.overlap }),
    });
  return [...byJob.values()];
}

function hashOf(deployment: string, members: readonly Member[]): string {
  const hash = createHash('sha256').update(`backfill ${deployment}\n`);
  for (const { job, period } of members) hash.update(`${job.number}@${period}\n`);
  return hash.digest('hex').slice(0, 16);
}

type Described = Known & Readonly<{ members: readonly Chosen[]; hash: string; operation: string | null }>;

function describe(request: BackfillRequest, known: Described): BackfillPlan {
  const { members, hash, operation, open, production, usual, work } = known;
  const at = (period: number): string => new Date(period).toISOString();
  const span = members.length === 0 ? null : spanOf(members);
  const states = [...open.values()];
  const underWay = states.filter(({ state }) => state !== 'waiting').length;
  return {
    ...{ kind: 'backfill', hash, total: members.length, operation },
    runs: members.slice(0, LISTED).map((member) => ({
      ...{ job: member.job.path, period: at(member.period), action: 'run' },
      why: whyOf(member, open.get(keyOf(member))),
    })),
    first: span === null ? null : at(span.from.getTime()),
    last: span === null ? null : at(span.to.getTime() - 1),
    counts: {
      ...{ chosen: members.filter((one) => !one.isDownstream).length, underWay, takenOver: states.length - underWay },
      ...{ downstream: members.filter((one) => one.isDownstream).length, production },
    },
    estimateMs: members.length === 0 ? null : estimateMs(work, usual, request.parallel),
    notes: notesOf(request, known),
  };
}

function whyOf({ why }: Chosen, open: Open | undefined): string {
  if (open === undefined) return why;
  return open.state === 'waiting'
    ? `${why}; waits now (${open.owed ?? open.trigger}): that is taken over`
    : `${why}; is ${open.state} now: its end is awaited first`;
}

function notesOf(request: BackfillRequest, { members, production, atOnce }: Described): string[] {
  const notes: string[] = [];
  if (production > 0)
    notes.push(`${counted(production, 'run')} of production had this data already, and will wait for the new one`);
  if (atOnce !== null && atOnce < request.parallel && members.length > atOnce)
    notes.push(
      `at most ${atOnce} at once, whatever the parallelism: runs of one job do not overlap (overlap: allow lets them)`,
    );
  const own = members.find(({ job }) => job.body.needs.some((need) => need.kind === 'self'));
  if (request.direction === 'backward' && own !== undefined)
    notes.push(`${own.job.path} needs its own earlier periods: within the backfill these go first all the same`);
  const latest = members.find(({ job }) =>
    job.body.needs.some((need) => need.kind === 'job' && need.periods === 'latest'),
  );
  if (request.downstream && latest !== undefined)
    notes.push('what needs the latest of a job awaits no period in particular: it is not found downstream');
  return notes;
}
