import type { OpenSign } from './open-signs.js';

/** Where esbuild gave up: its words, and what stands at the place (a word, a sign, or nothing at the end of the file). */
export type Mistake = Readonly<{
  text: string;
  words: string;
  offset: number;
  found: string;
  /** What is open there, from the outermost in. */
  open: readonly OpenSign[];
}>;

/** `start` and `end` are offsets in the text; those of esbuild's place unless given. */
export type Explained = Readonly<{
  message: string;
  label?: string;
  help?: string;
  start?: number;
  end?: number;
  notes?: readonly Readonly<{ message: string; offset: number }>[];
}>;

/** What it knows of a mistake, or undefined where it is another's. */
export type Rule = (mistake: Mistake) => Explained | undefined;

export const DEFINITION = '`export default defineJob({ … })`';

/** The text before the mistake, without the white space at its end. */
export const before = ({ text, offset }: Mistake): string => text.slice(0, offset).trimEnd();

/** As much of the line as anybody reads. */
export function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return text.slice(start, start + 2_000).split('\n', 1)[0]!;
}

/** A sign or a word as it stands in a message: a backtick alone stands as it is. */
export const shown = (sign: string): string => (sign === '`' ? sign : `\`${sign}\``);
