import type { Changes } from '../../compiler/plan/index.js';
import type { InForce } from './plan-deployment.js';

// A rollback goes back to jobs, not to paths: a job that was renamed or removed since is the same job, with its number, facts and history.
// So what is in force is compared under the names that the restored deployment had for it.

/** A job in force, under the name that it is compared with. */
export type Named = InForce & Readonly<{ name: string }>;

/** Names jobs in force; `then`: number → path in the deployment that is restored. Every name is given once. */
export function nameAsThen(deployed: readonly InForce[], then: ReadonlyMap<string, string>): readonly Named[] {
  const taken = new Set(then.values());
  return deployed.map((job) => {
    // A path that belonged to another job then is not this one's: it gets a name that no job can have, and is removed under it.
    const name = then.get(job.number) ?? (taken.has(job.path) ? `-/${job.number}` : job.path);
    return { ...job, name };
  });
}

/** Changes as people read them: removed jobs by the path they have now, renamed ones with it in `was`. */
export function tellPaths(changes: Changes, named: readonly Named[]): Changes {
  const paths = new Map(named.map((job) => [job.name, job.path]));
  const jobs = changes.jobs.map((change) => {
    const path = paths.get(change.job);
    if (path === undefined || path === change.job) return change;
    return change.kind === 'remove' ? { ...change, job: path } : { ...change, was: path };
  });
  return { ...changes, jobs: [...jobs].sort((a, b) => (a.job < b.job ? -1 : a.job > b.job ? 1 : 0)) };
}
