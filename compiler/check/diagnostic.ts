// A diagnostic is an author's mistake as data: what is wrong, where, why and what to do about it.
// In: what a rule found. Out: one record that every printer (terminal, JSON, CI) renders. No rule throws; none formats colours.
// `codes.ts` is the catalogue of codes, `formats/` renders records, `source/locate.ts` turns positions in values into lines.

export type Severity = 'error' | 'warning' | 'note';

/**
 * A stretch of a file: lines and columns from 1, columns in UTF-16 units, `endColumn` exclusive; it may be empty, at the end of a line. A line
 * ends at `\n`; a byte order mark and the `\r` before a `\n` are no part of any line.
 */
export type Place = Readonly<{ file: string; line: number; column: number; endLine: number; endColumn: number }>;

/** A place, or none on purpose (nothing of a file is to blame). */
type MaybePlace = Place | Readonly<{ file: string | null; line: null; column: null; endLine: null; endColumn: null }>;

export type Note = Readonly<{ message: string }> & MaybePlace;

export type Diagnostic = Readonly<{
  /** `HERA` and four digits; never reused. `codes.ts` explains it. */
  code: string;
  severity: Severity;
  /** What is wrong, alone in a log. */
  message: string;
  /** What is wrong here, beside the marked place. */
  label: string | null;
  /** Other places that explain it. */
  notes: readonly Note[];
  /** The remedy. */
  help: string | null;
}> &
  MaybePlace;

/** Where in the value of a file something stands: keys and indexes from the file's definition inwards. */
export type Path = readonly (string | number)[];

/**
 * A position not yet looked up: a value of a file (`key`: its name instead of it; `within`: a part of its text), a whole file, or a place.
 * Looking up parses the file again, so it is done only for what is reported.
 */
export type At =
  | Readonly<{ file: string; path: Path; on?: 'key' | 'value'; within?: Readonly<{ offset: number; length: number }> }>
  | Readonly<{ file: string; path?: never }>
  | Readonly<{ place: Place }>;

/** What a rule reports; `locate` makes it a `Diagnostic`. */
export type Finding = Readonly<{
  code: string;
  message: string;
  at: At | null;
  label?: string | undefined;
  notes?: readonly Readonly<{ message: string; at?: At | undefined }>[] | undefined;
  help?: string | undefined;
}>;

export type Report = (finding: Finding) => void;

/** The guess for a misspelt name: the nearest within two letters, else nothing. Ties: the first in byte order. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  for (const name of names) {
    if (Math.abs(name.length - word.length) >= bestDistance + 1) continue;
    const distance = editDistance(word, name, bestDistance);
    if (distance < bestDistance || (distance === bestDistance && distance < 3 && best !== undefined && name < best)) {
      best = name;
      bestDistance = distance;
    }
  }
  return bestDistance < Math.max(2, word.length) ? best : undefined;
}

/** The guess, else the valid names when they are few. */
export function suggest(word: string, names: readonly string[]): string | undefined {
  const guess = nearest(word, names);
  if (guess !== undefined) return `did you mean \`${guess}\`?`;
  if (names.length === 0 || names.length > 40) return undefined;
  return `valid names: ${names.map((name) => `\`${name}\``).join(', ')}`;
}

/** Letters to insert, remove, replace or swap; stops counting at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    if (Math.min(...row) > limit) return limit + 1;
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** By file, then place, then code; what has no place comes first. Byte order, so the same everywhere. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (
    compare(a.file ?? '', b.file ?? '') ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compare(a.code, b.code) ||
    compare(a.message, b.message)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
