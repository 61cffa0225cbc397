import { type At, byPlace, type Diagnostic, type Finding, type Note, type Place } from '../check/diagnostic.js';
import { severityOf } from '../check/severity.js';
import { spelledOut } from '../check/spelling.js';
import type { Found } from './found.js';
import { placeInside } from './lines.js';
import { type Tree, textOf } from './tree.js';
import { firstLine, placeInYaml } from './yaml-places.js';

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
  const here = at ? await find(tree, at) : null;
  const others: Note[] = [];
  for (const note of notes) {
    const place = note.at ? (await find(tree, note.at)).place : NOWHERE;
    others.push({ message: spelledOut(note.message), ...place });
  }
  if (here?.usedAt) others.push({ message: 'used here', ...here.usedAt });
  if (here?.computed) others.push({ message: 'the value is computed; this is the nearest place to it', ...NOWHERE });
  return {
    code,
    severity: severityOf(code),
    message: spelledOut(message),
    ...(here?.place ?? NOWHERE),
    label: label === undefined ? null : spelledOut(label),
    notes: others,
    help: help === undefined ? null : spelledOut(help),
  };
}

/** The place of a value alone. */
export const placeAt = async (tree: Tree, at: At): Promise<Place> => (await find(tree, at)).place;

async function find(tree: Tree, at: At): Promise<Found> {
  if ('place' in at) return { place: placeInside(textOf(tree, at.place.file), at.place), computed: false };
  const { file, path } = at;
  const text = textOf(tree, file);
  if (path === undefined) return { place: firstLine(file, text), computed: false };
  const sought = { path, on: at.on ?? 'value', within: at.within } as const;
  if (!file.endsWith('.ts')) return placeInYaml(file, text, sought);
  const { placeInTypeScript } = await import('./spans.js');
  return placeInTypeScript(file, text, sought);
}
