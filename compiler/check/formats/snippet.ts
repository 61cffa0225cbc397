import type { Place } from '../diagnostic.js';
import { type Window, widthOf, windowOf, wrapped } from './columns.js';
import { type FileLines, linesOf } from './file-lines.js';

/** A marked stretch of a file with what is said of it; the primary one is what is wrong, the others explain it. */
export type Mark = Readonly<{ place: Place; label: string | null; isPrimary: boolean }>;

/** How the parts of a snippet are coloured. */
export type Brush = Readonly<{
  gutter(text: string): string;
  primary(text: string): string;
  secondary(text: string): string;
}>;

export type Frame = Readonly<{
  /** Columns for line numbers. */
  digits: number;
  /** Columns of the whole terminal. */
  width: number;
  brush: Brush;
}>;

/** Of a stretch of many lines the first and the last ones are shown. */
const HEAD_LINES = 3;
const TAIL_LINES = 2;
/** However narrow the terminal, so much of a line is shown. */
const LEAST_ROOM = 20;

/** A mark on one line, in columns of that line as shown. */
type Span = Readonly<{ line: number; from: number; to: number; label: string | null; isPrimary: boolean }>;
/** A mark over several lines, drawn at the left edge. */
type Tall = Readonly<{
  line: number;
  from: number;
  endLine: number;
  to: number;
  label: string | null;
  isPrimary: boolean;
}>;

/** The marked lines of one file, in the manner of rustc: below each line what is marked in it, and what is said of it. */
export function drawSnippet(text: string, marks: readonly Mark[], frame: Frame): readonly string[] {
  const lines = linesOf(
    text,
    marks.map(({ place }) => place),
  );
  const spans: Span[] = [];
  let tall: Tall | null = null;
  for (const { place, label, isPrimary } of marks) {
    const from = lines.widthBefore(place.line, place.column);
    const isTall = place.endLine > place.line;
    if (isTall && tall === null)
      tall = { ...place, from, to: lines.widthBefore(place.endLine, place.endColumn), label, isPrimary };
    else {
      const to = isTall ? widthOf(lines.shownAt(place.line)) : lines.widthBefore(place.line, place.endColumn);
      spans.push({ line: place.line, from, to: Math.max(from + 1, to), label, isPrimary });
    }
  }
  const drawing: Drawing = { lines, spans, tall, frame };
  const bar = frame.brush.gutter('|');
  const drawn = [`${' '.repeat(frame.digits)} ${bar}`];
  let last: number | null = null;
  for (const line of linesToShow(spans, tall)) {
    if (last !== null && line > last + 2) drawn.push(frame.brush.gutter('...'));
    else if (last !== null && line === last + 2) drawn.push(...drawLine(drawing, last + 1));
    drawn.push(...drawLine(drawing, line));
    last = line;
  }
  return drawn;
}

type Drawing = Readonly<{ lines: FileLines; spans: readonly Span[]; tall: Tall | null; frame: Frame }>;

function linesToShow(spans: readonly Span[], tall: Tall | null): readonly number[] {
  const wanted = new Set(spans.map(({ line }) => line));
  if (tall) {
    for (let line = tall.line; line <= tall.endLine; line++)
      if (line < tall.line + HEAD_LINES || line > tall.endLine - TAIL_LINES) wanted.add(line);
  }
  return [...wanted].sort((a, b) => a - b);
}

