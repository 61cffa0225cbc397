import { type Compiled, definitionHash, type Job, type Manifest } from '../../compiler/index.js';
import type { Changes } from '../../compiler/plan/index.js';
import type { Transaction } from '../store/database.js';
import {
  endDefinitions,
  insertBlobs,
  insertDefinitions,
  insertJobDefinitions,
  insertJobs,
  missingBlobs,
  nameJobs,
  reviveJobs,
} from '../store/deployment.js';
import type { Told } from './plan-deployment.js';

/** What a deployment writes of its jobs. */
type Writing = Readonly<{ manifest: Manifest }> & Pick<Told, 'changes' | 'deployed' | 'formerNumbers'>;

// Contents belong to nobody: they are stored before the project is locked, each kind in the order of its hashes, so that two who store the
// same wait for each other and never in a circle.

/** Stores scripts and files that are not there yet. */
export async function storeBlobs(tx: Transaction, { blobs }: Compiled): Promise<void> {
  const missing = await missingBlobs(tx, [...blobs.keys()]);
  await insertBlobs(
    tx,
    [...missing].sort().map((sha256) => ({ sha256, bytes: blobs.get(sha256)! })),
  );
}

/** A new or changed job with the hash under which its definition is stored. */
export type StoredDefinition = Readonly<{ job: Job; hash: string }>;

/** Stores the definitions of what is new or changed; those already there stay. */
export async function storeDefinitions(
  tx: Transaction,
  manifest: Manifest,
  changes: Changes,
): Promise<readonly StoredDefinition[]> {
  const told = new Set(changes.jobs.map(({ job }) => job));
  const stored = manifest.jobs.filter(({ id }) => told.has(id)).map((job) => ({ job, hash: definitionHash(job) }));
  await insertDefinitions(
    tx,
    stored.map(({ job, hash }) => ({ hash, body: job })),
  );
  return stored;
}

/**
 * Writes only what changed: new jobs get numbers, changed ones a new span, removed ones an end. A renamed job keeps its number, and a rollback
 * gives a job that was removed since its own back.
 */
export async function writeDefinitions(
  tx: Transaction,
  deployment: string,
  writing: Writing,
  stored: readonly StoredDefinition[],
): Promise<void> {
  const { manifest, changes, deployed } = writing;
  const project = manifest.project.name;
  const numbers = new Map(deployed.map((job) => [job.name, job.number]));
  const removed = changes.jobs.filter(({ kind }) => kind === 'remove').map(({ job }) => numbers.get(job)!);
  // Before any path is given away: a removed job holds its own until then.
  await endDefinitions(tx, deployment, [], removed);
  await renameJobs(tx, writing, numbers);
  await numberJobs(tx, deployment, writing, numbers);
  const rows = stored.map(({ job, hash }) => ({ job, number: numbers.get(job.id)!, hash }));
  await endDefinitions(
    tx,
    deployment,
    rows.map(({ number }) => number),
    [],
  );
  await insertJobDefinitions(
    tx,
    project,
    deployment,
    rows.map(({ job, number, hash }) => ({
      job: number,
      path: job.id,
      hash,
      timetable: job.timetable,
      enabled: job.enabled,
    })),
  );
}

/** Added jobs get new numbers, or, in a rollback, those they had. */
async function numberJobs(
  tx: Transaction,
  deployment: string,
  { manifest, changes, formerNumbers }: Writing,
  numbers: Map<string, string>,
): Promise<void> {
  const added = new Set(changes.jobs.filter(({ kind }) => kind === 'add').map(({ job }) => job));
  const fresh = manifest.jobs.filter((job) => added.has(job.id));
  const known = fresh.flatMap((job) => {
    const number = formerNumbers.get(job.id);
    return number === undefined ? [] : [{ number, path: job.id }];
  });
  await reviveJobs(tx, known);
  for (const { path, number } of known) numbers.set(path, number);
  const unknown = fresh.filter((job) => !formerNumbers.has(job.id)).map((job) => ({ path: job.id, alias: job.alias }));
  for (const [path, number] of await insertJobs(tx, manifest.project.name, deployment, unknown))
    numbers.set(path, number);
}

/**
 * A renamed job keeps its number under its new path: by `formerly`, or because a rollback calls it as it was called then. An old number of
 * the former scheduler goes with its definition.
 */
async function renameJobs(
  tx: Transaction,
  { manifest, changes, deployed }: Writing,
  numbers: Map<string, string>,
): Promise<void> {
  const before = new Map(numbers);
  const aliases = new Map(manifest.jobs.map((job) => [job.id, job.alias]));
  const gone = new Set(changes.jobs.filter(({ kind }) => kind !== 'change').map(({ job }) => job));
  const told = changes.jobs.filter(({ kind }) => kind === 'change');
  const named = new Map([
    ...deployed
      .filter(({ name, path }) => name !== path && !gone.has(name) && aliases.has(name))
      .map(({ number, name }) => [number, name] as const),
    ...told.map(({ job, was }) => [before.get(was ?? job)!, job] as const),
  ]);
  await nameJobs(
    tx,
    [...named].map(([number, path]) => ({ number, path, alias: aliases.get(path) ?? null })),
  );
  for (const [number, path] of named) numbers.set(path, number);
}
