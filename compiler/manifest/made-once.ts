import type { Finding, Report } from '../check/diagnostic.js';

/**
 * Keeps what was made from an object for as long as the object lives, and makes it anew only when something beside it is another. Everything
 * is compared by identity: a compilation hands the objects of unchanged files on to the next, so what one edit costs is what was made from it.
 */
export function madeOnce<K extends object, V>(): (key: K, beside: readonly unknown[], make: () => V) => V {
  const kept = new WeakMap<K, Readonly<{ beside: readonly unknown[]; value: V }>>();
  return (key, beside, make) => {
    const known = kept.get(key);
    if (known && isSame(known.beside, beside)) return known.value;
    const value = make();
    kept.set(key, { beside, value });
    return value;
  };
}

/** The same for what reports findings while it is made: they are reported again each time. */
export function readOnce<K extends object, V>(): (
  key: K,
  beside: readonly unknown[],
  report: Report,
  read: (report: Report) => V,
) => V {
  const once = madeOnce<K, Readonly<{ value: V; findings: readonly Finding[] }>>();
  return (key, beside, report, read) => {
    const { value, findings } = once(key, beside, () => {
      const findings: Finding[] = [];
      return { value: read((finding) => void findings.push(finding)), findings };
    });
    for (const finding of findings) report(finding);
    return value;
  };
}

/** Whether two lists hold the same things in the same order. */
export function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
