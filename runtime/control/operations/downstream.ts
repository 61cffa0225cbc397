import { awaiting, type Job } from '../../../compiler/manifest/index.js';
import { invalid } from '../../errors.js';
import type { DeployedJob } from '../../store/deployment.js';
import type { Deployed } from '../deployed.js';
import { lacksPeriod } from '../needs.js';
import type { Member } from './range.js';

// Whom the periods of an operation feed, and whom those feed, by the definitions in force.

/** A downstream period and the first one by which it was reached. */
export type Reached = Member & Readonly<{ through: Member }>;

/**
 * All periods that await one of `members`, directly or through others, each once and none of `members`, in the order in which they were reached.
 * Left out: closed jobs and what is behind them, and periods whose tick is still to come (`now`), which have production's turn. A need on the
 * latest awaits no period in particular and reaches nobody. Throws `invalid` past `most`.
 */
export function downstreamOf(
  deployed: Deployed,
  members: readonly Member[],
  { now, most }: Readonly<{ now: number; most: number }>,
): readonly Reached[] {
  const dependents = dependentsIn(deployed);
  const seen = new Set(members.map(keyOf));
  const reached: Reached[] = [];
  const queue: Member[] = [...members];
  for (let at = 0; at < queue.length; at += 1) {
    const through = queue[at]!;
    for (const job of dependents.get(through.job.path) ?? [])
      for (const period of awaiting(deployed.jobs, job.body, through.job.path, through.period, most)) {
        const member = { job, period };
        if (period > now || seen.has(keyOf(member)) || lacksPeriod(deployed, job.body, period) !== undefined) continue;
        seen.add(keyOf(member));
        queue.push(member);
        reached.push({ ...member, through });
        if (seen.size > most)
          throw invalid(
            `with what is downstream there are more than ${most} periods, the most that one operation takes`,
            {
              help: 'take a shorter range, or fewer jobs',
            },
          );
      }
  }
  return reached;
}

function dependentsIn({ byPath }: Deployed): ReadonlyMap<string, readonly DeployedJob[]> {
  const dependents = new Map<string, DeployedJob[]>();
  for (const job of byPath.values())
    for (const upstream of job.body.enabled ? upstreamsOf(job.body) : [])
      dependents.set(upstream, [...(dependents.get(upstream) ?? []), job]);
  return dependents;
}

const upstreamsOf = (job: Job): ReadonlySet<string> =>
  new Set(job.needs.map((need) => (need.kind === 'self' ? job.id : need.job)));

const keyOf = ({ job, period }: Member): string => `${job.number}@${period}`;
