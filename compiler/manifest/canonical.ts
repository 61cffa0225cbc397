import { createHash } from 'node:crypto';
import { madeOnce } from './made-once.js';
import type { Job } from './manifest.js';

/** JSON with sorted keys and no white space: equal values have equal bytes. Absent and undefined members are the same. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) throw new TypeError('undefined has no JSON');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return canonicalList(value);
  const record = value as Readonly<Record<string, unknown>>;
  let json = '';
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member !== undefined) json += `${json === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${json}}`;
}

/** A calendar has lists of sixty numbers: a list without records needs no sorting. */
function canonicalList(list: readonly unknown[]): string {
  const isPlain = list.every((item) => typeof item === 'number' || typeof item === 'string');
  return isPlain ? JSON.stringify(list) : `[${list.map((item) => canonicalJson(item ?? null)).join(',')}]`;
}

/** Lower-case hexadecimal. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** The hash of a value: equal for equal JSON, whatever the order of keys. */
export const hashOf = (value: unknown): string => sha256(canonicalJson(value));

/**
 * The hash of what a job does: equal when a run of it would be made, wait and execute in the same way. Where it was written (`file`,
 * `provenance`) is no part of it.
 */
export const definitionHash = (job: Job): string => hashOnce(job, [], () => hashOfMeaning(job));

const hashOnce = madeOnce<Job, string>();
const hashOfMeaning = ({ file: _, provenance: __, ...meaning }: Job): string => hashOf(meaning);
