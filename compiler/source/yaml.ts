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

/** How often a document may refer to an anchor before it is taken for a bomb. */
const MAX_ALIASES = 1000;
const OPTIONS = { version: '1.2', merge: true, prettyErrors: false, keepSourceTokens: false } as const;

/** Reads a YAML file as what its place in the tree says it is: a project, a folder, one job or, with `jobs:` alone, several. */
export function readYaml(file: string, text: string, kind: Evaluated['kind']): Evaluated | readonly Finding[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines });
  if (document.errors.length > 0) return [syntaxFinding(file, document, lines)];
  const texts = new Map<string, string>();
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return [
      {
        code: 'HERA1010',
        message: `the aliases of \`${file}\` expand too far`,
        at: { file },
        help: 'write the values out',
      },
    ];
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
  return { code: 'HERA1009', message: `\`${file}\` is not YAML: ${lowerFirst(error.message)}`, at: { place } };
}

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

/** The place of a value, or of its name; of the nearest thing around it when it is not written there (an alias, a missing field). */
export function placeInYaml(file: string, text: string, path: Path, on: 'key' | 'value'): Place {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines });
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
