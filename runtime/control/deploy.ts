import { emitSchedule } from '../../compiler/emit/index.js';
import type { Compiled, Manifest } from '../../compiler/index.js';
import { hashOf } from '../../compiler/manifest/canonical.js';
import type { Changes } from '../../compiler/plan/index.js';
import { invalid, stale } from '../errors.js';
import type { Queryable, Transaction } from '../store/database.js';
import { insertDeployment, lockProject, putInForce } from '../store/deployment.js';
import { insertAudit, insertEvents } from '../store/event.js';
import { owePages } from '../store/outbox.js';
import { putPools } from '../store/pool.js';
import { putTimetables, retireTimetables } from '../store/timetable.js';
import { inTransaction } from '../store/transaction.js';
import { compileCommit } from './compilers.js';
import { type ControlContext, reach } from './context.js';
import type { Applied, ApplyRequest } from './control.js';
import { markMissing } from './mark-missing.js';
import { cautionsOf, refusalsOf, refused } from './may-apply.js';
import { planAgainst, type Told } from './plan-deployment.js';
import { type StoredDefinition, storeBlobs, storeDefinitions, writeDefinitions } from './write-definitions.js';

// A deployment puts a commit in force: one transaction writes what changed, and from its clock reading on every tick uses it.
// Runs that wait are evaluated anew behind it; queued and running ones keep their pin. It is planned first: `plan-deployment.ts`.
// All that can be known or written without the project's lock comes before it, for every tick waits for that lock: the plan as people read it,
// and contents by their hashes. Under it stand one comparison (is in force what was planned on?), the refusals, and the rows of what changed.
// Killed at any point it leaves the old deployment or the new one, whole: what follows the commit is owed by rows, or mended by the ledger.

/** Applies a commit exactly as planned. The commit in force again: nothing is done. Throws `invalid`, `stale`, `conflict`. */
export async function applyDeployment(context: ControlContext, request: ApplyRequest): Promise<Applied> {
  const compiled = await compileCommit(request.tree);
  const { manifest } = compiled;
  if (manifest === null)
    throw invalid(`commit ${request.info.commit.slice(0, 10)} does not compile`, {
      help: 'mend what the diagnostics name: hera validate',
      details: { diagnostics: compiled.diagnostics },
    });
  refuseOtherProject(request, manifest.project.name);
  const content = {
    manifest,
    compiled,
    manifestHash: hashOf(manifest),
    timetables: manifest.timetables.map(scheduled),
  };
  for (;;) {
    const told = await planAgainst(context.database, manifest, request, compiled);
    await reach(context, 'apply.told');
    const { planned, force } = told;
    if (force !== undefined && force.commit === request.info.commit)
      return { deployment: force.id, planned, already: true, marked: 0 };
    if (planned.on !== request.plannedOn)
      throw stale('another deployment came in between', {
        help: 'plan again: hera plan',
        details: { on: planned.on, planned },
      });
    await refuse(context.database, request, planned);
    const written = await inTransaction(context.database, (tx) => applyIn(context, tx, request, { ...content, told }));
    // Another one came between telling and lock: what is in force by now decides what is said.
    if (written === null) continue;
    await reach(context, 'apply.committed');
    context.kick();
    return { ...written, planned, already: false };
  }
}

function refuseOtherProject({ project }: ApplyRequest, found: string): void {
  if (project !== undefined && found !== project) throw invalid(`the commit's project is ${found}, not ${project}`);
}

/** Throws `conflict` when the commit may not be put in force. */
async function refuse(sql: Queryable, request: ApplyRequest, planned: Applied['planned']): Promise<void> {
  const refusals = await refusalsOf(sql, { info: request.info, origin: request }, planned);
  const refusal = refusals.find(({ kind }) => kind !== 'prune' || !request.allowPrune);
  if (refusal !== undefined) throw refused(refusal);
}

type Writing = Readonly<{
  manifest: Manifest;
  compiled: Compiled;
  manifestHash: string;
  timetables: readonly ReturnType<typeof scheduled>[];
  told: Told;
}>;

type Written = Pick<Applied, 'deployment' | 'marked'>;

/** Writes the deployment and answers its number; null when what is in force is no longer what was planned on. */
async function applyIn(
  context: ControlContext,
  tx: Transaction,
  request: ApplyRequest,
  writing: Writing,
): Promise<Written | null> {
  const { manifest, compiled, told } = writing;
  await storeBlobs(tx, compiled);
  const definitions = await storeDefinitions(tx, manifest, told.changes);
  if ((await lockProject(tx, manifest.project.name)) !== told.planned.on) return null;
  await reach(context, 'apply.locked');
  await refuse(tx, request, told.planned);
  const deployment = await writeDeployment(context, tx, request, writing, definitions);
  const marked = request.markMissing === true ? await markMissing(tx, request, deployment, writing) : 0;
  await reach(context, 'apply.written');
  return { deployment, marked };
}

async function writeDeployment(
  context: ControlContext,
  tx: Transaction,
  request: ApplyRequest,
  { manifest, manifestHash, timetables, told }: Writing,
  definitions: readonly StoredDefinition[],
): Promise<string> {
  const { info } = request;
  const project = manifest.project.name;
  const counts = countsOf(told.changes);
  const cautions = await cautionsOf(tx, { info, origin: request }, project);
  const deployment = await insertDeployment(tx, {
    project,
    previous: told.planned.on,
    commit: info.commit,
    subject: info.subject,
    author: info.author,
    committedAt: info.committedAt,
    dirty: info.dirty,
    manifestHash,
    config: manifest.project,
    changes: counts,
    appliedBy: request.by,
    under: request.under ?? '',
    branch: request.branch ?? null,
    restores: request.restores?.deployment ?? null,
    reason: request.restores?.reason ?? null,
  });
  await reach(context, 'apply.inserted');
  await writeDefinitions(tx, deployment, { manifest, ...told }, definitions);
  await reach(context, 'apply.defined');
  const since = await putInForce(tx, project, deployment);
  await reach(context, 'apply.in-force');
  await putTimetables(tx, project, since, timetables);
  await retireTimetables(
    tx,
    project,
    since,
    timetables.map(({ id }) => id),
  );
  await reach(context, 'apply.timetables');
  const larger = await putPools(tx, project, manifest.project.pools);
  if (larger.length > 0) await owePages(tx, { kind: 'places', project, body: { pools: larger } });
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
        plan: told.changes.hash,
        branch: request.branch ?? null,
      },
      ...(request.restores && { restores: request.restores.deployment, reason: request.restores.reason }),
      ...(cautions.length > 0 && { cautions }),
    },
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
