import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { Place } from '../check/diagnostic.js';
import type { Found, Sought } from './found.js';
import { placeBetween } from './lines.js';
import { partOfLiteral } from './written.js';
import { YAML_OPTIONS } from './yaml.js';

let last: Readonly<{ text: string; document: Document }> | undefined;

/** Thousands of mistakes of one file are placed one after the other: it is parsed once for them. */
function parsedOnce(text: string): Document {
  if (last?.text !== text) last = { text, document: parseDocument(text, YAML_OPTIONS) };
  return last.document;
}

/** What a path leads to: a node, and the alias or merge by which it came here, if any. */
type Reached = Readonly<{ node: Node; via: Node | null }>;

/**
 * The place of a value, of its name, or of a part of its text; of the nearest thing around it when it is not written (a missing field). A value
 * that came by an alias or a merge stands at its anchor, and `usedAt` is where it was asked for.
 */
export function placeInYaml(file: string, text: string, sought: Sought): Found {
  const document = parsedOnce(text);
  const reached = follow(document, sought);
  if (!reached?.node.range) return { place: firstLine(file, text), computed: false };
  const { node, via } = reached;
  const [start, end] = node.range!;
  const part = sought.within && isScalar(node) ? partOf(text.slice(start, end), node, sought.within) : undefined;
  const place = placeBetween(
    file,
    text,
    start + (part?.start ?? 0),
    part ? start + part.end : Math.max(start + 1, end),
  );
  const [from, to] = via?.range ?? [];
  return { place, computed: false, usedAt: from === undefined ? undefined : placeBetween(file, text, from, to!) };
}

const partOf = (raw: string, { value }: { value: unknown }, within: NonNullable<Sought['within']>) =>
  typeof value === 'string' ? partOfLiteral(raw, value, within, 'yaml') : undefined;

/** Undefined when not even the first step is written: then the file as a whole is meant. */
function follow(document: Document, { path, on }: Sought): Reached | undefined {
  let reached: Reached | undefined;
  let [node, via] = [document.contents as Node | null, null as Node | null];
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) [node, via] = [node.resolve(document) ?? null, via ?? node];
    if (isMap(node)) {
      const member = memberOf(document, node, String(step));
      if (!member) break;
      via ??= member.via;
      const { key, value } = member.pair;
      node = (value ?? key) as Node;
      reached = { node: i === path.length - 1 && on === 'key' ? (key as Node) : node, via };
    } else if (isSeq(node) && node.items[Number(step)] !== undefined) {
      node = node.items[Number(step)] as Node;
      reached = { node, via };
    } else break;
  }
  if (!reached || !isAlias(reached.node)) return reached;
  const target = reached.node.resolve(document);
  return target ? { node: target, via: reached.via ?? reached.node } : reached;
}

/** A member of a mapping, its own or one that `<<` brings. */
function memberOf(
  document: Document,
  map: YAMLMap,
  name: string,
): Readonly<{ pair: Pair; via: Node | null }> | undefined {
  const own = membersOf(map).get(name);
  if (own) return { pair: own, via: null };
  for (const { key, value } of map.items) {
    if (!isMergeKey(key)) continue;
    for (const one of isSeq(value) ? value.items : [value]) {
      const target: unknown = isAlias(one) ? one.resolve(document) : one;
      const found = isMap(target) ? target.items.find((pair) => keyText(pair.key) === name) : undefined;
      if (found) return { pair: found, via: one as Node };
    }
  }
  return undefined;
}

const members = new WeakMap<YAMLMap, ReadonlyMap<string | null, Pair>>();

/** The members of a mapping by name, of two the later one; a mapping is asked for as many as it has mistakes. */
function membersOf(map: YAMLMap): ReadonlyMap<string | null, Pair> {
  const known = members.get(map) ?? new Map(map.items.map((pair) => [keyText(pair.key), pair]));
  members.set(map, known);
  return known;
}

/** A key as the name it becomes; the parser makes a symbol of `<<`. */
const keyText = (key: unknown): string | null =>
  isScalar(key) && typeof key.value !== 'symbol' ? String(key.value ?? '') : null;

const isMergeKey = (key: unknown): boolean =>
  isScalar(key) && (key.value === '<<' || (typeof key.value === 'symbol' && key.value.description === '<<'));

/** A file as a whole is marked on its first line that says something. */
export function firstLine(file: string, text: string): Place {
  const lines = text.split('\n');
  const index = Math.max(
    0,
    lines.findIndex((line) => /\S/.test(line) && !/^\s*(#|\/\/|---)/.test(line)),
  );
  const start = lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, 0);
  return placeBetween(file, text, start, start + (lines[index] ?? '').length);
}
