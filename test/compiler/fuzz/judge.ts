import { Ajv } from 'ajv';
import { SaxesParser } from 'saxes';
import {
  type Checked,
  codes,
  compile,
  type Diagnostic,
  FORMAT_NAMES,
  type FormatName,
  type Note,
  renderDiagnostics,
  type Tree,
} from '../../../compiler/index.js';
import { LIMITS } from '../../../compiler/source/sandbox.js';
import { sarifSchema } from '../../support/sarif.js';

/** A busy machine makes no file guilty: the bounds are for loops without end only. */
const limits = { ...LIMITS, totalMs: 600_000, silenceMs: 60_000 };

/** What is wrong with the compiler on a tree; empty when all is well. Never throws: an exception is what is looked for. */
export async function judge(tree: Tree): Promise<readonly string[]> {
  try {
    const one = await compile(tree, { limits });
    const other = await compile(new Map([...tree].reverse()), { limits });
    const wrong = one.diagnostics.flatMap((diagnostic) => wrongWith(diagnostic, tree));
    const hasError = one.diagnostics.some(({ severity }) => severity === 'error');
    if ((one.manifest === null) !== hasError)
      wrong.push(`manifest ${one.manifest === null ? 'missing' : 'made'} with errors: ${hasError}`);
    // What took too long may not take too long again.
    const isTimed = [...one.diagnostics, ...other.diagnostics].some(({ code }) => code === 'HERA5004');
    if (!isTimed && bytesOf(one) !== bytesOf(other)) wrong.push('two compilations differ');
    const project = one.manifest && {
      name: 'shop',
      jobs: one.manifest.jobs.length,
      timetables: one.manifest.timetables.length,
    };
    const checked: Checked = { diagnostics: one.diagnostics, tree, project, under: 'jobs', version: '1.2.3' };
    return [...wrong, ...FORMAT_NAMES.flatMap((format) => wrongFormat(format, checked))];
  } catch (error) {
    return [`throws ${error instanceof Error ? error.stack : String(error)}`];
  }
}

const bytesOf = ({ manifest, diagnostics, blobs }: Awaited<ReturnType<typeof compile>>): string =>
  JSON.stringify([manifest, diagnostics, [...blobs.keys()].sort()]);

// biome-ignore lint/suspicious/noControlCharactersInRegex: what may not be in a message
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\ufeff]/;

/** What is wrong with one diagnostic. */
export function wrongWith(diagnostic: Diagnostic, tree: Tree): readonly string[] {
  const { code, message, label, help, notes } = diagnostic;
  const wrong = [diagnostic, ...notes].flatMap((one) => wrongPlace(one, tree));
  if (!Object.hasOwn(codes, code)) wrong.push('no such code');
  for (const text of [message, label ?? '', help ?? '', ...notes.map((note) => note.message)])
    if (CONTROL.test(text)) wrong.push(`control letters in ${JSON.stringify(text)}`);
  return wrong.map((what) => `${what}: ${JSON.stringify(diagnostic)}`);
}

function wrongPlace(one: Diagnostic | Note, tree: Tree): string[] {
  if (one.file === null) return one.line === null ? [] : ['a line of no file'];
  const bytes = tree.get(one.file);
  if (bytes === undefined) return ['a file that is not there'];
  if (one.line === null) return [];
  const lines = new TextDecoder()
    .decode(bytes)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const { line, column, endLine, endColumn } = one;
  const [first, last] = [lines[line - 1], lines[endLine - 1]];
  if (first === undefined || last === undefined) return ['a line outside of the file'];
  if (column < 1 || column > first.length + 1 || endColumn < 1 || endColumn > last.length + 1)
    return ['a column outside of the line'];
  if (endLine < line || (endLine === line && endColumn < column)) return ['an end before its start'];
  const cut = (text: string, at: number): boolean => /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 2, at));
  return cut(first, column) || cut(last, endColumn) ? ['a letter cut in two'] : [];
}

const isSarif = new Ajv({ strict: false, unicodeRegExp: false, validateFormats: false }).compile(sarifSchema);

const READERS: Readonly<Record<FormatName, (text: string) => string | null>> = {
  text: (text) => (CONTROL.test(text.replaceAll('\n', '')) ? 'control letters' : null),
  json: (text) => (Array.isArray(JSON.parse(text)) ? null : 'no list'),
  github: (text) =>
    text
      .split('\n')
      .every((line) => !line.startsWith('::') || /^::(error|warning|notice) [^\r]*::|^::(end)?group::/.test(line))
      ? null
      : 'a command of an author',
  sarif: (text) => (isSarif(JSON.parse(text)) ? null : JSON.stringify(isSarif.errors?.slice(0, 2))),
  junit: (text) => {
    let problem: string | null = null;
    const parser = new SaxesParser();
    parser.on('error', (error) => {
      problem ??= error.message;
    });
    parser.write(text).close();
    return problem;
  },
  markdown: (text) => (text.length <= 65_000 ? null : 'too long for a comment'),
};

function wrongFormat(format: FormatName, checked: Checked): readonly string[] {
  try {
    const problem = READERS[format](renderDiagnostics(format, checked, { width: 60 }));
    return problem === null ? [] : [`${format}: ${problem}`];
  } catch (error) {
    return [`${format} throws ${error instanceof Error ? error.stack : String(error)}`];
  }
}
