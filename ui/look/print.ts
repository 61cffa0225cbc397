const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `812.4 MiB`: bytes in the largest unit that leaves a number of at least one. */
export function printBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** The first letters of a commit, as git prints them. */
export const shortCommit = (commit: string): string => commit.slice(0, 8);
