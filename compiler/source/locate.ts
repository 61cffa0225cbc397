import {
  type At,
  byPlace,
  type Diagnostic,
  type Finding,
  type Note,
  type Path,
  type Place,
  spelledOut,
} from '../check/diagnostic.js';
import { severityOf } from '../check/severity.js';
import { type Tree, textOf } from './tree.js';
import { firstLine, placeInYaml } from './yaml.js';

/** Findings with their lines looked up, in order of place, each once. TypeScript's places are looked for only if one is asked for. */
export async function locate(tree: Tree, findings: readonly Finding[]): Promise<readonly Diagnostic[]> {
  const found = new Map<string, Diagnostic>();
  for (const finding of findings) {
    const diagnostic = await diagnosticOf(tree, finding);
    found.set(JSON.stringify(diagnostic), diagnostic);
  }
  return [...found.values()].sort(byPlace);
}

const NOWHERE = { file: null, line: null, column: null, endLine: null, endColumn: null } as const;

async function diagnosticOf(tree: Tree, { code, message, at, label, notes = [], help }: Finding): Promise<Diagnostic> {
  const here = at ? await placeOf(tree, at) : null;
  const extra: Note[] = here?.computed
    ? [{ message: 'the value is computed; this is the nearest place to it', ...NOWHERE }]
    : [];
  const others: Note[] = [];
  for (const note of notes) {
    const place = note.at ? (await placeOf(tree, note.at)).place : NOWHERE;
    others.push({ message: spelledOut(note.message), ...place });
  }
  return {
    code,
    severity: severityOf(code),
    message: spelledOut(message),
    ...(here?.place ?? NOWHERE),
    label: label === undefined ? null : spelledOut(label),
    notes: [...others, ...extra],
    help: help === undefined ? null : spelledOut(help),
  };
}

/** The place of a value alone. */
export const placeAt = async (tree: Tree, at: At): Promise<Place> => (await placeOf(tree, at)).place;

type Located = Readonly<{ place: Place; computed: boolean }>;

async function placeOf(tree: Tree, at: At): Promise<Located> {
  if ('place' in at) return { place: at.place, computed: false };
  const text = textOf(tree, at.file);
  if (at.path === undefined) return { place: firstLine(at.file, text), computed: false };
  const on = at.on ?? 'value';
  if (!at.file.endsWith('.ts'))
    return { place: inner(text, placeInYaml(at.file, text, at.path, on), at.within), computed: false };
  const { placeInTypeScript } = await import('./spans.js');
  const found = placeInTypeScript(at.file, text, at.path as Path, on);
  return found.computed ? found : { ...found, place: inner(text, found.place, at.within) };
}

/** A part of a text value, when the value stands on one line and as it is meant, so that counting letters is right. */
function inner(text: string, place: Place, within: Readonly<{ offset: number; length: number }> | undefined): Place {
  if (!within || place.line !== place.endLine) return place;
  const line = text.split('\n')[place.line - 1] ?? '';
  const written = line.slice(place.column - 1, place.endColumn - 1);
  const quoted = /^['"`]/.test(written) ? 1 : 0;
  if (written.includes('\\') || within.offset + within.length > written.length - 2 * quoted) return place;
  const column = place.column + quoted + within.offset;
  return { ...place, column, endColumn: column + Math.max(1, within.length) };
}
