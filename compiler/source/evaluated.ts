import type { Finding, Path } from '../check/diagnostic.js';

/** What one file defines, as plain data; the same shape from both languages. */
export type Evaluated = Readonly<{
  file: string;
  kind: 'job' | 'jobs' | 'folder' | 'project' | 'calendar';
  value: unknown;
  /** Where `value` stands in the file, for looking up places. */
  root: Path;
  /** Texts of scalars that are not strings, as written, by JSON of their path from the root of the file. */
  texts: ReadonlyMap<string, string>;
  /** Mistakes in spite of which the file could be read. */
  findings?: readonly Finding[];
}>;
