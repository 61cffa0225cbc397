import { createHash } from 'node:crypto';

/**
 * How long after its ticks a job starts (A8), in whole milliseconds from 0 up to `spreadMs`, that not included: always the same for the same job, and
 * evenly spread over many.
 */
export function jitterOf(project: string, job: string, spreadMs: number): number {
  const hash = createHash('sha256').update(`${project}/${job}`).digest();
  return Math.floor((hash.readUIntBE(0, 6) / 2 ** 48) * spreadMs);
}
