import { createHash } from 'node:crypto';
import type { Job } from './manifest.js';

/** JSON with sorted keys and no white space: equal values have equal bytes. Absent and undefined members are the same. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) throw new TypeError('undefined has no JSON');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Lower-case hexadecimal. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** The hash of a value: equal for equal JSON, whatever the order of keys. */
export const hashOf = (value: unknown): string => sha256(canonicalJson(value));

/**
 * The hash of what a job does: equal when a run of it would be made, wait and execute in the same way. Where it was written (`file`,
 * `provenance`) is no part of it.
 */
export function definitionHash({ file: _, provenance: __, ...meaning }: Job): string {
  return hashOf(meaning);
}
