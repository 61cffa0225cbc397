import type { Priority } from '../../compiler/manifest/manifest.js';
import type { Candidate } from '../store/run.js';

/** 1 is first. */
export const PRIORITY: Readonly<Record<Priority, number>> = { highest: 1, high: 2, normal: 3, low: 4, lowest: 5 };

/** A backfill comes after production: never before `low`. */
export function priorityOf(candidate: Candidate): number {
  const own = PRIORITY[(candidate.priority ?? 'normal') as Priority];
  return candidate.operationKind === 'backfill' ? Math.max(own, PRIORITY.low) : own;
}
