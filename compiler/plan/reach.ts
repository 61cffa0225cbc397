import { reversed } from '../graph/graph.js';
import type { Job } from '../manifest/manifest.js';
import type { JobChange } from './changes.js';

/** Jobs that do not change themselves, by how many needs they are away from one that does; ids in byte order. */
export type Level = Readonly<{ level: number; jobs: readonly string[] }>;

/**
 * Who comes after what changes, by the needs of both sides: who lost an upstream is reached as well. A change that is only cosmetic
 * reaches nobody. `nameOf` gives the present name of a former one.
 */
export function reachOf(
  deployed: readonly Job[],
  wanted: readonly Job[],
  changes: readonly JobChange[],
  nameOf: (id: string) => string,
): readonly Level[] {
  const changed = new Set(changes.map(({ job }) => job));
  const followers = reversed(needsOf(deployed, wanted, nameOf));
  const seen = new Set<string>();
  const levels: Level[] = [];
  let front = changes.filter(reaches).map(({ job }) => job);
  for (let level = 1; front.length > 0; level += 1) {
    const next = new Set<string>();
    for (const id of front) for (const one of followers.get(id) ?? []) if (!seen.has(one)) next.add(one);
    for (const id of next) seen.add(id);
    const jobs = [...next].filter((id) => !changed.has(id)).sort();
    if (jobs.length > 0) levels.push({ level, jobs });
    front = [...next];
  }
  return levels;
}

const reaches = ({ kind, categories }: JobChange): boolean =>
  kind !== 'change' || categories.some((category) => category !== 'cosmetic');

function needsOf(
  deployed: readonly Job[],
  wanted: readonly Job[],
  nameOf: (id: string) => string,
): ReadonlyMap<string, readonly string[]> {
  const needs = new Map<string, Set<string>>();
  const add = (id: string, upstream: string): void => {
    const known = needs.get(id);
    if (known) known.add(upstream);
    else needs.set(id, new Set([upstream]));
  };
  for (const job of wanted) for (const need of job.needs) if (need.kind === 'job') add(job.id, need.job);
  for (const job of deployed)
    for (const need of job.needs) if (need.kind === 'job') add(nameOf(job.id), nameOf(need.job));
  return new Map([...needs].map(([id, upstream]) => [id, [...upstream]]));
}