/** One line of the file with what is drawn below it. */
function drawLine({ lines, spans, tall, frame }: Drawing, line: number): readonly string[] {
  const { digits, width, brush } = frame;
  const text = lines.shownAt(line);
  const here = spans.filter((span) => span.line === line);
  const room = Math.max(LEAST_ROOM, width - digits - 3 - (tall ? 2 : 0));
  const starts = [...here.map(({ from }) => from), ...(tall?.line === line ? [tall.from] : [])];
  const window = windowOf(text, starts.length > 0 ? Math.min(...starts) : 0, room);
  const rule = (edge: string, content: string): string =>
    `${' '.repeat(digits)} ${brush.gutter('|')} ${`${edge}${content}`}`.trimEnd();
  // From its start to its end, a tall mark is a bar at the left edge of the lines.
  const opensHere = tall?.line === line;
  const opensAtOnce = opensHere && widthOf(text.slice(0, text.length - text.trimStart().length)) >= tall.from;
  const isInside = tall !== null && line > tall.line && line <= tall.endLine;
  const paint = tall?.isPrimary ? brush.primary : brush.secondary;
  const edge = tall === null ? '' : isInside ? `${paint('|')} ` : opensAtOnce ? `${paint('/')} ` : '  ';
  const after = tall === null ? '' : isInside || opensAtOnce ? `${paint('|')} ` : '  ';
  const numbered =
    `${brush.gutter(String(line).padStart(digits))} ${brush.gutter('|')} ${edge}${window.text}`.trimEnd();
  const drawn = [numbered, ...drawSpans(here, window, room, brush).map((row) => rule(after, row))];
  if (tall && opensHere && !opensAtOnce) drawn.push(rule(' ', paint(`${'_'.repeat(tall.from - window.from + 1)}^`)));
  if (tall && line === tall.endLine) {
    const end = Math.max(0, Math.min(tall.to, window.to) - 1 - window.from);
    const label = tall.label === null ? '' : ` ${tall.label}`;
    drawn.push(rule('', paint(`|${'_'.repeat(end + 1)}^${label}`)));
  }
  return drawn;
}

/** The rows below a line: underlines, then the labels that do not fit beside them, the last one first. */
function drawSpans(spans: readonly Span[], window: Window, room: number, brush: Brush): readonly string[] {
  if (spans.length === 0) return [];
  const shifted = spans
    .map((span) => ({
      ...span,
      from: Math.max(0, span.from - window.from),
      to: Math.max(1, Math.min(span.to, window.to) - window.from),
    }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  const last = shifted.at(-1)!;
  const reach = Math.max(...shifted.map(({ to }) => to));
  const isBeside = last.label !== null && last.to === reach && reach + 1 + widthOf(last.label) <= room;
  const underline = paintCells(reach, shifted, brush);
  const rows = [isBeside ? `${underline} ${paintOf(last, brush)(last.label!)}` : underline];
  const below = shifted.filter((span) => span.label !== null && !(isBeside && span === last));
  if (below.length > 0) rows.push(stems(below, brush));
  for (let i = below.length - 1; i >= 0; i--) {
    const { from, label } = below[i]!;
    const left = below.slice(0, i).filter((one) => one.from < from);
    const indent = Math.max(0, Math.min(from, room - Math.min(widthOf(label!), LEAST_ROOM)));
    for (const part of wrapped(label!, Math.max(LEAST_ROOM, room - indent)))
      rows.push(besideStems(left, indent, paintOf(below[i]!, brush)(part), brush));
  }
  return rows;
}

const paintOf = ({ isPrimary }: Span, brush: Brush) => (isPrimary ? brush.primary : brush.secondary);

/** `^` below what is wrong, `-` below what explains it; where they meet, what is wrong wins. */
function paintCells(reach: number, spans: readonly Span[], brush: Brush): string {
  let row = '';
  for (let cell = 0; cell < reach; ) {
    const inCell = (span: Span, at: number): boolean => at >= span.from && at < span.to;
    const kindAt = (at: number): '^' | '-' | ' ' =>
      spans.some((span) => span.isPrimary && inCell(span, at))
        ? '^'
        : spans.some((span) => inCell(span, at))
          ? '-'
          : ' ';
    const kind = kindAt(cell);
    let end = cell + 1;
    while (end < reach && kindAt(end) === kind) end++;
    const text = kind.repeat(end - cell);
    row += kind === ' ' ? text : kind === '^' ? brush.primary(text) : brush.secondary(text);
    cell = end;
  }
  return row;
}

const stems = (spans: readonly Span[], brush: Brush): string => besideStems(spans, null, '', brush);

/** A `|` below the beginning of each span, and a text at a column after them. */
function besideStems(spans: readonly Span[], column: number | null, text: string, brush: Brush): string {
  let row = '';
  let at = 0;
  for (const span of spans) {
    if (span.from < at || (column !== null && span.from >= column)) continue;
    row += ' '.repeat(span.from - at) + paintOf(span, brush)('|');
    at = span.from + 1;
  }
  return column === null ? row : row + ' '.repeat(Math.max(0, column - at)) + text;
}
