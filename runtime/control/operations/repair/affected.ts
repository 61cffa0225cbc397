import { awaiting, type Job } from '../../../../compiler/manifest/index.js';

// Whom a period feeds, by the definitions of one deployment: the graph of jobs, unrolled in time. Pure data in and out; what ran, what waits and
// what is there at all is for those who ask.

/** A period of a job, by its path; UTC milliseconds. */
export type Place = Readonly<{ job: string; period: number }>;

/** A period that awaits another one. `own`: of the same job. */
export type Dependent = Place & Readonly<{ own: boolean }>;

export const placeKey = ({ job, period }: Place): string => `${job}@${period}`;

export type Graph = Readonly<{
  /** The periods that await this one and whose time is before `before`, each once, by job and period. At most `most` of one job. */
  dependents(place: Place, before: number, most: number): readonly Dependent[];
  /** The jobs that need a job, itself not among them, by path. */
  downstream(job: string): readonly string[];
}>;

/** The graph of a deployment's jobs, by path. Jobs that are closed are in it. */
export function graphOf(jobs: ReadonlyMap<string, Job>): Graph {
  const needing = new Map<string, string[]>();
  for (const { id, needs } of jobs.values())
    for (const upstream of new Set(needs.map((need) => (need.kind === 'self' ? id : need.job))))
      needing.set(upstream, [...(needing.get(upstream) ?? []), id]);
  return {
    downstream: (job) => (needing.get(job) ?? []).filter((one) => one !== job),
    dependents: ({ job, period }, before, most) =>
      (needing.get(job) ?? []).flatMap((path) =>
        awaiting(jobs, jobs.get(path)!, job, period, most, before).map((at) => ({
          job: path,
          period: at,
          own: path === job,
        })),
      ),
  };
}
