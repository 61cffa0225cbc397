import type { Compiled, Job, Manifest } from '../../compiler/index.js';
import { type Changes, outlookOf, planChanges, projectChanges } from '../../compiler/plan/index.js';
import type { Planned } from '../api/contract.js';
import type { Queryable } from '../store/database.js';
import { type DeploymentRow, deployedNumbers, deploymentInForce, jobsInForce } from '../store/deployment.js';
import { databaseNow } from '../store/ledger.js';
import { runsInFlight } from '../store/run.js';
import { timetablesInUse } from '../store/timetable.js';
import { compileCommit } from './compilers.js';
import type { ControlContext } from './context.js';
import type { DeployRequest } from './control.js';
import { type Named, nameAsThen, tellPaths } from './former-names.js';
import { knownJobs } from './known-jobs.js';
import { regionWarnings, renamedFileWarnings, tellChanges, tellWaiting } from './tell-plan.js';
import { throughHelpers } from './through-helpers.js';

// A deployment is planned first: the same function computes what the plan says and what apply does.

const IN_FLIGHT_SHOWN = 100;
const LEVEL_SHOWN = 20;

/** Compiles the tree and says what applying it would change; `planned` is null when a diagnostic is an error. */
export async function planDeployment(
  context: ControlContext,
  request: DeployRequest,
): Promise<{ planned: Planned | null; diagnostics: Compiled['diagnostics'] }> {
  const compiled = await compileCommit(request.tree);
  if (compiled.manifest === null) return { planned: null, diagnostics: compiled.diagnostics };
  const { planned } = await planAgainst(context.database, compiled.manifest, request, compiled);
  return { planned, diagnostics: compiled.diagnostics };
}

/** A job in force: its number, and its definition with its hash. */
export type InForce = Readonly<{ number: string; path: string; hash: string; body: Job }>;

/** A plan as people read it, and what it was computed from. It holds for as long as the deployment `planned.on` is in force. */
export type Told = Readonly<{
  planned: Planned;
  /** Under the names of `deployed`. */
  changes: Changes;
  deployed: readonly Named[];
  /** A rollback: path → number in the deployment that is restored. Empty otherwise. */
  formerNumbers: ReadonlyMap<string, string>;
  force: DeploymentRow | undefined;
  /** By the paths of the manifest: periods that are awaited and were never run. */
  neverRun: ReadonlyMap<string, readonly number[]>;
}>;

/** The plan of a manifest against what is in force. */
export async function planAgainst(
  sql: Queryable,
  manifest: Manifest,
  request: Pick<DeployRequest, 'tree' | 'info' | 'restores' | 'renamedSince' | 'changedSince'>,
  compiled: Pick<Compiled, 'blobs' | 'diagnostics'>,
): Promise<Told> {
  const { info, restores } = request;
  const project = manifest.project.name;
  // Read first: while this one is in force, so is what is read after it.
  const force = await deploymentInForce(sql, project);
  const then = restores === undefined ? [] : await deployedNumbers(sql, project, restores.deployment);
  const deployed = nameAsThen(await jobsInForce(sql, project), new Map(then.map(({ number, path }) => [number, path])));
  const before = deployed.map(({ name, hash, body }) => ({ id: name, hash, definition: body }));
  const changes = planChanges(before, manifest);
  const now = await databaseNow(sql);
  const known = await knownJobs(sql, project, deployed, { changes, manifest, now });
  const outlook = outlookOf(before, manifest, changes, now.getTime(), known);
  const told = tellPaths(changes, deployed);
  const through = await throughHelpers(told.jobs, manifest, force, request);
  const planned: Planned = {
    project,
    commit: info.commit,
    on: force?.id ?? null,
    changes: await tellChanges(sql, told.jobs, { outlook, before, manifest, blobs: compiled.blobs, through }),
    schedules: scheduleChanges(await timetablesInUse(sql, project), manifest),
    projectChanges: force === undefined ? [] : [...projectChanges(force.config, manifest.project)],
    reach: changes.reach,
    levels: changes.levels.map(({ level, jobs }) => ({
      level,
      count: jobs.length,
      jobs: jobs.slice(0, LEVEL_SHOWN),
    })),
    inFlight: (await runsInFlight(sql, project, IN_FLIGHT_SHOWN)).map((run) => ({
      ...run,
      state: run.state as 'waiting' | 'queued' | 'running',
      period: run.period.toISOString(),
    })),
    waiting: await tellWaiting(sql, project, manifest, changes, deployed),
    warnings: [
      ...outlook.warnings,
      ...(await renamedFileWarnings(changes, before, manifest, force, request)),
      ...(await regionWarnings(sql, changes, manifest)),
    ],
    diagnostics: [...compiled.diagnostics],
    hash: changes.hash,
  };
  const formerNumbers = new Map(then.map(({ number, path }) => [path, number]));
  return { planned, changes, deployed, formerNumbers, force, neverRun: outlook.neverRun };
}

function scheduleChanges(inUse: readonly string[], manifest: Manifest): Planned['schedules'] {
  const wanted = new Set(manifest.timetables.map((timetable) => timetable.id));
  const known = new Set(inUse);
  return [
    ...[...wanted].filter((id) => !known.has(id)).map((id) => ({ id, kind: 'create' as const })),
    ...inUse.filter((id) => !wanted.has(id)).map((id) => ({ id, kind: 'retire' as const })),
  ];
}
