import { emitSchedule } from '../../compiler/emit/index.js';
import { type Compiled, compile, definitionHash, type Job, type Manifest } from '../../compiler/index.js';
import { hashOf } from '../../compiler/manifest/canonical.js';
import { type Changes, planChanges } from '../../compiler/plan/index.js';
import type { Planned } from '../api/contract.js';
import { conflict, invalid, stale } from '../errors.js';
import type { Queryable, Transaction } from '../store/database.js';
import {
  deploymentInForce,
  endDefinitions,
  insertBlob,
  insertDefinitions,
  insertDeployment,
  insertJobDefinitions,
  insertJobs,
  jobsInForce,
  lockProject,
  missingBlobs,
  putInForce,
  renameJob,
} from '../store/deployment.js';
import { insertAudit, insertEvents } from '../store/event.js';
import { owePages } from '../store/outbox.js';
import { runsInFlight } from '../store/run.js';
import { putTimetables, retireTimetables, timetablesInUse } from '../store/timetable.js';
import { inTransaction } from '../store/transaction.js';
import type { ControlContext } from './context.js';
import type { Applied, ApplyRequest, CommitInfo, DeployRequest } from './control.js';

// A deployment puts a commit in force: one transaction writes what changed, and from its clock reading on every tick uses it.
// Runs that wait are evaluated anew behind it; queued and running ones keep their pin. It is planned first, and the same function
// computes what the plan says and what apply does.

/** More than this share of a project's jobs is not removed by accident. */
const PRUNE_SHARE = 0.25;
const IN_FLIGHT_SHOWN = 100;

export async function planDeployment(
  context: ControlContext,
  request: DeployRequest,
): Promise<{ planned: Planned | null; diagnostics: Compiled['diagnostics'] }> {
  const compiled = await compile(request.tree);
  if (compiled.manifest === null) return { planned: null, diagnostics: compiled.diagnostics };
  const { planned } = await planAgainst(context.database, compiled.manifest, request.info, compiled.diagnostics);
  return { planned, diagnostics: compiled.diagnostics };
}

/** Applies a commit exactly as planned. The commit in force again: nothing is done. Throws `invalid`, `stale`, `conflict`. */
export async function applyDeployment(context: ControlContext, request: ApplyRequest): Promise<Applied> {
  const compiled = await compile(request.tree);
  const { manifest } = compiled;
  if (manifest === null)
    throw invalid(`commit ${request.info.commit.slice(0, 10)} does not compile`, {
      help: 'mend what the diagnostics name: hera validate',
      details: { diagnostics: compiled.diagnostics },
    });
  const applied = await inTransaction(context.database, (tx) => applyIn(tx, request, manifest, compiled));
  if (!applied.already) context.kick();
  return applied;
}

type InForce = Readonly<{ number: string; path: string; hash: string; body: Job }>;

async function planAgainst(sql: Queryable, manifest: Manifest, info: CommitInfo, diagnostics: readonly unknown[]) {
  const project = manifest.project.name;
  const force = await deploymentInForce(sql, project);
  const deployed = await jobsInForce(sql, project);
  const changes = planChanges(
    deployed.map(({ path, hash, body }) => ({ id: path, hash, definition: body })),
    manifest,
  );
  const planned: Planned = {
    project,
    commit: info.commit,
    on: force?.id ?? null,
    changes: changes.jobs.map(({ job, kind, fields }) => ({ job, kind, fields: [...fields] })),
    schedules: scheduleChanges(await timetablesInUse(sql, project), manifest),
    reach: changes.reach,
    inFlight: (await runsInFlight(sql, project, IN_FLIGHT_SHOWN)).map((run) => ({
      ...run,
      period: run.period.toISOString(),
    })),
    diagnostics: [...diagnostics],
    hash: changes.hash,
  };
  return { planned, changes, deployed, force };
}

function scheduleChanges(inUse: readonly string[], manifest: Manifest): Planned['schedules'] {
  const wanted = new Set(manifest.timetables.map((timetable) => timetable.id));
  const known = new Set(inUse);
  return [
    ...[...wanted].filter((id) => !known.has(id)).map((id) => ({ id, kind: 'create' as const })),
    ...inUse.filter((id) => !wanted.has(id)).map((id) => ({ id, kind: 'retire' as const })),
  ];
}

async function applyIn(
  tx: Transaction,
  request: ApplyRequest,
  manifest: Manifest,
  compiled: Compiled,
): Promise<Applied> {
  const project = manifest.project.name;
  await lockProject(tx, project);
  const { planned, changes, deployed, force } = await planAgainst(tx, manifest, request.info, compiled.diagnostics);
  if (force !== undefined && force.commit === request.info.commit)
    return { deployment: force.id, planned, already: true };
  if ((force?.id ?? null) !== request.plannedOn)
    throw stale('another deployment came in between', {
      help: 'plan again: hera plan',
      details: { on: force?.id ?? null, planned },
    });
  if (force !== undefined && !request.info.dirty && !force.dirty && !(await request.isDescendantOf(force.commit)))
    throw conflict(
      `commit ${request.info.commit.slice(0, 10)} does not come after ${force.commit.slice(0, 10)}, which is in force`,
      {
        help: 'merge or rebase onto it; to go back, commit a `git revert`',
      },
    );
  refusePrune(request, deployed.length, changes);
  const deployment = await writeDeployment(tx, request, manifest, compiled, {
    changes,
    deployed,
    previous: force?.id ?? null,
  });
  return { deployment, planned, already: false };
}

function refusePrune(request: ApplyRequest, total: number, changes: Changes): void {
  const removed = changes.jobs.filter((change) => change.kind === 'remove').length;
  if (!request.allowPrune && removed > Math.max(1, total * PRUNE_SHARE))
    throw conflict(`this commit would remove ${removed} of ${total} jobs`, {
      help: 'if that is meant, apply with --allow-prune',
    });
}

type Before = Readonly<{ changes: Changes; deployed: readonly InForce[]; previous: string | null }>;

async function writeDeployment(
  tx: Transaction,
  request: ApplyRequest,
  manifest: Manifest,
  compiled: Compiled,
  before: Before,
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
  });
  await storeBlobs(tx, compiled);
  await writeDefinitions(tx, deployment, manifest, before);
  const since = await putInForce(tx, project, deployment);
  await putTimetables(tx, project, since, manifest.timetables.map(scheduled));
  await retireTimetables(
    tx,
    project,
    since,
    manifest.timetables.map((timetable) => timetable.id),
  );
  await owePages(tx, { kind: 'reevaluate', project, body: { deployment, after: '0' } });
  await insertEvents(tx, [{ project, kind: 'deployment', run: null, body: { deployment, commit: info.commit } }]);
  await insertAudit(tx, {
    project,
    who: request.by,
    via: request.via,
    what: 'apply',
    subject: deployment,
    body: { commit: info.commit, dirty: info.dirty, ...counts, plan: before.changes.hash },
  });
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
