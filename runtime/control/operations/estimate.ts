// How long an operation will take: a guess from what its jobs took before, never a promise.

/** Periods of one job that are to be run. `alone`: no two of them at once. */
export type Work = Readonly<{ job: string; periods: number; alone: boolean }>;

/**
 * Milliseconds for all of the work with `parallel` places, by the usual duration of each job; null when none of the jobs has ever succeeded.
 * A job without a history is taken for an average one. It is never less than the longest job that runs its periods one after another.
 */
export function estimateMs(work: readonly Work[], usual: ReadonlyMap<string, number>, parallel: number): number | null {
  const known = work.filter(({ job }) => usual.has(job));
  if (work.length === 0) return 0;
  if (known.length === 0) return null;
  const average = known.reduce((sum, { job }) => sum + usual.get(job)!, 0) / known.length;
  const lengths = work.map(({ job, periods, alone }) => {
    const each = usual.get(job) ?? average;
    return { all: each * periods, least: alone ? each * periods : each };
  });
  const together = lengths.reduce((sum, { all }) => sum + all, 0) / parallel;
  return Math.round(lengths.reduce((most, { least }) => Math.max(most, least), together));
}
