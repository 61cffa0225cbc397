const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/**
 * A length of time (milliseconds, whole seconds) as an author writes it, in the largest unit that fits without rest; a day is written in hours, as
 * durations of processes are.
 */
export function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? ['s', 1_000];
  return ms === 86_400_000 ? '24h' : `${ms / size}${unit}`;
}
