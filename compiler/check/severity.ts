import type { Severity } from './diagnostic.js';

const WARNINGS: ReadonlySet<string> = new Set(['HERA0004', 'HERA1006', 'HERA2014', 'HERA3008', 'HERA4016']);
const NOTES: ReadonlySet<string> = new Set(['HERA4007', 'HERA4013']);

/** How grave a code is; only errors keep a commit from being deployed. */
export function severityOf(code: string): Severity {
  if (NOTES.has(code)) return 'note';
  return WARNINGS.has(code) ? 'warning' : 'error';
}
