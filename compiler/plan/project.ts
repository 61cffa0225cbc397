import type { Project } from '../manifest/manifest.js';
import { sameValue } from './fields.js';

/** A field of the project's file that differs: `machineGroups`, or inside of one `pools.slots`. Values are plain JSON, null where there is none. */
export type ProjectChange = Readonly<{ field: string; before: unknown; after: unknown }>;

/** Fields whose members have names; each of those is told for itself. */
const NAMED: ReadonlySet<string> = new Set(['pools', 'teams', 'channels']);

/** In what a project's own settings differ from those in force, by field in byte order. What an earlier version did not write down is nothing. */
export function projectChanges(old: Readonly<Record<string, unknown>>, project: Project): readonly ProjectChange[] {
  return differences('', old, project, NAMED).sort((a, b) => (a.field < b.field ? -1 : 1));
}

function differences(prefix: string, before: object, after: object, named: ReadonlySet<string>): ProjectChange[] {
  const [a, b] = [before, after] as readonly Readonly<Record<string, unknown>>[];
  return [...new Set([...Object.keys(a!), ...Object.keys(b!)])].flatMap((name) => {
    const [x, y] = [a![name] ?? null, b![name] ?? null];
    if (named.has(name)) return differences(`${name}.`, x ?? {}, y ?? {}, new Set());
    return sameValue(x ?? NOTHING[name] ?? null, y) ? [] : [{ field: `${prefix}${name}`, before: x, after: y }];
  });
}

/** What stands for a list that is empty, where it is not written at all. */
const NOTHING: Readonly<Record<string, unknown>> = { regions: [], machineGroups: [] };
