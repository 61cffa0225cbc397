import { createHash } from 'node:crypto';
import { counted } from '../../../compiler/check/counted.js';
import type { Freeze, FreezePlan } from '../../api/contract.js';
import { conflict, invalid, notFound } from '../../errors.js';
import type { Transaction } from '../../store/database.js';
import { type DeployedJob, deploymentInForce } from '../../store/deployment.js';
import { insertAudit, insertEvents } from '../../store/event.js';
import {
  endFreeze,
  type FreezeRow,
  type Frozen,
  freezesInForce,
  insertFreeze,
  type Met,
  openRuns,
} from '../../store/freeze.js';
import { databaseNow } from '../../store/ledger.js';
import { dropThaw, owePages } from '../../store/outbox.js';
import { inTransaction } from '../../store/transaction.js';
import type { ControlContext } from '../context.js';
import type { FreezeRequest, FreezeTarget, UnfreezeRequest } from '../control.js';
import type { Deployed } from '../deployed.js';
import { covers, isHeld } from '../frozen.js';
import { isAgreed } from './agreed.js';
import { refuseForeign } from './refuse-foreign.js';

// freeze (冻结): what a person holds back for a while, with a reason: a job, a folder, a machine group, a project. It touches no definition.
// Runs already admitted are stopped at the doors of `open` and begin, so a freeze is in force from its commit on, whoever was under way.

const LOOKED_AT = 10_000;
const LISTED = 1000;

/** Plans a freeze, and, when the request names the plan's hash, puts it in force. */
export async function freeze(context: ControlContext, request: FreezeRequest): Promise<FreezePlan> {
  const { database } = context;
  const now = await databaseNow(database);
  if (request.until !== null && request.until <= now)
    throw invalid('the end of a freeze must be still to come', { help: '--until 2h, or a time that is still to come' });
  const deployed = await deployedOf(context, request.project);
  const target: Frozen = { project: request.project, ...request.target };
  const jobs = coveredBy(deployed, [target]);
  const hash = hashOf('freeze', deployed, [targetText(target)], jobs);
  const met = (await metBy(context, jobs, request.project)).map(frozenNow);
  const plan = {
    ...describe('freeze', hash, jobs, met),
    notes: outsideOf(deployed, jobs),
  };
  if (!(await isAgreed(database, request.hash, plan, listedOf(met)))) return plan;
  refuseForeign(request, request.project, jobs.values());
  const made = await inTransaction(database, (tx) => putInForce(tx, target, request));
  context.kick();
  return { ...plan, freezes: [viewFreeze(made)] };
}

async function putInForce(tx: Transaction, target: Frozen, request: FreezeRequest): Promise<FreezeRow> {
  const { project, reason, until, by } = request;
  const id = await insertFreeze(tx, { ...target, reason, frozenBy: by, until });
  if (id === undefined)
    throw conflict(`${targetText(target)} is frozen already`, { help: 'see hera freezes; hera unfreeze ends it' });
  if (until !== null) await owePages(tx, { kind: 'thaw', project, body: { freeze: id, after: '0' }, due: until });
  await note(tx, request, 'freeze', id, { ...request.target, reason, until });
  return (await freezesInForce(tx, project)).find((row) => row.id === id)!;
}

/** Plans the end of a target's freeze, and, when the request names the plan's hash, ends it. */
export async function unfreeze(context: ControlContext, request: UnfreezeRequest): Promise<FreezePlan> {
  const { database } = context;
  const { project } = request;
  const deployed = await deployedOf(context, project);
  const inForce = await freezesInForce(database, project);
  const meant = inForce.filter((row) => isMeant(row, request.target));
  if (meant.length === 0) throw notFound('nothing of that is frozen', { help: helpOf(inForce) });
  const rest = inForce.filter((row) => !meant.includes(row));
  const jobs = coveredBy(deployed, meant);
  const hash = hashOf(
    'unfreeze',
    deployed,
    meant.map((row) => row.id),
    [],
  );
  const held = (await metBy(context, jobs, project)).filter((one) => one.met.waitsOn === 'freeze');
  const freed = held.map((one) => freedBy(one, rest));
  const plan = describe('unfreeze', hash, jobs, freed, stillWaiting(deployed, jobs, rest));
  if (!(await isAgreed(database, request.hash, plan, listedOf(freed)))) return plan;
  refuseForeign(request, project, jobs.values());
  await inTransaction(database, async (tx) => {
    for (const row of meant) {
      if (!(await endFreeze(tx, row.id, { by: request.by, due: false }))) continue;
      await dropThaw(tx, row.id);
      await owePages(tx, { kind: 'thaw', project, body: { freeze: row.id, after: '0' } });
      await note(tx, request, 'unfreeze', row.id, { scope: row.scope, subject: row.subject });
    }
  });
  const endedAt = await databaseNow(database);
  context.kick();
  return { ...plan, freezes: meant.map((row) => viewFreeze({ ...row, endedAt, endedBy: request.by })) };
}

const isMeant = (row: FreezeRow, target: UnfreezeRequest['target']): boolean =>
  'freeze' in target
    ? row.id === target.freeze
    : row.scope === target.scope && (row.scope === 'job' ? row.job === target.job : row.subject === target.subject);

const helpOf = (inForce: readonly FreezeRow[]): string =>
  inForce.length === 0
    ? 'no freeze is in force'
    : `in force: ${inForce.map((row) => `${row.id} (${targetText(row)})`).join(', ')}`;

async function note(
  tx: Transaction,
  { project, by, via }: FreezeRequest | UnfreezeRequest,
  what: string,
  subject: string,
  body: object,
): Promise<void> {
  await insertAudit(tx, { project, who: by, via, what, subject, body });
  await insertEvents(tx, [{ project, kind: what, run: null, body: { freeze: subject } }]);
}

