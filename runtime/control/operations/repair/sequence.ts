import { order } from '../../../../compiler/graph/graph.js';
import { type Place, placeKey } from './affected.js';

// In which order the periods of a plan run, and how long that takes at least.

/** A period and those of the same plan that it awaits. */
export type Step<T extends Place = Place> = T & Readonly<{ after: readonly Place[] }>;

/** Every step after all that it awaits, and otherwise in order of time, then of the job. Definitions have no cycles, so none is left out. */
export function inOrder<S extends Step>(steps: readonly S[]): readonly S[] {
  const byName = new Map(steps.map((step) => [nameOf(step), step]));
  const edges = new Map(steps.map((step) => [nameOf(step), step.after.map(nameOf)]));
  return order(edges).map((name) => byName.get(name)!);
}

/** Names whose byte order is that of time, then of the job. */
const nameOf = ({ job, period }: Place): string => `${String(period).padStart(16, '0')} ${job}`;

/** How long one run of a job takes, milliseconds; null: nobody knows. `alone`: its runs come one after the other. */
export type Pace = Readonly<{ ms: number | null; alone: boolean }>;

/**
 * How long the steps take, milliseconds: `work` one after the other, `longest` along the longest way through needs and through the runs of jobs that
 * run alone. Those whose duration nobody knows count as nothing.
 */
export function estimate(
  ordered: readonly Step[],
  paceOf: (job: string) => Pace,
): Readonly<{ work: number; longest: number }> {
  const ends = new Map<string, number>();
  const endOfJob = new Map<string, number>();
  let [work, longest] = [0, 0];
  for (const step of ordered) {
    const { ms, alone } = paceOf(step.job);
    const starts = Math.max(
      alone ? (endOfJob.get(step.job) ?? 0) : 0,
      ...step.after.map((one) => ends.get(placeKey(one)) ?? 0),
    );
    const end = starts + (ms ?? 0);
    ends.set(placeKey(step), end);
    endOfJob.set(step.job, Math.max(end, endOfJob.get(step.job) ?? 0));
    work += ms ?? 0;
    longest = Math.max(longest, end);
  }
  return { work, longest };
}
