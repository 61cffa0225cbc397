import type { Diagnostic, Severity } from '../diagnostic.js';
import { spelledOut } from '../spelling.js';
import { type Checked, countWords, hasPlace, placeName, remarks, repositoryPath, verdict } from './checked.js';

/**
 * What GitHub shows of one step: ten annotations of each kind (a job shows fifty; this command is one step). Source: actions/toolkit,
 * docs/problem-matchers.md, "Limitations". What is above is dropped there without a word, so it is printed as lines instead.
 */
const MOST_PER_KIND = 10;
/** The runner cuts longer messages. Source: actions/runner, ExecutionContext. */
const MOST_CHARS = 4_000;

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** Workflow commands for GitHub Actions: an annotation for each diagnostic, as many as are shown, and a list of the others. */
export function githubFormat(checked: Checked): string {
  const shownOf = (severity: Severity): readonly Diagnostic[] =>
    checked.diagnostics.filter((one) => one.severity === severity).slice(0, MOST_PER_KIND);
  const annotated = new Set([...shownOf('error'), ...shownOf('warning'), ...shownOf('note')]);
  const others = checked.diagnostics.filter((one) => !annotated.has(one));
  return [
    ...[...annotated].map((one) => command(one, checked)),
    ...(others.length === 0 ? [] : leftOut(others, checked)),
    plainLine(verdict(checked)),
    '',
  ].join('\n');
}

function command(diagnostic: Diagnostic, checked: Checked): string {
  const properties: [string, string | number][] = [];
  if (diagnostic.file !== null) properties.push(['file', spelledOut(repositoryPath(checked, diagnostic.file))]);
  if (hasPlace(diagnostic)) {
    const { line, endLine, column, endColumn } = diagnostic;
    properties.push(['line', line], ['endLine', endLine]);
    // Columns beside two different lines are refused by the runner.
    if (line === endLine) properties.push(['col', column], ['endColumn', Math.max(column, endColumn)]);
  }
  properties.push(['title', diagnostic.code]);
  const said = [diagnostic.message, ...remarks(diagnostic, (file) => repositoryPath(checked, file))].join('\n');
  const list = properties.map(([name, value]) => `${name}=${escapedProperty(String(value))}`).join(',');
  return `::${COMMANDS[diagnostic.severity]} ${list}::${escaped(cut(said))}`;
}

const cut = (text: string): string => (text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text);

/** Source: actions/toolkit, command.ts. */
const escaped = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('##[', '## [');
const escapedProperty = (text: string): string => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

function leftOut(others: readonly Diagnostic[], checked: Checked): readonly string[] {
  const lines = others.map((one) => {
    const place = one.file === null ? '' : `${placeName(repositoryPath(checked, one.file), one)}: `;
    return plainLine(`${place}${one.severity}[${one.code}]: ${one.message}`);
  });
  return [`::group::not annotated, for GitHub shows ten of a kind: ${countWords(others)}`, ...lines, '::endgroup::'];
}

/**
 * A line that the runner takes for no command, whatever an author called a file: those begin with `::` behind any spaces, or hold `##[`.
 * Source: actions/runner, ActionCommand.cs.
 */
export const plainLine = (line: string): string => line.replaceAll('##[', '## [').replace(/^(\s*)::/, '$1: :');
