import { gapAround, instantsOf } from './zone.js';

/** A missing local time is dropped when the gap is as long as this (A5). */
const DROPPED_GAP_MS = 12 * 3_600_000;

/**
 * The instants at which a local time (as if it were UTC, in milliseconds) is run (A5). `each`: whenever clocks show it. `once`: the first of two,
 * the first valid instant for none, nothing in a very long gap.
 */
export function instantsRun(zone: string, local: number, how: 'each' | 'once'): readonly number[] {
  const instants = instantsOf(zone, local);
  if (how === 'each') return instants;
  if (instants.length > 0) return instants.slice(0, 1);
  const gap = gapAround(zone, local);
  return gap && gap.sizeMs < DROPPED_GAP_MS ? [gap.instant] : [];
}
