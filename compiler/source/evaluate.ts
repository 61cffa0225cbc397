import { SourceMap } from 'node:module';
import type { At, Finding, Path } from '../check/diagnostic.js';
import { badImports } from './bad-imports.js';
import type { Evaluated } from './evaluated.js';
import { Feed } from './feed.js';
import { type Given, Kept } from './kept.js';
import { evaluateAll, LIMITS, type Limits, type Outcome } from './sandbox.js';
import type { Standby } from './standby.js';
import { type Line, meaningOf } from './thrown.js';
import { type Script, sourceMapOf } from './translate.js';
import { translateInto } from './translation.js';
import { type Tree, textOf } from './tree.js';
import { unkeptTexts } from './unkept.js';

export type Evaluation = Readonly<{ evaluated: readonly Evaluated[]; findings: readonly Finding[] }>;

const KINDS: readonly string[] = ['job', 'jobs', 'folder', 'project'];

export type Evaluating = Readonly<{
  limits?: Limits;
  kept?: Kept;
  standby?: Standby | undefined;
  /** Told of each definition that was evaluated, as soon as it is known. */
  evaluatedOne?: (one: Evaluated) => void;
}>;

/**
 * What TypeScript files define, in the order of `files`. A file that cannot be translated or evaluated, or exports no definition, has a finding;
 * the others are not touched by it. No author's code runs in this process, and what is known from `kept` runs nowhere.
 */
export async function evaluateTypeScript(
  tree: Tree,
  files: readonly string[],
  { limits = LIMITS, kept = keptOf(tree), standby, evaluatedOne = () => undefined }: Evaluating = {},
): Promise<Evaluation> {
  const given = new Map<string, Given>();
  const findings: Finding[] = [];
  const feed = new Feed();
  const scripts = new Map<string, readonly Script[]>();
  const reachedBy = new Map<string, readonly Script[]>();
  const answered = (id: number, outcome: Outcome): void => {
    const { file } = feed.files[id]!;
    const made = definitionOf(file, outcome);
    given.set(file, made ?? outcome);
    if (outcome.json !== undefined) kept.keep(file, scripts.get(file)!, made ?? outcome, outcome.json.length);
    if (made) evaluatedOne(made);
  };
  // Translation (esbuild's process) and evaluation (the sandbox) go on side by side; if one fails, the other is not left behind.
  const translating = translateInto({ feed, files, kept, given, scripts, reachedBy, findings });
  // Where a file is new there will be something to evaluate: the sandbox starts beside the first translation.
  const any = files.some((file) => !kept.translated(file)) ? Promise.resolve(true) : feed.whenAny();
  const evaluating = any.then((isAny) => (isAny ? evaluateAll(feed, { limits, standby, answered }) : []));
  const [translated, outcomes] = await Promise.allSettled([translating, evaluating]);
  if (translated.status === 'rejected') throw translated.reason;
  if (outcomes.status === 'rejected') throw outcomes.reason;
  const evaluated: Evaluated[] = [];
  for (const file of files) {
    const made = given.get(file);
    if (made && 'kind' in made) {
      evaluated.push(made);
      findings.push(...(made.findings ?? []));
    } else if (made) findings.push(...(await whyNot(tree, file, made, reachedBy.get(file) ?? [], limits)));
  }
  return { evaluated, findings };
}

/** The engine stops at the first import that gives nothing; the others of the file and of its helpers are told with it. */
async function whyNot(
  tree: Tree,
  file: string,
  made: Outcome,
  scripts: readonly Script[],
  limits: Limits,
): Promise<readonly Finding[]> {
  const thrown = thrownOf(file, made, limits);
  const imports = thrown.error?.name === 'ImportError' ? badImports(tree, scripts) : [];
  return imports.length > 0 ? imports : [await placed(tree, thrown)];
}

function keptOf(tree: Tree): Kept {
  const kept = new Kept();
  kept.adopt(tree);
  return kept;
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

type Thrown = Finding & Readonly<{ stack?: string; error?: Readonly<{ name: string; message: string }> }>;

/** The definition in an outcome; undefined when it holds none. */
function definitionOf(file: string, { json, said }: Outcome): Evaluated | undefined {
  if (json === undefined) return undefined;
  const { kind, value } = said as Answer;
  if (typeof kind !== 'string' || !KINDS.includes(kind)) return undefined;
  const findings = MAY_BE_UNKEPT.test(json) ? unkeptTexts(file, value) : [];
  return { file, kind: kind as Evaluated['kind'], value, root: [], texts: NO_TEXTS, findings };
}

/** As JSON spells what no text keeps. */
const MAY_BE_UNKEPT = /\\u0000|\\ud[89a-f]|\p{Cs}/iu;
const NO_TEXTS: Evaluated['texts'] = new Map();

/** Why an outcome holds no definition. */
function thrownOf(file: string, outcome: Outcome, limits: Limits): Thrown {
  if (outcome.json === undefined) return faultFinding(file, outcome, limits);
  const answer = outcome.said as Answer;
  if (answer.error) return errorFinding(file, answer.error);
  if (answer.tooLarge !== undefined) {
    const message = `\`${file}\` defines more than ${limits.outputChars} characters of data`;
    return { code: 'HERA5006', message, at: { file }, help: 'split it, or keep data in a file that the script reads' };
  }
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
        help: 'a definition is data: look for a list that grows without end; large tables belong into files that the scripts read',
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
      message: `${name} ${typeof error.refused.problem === 'string' ? error.refused.problem : 'is not data'}`,
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
      error: { name, message },
    };
  if (name === 'ImportError' || /exports no `/.test(message))
    return { code: 'HERA5002', message, at, stack, error: { name, message } };
  return { code: 'HERA5003', message: `\`${file}\` throws ${name}: ${message}`, at, stack, error: { name, message } };
}

/** Marks the line of the author that an error came from, through the file's source map. */
async function placed(tree: Tree, { stack, error, ...finding }: Thrown): Promise<Finding> {
  const meant = (file: string, line?: Line): Finding => ({
    ...finding,
    ...(error && meaningOf(file, error.name, error.message, line)),
  });
  const own = finding.at !== null && 'file' in finding.at ? finding.at.file : '';
  const frame = [...(stack ?? '').matchAll(/\((.+):(\d+):(\d+)\)$/gm)].find(
    ([, file]) => file !== 'prelude.js' && /\.[cm]?[jt]s$/.test(file!) && tree.has(file!),
  );
  if (!frame) return meant(own);
  const [, file, line, column] = frame as unknown as [string, string, string, string];
  const json = await sourceMapOf(tree, file);
  // A stack is a text that an author may write: it can name any file.
  if (json === null) return meant(own);
  const map = new SourceMap(JSON.parse(json));
  const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalLine' in entry)) return meant(own);
  const at: At = { place: wordAt(tree, file, entry.originalLine, entry.originalColumn) };
  const text = lineOf(tree, file, entry.originalLine);
  return { ...meant(file, { text, column: entry.originalColumn }), at };
}

const lineOf = (tree: Tree, file: string, line: number): string => textOf(tree, file).split('\n')[line] ?? '';

function wordAt(tree: Tree, file: string, line: number, column: number) {
  const text = lineOf(tree, file, line);
  const length = /^[\w$.]+|^'[^']*'|^"[^"]*"|^./.exec(text.slice(column))?.[0].length ?? 1;
  return { file, line: line + 1, column: column + 1, endLine: line + 1, endColumn: column + 1 + length };
}
