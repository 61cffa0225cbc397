import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Finding, Path, Place } from '../check/diagnostic.js';
import type { Evaluated } from './evaluated.js';
import { tooMuchToParse } from './nesting.js';

/** How often a document may refer to an anchor before it is taken for a bomb. */
const MAX_ALIASES = 1000;
const OPTIONS = {
  version: '1.2',
  merge: true,
  prettyErrors: false,
  keepSourceTokens: false,
  logLevel: 'error',
} as const;

/** Reads a YAML file as what its place in the tree says it is: a project, a folder, one job or, with `jobs:` alone, several. */
export function readYaml(file: string, text: string, kind: Evaluated['kind']): Evaluated | readonly Finding[] {
  const problem = tooMuchToParse(text, 'yaml');
  if (problem !== null) return [{ code: 'HERA1009', message: `\`${file}\` ${problem}`, at: { file } }];
  const lines = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines });
  if (document.errors.length > 0) return [syntaxFinding(file, document, lines)];
  if (document.directives?.yaml.version === '1.1') return [oldVersion(file, lines, text)];
  const texts = new Map<string, string>();
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return [aliasFinding(file, document, lines, error)];
  }
  // `007` and `1e3` are texts in a variable: the author's spelling is kept for everything that is no string.
  visit(document, {
    Scalar(_, node, ancestors) {
      if (typeof node.value === 'string' || node.source === undefined || _ === 'key') return;
      texts.set(JSON.stringify(pathOf(ancestors, node)), node.source);
    },
  });
  const several = kind === 'job' && isRecord(value) && Object.keys(value).length === 1 && 'jobs' in value;
  return several
    ? { file, kind: 'jobs', value: (value as { jobs: unknown }).jobs, root: ['jobs'], texts }
    : { file, kind, value: value ?? {}, root: [], texts };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function syntaxFinding(file: string, document: Document, lines: LineCounter): Finding {
  const error = document.errors[0]!;
  const place = placeAt(file, lines, error.pos[0], Math.max(error.pos[0] + 1, error.pos[1]));
  if (error.code === 'DUPLICATE_KEY')
    return {
      code: 'HERA1011',
      message: `a name stands twice in one mapping of \`${file}\``,
      at: { place },
      label: 'here again',
    };
  if (error.code === 'MULTIPLE_DOCS')
    return {
      code: 'HERA1009',
      message: `\`${file}\` holds several documents`,
      at: { place },
      label: 'a second one begins here',
      help: 'write one definition a file, or several under `jobs:`',
    };
  return { code: 'HERA1009', message: `\`${file}\` is not YAML: ${lowerFirst(error.message)}`, at: { place } };
}

/** In YAML 1.1 `yes` is true, `0123` is 83 and a day is no text: one language is enough. */
function oldVersion(file: string, lines: LineCounter, text: string): Finding {
  const start = Math.max(0, text.indexOf('%YAML'));
  return {
    code: 'HERA1009',
    message: `\`${file}\` asks for YAML 1.1`,
    at: { place: placeAt(file, lines, start, start + '%YAML 1.1'.length) },
    help: 'remove the line; definitions are YAML 1.2, in which `yes` is a text',
  };
}

/** What the parser leaves to the making of values: aliases and merges that lead nowhere, and bombs. It names no place. */
function aliasFinding(file: string, document: Document, lines: LineCounter, error: unknown): Finding {
  const { message } = error as Error;
  if (/^Excessive alias count/.test(message))
    return {
      code: 'HERA1010',
      message: `the aliases of \`${file}\` expand too far`,
      at: { file },
      help: 'write the values out',
    };
  const guilty = misusedNode(document);
  const range = guilty?.range;
  return {
    code: 'HERA1009',
    message: `\`${file}\` is not YAML: ${lowerFirst(message)}`,
    at: range ? { place: placeAt(file, lines, range[0], Math.max(range[0] + 1, range[1])) } : { file },
    help: /^Merge/.test(message) ? 'write `<<: *name`, where `&name` marks a mapping above' : undefined,
  };
}

