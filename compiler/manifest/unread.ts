// What of a record could not be read as its author meant it. Such a mistake has been reported where it is; rules that would judge by the missing
// value ask here and keep silent, so that one mistake is one diagnostic and does not hide the others.
import { type Finding, nearest, type Report } from '../check/diagnostic.js';
import type { Evaluated } from '../source/evaluated.js';
import { isRecord } from '../source/fields.js';
import { meantIn } from '../source/other-words.js';
import type { ReadShape, RecordField, Shape } from '../source/records.js';

/** Names of fields, of variables as `vars.<name>`, of a project's defaults as `defaults.<name>`; `*` stands for all of them. */
export type Unread = ReadonlySet<string>;

export const ALL_UNREAD: Unread = new Set(['*']);

export const isUnread = ({ unread }: Readonly<{ unread: Unread }>, key: string): boolean =>
  unread.has('*') || unread.has(key);

type Read = Pick<Evaluated, 'file' | 'value' | 'root' | 'texts'>;

/** Reads a record and keeps the names of its fields about which something was reported, or whose name was misspelt. */
export function readNoting<S extends Shape>(
  field: RecordField<S>,
  one: Read,
  report: Report,
): Readonly<{ spec: ReadShape<S> | undefined; unread: Unread }> {
  const unread = new Set<string>();
  const names = Object.keys(field.shape);
  const note = (finding: Finding): void => {
    for (const name of namesOf(finding, one, names)) unread.add(name);
    report(finding);
  };
  const { file, root: path, texts, value } = one;
  return { spec: field.read(value, { file, path, texts, report: note }), unread };
}

function namesOf({ code, at }: Finding, { root, value, file }: Read, names: readonly string[]): readonly string[] {
  if (at === null || !('path' in at) || at.path === undefined) return ['*'];
  const step = at.path[root.length];
  if (step === undefined) return code === 'HERA1003' ? [] : ['*'];
  const key = String(step);
  const inner = at.path[root.length + 1];
  // The other variables and defaults are known.
  if ((key === 'vars' || key === 'defaults') && typeof inner === 'string') return [`${key}.${inner}`];
  if (names.includes(key)) return [key];
  const meant = isRecord(value) ? meantIn({ [key]: value[key] }, names, { file }) : [];
  return [key, nearest(key, names) ?? key, ...meant];
}
