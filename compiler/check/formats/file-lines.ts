import type { Place } from '../diagnostic.js';
import { shown, widthOf } from './columns.js';

/** The lines of a file as a snippet shows them; `line` and `column` count from 1 as in a `Place`, widths are columns of a terminal. */
export type FileLines = Readonly<{
  shownAt(line: number): string;
  /** How many columns stand before the letter at `column`. */
  widthBefore(line: number, column: number): number;
}>;

/** Nobody reads more of a line. Of a longer one the neighbourhood of its first mark is shown, so that no file makes the answer many times as large. */
const LONGEST = 2_000;
const BEFORE = 500;

type Cut = Readonly<{ text: string; start: number; isHeadGone: boolean }>;

/** Only lines that are asked for are looked at: a diagnostic costs its lines, not its file. */
export function linesOf(text: string, places: readonly Place[]): FileLines {
  const lines = text.split('\n');
  const cuts = new Map<number, Cut>();
  const cutAt = (line: number): Cut => {
    const known = cuts.get(line);
    if (known) return known;
    const made = cutLine((lines[line - 1] ?? '').replace(/\r$/, ''), firstMark(places, line));
    cuts.set(line, made);
    return made;
  };
  return {
    shownAt: (line) => shown(cutAt(line).text),
    widthBefore(line, column) {
      const { text: kept, start, isHeadGone } = cutAt(line);
      return widthOf(shown(kept.slice(0, Math.max(0, column - 1 - start + (isHeadGone ? 1 : 0)))));
    },
  };
}

/** Where in a line the foremost of the places begins, or ends when it began above; the first letter where there is none. */
function firstMark(places: readonly Place[], line: number): number {
  const place = places.find((one) => one.line === line || one.endLine === line);
  if (!place) return 1;
  return place.line === line ? place.column : place.endColumn;
}

function cutLine(line: string, column: number): Cut {
  if (line.length <= LONGEST) return { text: line, start: 0, isHeadGone: false };
  const first = Math.max(0, Math.min(column - 1 - BEFORE, line.length - LONGEST));
  const start = isInsideLetter(line, first) ? first - 1 : first;
  const last = Math.min(line.length, start + LONGEST);
  const end = isInsideLetter(line, last) ? last + 1 : last;
  return {
    text: `${start > 0 ? '…' : ''}${line.slice(start, end)}${end < line.length ? '…' : ''}`,
    start,
    isHeadGone: start > 0,
  };
}

const isInsideLetter = (text: string, at: number): boolean =>
  at > 0 && /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 1, at + 1));
