import stringWidth from 'string-width';
import { inert } from './colors.js';

const GAP = 2;
/** What is left of a cell tells nothing below this. */
const LEAST = 8;

/**
 * Columns under a header, as wide as their widest cell (Chinese counts twice); the last is not padded. `columns`: of the terminal, where there is
 * one: what is wider is cut with `…`, the last column first, then the widest; never the first, by which a thing is named elsewhere. What goes to a
 * file or a pipe is never cut.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): readonly string[] {
  const all = [header, ...rows].map((row) => row.map(inert));
  const natural = header.map((_, column) => Math.max(...all.map((row) => stringWidth(row[column] ?? ''))));
  const widths = columns === undefined ? natural : fitted(natural, columns);
  return all.map((row) =>
    row
      .map((cell, column) => {
        const shown = cut(cell, widths[column]!);
        return column === row.length - 1 ? shown : shown + ' '.repeat(widths[column]! - stringWidth(shown));
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** Widths that together fit, as far as `LEAST` lets them. */
function fitted(natural: readonly number[], columns: number): readonly number[] {
  const widths = [...natural];
  const last = widths.length - 1;
  let over = widths.reduce((sum, width) => sum + width, GAP * last) - columns;
  const shrink = (column: number, to: number): void => {
    const by = Math.min(over, Math.max(0, widths[column]! - to));
    widths[column]! -= by;
    over -= by;
  };
  if (over > 0 && last > 0) shrink(last, 3 * LEAST);
  while (over > 0) {
    const widest = widths.indexOf(Math.max(...widths.slice(1)), 1);
    if (widest < 1 || widths[widest]! <= LEAST) break;
    shrink(widest, Math.max(LEAST, widths[widest]! - 1));
  }
  return widths;
}

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** A colour of ours, or a letter. */
const ESCAPE = '\u001b';
const MARK = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`);

/** The first letters of a cell that fit, and `…`; the ends of its colours stay. */
function cut(cell: string, width: number): string {
  if (stringWidth(cell) <= width) return cell;
  let left = width - 1;
  let isCut = false;
  return cell
    .split(MARK)
    .map((part, i) => {
      if (i % 2 === 1 || isCut) return i % 2 === 1 ? part : '';
      let kept = '';
      for (const { segment } of letters.segment(part)) {
        left -= stringWidth(segment);
        if (left < 0) {
          isCut = true;
          return `${kept}…`;
        }
        kept += segment;
      }
      return kept;
    })
    .join('');
}

/** A span in the two largest units that matter: `1 h 4 min`, `3.2 s`. */
export function span(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
