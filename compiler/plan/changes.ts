import { firingCalendar } from '../manifest/awaited.js';
import { definitionHash, hashOf } from '../manifest/canonical.js';
import type { Job, Manifest } from '../manifest/manifest.js';
import { CATEGORIES, type Category } from './categories.js';
import { type FieldChange, fieldChanges, sameValue } from './fields.js';
import { type Level, reachOf } from './reach.js';
import { renames } from './renames.js';

/** A job in force: `hash` is the `definitionHash` of `definition`. */
export type DeployedJob = Readonly<{ id: string; hash: string; definition: Job }>;

export type JobChange = Readonly<{
  job: string;
  kind: 'add' | 'change' | 'remove';
  /** The id it is deployed under, when it is renamed by `formerly`. */
  was: string | null;
  /** Names of the manifest's fields that differ, in byte order; empty for what is added or removed. */
  fields: readonly string[];
  /** The same with values, one entry for each member of `vars`, `env` and `run`. */
  details: readonly FieldChange[];
  /** Of the fields, each once, in the order of `CATEGORIES`. */
  categories: readonly Category[];
  /** Of a breaking change, the jobs that need this one and so await other periods, in byte order; else empty. */
  awaitedBy: readonly string[];
}>;

export type Changes = Readonly<{
  /** By id. */
  jobs: readonly JobChange[];
  /** Timetables that no deployed job, or no job of the manifest, fires by. */
  timetables: Readonly<{ create: readonly string[]; retire: readonly string[] }>;
  /** Jobs that do not change themselves and come after one that does, level by level. */
  levels: readonly Level[];
  /** How many those are. */
  reach: number;
  /** New id to former id of what is renamed. */
  renamed: ReadonlyMap<string, string>;
  /** Of what would be deployed and from what; equal for the same plan. */
  hash: string;
}>;

/** The id under which a changed, renamed or removed job is deployed; null for a new one. */
export const sourceOf = ({ job, kind, was }: JobChange): string | null => (kind === 'add' ? null : (was ?? job));

/** What applying `manifest` to `deployed` would change. A manifest against itself changes nothing. */
export function planChanges(deployed: readonly DeployedJob[], manifest: Manifest): Changes {
  const before = new Map(deployed.map((job) => [job.id, job]));
  const after = new Map(manifest.jobs.map((job) => [job.id, job]));
  const renamed = renames(new Map(deployed.map(({ id, definition }) => [id, definition])), after);
  const present = new Map([...renamed].map(([id, was]) => [was, id]));
  const nameOf = (id: string): string => present.get(id) ?? id;
  const hashes = new Map(manifest.jobs.map((job) => [job.id, definitionHash(job)]));
  const definitions = new Map(deployed.map(({ id, definition }) => [id, definition]));
  const needers = needersOf(manifest.jobs);
  /** Who needs a job that fires otherwise or in another grain: those await other periods. */
  const breaks = (old: Job, job: Job): readonly string[] => {
    const needing = needers.get(job.id) ?? [];
    if (needing.length === 0) return [];
    const isOther = old.grain !== job.grain || !sameValue(firingCalendar(definitions, old), firingCalendar(after, job));
    return isOther ? needing : [];
  };
  const jobs: JobChange[] = [];
  for (const job of manifest.jobs) {
    const was = renamed.get(job.id) ?? null;
    const old = was === null && present.has(job.id) ? undefined : before.get(was ?? job.id);
    if (old === undefined) jobs.push({ ...NOTHING, job: job.id, kind: 'add' });
    else if (was !== null || old.hash !== hashes.get(job.id))
      jobs.push(changeOf(old.definition, job, { was, nameOf, breaks: breaks(old.definition, job) }));
  }
  for (const { id } of deployed)
    if (!after.has(id) && !present.has(id)) jobs.push({ ...NOTHING, job: id, kind: 'remove' });
  jobs.sort((a, b) => byteOrder(a.job, b.job));
  const levels = reachOf(
    deployed.map(({ definition }) => definition),
    manifest.jobs,
    jobs,
    nameOf,
  );
  return {
    jobs,
    timetables: timetableChanges(deployed, manifest),
    levels,
    reach: levels.reduce((sum, level) => sum + level.jobs.length, 0),
    renamed,
    hash: hashOf({
      from: deployed.map(({ id, hash }) => [id, hash]).sort(([a], [b]) => byteOrder(a!, b!)),
      to: [...hashes].sort(([a], [b]) => byteOrder(a, b)),
      project: manifest.project,
    }),
  };
}

const NOTHING = { was: null, fields: [], details: [], categories: [], awaitedBy: [] } as const;

/** Who needs each job, in byte order, each once. */
function needersOf(jobs: readonly Job[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { id, needs } of jobs)
    for (const upstream of new Set(needs.flatMap((need) => (need.kind === 'job' ? [need.job] : [])))) {
      const known = found.get(upstream);
      if (known) known.push(id);
      else found.set(upstream, [id]);
    }
  for (const ids of found.values()) ids.sort(byteOrder);
  return found;
}

type About = Readonly<{ was: string | null; nameOf: (id: string) => string; breaks: readonly string[] }>;

function changeOf(old: Job, job: Job, { was, nameOf, breaks }: About): JobChange {
  const details = fieldChanges(old, job, nameOf);
  const present = new Set<Category>(details.map(({ category }) => category));
  if (breaks.length > 0) present.add('breaking');
  return {
    job: job.id,
    kind: 'change',
    was,
    fields: [...new Set(details.map(({ field }) => field.split('.')[0]!))],
    details,
    categories: CATEGORIES.filter((category) => present.has(category)),
    awaitedBy: breaks,
  };
}

function timetableChanges(deployed: readonly DeployedJob[], manifest: Manifest): Changes['timetables'] {
  const before = new Set(deployed.flatMap(({ definition }) => definition.timetable ?? []));
  const after = new Set(manifest.timetables.map(({ id }) => id));
  return {
    create: [...after].filter((id) => !before.has(id)).sort(byteOrder),
    retire: [...before].filter((id) => !after.has(id)).sort(byteOrder),
  };
}

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
