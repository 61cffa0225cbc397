import type { Job } from '../manifest/manifest.js';

type Jobs = ReadonlyMap<string, Pick<Job, 'id' | 'formerly'>>;

/**
 * Which deployed job each job of a manifest goes on, where that is one of another name: new id → old id, each old id once. Of several former
 * names the first that is deployed counts: authors write the latest first.
 * `formerly` acts when it is newly written: one that is deployed already has been honoured, and stands there for readers. Renames may be
 * exchanged (`a` formerly `b`, `b` formerly `a`) and chained (`b` formerly `a`, `c` formerly `b`). A job that is deployed under its name
 * keeps its own history, unless another one takes that; and a path that a rename sets free may be taken by a new job, which starts anew.
 */
export function renames(before: Jobs, after: Jobs): ReadonlyMap<string, string> {
  const refused = new Set<string>();
  for (;;) {
    const found = claim(before, after, refused);
    const taken = new Set(found.values());
    // Whoever would lose its own history to nobody keeps it.
    const stuck = [...found.keys()].filter((id) => before.has(id) && !taken.has(id));
    if (stuck.length === 0) return found;
    for (const id of stuck) refused.add(id);
  }
}

function claim(before: Jobs, after: Jobs, refused: ReadonlySet<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  const ids = [...after.keys()].filter((id) => !refused.has(id) && after.get(id)!.formerly.length > 0).sort(byteOrder);
  const take = (id: string, names: readonly string[]): boolean => {
    const old = names.find((name) => name !== id && before.has(name) && !taken.has(name));
    if (old === undefined || found.has(id)) return false;
    found.set(id, old);
    taken.add(old);
    return true;
  };
  const isNew = (id: string, name: string): boolean => !before.get(id)?.formerly.includes(name);
  for (const id of ids)
    take(
      id,
      after.get(id)!.formerly.filter((name) => isNew(id, name)),
    );
  // Whose own history was taken may have another's by the same words as once before, if nobody has that path: a chain that is walked again.
  const isGone = (name: string): boolean => !after.has(name);
  const again = (): boolean => ids.some((id) => taken.has(id) && take(id, after.get(id)!.formerly.filter(isGone)));
  while (again());
  return found;
}

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
