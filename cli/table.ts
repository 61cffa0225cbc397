import stringWidth from 'string-width';
import { inert } from './colors.js';

/** Columns under a header, as wide as their widest cell (Chinese counts twice); the last is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [header, ...rows].map((row) => row.map(inert));
  const widths = header.map((_, column) => Math.max(...all.map((row) => stringWidth(row[column] ?? ''))));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat(widths[column]! - stringWidth(cell)),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** A span in the two largest units that matter: `1 h 4 min`, `3.2 s`. */
export function span(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
