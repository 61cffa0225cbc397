import { helpersOf } from '../../compiler/index.js';
import type { Manifest } from '../../compiler/manifest/manifest.js';
import type { JobChange } from '../../compiler/plan/index.js';
import type { DeploymentRow } from '../store/deployment.js';
import type { DeployRequest } from './control.js';

// A job in TypeScript may change although its own file does not: a value came through a helper that several jobs import. Then the plan names
// the helper, which is where an author looks for the reason.

/** So many files are followed; who changes a helper of more jobs than that knows which one it was. */
const MOST_FILES = 100;

/**
 * Of each changed job whose own file is the same in both commits, the changed files that it imports. Empty where nobody can say what differs since the
 * commit in force.
 */
export async function throughHelpers(
  changes: readonly JobChange[],
  manifest: Manifest,
  force: DeploymentRow | undefined,
  { tree, changedSince }: Pick<DeployRequest, 'tree' | 'changedSince'>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const changed = new Set(changes.filter(({ kind }) => kind === 'change').map(({ job }) => job));
  if (force === undefined || changedSince === undefined || changed.size === 0) return new Map();
  const touched = new Set(await changedSince(force.commit));
  const jobs = manifest.jobs.filter(({ id, file }) => changed.has(id) && file.endsWith('.ts') && !touched.has(file));
  const reached = new Map<string, readonly string[]>();
  for (const file of [...new Set(jobs.map((job) => job.file))].slice(0, MOST_FILES))
    reached.set(
      file,
      (await helpersOf(tree, file)).filter((helper) => touched.has(helper)),
    );
  return new Map(jobs.map(({ id, file }) => [id, reached.get(file) ?? []]));
}
