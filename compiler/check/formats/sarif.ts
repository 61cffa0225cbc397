import { sha256 } from '../../manifest/canonical.js';
import { type CodeEntry, codes } from '../codes.js';
import { counted } from '../counted.js';
import type { Diagnostic, Note, Place, Severity } from '../diagnostic.js';
import { severityOf } from '../severity.js';
import { jsonText } from '../spelling.js';
import { type Checked, hasPlace, repositoryPath } from './checked.js';

/** What code scanning takes of one run. Source: GitHub docs, "SARIF support for code scanning". */
const MOST_RESULTS = 25_000;

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'note' };

/** SARIF 2.1.0, for code scanning: a rule for each code that occurs, a result for each diagnostic. */
export function sarifFormat(checked: Checked): string {
  const rules = [...new Set(checked.diagnostics.map(({ code }) => code))].sort();
  const seen = new Map<string, number>();
  const results = checked.diagnostics
    .slice(0, MOST_RESULTS)
    .map((one) => resultOf(one, rules.indexOf(one.code), seen, checked));
  const left = checked.diagnostics.length - results.length;
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Hera', semanticVersion: checked.version, rules: rules.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            ...(left > 0 && {
              toolExecutionNotifications: [
                { level: 'warning', message: { text: `${counted(left, 'result')} left out` } },
              ],
            }),
          },
        ],
        results,
      },
    ],
  };
  return `${jsonText(log)}\n`;
}

function ruleOf(code: string) {
  const { title, explanation } = codes[code] as CodeEntry;
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: explanation },
    help: {
      text: `${explanation}\n\nhera explain-code ${code}`,
      markdown: `${explanation}\n\n\`hera explain-code ${code}\``,
    },
    defaultConfiguration: { level: LEVELS[severityOf(code)] },
  };
}

function resultOf(diagnostic: Diagnostic, ruleIndex: number, seen: Map<string, number>, checked: Checked) {
  const { code, severity, message, label, notes, help } = diagnostic;
  const said = [
    message,
    ...(label === null ? [] : [label]),
    ...unplaced(notes),
    ...(help === null ? [] : [`help: ${help}`]),
  ];
  const related = notes.filter(hasPlace);
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: said.join('\n') },
    locations: [locationOf(diagnostic, checked)],
    ...(related.length > 0 && {
      relatedLocations: related.map((note, id) => ({
        id,
        ...locationOf(note, checked),
        message: { text: note.message },
      })),
    }),
    partialFingerprints: { 'heraDiagnostic/v1': fingerprint(diagnostic, seen) },
  };
}

const unplaced = (notes: readonly Note[]): readonly string[] =>
  notes.filter((note) => !hasPlace(note)).map(({ message }) => `note: ${message}`);

/** What is nowhere is shown at the file that makes a folder a project; code scanning takes no result without a place. */
function locationOf(
  one: Readonly<{ file: string | null; line: number | null }> & Partial<Place | Note>,
  checked: Checked,
) {
  const uri = uriOf(repositoryPath(checked, one.file ?? 'hera.project.yaml'));
  return {
    physicalLocation: {
      artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
      ...(one.line !== null && hasPlace(one as Place) && { region: regionOf(one as Place) }),
    },
  };
}

const regionOf = ({ line, column, endLine, endColumn }: Place) => ({
  startLine: line,
  startColumn: column,
  endLine,
  endColumn,
});

/** A path as a relative URI; half a letter, which no URI can hold, is shown as the replacement character. */
const uriOf = (path: string): string =>
  path
    .split('/')
    .map((segment) => encodeURIComponent(segment.replace(/\p{Cs}/gu, '�')))
    .join('/');

/** The same mistake keeps its fingerprint when lines above it come and go; several of one message in one file are counted. */
function fingerprint({ code, file, message }: Diagnostic, seen: Map<string, number>): string {
  const key = JSON.stringify([code, file, message]);
  const count = seen.get(key) ?? 0;
  seen.set(key, count + 1);
  return sha256(`${key} ${count}`).slice(0, 32);
}
