import type { Place } from '../check/diagnostic.js';

let last: Readonly<{ text: string; starts: readonly number[] }> | undefined;

/** Where the lines of a text begin; thousands of places of one file are asked for one after the other. */
function lineStarts(text: string): readonly number[] {
  if (last?.text !== text) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    last = { text, starts };
  }
  return last.starts;
}

/**
 * The place of the letters `[start, end)` of a file. White space at its end is left out, no letter is cut in two, and what is behind the end of
 * the text stands at the end of its last line that says something.
 */
export function placeBetween(file: string, text: string, start: number, end: number): Place {
  const length = text.trimEnd().length;
  let from = Math.max(0, Math.min(start, length));
  let to = Math.max(from, Math.min(end, length));
  while (to > from + 1 && /\s/.test(text[to - 1]!)) to--;
  if (isInsideLetter(text, from)) from--;
  if (isInsideLetter(text, to)) to++;
  const [begin, finish] = [pointAt(text, from), pointAt(text, to)];
  // A line break is nothing to mark: it is the end of its line.
  if (finish.line > begin.line && finish.column === 1)
    return { file, ...begin, endLine: begin.line, endColumn: lineLength(text, begin.line) + 1 };
  return { file, ...begin, endLine: finish.line, endColumn: finish.column };
}

/** A place that somebody else counted, brought into the file where it is outside of it or cuts a letter in two. */
export function placeInside(text: string, { file, line, column, endLine, endColumn }: Place): Place {
  const start = offsetAt(text, line, column);
  return placeBetween(file, text, start, Math.max(start, offsetAt(text, endLine, endColumn)));
}

/** The letter at a line and column, or the end of the line that is too short for it. */
function offsetAt(text: string, line: number, column: number): number {
  const starts = lineStarts(text);
  const within = Math.max(1, Math.min(line, starts.length));
  return starts[within - 1]! + Math.max(0, Math.min(column - 1, lineLength(text, within)));
}

const isInsideLetter = (text: string, at: number): boolean =>
  at > 0 && /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 1, at + 1));

function pointAt(text: string, offset: number): Readonly<{ line: number; column: number }> {
  const starts = lineStarts(text);
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: Math.min(offset - starts[low]!, lineLength(text, low + 1)) + 1 };
}

/** Without the line break. */
function lineLength(text: string, line: number): number {
  const starts = lineStarts(text);
  const start = starts[line - 1]!;
  const end = line < starts.length ? starts[line]! - 1 : text.length;
  return end > start && text[end - 1] === '\r' ? end - start - 1 : end - start;
}
