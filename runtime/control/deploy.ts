import { emitSchedule } from '../../compiler/emit/index.js';
import type { Compiled, Manifest } from '../../compiler/index.js';
import { hashOf } from '../../compiler/manifest/canonical.js';
import type { Changes } from '../../compiler/plan/index.js';
import { invalid, stale } from '../errors.js';
import type { Transaction } from '../store/database.js';
import { insertDeployment, lockProject, putInForce } from '../store/deployment.js';
import { insertAudit, insertEvents } from '../store/event.js';
import { owePages } from '../store/outbox.js';
import { putTimetables, retireTimetables } from '../store/timetable.js';
import { inTransaction } from '../store/transaction.js';
import { compileCommit } from './compilers.js';
import { type ControlContext, reach } from './context.js';
import type { Applied, ApplyRequest } from './control.js';
import { cautionsOf, refusalsOf, refused } from './may-apply.js';
import { planAgainst } from './plan-deployment.js';
import { type Writing as Definitions, storeBlobs, writeDefinitions } from './write-definitions.js';

// A deployment puts a commit in force: one transaction writes what changed, and from its clock reading on every tick uses it.
// Runs that wait are evaluated anew behind it; queued and running ones keep their pin. It is planned first: `plan-deployment.ts`.
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
  const { planned, changes, deployed, formerNumbers, force } = await planAgainst(tx, manifest, request, compiled);
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
  const before = { changes, deployed, formerNumbers, previous: force?.id ?? null, cautions };
  const deployment = await writeDeployment(context, tx, request, { manifest, compiled, before });
  return { deployment, planned, already: false };
}

type Before = Omit<Definitions, 'manifest'> & Readonly<{ previous: string | null; cautions: readonly string[] }>;
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
  await writeDefinitions(tx, deployment, { manifest, ...before });
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
