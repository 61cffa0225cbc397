import { emitSchedule } from '../../compiler/emit/index.js';
import { type Compiled, compile, definitionHash, type Manifest } from '../../compiler/index.js';
import { hashOf } from '../../compiler/manifest/canonical.js';
import type { Changes } from '../../compiler/plan/index.js';
import { invalid, stale } from '../errors.js';
import type { Transaction } from '../store/database.js';
import {
  endDefinitions,
  insertBlob,
  insertDefinitions,
  insertDeployment,
  insertJobDefinitions,
  insertJobs,
  lockProject,
  missingBlobs,
  putInForce,
  renameJob,
} from '../store/deployment.js';
import { insertAudit, insertEvents } from '../store/event.js';
import { owePages } from '../store/outbox.js';
import { putTimetables, retireTimetables } from '../store/timetable.js';
import { inTransaction } from '../store/transaction.js';
import { type ControlContext, reach } from './context.js';
import type { Applied, ApplyRequest } from './control.js';
import { cautionsOf, refusalsOf, refused } from './may-apply.js';
import { type InForce, planAgainst } from './plan-deployment.js';

// A deployment puts a commit in force: one transaction writes what changed, and from its clock reading on every tick uses it.
// Runs that wait are evaluated anew behind it; queued and running ones keep their pin. It is planned first: `plan-deployment.ts`.
// Killed at any point it leaves the old deployment or the new one, whole: what follows the commit is owed by rows, or mended by the ledger.

/** Applies a commit exactly as planned. The commit in force again: nothing is done. Throws `invalid`, `stale`, `conflict`. */
export async function applyDeployment(context: ControlContext, request: ApplyRequest): Promise<Applied> {
  const compiled = await compile(request.tree);
  const { manifest } = compiled;
  if (manifest === null)
    throw invalid(`commit ${request.info.commit.slice(0, 10)} does not compile`, {
      help: 'mend what the diagnostics name: hera validate',
      details: { diagnostics: compiled.diagnostics },
    });
  refuseOtherProject(request, manifest.project.name);
  const applied = await inTransaction(context.database, (tx) => applyIn(context, tx, request, manifest, compiled));
  if (applied.already) return applied;
  await reach(context, 'apply.committed');
  context.kick();
  return applied;
}

function refuseOtherProject({ project }: ApplyRequest, found: string): void {
  if (project !== undefined && found !== project) throw invalid(`the commit's project is ${found}, not ${project}`);
}

async function applyIn(
  context: ControlContext,
  tx: Transaction,
  request: ApplyRequest,
  manifest: Manifest,
  compiled: Compiled,
): Promise<Applied> {
  const project = manifest.project.name;
  await lockProject(tx, project);
  await reach(context, 'apply.locked');
  const { planned, changes, deployed, force } = await planAgainst(tx, manifest, request.info, compiled.diagnostics);
  if (force !== undefined && force.commit === request.info.commit)
    return { deployment: force.id, planned, already: true };
  if ((force?.id ?? null) !== request.plannedOn)
    throw stale('another deployment came in between', {
      help: 'plan again: hera plan',
      details: { on: force?.id ?? null, planned },
    });
  const candidate = { info: request.info, origin: request };
  const refusals = await refusalsOf(tx, candidate, planned);
  const refusal = refusals.find(({ kind }) => kind !== 'prune' || !request.allowPrune);
  if (refusal !== undefined) throw refused(refusal);
  const cautions = await cautionsOf(tx, candidate, project);
  const before = { changes, deployed, previous: force?.id ?? null, cautions };
  const deployment = await writeDeployment(context, tx, request, { manifest, compiled, before });
  return { deployment, planned, already: false };
}

type Before = Readonly<{
  changes: Changes;
  deployed: readonly InForce[];
  previous: string | null;
  cautions: readonly string[];
}>;
type Writing = Readonly<{ manifest: Manifest; compiled: Compiled; before: Before }>;

