import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, parseDocument, visit } from 'yaml';
import type { Finding, Path } from '../check/diagnostic.js';
import type { Evaluated } from './evaluated.js';
import { placeBetween } from './lines.js';
import { tooMuchToParse } from './nesting.js';
import { plainYaml } from './plain-yaml.js';
import { unkeptTexts } from './unkept.js';
import { doubleBraces, syntaxFindings } from './yaml-errors.js';

/** How often a document may refer to an anchor before it is taken for a bomb. */
const MAX_ALIASES = 1000;
/** The language of definitions; whoever looks for places parses with the same. */
export const YAML_OPTIONS = {
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
  const plain = plainYaml(text);
  if (plain) return asDefined(file, kind, { ...plain, findings: [] });
  return parseYaml(file, text, kind);
}

/** The same by the parser of the whole language. */
export function parseYaml(file: string, text: string, kind: Evaluated['kind']): Evaluated | readonly Finding[] {
  const document = parseDocument(text, YAML_OPTIONS);
  const findings = syntaxFindings(file, text, [...document.errors, ...document.warnings]);
  // A name that stands twice hides no other mistake of the file.
  if (findings.some(({ code }) => code !== 'HERA1011')) return findings;
  if (document.directives?.yaml.version === '1.1') return [oldVersion(file, text)];
  const strange = collectionKey(file, document, text);
  if (strange) return [...findings, strange];
  const texts = new Map<string, string>();
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return [...findings, aliasFinding(file, document, text, error)];
  }
  // `007` and `1e3` are texts in a variable: the author's spelling is kept for everything that is no string.
  visit(document, {
    Scalar(_, node, ancestors) {
      if (typeof node.value === 'string' || node.source === undefined || _ === 'key') return;
      texts.set(JSON.stringify(pathOf(ancestors, node)), node.source);
    },
  });
  return asDefined(file, kind, { value, texts, findings: [...findings, ...unkeptTexts(file, value)] });
}

/** `jobs:` alone are several. */
function asDefined(
  file: string,
  kind: Evaluated['kind'],
  { value, ...read }: Pick<Evaluated, 'value' | 'texts' | 'findings'>,
): Evaluated {
  const several = kind === 'job' && isRecord(value) && Object.keys(value).length === 1 && 'jobs' in value;
  return several
    ? { file, kind: 'jobs', value: value.jobs, root: ['jobs'], ...read }
    : { file, kind, value: value ?? {}, root: [], ...read };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A mapping or a list as the name of a field, which is what `{{ x }}` is read as. */
function collectionKey(file: string, document: Document, text: string): Finding | undefined {
  let found: Node | undefined;
  visit(document, {
    Pair(_, { key }) {
      if (!isMap(key) && !isSeq(key)) return undefined;
      found = key;
      return visit.BREAK;
    },
  });
  if (!found?.range) return undefined;
  const [from, to] = found.range;
  const start = text.lastIndexOf('\n', from) + 1;
  const said = doubleBraces(/^[^\r\n]*/.exec(text.slice(start))![0]);
  const place =
    said?.start === undefined
      ? placeBetween(file, text, from, to)
      : placeBetween(file, text, start + said.start, start + said.end!);
  return {
    code: 'HERA1009',
    message: `\`${file}\` is not YAML: ${said?.message ?? 'the name of a field is a mapping or a list'}`,
    at: { place },
    label: said?.label,
    help: said?.help ?? 'the name of a field is a word',
  };
}

/** In YAML 1.1 `yes` is true, `0123` is 83 and a day is no text: one language is enough. */
function oldVersion(file: string, text: string): Finding {
  const start = Math.max(0, text.indexOf('%YAML'));
  return {
    code: 'HERA1009',
    message: `\`${file}\` asks for YAML 1.1`,
    at: { place: placeBetween(file, text, start, start + '%YAML 1.1'.length) },
    help: 'remove the line; definitions are YAML 1.2, in which `yes` is a text',
  };
}

/** What the parser leaves to the making of values: aliases and merges that lead nowhere, and bombs. It names no place. */
function aliasFinding(file: string, document: Document, text: string, error: unknown): Finding {
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
    at: range ? { place: placeBetween(file, text, range[0], Math.max(range[0] + 1, range[1])) } : { file },
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
