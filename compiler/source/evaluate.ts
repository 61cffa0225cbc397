import { SourceMap } from 'node:module';
import type { At, Finding, Path } from '../check/diagnostic.js';
import type { Evaluated } from './evaluated.js';
import { evaluateAll, LIMITS, type Limits, type Outcome } from './sandbox.js';
import { type Script, sourceMapOf, type Translated, translate } from './translate.js';
import type { Tree } from './tree.js';

export type Evaluation = Readonly<{ evaluated: readonly Evaluated[]; findings: readonly Finding[] }>;

const KINDS: readonly string[] = ['job', 'jobs', 'folder', 'project'];

/**
 * What TypeScript files define, in the order of `files`. A file that cannot be translated or evaluated, or exports no definition, has a finding;
 * the others are not touched by it. No author's code runs in this process.
 */
export async function evaluateTypeScript(
  tree: Tree,
  files: readonly string[],
  limits: Limits = LIMITS,
): Promise<Evaluation> {
  if (files.length === 0) return { evaluated: [], findings: [] };
  const scripts = await translateAll(tree, files);
  const findings = [...scripts.values()].flatMap((made) => ('findings' in made ? made.findings : []));
  const sound = files.flatMap((file) => {
    const script = scriptOf(scripts, file);
    return script && !reachesBroken(scripts, file) ? [script] : [];
  });
  const entries = new Set(files);
  const helpers = [...scripts.keys()]
    .filter((file) => !entries.has(file))
    .flatMap((file) => scriptOf(scripts, file) ?? []);
  const outcomes = await evaluateAll(sound, helpers, limits);
  const evaluated: Evaluated[] = [];
  for (const [i, outcome] of outcomes.entries()) {
    const { file } = sound[i]!;
    const made = readOutcome(file, outcome, limits);
    if ('kind' in made) evaluated.push(made);
    else findings.push(await placed(tree, made));
  }
  return { evaluated, findings };
}

const scriptOf = (scripts: ReadonlyMap<string, Translated>, file: string): Script | undefined => {
  const made = scripts.get(file);
  return made && 'script' in made ? made.script : undefined;
};

/** The files and every helper they reach, translated. */
async function translateAll(tree: Tree, files: readonly string[]): Promise<ReadonlyMap<string, Translated>> {
  const scripts = new Map<string, Translated>();
  let wave = [...new Set(files)];
  while (wave.length > 0) {
    const made = await Promise.all(wave.map((file) => translate(tree, file)));
    for (const [i, file] of wave.entries()) scripts.set(file, made[i]!);
    const imported = made.flatMap((one) => ('script' in one ? Object.values(one.script.imports) : []));
    wave = [...new Set(imported.flatMap((one) => ('file' in one ? [one.file] : [])))].filter(
      (file) => !scripts.has(file),
    );
  }
  return scripts;
}

function reachesBroken(scripts: ReadonlyMap<string, Translated>, entry: string): boolean {
  const seen = new Set([entry]);
  for (const file of seen) {
    const script = scriptOf(scripts, file);
    if (!script) return true;
    for (const one of Object.values(script.imports)) if ('file' in one) seen.add(one.file);
  }
  return false;
}

/** What the prelude answers; anything may stand in it that a definition can forge, so every field is looked at. */
type Answer = Readonly<{
  kind?: unknown;
  value?: unknown;
  noDefault?: boolean;
  unmarked?: unknown;
  tooLarge?: unknown;
  error?: Readonly<{
    name?: unknown;
    message?: unknown;
    stack?: unknown;
    refused?: Readonly<{ path?: unknown; problem?: unknown }>;
  }>;
}>;

type Thrown = Finding & Readonly<{ stack?: string }>;