async function writeDeployment(
  context: ControlContext,
  tx: Transaction,
  request: ApplyRequest,
  { manifest, compiled, before }: Writing,
): Promise<string> {
  const { info } = request;
  const project = manifest.project.name;
  const counts = countsOf(before.changes);
  const deployment = await insertDeployment(tx, {
    project,
    previous: before.previous,
    commit: info.commit,
    subject: info.subject,
    author: info.author,
    committedAt: info.committedAt,
    dirty: info.dirty,
    manifestHash: hashOf(manifest),
    config: manifest.project,
    changes: counts,
    appliedBy: request.by,
    under: request.under ?? '',
    branch: request.branch ?? null,
    restores: request.restores?.deployment ?? null,
    reason: request.restores?.reason ?? null,
  });
  await reach(context, 'apply.inserted');
  await storeBlobs(tx, compiled);
  await writeDefinitions(tx, deployment, manifest, before);
  await reach(context, 'apply.defined');
  const since = await putInForce(tx, project, deployment);
  await reach(context, 'apply.in-force');
  await putTimetables(tx, project, since, manifest.timetables.map(scheduled));
  await retireTimetables(
    tx,
    project,
    since,
    manifest.timetables.map((timetable) => timetable.id),
  );
  await reach(context, 'apply.timetables');
  await owePages(tx, { kind: 'reevaluate', project, body: { deployment, after: '0' } });
  await insertEvents(tx, [{ project, kind: 'deployment', run: null, body: { deployment, commit: info.commit } }]);
  await insertAudit(tx, {
    project,
    who: request.by,
    via: request.via,
    what: request.restores === undefined ? 'apply' : 'rollback',
    subject: deployment,
    body: {
      ...{
        commit: info.commit,
        dirty: info.dirty,
        ...counts,
        plan: before.changes.hash,
        branch: request.branch ?? null,
      },
      ...(request.restores && { restores: request.restores.deployment, reason: request.restores.reason }),
      ...(before.cautions.length > 0 && { cautions: before.cautions }),
    },
  });
  await reach(context, 'apply.written');
  return deployment;
}

function scheduled(timetable: Manifest['timetables'][number]) {
  const spec = emitSchedule(timetable);
  return { id: timetable.id, calendar: timetable.calendar, note: timetable.note, spec, specHash: hashOf(spec) };
}

const countsOf = ({ jobs }: Changes) => ({
  added: jobs.filter((change) => change.kind === 'add').length,
  changed: jobs.filter((change) => change.kind === 'change').length,
  removed: jobs.filter((change) => change.kind === 'remove').length,
});

async function storeBlobs(tx: Transaction, compiled: Compiled): Promise<void> {
  for (const sha256 of await missingBlobs(tx, [...compiled.blobs.keys()]))
    await insertBlob(tx, sha256, compiled.blobs.get(sha256)!);
}

/** Writes only what changed: new jobs get numbers, changed ones a new span, removed ones an end. A renamed job keeps its number. */
async function writeDefinitions(
  tx: Transaction,
  deployment: string,
  manifest: Manifest,
  before: Before,
): Promise<void> {
  const project = manifest.project.name;
  const kinds = new Map(before.changes.jobs.map((change) => [change.job, change.kind]));
  const jobs = manifest.jobs.filter((job) => kinds.has(job.id));
  const numbers = new Map(before.deployed.map((job) => [job.path, job.number]));
  await renameJobs(tx, before.changes, numbers);
  const fresh = jobs.filter((job) => kinds.get(job.id) === 'add');
  for (const [path, number] of await insertJobs(
    tx,
    project,
    deployment,
    fresh.map((job) => ({ path: job.id, alias: job.alias })),
  ))
    numbers.set(path, number);
  const hashes = new Map(jobs.map((job) => [job.id, definitionHash(job)]));
  await insertDefinitions(
    tx,
    jobs.map((job) => ({ hash: hashes.get(job.id)!, body: job })),
  );
  const removed = before.changes.jobs
    .filter((change) => change.kind === 'remove')
    .map((change) => numbers.get(change.job)!);
  await endDefinitions(
    tx,
    deployment,
    jobs.map((job) => numbers.get(job.id)!),
    removed,
  );
  await insertJobDefinitions(
    tx,
    project,
    deployment,
    jobs.map((job) => ({
      job: numbers.get(job.id)!,
      path: job.id,
      hash: hashes.get(job.id)!,
      timetable: job.timetable,
      enabled: job.enabled,
    })),
  );
}

/** A renamed job keeps its number under its new path. */
async function renameJobs(tx: Transaction, changes: Changes, numbers: Map<string, string>): Promise<void> {
  const before = new Map(numbers);
  for (const { job, was } of changes.jobs) {
    const number = was === null ? undefined : before.get(was);
    if (number === undefined) continue;
    // A swap passes through a name that no job can have, since paths are unique at every moment.
    await renameJob(tx, number, `-/${number}`);
    numbers.set(job, number);
  }
  for (const { job, was } of changes.jobs)
    if (was !== null && numbers.has(job)) await renameJob(tx, numbers.get(job)!, job);
}