/** The first alias without an anchor above it, or value of `<<` that is no mapping. */
function misusedNode(document: Document): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document)) return undefined;
      found = node;
      return visit.BREAK;
    },
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isMergeKey(key.value) || isMergeable(document, value)) return undefined;
      found = (value ?? key) as Node;
      return visit.BREAK;
    },
  });
  return found;
}

/** The parser makes a symbol of `<<`. */
const isMergeKey = (key: unknown): boolean => typeof key === 'symbol' && key.description === '<<';

const isMergeable = (document: Document, value: unknown): boolean => {
  const target: unknown = isAlias(value) ? value.resolve(document) : value;
  return (
    isMap(target) || (isSeq(target) && target.items.every((one) => isMap(isAlias(one) ? one.resolve(document) : one)))
  );
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function pathOf(ancestors: readonly unknown[], node: unknown): Path {
  const path: (string | number)[] = [];
  const chain = [...ancestors, node];
  for (const [i, parent] of chain.entries()) {
    const child = chain[i + 1];
    if (isPair(parent)) path.push(String(isScalar(parent.key) ? parent.key.value : parent.key));
    else if (isSeq(parent) && child !== undefined) path.push(parent.items.indexOf(child as never));
  }
  return path;
}

let lastParsed: Readonly<{ text: string; lines: LineCounter; document: Document }> | undefined;

/** Thousands of mistakes of one file are placed one after the other: it is parsed once for them. */
function parsedOnce(text: string): NonNullable<typeof lastParsed> {
  if (lastParsed?.text !== text) {
    const lines = new LineCounter();
    lastParsed = { text, lines, document: parseDocument(text, { ...OPTIONS, lineCounter: lines }) };
  }
  return lastParsed;
}

/** The place of a value, or of its name; of the nearest thing around it when it is not written there (an alias, a missing field). */
export function placeInYaml(file: string, text: string, path: Path, on: 'key' | 'value'): Place {
  const { lines, document } = parsedOnce(text);
  let node: Node | null = document.contents as Node | null;
  let found: Node | null = node;
  for (const [i, step] of path.entries()) {
    const last = i === path.length - 1;
    const target: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(target)) {
      const pair = target.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) break;
      node = (pair.value ?? pair.key) as Node;
      found = last && on === 'key' ? (pair.key as Node) : node;
    } else if (isSeq(target) && target.items[Number(step)] !== undefined) {
      node = target.items[Number(step)] as Node;
      found = node;
    } else break;
  }
  const complete = path.length === 0 || found !== document.contents;
  const range = found?.range;
  if (!range || !complete) return firstLine(file, text);
  const end = isMap(found) || isSeq(found) ? firstLineEnd(text, range[0], range[1]) : range[1];
  return placeAt(file, lines, range[0], Math.max(range[0] + 1, end));
}

/** A mapping or list of several lines is marked on its first. */
function firstLineEnd(text: string, start: number, end: number): number {
  const line = text.indexOf('\n', start);
  return line < 0 ? end : Math.min(end, line);
}

/** A file as a whole is marked on its first line that says something. */
export function firstLine(file: string, text: string): Place {
  const lines = text.split('\n');
  const index = Math.max(
    0,
    lines.findIndex((line) => /\S/.test(line) && !/^\s*(#|\/\/|---)/.test(line)),
  );
  const line = (lines[index] ?? '').trimEnd();
  return { file, line: index + 1, column: 1, endLine: index + 1, endColumn: Math.max(2, line.length + 1) };
}

function placeAt(file: string, lines: LineCounter, start: number, end: number): Place {
  const [from, to] = [lines.linePos(start), lines.linePos(end)];
  return {
    file,
    line: Math.max(1, from.line),
    column: Math.max(1, from.col),
    endLine: Math.max(1, to.line),
    endColumn: Math.max(1, to.col),
  };
}
