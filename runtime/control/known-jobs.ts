import type { Manifest } from '../../compiler/index.js';
import type { Changes, Known } from '../../compiler/plan/index.js';
import type { Queryable } from '../store/database.js';
import { firstInForce, lastScheduled, succeededBefore } from '../store/read-plan.js';
import type { Named } from './former-names.js';

/**
 * What the database knows of deployed jobs that bears on a plan: their last periods, when they were first in force, and what was made up for
 * since. Three statements at most, and none where nothing changes.
 */
export async function knownJobs(
  sql: Queryable,
  project: string,
  deployed: readonly Named[],
  { changes, manifest, now }: Readonly<{ changes: Changes; manifest: Manifest; now: Date }>,
): Promise<Known> {
  const numbers = new Map(deployed.map(({ name, number }) => [name, number]));
  const timed = changes.jobs.flatMap(({ job, was, kind, categories }) =>
    kind === 'change' && categories.includes('timing') ? [numbers.get(was ?? job)!] : [],
  );
  const last = await lastScheduled(sql, timed, now);
  const first = changes.jobs.length === 0 ? new Map<string, number>() : await firstInForce(sql, project);
  const awaited = new Map([...upstreamNumbers(changes, manifest, numbers)].flatMap((number) => entryOf(first, number)));
  const recovered = await succeededBefore(sql, project, awaited);
  return {
    lastOf: (id) => {
      const number = numbers.get(id);
      return number === undefined ? undefined : (last.get(number) ?? null);
    },
    firstOf: (id) => first.get(numbers.get(id) ?? ''),
    hasSucceeded: (id, period) => recovered.has(`${numbers.get(id)}@${period}`),
  };
}

/** Whom a changed job needs, of those that are deployed. */
function upstreamNumbers(
  { jobs, renamed }: Changes,
  manifest: Manifest,
  numbers: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const changed = new Set(jobs.map(({ job }) => job));
  const needs = manifest.jobs.filter(({ id }) => changed.has(id)).flatMap((job) => job.needs);
  return new Set(
    needs.flatMap((need) => (need.kind === 'job' ? (numbers.get(renamed.get(need.job) ?? need.job) ?? []) : [])),
  );
}

const entryOf = (first: ReadonlyMap<string, number>, number: string): readonly (readonly [string, number])[] => {
  const at = first.get(number);
  return at === undefined ? [] : [[number, at]];
};
