// The plan says what applying a manifest would change in what is deployed, before anything is done.
// In: the deployed jobs and a manifest. Out: changes by job with their fields, timetables to create and retire, what is reached downstream, a hash.
// Pure. It knows nothing of runs in flight or schedules in Temporal: the control plane adds those. `print.ts` renders it for people.
import { closure, reversed } from '../graph/graph.js';
import { canonicalJson, definitionHash, hashOf } from '../manifest/canonical.js';
import type { Job, Manifest } from '../manifest/manifest.js';

export { printChanges } from './print.js';

/** A job in force: `hash` is the `definitionHash` of `definition`. */
export type DeployedJob = Readonly<{ id: string; hash: string; definition: Job }>;

export type JobChange = Readonly<{
  job: string;
  kind: 'add' | 'change' | 'remove';
  /** Names of the manifest's fields that differ, in byte order; empty for what is added or removed. */
  fields: readonly string[];
  /** The id it is deployed under, when it is renamed by `formerly`. */
  was: string | null;
}>;

export type Changes = Readonly<{
  /** By id. */
  jobs: readonly JobChange[];
  /** Timetables that no deployed job, or no job of the manifest, fires by. */
  timetables: Readonly<{ create: readonly string[]; retire: readonly string[] }>;
  /** How many jobs that do not change themselves come after one that does. */
  reach: number;
  /** Of what would be deployed and from what; equal for the same plan. */
  hash: string;
}>;

/** What applying `manifest` to `deployed` would change. A manifest against itself changes nothing. */
export function planChanges(deployed: readonly DeployedJob[], manifest: Manifest): Changes {
  const before = new Map(deployed.map((job) => [job.id, job]));
  const after = new Map(manifest.jobs.map((job) => [job.id, job]));
  const renamed = renames(before, after);
  const changes: JobChange[] = [];
  for (const job of manifest.jobs) {
    const change = changeOf(job, before.get(job.id), before.get(renamed.get(job.id) ?? ''));
    if (change) changes.push(change);
  }
  const kept = new Set(renamed.values());
  for (const { id } of deployed)
    if (!after.has(id) && !kept.has(id)) changes.push({ job: id, kind: 'remove', fields: [], was: null });
  const jobs = changes.sort((a, b) => byteOrder(a.job, b.job));
  const timetables = timetableChanges(deployed, manifest);
  const hash = hashOf({
    from: hashes(deployed),
    to: manifest.jobs.map((job) => [job.id, definitionHash(job)]),
    project: manifest.project,
  });
  return { jobs, timetables, reach: reachOf(deployed, manifest, jobs), hash };
}

const hashes = (deployed: readonly DeployedJob[]) =>
  deployed.map(({ id, hash }) => [id, hash]).sort(([a], [b]) => byteOrder(a!, b!));

/** New ids whose job is deployed under a former name that no job of the manifest has: new to old. */
function renames(
  before: ReadonlyMap<string, DeployedJob>,
  after: ReadonlyMap<string, Job>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  for (const job of after.values()) {
    if (before.has(job.id)) continue;
    const old = job.formerly.find((id) => before.has(id) && !after.has(id) && !taken.has(id));
    if (old === undefined) continue;
    found.set(job.id, old);
    taken.add(old);
  }
  return found;
}

function changeOf(job: Job, same: DeployedJob | undefined, former: DeployedJob | undefined): JobChange | undefined {
  const old = same ?? former;
  if (!old) return { job: job.id, kind: 'add', fields: [], was: null };
  if (old.id === job.id && old.hash === definitionHash(job)) return undefined;
  return {
    job: job.id,
    kind: 'change',
    fields: fieldsThatDiffer(old.definition, job),
    was: old.id === job.id ? null : old.id,
  };
}

const WITHOUT_MEANING = new Set(['file', 'provenance']);

function fieldsThatDiffer(old: Job, job: Job): readonly string[] {
  const [a, b] = [old, job] as unknown as readonly Readonly<Record<string, unknown>>[];
  const names = [...new Set([...Object.keys(a!), ...Object.keys(b!)])].sort(byteOrder);
  return names.filter(
    (name) => !WITHOUT_MEANING.has(name) && canonicalJson(a![name] ?? null) !== canonicalJson(b![name] ?? null),
  );
}

function timetableChanges(deployed: readonly DeployedJob[], manifest: Manifest): Changes['timetables'] {
  const before = new Set(deployed.flatMap(({ definition }) => definition.timetable ?? []));
  const after = new Set(manifest.timetables.map(({ id }) => id));
  return {
    create: [...after].filter((id) => !before.has(id)).sort(byteOrder),
    retire: [...before].filter((id) => !after.has(id)).sort(byteOrder),
  };
}

/** Downstream by the needs of both sides: who lost an upstream is reached as well. */
function reachOf(deployed: readonly DeployedJob[], manifest: Manifest, changes: readonly JobChange[]): number {
  const changed = new Set(changes.flatMap(({ job, was }) => (was === null ? [job] : [job, was])));
  const needs = new Map<string, readonly string[]>();
  for (const job of [...deployed.map(({ definition }) => definition), ...manifest.jobs])
    needs.set(job.id, [
      ...(needs.get(job.id) ?? []),
      ...job.needs.flatMap((need) => (need.kind === 'job' ? [need.job] : [])),
    ]);
  return closure(reversed(needs), changed).filter((id) => !changed.has(id)).length;
}

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
