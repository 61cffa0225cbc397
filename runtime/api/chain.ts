import type { FreezeTarget } from '../control/control.js';
import type { DeployedJob } from '../store/deployment.js';
import type { Catalogue } from './catalogue.js';

export type Way = 'upstream-of' | 'downstream-of';

/** A job and all that it needs, or that needs it, directly or through others, by the definitions in force. */
export function chainOf(catalogue: Catalogue, job: DeployedJob, way: Way): FreezeTarget {
  const next = (path: string): readonly DeployedJob[] =>
    way === 'downstream-of'
      ? (catalogue.downstream.get(path) ?? [])
      : (catalogue.byPath.get(path)?.body.needs ?? []).flatMap((need) =>
          need.kind === 'job' ? (catalogue.byPath.get(need.job) ?? []) : [],
        );
  const found = new Map([[job.number, job]]);
  for (const one of found.values()) for (const other of next(one.path)) found.set(other.number, other);
  return { scope: 'chain', subject: `${way}:${job.path}`, job: null, jobs: [...found.keys()] };
}
