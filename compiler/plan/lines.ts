import { diffLines } from 'diff';

export type Lines = Readonly<{ added: number; removed: number }>;

// The time grows with the square of what differs: two long scripts that have nothing in common would hold up a plan, and an apply under the
// project's lock, for minutes. Past this the two numbers are not worth it.
const MOST_EDITS = 1_000;

/** How many lines a text gained and lost; null when they differ too much to be worth the count. */
export function linesBetween(before: string, after: string): Lines | null {
  const parts = diffLines(before, after, { maxEditLength: MOST_EDITS });
  if (parts === undefined) return null;
  const count = (is: 'added' | 'removed'): number =>
    parts.reduce((sum, part) => (part[is] ? sum + (part.count ?? 0) : sum), 0);
  return { added: count('added'), removed: count('removed') };
}
