// A format turns diagnostics into text for one kind of reader: a person, a program, a continuous integration, a code review.
// In: what was checked. Out: text; every format says the same records. Nothing here finds a mistake or knows a rule, and none reads a disk.
// `text.ts` is for terminals (`snippet.ts` draws the marked lines, `columns.ts` measures them); the others are one file each.
import type { Tree } from '../../source/tree.js';
import { counted } from '../counted.js';
import type { Diagnostic, Place, Severity } from '../diagnostic.js';
import { spelledOut } from '../spelling.js';

/** What a format is given. */
export type Checked = Readonly<{
  diagnostics: readonly Diagnostic[];
  tree: Tree;
  /** What compiled; null when a diagnostic is an error. */
  project: Readonly<{ name: string; jobs: number; timetables: number }> | null;
  /** The project's folder below the root of its repository, `''` at the root: annotations name files from that root. */
  under: string;
  /** Of this Hera. */
  version: string;
}>;

/** A file as the repository names it. */
export const repositoryPath = ({ under }: Pick<Checked, 'under'>, file: string): string =>
  under === '' ? file : `${under}/${file}`;

/** Whether a diagnostic or note has a place on purpose. */
export const hasPlace = <T extends Readonly<{ line: number | null }>>(one: T): one is T & Place => one.line !== null;

/** `a.yaml:3:9`, or the file alone, or nothing. The name of a file is an author's word too. */
export function placeName(file: string | null, one: Readonly<{ line: number | null; column: number | null }>): string {
  if (file === null) return '';
  return one.line === null ? spelledOut(file) : `${spelledOut(file)}:${one.line}:${one.column}`;
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** `2 errors, 1 warning`; empty for none. */
export function countWords(diagnostics: readonly Diagnostic[]): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const count = diagnostics.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [counted(count, severity)];
  });
  return counts.join(', ');
}

/** What stands for the whole: the counts, or that all is well. */
export function verdict({ diagnostics, project }: Checked): string {
  const counts = countWords(diagnostics);
  if (project === null) return counts;
  const { name, jobs, timetables } = project;
  return `${name}: ${counted(jobs, 'job')}, ${counted(timetables, 'timetable')}${counts === '' ? '' : `; ${counts}`}`;
}

/** Everything a diagnostic says after its message, as lines: label, notes with their places, help. */
export function remarks(diagnostic: Diagnostic, nameOf: (file: string) => string): readonly string[] {
  const notes = diagnostic.notes.map((note) => {
    const place = note.file === null ? '' : placeName(nameOf(note.file), note);
    return `note: ${note.message}${place === '' ? '' : ` (${place})`}`;
  });
  return [
    ...(diagnostic.label === null ? [] : [diagnostic.label]),
    ...notes,
    ...(diagnostic.help === null ? [] : [`help: ${diagnostic.help}`]),
  ];
}
