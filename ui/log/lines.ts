// A log as lines, from byte ranges: which part of the file is held, its lines, and how it grows at both ends. Pure, no React.
// In: chunks of bytes that touch what is held. Out: whole lines, and their numbers once the beginning is held.
// Never here: fetching (log/reader.ts), colours (log/ansi.ts).

/**
 * What of a file is held: bytes `[from, to)` as `lines`, the last of which may be unfinished. `pieces`: where in the file, and at which line,
 * each chunk's first line began, so that a part can be let go at its front.
 */
export type HeldLog = Readonly<{
  from: number;
  to: number;
  lines: readonly string[];
  carry: Uint8Array;
  pieces: readonly Readonly<{ at: number; line: number }>[];
}>;

export const emptyLog = (at: number): HeldLog => ({
  ...{ from: at, to: at, lines: [], carry: new Uint8Array() },
  pieces: [{ at, line: 0 }],
});

const NEWLINE = 10;
const decoder = new TextDecoder();

/** Lines longer than this are cut: a line is something one reads, not a file. */
export const LINE_MOST = 64 * 1024;
/** No letter of the part that is shown is cut by it. */
const CARRY_MOST = 4 * LINE_MOST + 4;

/** Progress bars write over their line with carriage returns: what a terminal would show is what came last. */
function foldReturns(line: string): string {
  const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
  const folded = whole.slice(whole.lastIndexOf('\r') + 1);
  return folded.length > LINE_MOST ? `${folded.slice(0, LINE_MOST)} …` : folded;
}

const decode = (bytes: Uint8Array): string => foldReturns(decoder.decode(bytes));

function splitLines(bytes: Uint8Array): Readonly<{ lines: string[]; rest: Uint8Array }> {
  const lines: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines.push(decode(bytes.subarray(start, end)));
    start = end + 1;
  }
  return { lines, rest: bytes.subarray(start) };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * Adds the bytes that follow what is held. A letter or line cut by the chunk's end is completed by the next one; of a line longer than
 * LINE_MOST only its begin is kept meanwhile, since no more of it will be shown.
 */
export function append(log: HeldLog, bytes: Uint8Array): HeldLog {
  if (bytes.length === 0) return log;
  const { lines, rest } = splitLines(joined(log.carry, bytes));
  const to = log.to + bytes.length;
  const all = log.lines.concat(lines);
  const pieces = lines.length > 0 ? [...log.pieces, { at: to - rest.length, line: all.length }] : log.pieces;
  return { from: log.from, to, lines: all, carry: rest.slice(0, CARRY_MOST), pieces };
}

/** Lets go of whole chunks at the front until at most `bytes` are held; the last chunk stays. */
export function keepLast(log: HeldLog, bytes: number): HeldLog {
  if (log.to - log.from <= bytes) return log;
  const first = log.pieces.findIndex((piece) => log.to - piece.at <= bytes);
  const cut = log.pieces[first < 0 ? log.pieces.length - 1 : first]!;
  if (cut.at === log.from) return log;
  const pieces = log.pieces
    .filter((piece) => piece.at >= cut.at)
    .map((piece) => ({ at: piece.at, line: piece.line - cut.line }));
  return { ...log, from: cut.at, lines: log.lines.slice(cut.line), pieces };
}

const SHOWN_MOST_BYTES = 1024 * 1024;

/**
 * What a job prints that has filled the head of its log, and is no part of it yet: the newest of it. `at` counts all that the job wrote; what
 * does not follow what is held begins anew.
 */
export function addShown(shown: HeldLog | undefined, at: number, bytes: Uint8Array): HeldLog {
  return keepLast(append(shown?.to === at ? shown : emptyLog(at), bytes), SHOWN_MOST_BYTES);
}

/** The lines that contain `text`, whatever its case, in order; none for no text. */
export function linesWith(lines: readonly string[], text: string): readonly number[] {
  const wanted = text.toLowerCase();
  const found: number[] = [];
  if (wanted === '') return found;
  for (let i = 0; i < lines.length; i++) if (withoutColours(lines[i]!).toLowerCase().includes(wanted)) found.push(i);
  return found;
}

/** Starts at a chunk from the middle of the file: the line it begins within is left out, so that `from` is always a line's start. */
export function beginAt(at: number, bytes: Uint8Array): HeldLog {
  const skip = at === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
  return append(emptyLog(at + skip), bytes.subarray(skip));
}

/** Puts the chunk `[at, log.from)` before what is held. */
export function prepend(log: HeldLog, at: number, bytes: Uint8Array): HeldLog {
  const before = beginAt(at, bytes);
  const shift = before.lines.length;
  const pieces = log.pieces.map((piece) => ({ at: piece.at, line: piece.line + shift }));
  return {
    ...{ from: before.from, to: log.to, lines: before.lines.concat(log.lines), carry: log.carry },
    pieces: [...before.pieces.filter((piece) => piece.at < log.from), ...pieces],
  };
}

/** The lines to show, with the unfinished one at the end. */
export const shownLines = (log: HeldLog): readonly string[] =>
  log.carry.length === 0 ? log.lines : [...log.lines, decode(log.carry)];

/** One row of fixed height: a part of a line, `[start, end)` in visible columns. */
export type Row = Readonly<{ line: number; start: number; end: number }>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const ESCAPES = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;

/** The text without its colours. */
export const withoutColours = (line: string): string => (line.includes('\u001b') ? line.replace(ESCAPES, '') : line);

/** Splits lines into rows of at most `columns` columns; 0 leaves every line whole. */
export function rowsOf(lines: readonly string[], columns: number): readonly Row[] {
  const rows: Row[] = [];
  for (let line = 0; line < lines.length; line++) {
    const length = lines[line]!.length <= columns ? lines[line]!.length : withoutColours(lines[line]!).length;
    if (columns === 0 || length <= columns) rows.push({ line, start: 0, end: length });
    else
      for (let start = 0; start < length; start += columns)
        rows.push({ line, start, end: Math.min(start + columns, length) });
  }
  return rows;
}

/** `#L120` and `#L120-L140`: the lines a link points at, both included; undefined for anything else. */
export function parseLineLink(hash: string): Readonly<{ first: number; last: number }> | undefined {
  const found = /^#L(\d{1,9})(?:-L(\d{1,9}))?$/.exec(hash);
  if (!found) return undefined;
  const a = Number(found[1]);
  const b = Number(found[2] ?? found[1]);
  return { first: Math.min(a, b), last: Math.max(a, b) };
}

export const printLineLink = (first: number, last: number): string =>
  first === last ? `#L${first}` : `#L${Math.min(first, last)}-L${Math.max(first, last)}`;
