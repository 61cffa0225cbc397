import { counted } from '../counted.js';
import { jsonText } from '../spelling.js';
import type { Checked } from './checked.js';
import { githubFormat } from './github.js';
import { junitFormat } from './junit.js';
import { markdownFormat } from './markdown.js';
import { sarifFormat } from './sarif.js';
import { type PrintOptions, printDiagnostics } from './text.js';

export type { Checked } from './checked.js';

/** Text and GitHub's commands are lines and may follow each other; the others are documents. */
const FORMATS: Readonly<Record<FormatName, (checked: Checked, options: PrintOptions) => string>> = {
  text: (checked, options) => textFormat(checked, options),
  json: ({ diagnostics }) => `${jsonText(diagnostics)}\n`,
  github: githubFormat,
  sarif: sarifFormat,
  junit: junitFormat,
  markdown: markdownFormat,
};

export const FORMAT_NAMES = ['text', 'json', 'github', 'sarif', 'junit', 'markdown'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** Diagnostics in a format; ends with a line break, and is never empty. `options` are the terminal's, for `text`. */
export const renderDiagnostics = (format: FormatName, checked: Checked, options: PrintOptions = {}): string =>
  FORMATS[format](checked, options);

function textFormat(checked: Checked, options: PrintOptions): string {
  const text = printDiagnostics(checked.diagnostics, checked.tree, options);
  if (checked.project === null) return text;
  const { name, jobs, timetables } = checked.project;
  const ok = options.color ? '\u001b[32mok\u001b[39m' : 'ok';
  return `${text}${ok}: ${name}, ${counted(jobs, 'job')}, ${counted(timetables, 'timetable')}\n`;
}
