import type { Place } from './expanded.js';

/** What ends a line for `.` in a pattern of Java, within which the old scheduler looks for its expressions. */
const LINE_END = /[\n\r\u0085\u2028\u2029]/g;

/**
 * The stretches that begin with `open` and end with the next `close` on the same line, from left to right, apart from each other.
 * Reads the text once, however many openings have no end.
 */
export function* spansOf(text: string, open: string, close: string): Generator<Place> {
  let [closes, ends] = [-1, -1];
  for (let at = text.indexOf(open); at >= 0; ) {
    const inside = at + open.length;
    if (closes < inside) closes = text.indexOf(close, inside);
    if (closes < 0) return;
    if (ends < inside) ends = lineEnd(text, inside);
    const isWhole = closes < ends;
    if (isWhole) yield { offset: at, length: closes + close.length - at };
    at = text.indexOf(open, isWhole ? closes + close.length : inside);
  }
}

function lineEnd(text: string, from: number): number {
  LINE_END.lastIndex = from;
  return LINE_END.exec(text)?.index ?? text.length;
}
