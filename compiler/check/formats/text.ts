import { type Tree, textOf } from '../../source/tree.js';
import type { Diagnostic, Note, Place } from '../diagnostic.js';
import { countWords, hasPlace, placeName } from './checked.js';
import { drawSnippet, type Frame, type Mark } from './snippet.js';

/** `width`: columns of the terminal; lines of files are cut to it around what is marked. Unbounded unless given. */
export type PrintOptions = Readonly<{ color?: boolean; width?: number | undefined }>;

const CODES = { error: '31', warning: '33', note: '36', gutter: '34', secondary: '34', bold: '1', help: '32' } as const;

/** Diagnostics for a terminal, one after the other, and a last line that counts them; empty for none. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], tree: Tree, options: PrintOptions = {}): string {
  if (diagnostics.length === 0) return '';
  return `${diagnostics.map((one) => printDiagnostic(one, tree, options)).join('\n')}\n${countWords(diagnostics)}\n`;
}

/**
 * One diagnostic in the manner of rustc: message, place, the marked lines, notes and help; ends with a line break. Notes about the same file are
 * labels in its snippet, those about another one have their own.
 */
export function printDiagnostic(diagnostic: Diagnostic, tree: Tree, options: PrintOptions = {}): string {
  const { color = false, width = Number.POSITIVE_INFINITY } = options;
  const paint = painter(color);
  const { severity, code, message, label, notes, help } = diagnostic;
  const digits = String(Math.max(0, ...[diagnostic, ...notes].filter(hasPlace).map(({ endLine }) => endLine))).length;
  const margin = ' '.repeat(digits);
  const snippet = (place: Place, marks: readonly Mark[], what: keyof typeof CODES): readonly string[] => {
    const brush: Frame['brush'] = {
      gutter: (text) => paint('gutter', text),
      primary: (text) => paint(what, text),
      secondary: (text) => paint('secondary', text),
    };
    const arrow = `${margin}${paint('gutter', '-->')} ${placeName(place.file, place)}`;
    return [arrow, ...drawSnippet(textOf(tree, place.file), marks, { digits, width, brush })];
  };
  const lines = [`${paint(severity, `${severity}[${code}]`)}${paint('bold', `: ${message}`)}`];
  const beside = (note: Note): boolean => hasPlace(note) && note.file === diagnostic.file && hasPlace(diagnostic);
  if (hasPlace(diagnostic)) {
    const others = notes.filter(hasPlace).filter(beside);
    const marks = others.map((note): Mark => ({ place: note, label: note.message, isPrimary: false }));
    lines.push(...snippet(diagnostic, [{ place: diagnostic, label, isPrimary: true }, ...marks], severity));
  } else if (diagnostic.file !== null)
    lines.push(`${margin}${paint('gutter', '-->')} ${placeName(diagnostic.file, diagnostic)}`);
  for (const note of notes.filter((one) => !beside(one))) {
    lines.push(`${margin} ${paint('gutter', '=')} ${paint('note', 'note')}: ${note.message}`);
    if (hasPlace(note)) lines.push(...snippet(note, [{ place: note, label: null, isPrimary: true }], 'note'));
  }
  if (help !== null) lines.push(`${margin} ${paint('gutter', '=')} ${paint('help', 'help')}: ${help}`);
  return `${lines.join('\n')}\n`;
}

const painter =
  (color: boolean) =>
  (what: keyof typeof CODES, text: string): string =>
    color ? `\u001b[${CODES[what]}m${text}\u001b[0m` : text;
