import stringWidth from 'string-width';
import { type Tree, textOf } from '../source/tree.js';
import type { Diagnostic, Note, Place } from './diagnostic.js';

export type PrintOptions = Readonly<{ color?: boolean }>;

const TAB = '    ';
const CODES = { error: '31', warning: '33', note: '36', gutter: '34', bold: '1', help: '32' } as const;

/** Diagnostics for a terminal, one after the other, and a last line that counts them; empty for none. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], tree: Tree, options: PrintOptions = {}): string {
  if (diagnostics.length === 0) return '';
  return `${diagnostics.map((one) => printDiagnostic(one, tree, options)).join('\n')}\n${summary(diagnostics)}\n`;
}

/** One diagnostic in the manner of rustc: message, place, the marked line, notes and help; ends with a line break. */
export function printDiagnostic(diagnostic: Diagnostic, tree: Tree, { color = false }: PrintOptions = {}): string {
  const paint = painter(color);
  const { severity, code, message, label, notes, help } = diagnostic;
  const places = [diagnostic, ...notes].filter(hasPlace);
  const width = String(Math.max(0, ...places.map(({ line }) => line))).length;
  const margin = ' '.repeat(width);
  const lines = [`${paint(severity, `${severity}[${code}]`)}${paint('bold', `: ${message}`)}`];
  if (hasPlace(diagnostic)) lines.push(...snippet(diagnostic, label, tree, width, '-->', severity, paint));
  else if (diagnostic.file !== null) lines.push(`${margin}${paint('gutter', '-->')} ${diagnostic.file}`);
  for (const note of notes) lines.push(...printNote(note, tree, width, paint));
  if (help !== null) lines.push(`${margin} ${paint('gutter', '=')} ${paint('help', 'help')}: ${help}`);
  return `${lines.join('\n')}\n`;
}

type Paint = (what: keyof typeof CODES, text: string) => string;

const painter =
  (color: boolean): Paint =>
  (what, text) =>
    color ? `\u001b[${CODES[what]}m${text}\u001b[0m` : text;

const hasPlace = <T extends Readonly<{ line: number | null }>>(one: T): one is T & Place => one.line !== null;

function printNote(note: Note, tree: Tree, width: number, paint: Paint): readonly string[] {
  const margin = ' '.repeat(width);
  const said = `${margin} ${paint('gutter', '=')} ${paint('note', 'note')}: ${note.message}`;
  return hasPlace(note) ? [said, ...snippet(note, null, tree, width, '-->', 'note', paint)] : [said];
}

function snippet(
  place: Place,
  label: string | null,
  tree: Tree,
  width: number,
  arrow: string,
  what: keyof typeof CODES,
  paint: Paint,
): readonly string[] {
  const margin = ' '.repeat(width);
  const bar = paint('gutter', '|');
  const text = (textOf(tree, place.file).split('\n')[place.line - 1] ?? '').replace(/\r$/, '');
  const before = expandTabs(text.slice(0, place.column - 1));
  const marked = expandTabs(
    text.slice(place.column - 1, place.endLine === place.line ? place.endColumn - 1 : undefined),
  );
  // Columns of the terminal, not letters: a Chinese letter takes two.
  const underline =
    ' '.repeat(stringWidth(before)) +
    paint(what, '^'.repeat(Math.max(1, stringWidth(marked))) + (label ? ` ${label}` : ''));
  return [
    `${margin}${paint('gutter', arrow)} ${place.file}:${place.line}:${place.column}`,
    `${margin} ${bar}`,
    `${paint('gutter', String(place.line).padStart(width))} ${bar} ${expandTabs(text)}`,
    `${margin} ${bar} ${underline}`,
  ];
}

const expandTabs = (text: string): string => text.replaceAll('\t', TAB);

function summary(diagnostics: readonly Diagnostic[]): string {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = diagnostics.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? '' : 's'}`];
  });
  return counts.join(', ');
}
