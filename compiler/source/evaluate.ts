import { SourceMap } from 'node:module';
import type { At, Finding, Path } from '../check/diagnostic.js';
import type { Evaluated } from './evaluated.js';
import { Feed } from './feed.js';
import { evaluateAll, LIMITS, type Limits, type Outcome } from './sandbox.js';
import { sourceMapOf, type Translated, translate } from './translate.js';
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
  const feed = new Feed();
  const findings: Finding[] = [];
  // Translation (esbuild's process) and evaluation (the sandbox) go on side by side.
  const [, outcomes] = await Promise.all([translateInto(feed, tree, files, findings), evaluateAll(feed, limits)]);
  const evaluated: Evaluated[] = [];
  for (const [i, outcome] of outcomes.entries()) {
    const { file } = feed.files[i]!;
    const made = readOutcome(file, outcome, limits);
    if ('kind' in made) evaluated.push(made);
    else findings.push(await placed(tree, made));
  }
  return { evaluated, findings };
}

/** Feeds the files in their order, each after the helpers it reaches; what cannot be translated is a finding, once, and whoever reaches it is left out. */
async function translateInto(feed: Feed, tree: Tree, files: readonly string[], findings: Finding[]): Promise<void> {
  const scripts = new Map<string, Promise<Translated>>();
  const scriptOf = (file: string): Promise<Translated> => {
    const known = scripts.get(file) ?? translate(tree, file);
    scripts.set(file, known);
    return known;
  };
  const told = new Set<string>();
  try {
    for (const file of files) void scriptOf(file).catch(() => undefined);
    for (const file of files) {
      const reached = await reach(file, scriptOf);
      const broken = reached.filter(([, made]) => 'findings' in made);
      for (const [path, made] of broken) if ('findings' in made && !told.has(path)) findings.push(...made.findings);
      for (const [path] of broken) told.add(path);
      if (broken.length > 0) continue;
      for (const [path, made] of reached.slice(1)) {
        if ('script' in made && !told.has(path)) feed.addHelper(made.script);
        told.add(path);
      }
      if ('script' in reached[0]![1]) feed.addFile(reached[0]![1].script);
    }
  } finally {
    feed.end();
  }
}

/** A file and every helper it reaches, itself first. */
async function reach(
  entry: string,
  scriptOf: (file: string) => Promise<Translated>,
): Promise<readonly (readonly [string, Translated])[]> {
  const reached: (readonly [string, Translated])[] = [];
  const seen = new Set([entry]);
  for (const file of seen) {
    const made = await scriptOf(file);
    reached.push([file, made]);
    for (const one of 'script' in made ? Object.values(made.script.imports) : []) if ('file' in one) seen.add(one.file);
  }
  return reached;
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

const IMPORT_HELP =
  'an import names a file of the repository; a job of either language is imported by its file, or named in `needs` by its id, `./load` or `dw/load`';

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
      help: 'use the variables of templates, such as `bizdate`, which are rendered at each run',
    };
  if (name === 'ImportError' || /exports no `/.test(message))
    return { code: 'HERA5002', message, at, stack, help: name === 'ImportError' ? IMPORT_HELP : undefined };
  return { code: 'HERA5003', message: `\`${file}\` throws ${name}: ${message}`, at, stack, help: undefined };
}

/** Marks the line of the author that an error came from, through the file's source map. */
async function placed(tree: Tree, { stack, ...finding }: Thrown): Promise<Finding> {
  const frame = [...(stack ?? '').matchAll(/\((.+):(\d+):(\d+)\)$/gm)].find(
    ([, file]) => file !== 'prelude.js' && /\.[cm]?[jt]s$/.test(file!) && tree.has(file!),
  );
  if (!frame) return finding;
  const [, file, line, column] = frame as unknown as [string, string, string, string];
  const json = await sourceMapOf(tree, file);
  // A stack is a text that an author may write: it can name any file.
  if (json === null) return finding;
  const map = new SourceMap(JSON.parse(json));
  const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalLine' in entry)) return finding;
  const at: At = { place: wordAt(tree, file, entry.originalLine, entry.originalColumn) };
  return { ...finding, at };
}

function wordAt(tree: Tree, file: string, line: number, column: number) {
  const text = new TextDecoder().decode(tree.get(file)).split('\n')[line] ?? '';
  const length = /^[\w$.]+|^'[^']*'|^"[^"]*"|^./.exec(text.slice(column))?.[0].length ?? 1;
  return { file, line: line + 1, column: column + 1, endLine: line + 1, endColumn: column + 1 + length };
}