async function deployedOf(context: ControlContext, project: string): Promise<Deployed> {
  const force = await deploymentInForce(context.database, project);
  if (force === undefined)
    throw notFound(`nothing is deployed in project ${project}`, { help: 'deploy a commit: hera apply' });
  return context.deployed.read(context.database, project, force.id);
}

const NAMED = 5;

const named = (paths: readonly string[]): string =>
  `${paths.slice(0, NAMED).join(', ')}${paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''}`;

const upstreams = (job: DeployedJob): readonly string[] =>
  job.body.needs.flatMap((need) => (need.kind === 'job' ? [need.job] : []));

/** Who is not frozen and needs what is: these wait, although nobody froze them. */
function outsideOf({ byNumber }: Deployed, jobs: ReadonlyMap<string, DeployedJob>): string[] {
  const frozen = new Set([...jobs.values()].map((job) => job.path));
  const waiting = [...byNumber.values()].filter(
    (job) => job.body.enabled && !jobs.has(job.number) && upstreams(job).some((path) => frozen.has(path)),
  );
  if (waiting.length === 0) return [];
  return [`${counted(waiting.length, 'job')} outside of it will wait for it: ${named(waiting.map((job) => job.path))}`];
}

/** Who is frozen no more and needs what stays so: these wait all the same. */
function stillWaiting(
  { byPath }: Deployed,
  jobs: ReadonlyMap<string, DeployedJob>,
  rest: readonly FreezeRow[],
): string[] {
  const isFrozen = (path: string): boolean => {
    const upstream = byPath.get(path);
    return upstream !== undefined && rest.some((row) => covers(row, placeOf(upstream)));
  };
  const waiting = [...jobs.values()].filter((job) => upstreams(job).some(isFrozen));
  if (waiting.length === 0) return [];
  return [
    `${counted(waiting.length, 'job')} of it will wait for what stays frozen: ${named(waiting.map((job) => job.path))}`,
  ];
}

const placeOf = (job: DeployedJob) => ({ job: job.number, path: job.path, machineGroup: job.body.machineGroup });

const coveredBy = (deployed: Deployed, targets: readonly Frozen[]): ReadonlyMap<string, DeployedJob> =>
  new Map([...deployed.byNumber].filter(([, job]) => targets.some((target) => covers(target, placeOf(job)))));

type MetJob = Readonly<{ met: Met; job: DeployedJob }>;

async function metBy(
  { database }: ControlContext,
  jobs: ReadonlyMap<string, DeployedJob>,
  project: string,
): Promise<readonly MetJob[]> {
  const open = await openRuns(database, project, LOOKED_AT);
  return open.flatMap((met) => {
    const job = jobs.get(met.job);
    return job === undefined ? [] : [{ met, job }];
  });
}

type PlannedRun = FreezePlan['runs'][number];

const planned = ({ met }: MetJob, action: string, why: string): PlannedRun => ({
  job: met.path,
  period: met.period.toISOString(),
  action,
  why,
});

/** What a freeze does to an open run. */
function frozenNow(one: MetJob): PlannedRun {
  if (one.met.state === 'running') return planned(one, 'go on', 'it runs already');
  if (!isHeld(one.met.trigger)) return planned(one, 'go on', `asked by hand (${one.met.trigger})`);
  return one.met.state === 'queued'
    ? planned(one, 'hold', 'queued: it is stopped before it begins')
    : planned(one, 'hold', 'it waits, and will not start');
}

/** What the end of some freezes does to a run that waits, when `rest` are still in force. */
function freedBy(one: MetJob, rest: readonly FreezeRow[]): PlannedRun {
  const still = rest.filter((row) => covers(row, placeOf(one.job)));
  if (still.length === 0) return planned(one, 'start', 'nothing else holds it back');
  return planned(one, 'hold', `also frozen by ${still.map((row) => row.id).join(', ')}`);
}

function hashOf(
  kind: string,
  deployed: Deployed,
  facts: readonly string[],
  jobs: ReadonlyMap<string, DeployedJob> | readonly [],
): string {
  const hash = createHash('sha256').update(`${kind} ${deployed.deployment}\n${JSON.stringify(facts)}\n`);
  for (const number of [...jobs.keys()].sort()) hash.update(`${number}\n`);
  return hash.digest('hex').slice(0, 16);
}

function describe(
  kind: string,
  hash: string,
  jobs: ReadonlyMap<string, DeployedJob>,
  runs: readonly PlannedRun[],
  notes: readonly string[] = [],
): FreezePlan {
  const periods = runs.map((run) => run.period).sort();
  return {
    ...{ kind, hash, runs: runs.slice(0, LISTED), total: runs.length, jobs: jobs.size },
    ...{ first: periods[0] ?? null, last: periods.at(-1) ?? null, operation: null, freezes: [] },
    notes: [...notes],
  };
}

const listedOf = (runs: readonly PlannedRun[]) => runs.map((run) => ({ ...run, period: Date.parse(run.period) }));

const targetText = ({ scope, subject }: Pick<FreezeTarget, 'scope' | 'subject'>): string =>
  scope === 'project' ? 'the project' : `${scope} ${subject}`;

/** A freeze as the API shows it. */
export const viewFreeze = (row: FreezeRow): Freeze => ({
  ...{ id: row.id, project: row.project, scope: row.scope, subject: row.subject },
  ...{ reason: row.reason, by: row.frozenBy, at: row.frozenAt.toISOString(), until: row.until?.toISOString() ?? null },
  ...{ endedAt: row.endedAt?.toISOString() ?? null, endedBy: row.endedBy },
});