function readOutcome(file: string, outcome: Outcome, limits: Limits): Evaluated | Thrown {
  if (outcome.json === undefined) return faultFinding(file, outcome, limits);
  const answer = JSON.parse(outcome.json) as Answer;
  if (answer.error) return errorFinding(file, answer.error);
  if (answer.tooLarge !== undefined) {
    const message = `\`${file}\` defines more than ${limits.outputChars} characters of data`;
    return { code: 'HERA5006', message, at: { file }, help: 'split it, or keep data in a file that the script reads' };
  }
  if (typeof answer.kind === 'string' && KINDS.includes(answer.kind))
    return { file, kind: answer.kind as Evaluated['kind'], value: answer.value, root: [], texts: new Map() };
  const found = answer.noDefault ? 'has no default export' : `has a default export that defines nothing`;
  return {
    code: 'HERA1005',
    message: `\`${file}\` ${found}`,
    at: { file },
    help: 'write `export default defineJob({ … })`; helpers have names that begin with `_`',
  };
}

function faultFinding(file: string, { fault, message }: Outcome, limits: Limits): Finding {
  const at = { file };
  const seconds = limits.fileMs / 1000;
  switch (fault) {
    case 'deadline':
      return {
        code: 'HERA5004',
        message: `evaluating \`${file}\` took longer than ${seconds} s`,
        at,
        help: 'a definition is data: look for a loop without end',
      };
    case 'budget':
      return {
        code: 'HERA5004',
        message: `\`${file}\` was not evaluated: the commit's files took longer than ${limits.totalMs / 1000} s together`,
        at,
      };
    case 'memory':
      return {
        code: 'HERA5005',
        message: `evaluating \`${file}\` took more than ${limits.memoryBytes / 1024 / 1024} MiB`,
        at,
      };
    default:
      return {
        code: 'HERA5003',
        message: `evaluating \`${file}\` ended the engine${message ? `: ${message}` : ''}`,
        at,
      };
  }
}

function errorFinding(file: string, error: NonNullable<Answer['error']>): Thrown {
  if (error.refused) {
    const path = (Array.isArray(error.refused.path) ? error.refused.path : []).filter(
      (step) => typeof step === 'string' || typeof step === 'number',
    ) as Path;
    const name = path.length > 0 ? `\`${path.join('.')}\`` : 'the definition';
    return {
      code: 'HERA5007',
      message: `${name} ${String(error.refused.problem)}`,
      at: { file, path },
      help: 'a definition holds texts, numbers, booleans, lists and records',
    };
  }
  const [name, message, stack] = [String(error.name), String(error.message), String(error.stack)];
  if (name === 'InternalError' && message === 'out of memory') return faultFinding(file, { fault: 'memory' }, LIMITS);
  const at = { file };
  if (name === 'NotDeterministic')
    return {
      code: 'HERA5008',
      message: `\`${file}\` uses what changes between two compilations: ${message}`,
      at,
      stack,
      help: 'use the variables of templates, such as `bizdate`, which are rendered at each run',
    };
  if (name === 'ImportError' || /exports no `/.test(message)) return { code: 'HERA5002', message, at, stack };
  return { code: 'HERA5003', message: `\`${file}\` throws ${name}: ${message}`, at, stack, help: undefined };
}

/** Marks the line of the author that an error came from, through the file's source map. */
async function placed(tree: Tree, { stack, ...finding }: Thrown): Promise<Finding> {
  const frame = [...(stack ?? '').matchAll(/\((.+):(\d+):(\d+)\)$/gm)].find(
    ([, file]) => file !== 'prelude.js' && tree.has(file!),
  );
  if (!frame) return finding;
  const [, file, line, column] = frame as unknown as [string, string, string, string];
  const map = new SourceMap(JSON.parse(await sourceMapOf(tree, file)));
  const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalLine' in entry)) return finding;
  const at: At = { place: wordAt(tree, file, entry.originalLine, entry.originalColumn) };
  return { ...finding, at };
}

function wordAt(tree: Tree, file: string, line: number, column: number) {
  const text = new TextDecoder().decode(tree.get(file)).split('\n')[line] ?? '';
  const length = /^[\w$.]+|^./.exec(text.slice(column))?.[0].length ?? 1;
  return { file, line: line + 1, column: column + 1, endLine: line + 1, endColumn: column + 1 + length };
}
