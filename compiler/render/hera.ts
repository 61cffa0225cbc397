// The dialect of the old scheduler, for imported jobs. Its order is kept, for values depend on it: `download[…]` is left to whoever fetches;
// one pass over `${key}` from left to right; then `${zdt…}` and `${yesterday}` in what that gave, so that values may hold them.
// A value that is exactly one `${key}` is followed, a value that merely contains one is not expanded, and there is no escape.
// What is unknown stays for the shell. Where the old scheduler hung or failed, here is a problem with its place.
import {
  drawCycle,
  type Expanded,
  MAX_LENGTH,
  type Place,
  type RenderProblem,
  TOO_LONG,
  type UnknownName,
} from './expanded.js';
import { spansOf } from './spans.js';
import type { ZdtText } from './zdt.js';

export type HeraSources = Readonly<{
  variable: (name: string) => string | undefined;
  /** Of what stands between `${zdt` and `}`. */
  zdt: (source: string) => ZdtText;
  yesterday: string;
}>;

/** Replaces what the old scheduler replaces; what cannot be replaced stays as it stands and is reported. Never throws, always ends. */
export function expandHera(text: string, sources: HeraSources): Expanded {
  const expansion = new HeraExpansion(text, sources);
  let done = 0;
  for (const { offset, length } of spansOf(text, 'download[', ']')) {
    expansion.expand(done, offset);
    expansion.copy(offset, offset + length);
    done = offset + length;
  }
  expansion.expand(done, text.length);
  return expansion.result();
}

/** A stretch of a text, and the stretch of the source that it stands for. */
type Replaced = Place & Readonly<{ from: Place }>;

const KEY = /\$\{([^{}$]*)\}/g;
const ONE_KEY = /^\$\{([^{}$]*)\}$/;
const YESTERDAY = '${yesterday}';
/** Names that may be a variable's: what else stands in braces is the shell's own. */
const NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

class HeraExpansion {
  readonly #source: string;
  readonly #sources: HeraSources;
  readonly #problems: RenderProblem[] = [];
  readonly #unknown: UnknownName[] = [];
  readonly #now: Place[] = [];
  readonly #cycles = new Set<string>();
  #text = '';
  #isFull = false;

  constructor(source: string, sources: HeraSources) {
    [this.#source, this.#sources] = [source, sources];
  }

  result(): Expanded {
    return { text: this.#text, problems: this.#problems, unknown: this.#unknown, now: this.#now };
  }

  /** A stretch of the source as it stands. */
  copy(from: number, to: number): void {
    this.#text += this.#source.slice(from, to);
  }

  /** A stretch of the source, rendered. */
  expand(from: number, to: number): void {
    const { text, replaced } = this.#withValues(from, to);
    let done = 0;
    for (const { offset, length } of spansOf(text, '${zdt', '}')) {
      const place = sourceOf(replaced, from, offset, length);
      const date = this.#sources.zdt(text.slice(offset + '${zdt'.length, offset + length - 1));
      if ('message' in date) {
        this.#problems.push({ ...place, kind: 'expression', ...date });
        continue;
      }
      if (this.#isTooLong(date.text, place)) break;
      this.#writeDays(text.slice(done, offset));
      if (date.isNow) this.#now.push({ offset: this.#text.length, length: date.text.length });
      this.#text += date.text;
      done = offset + length;
    }
    this.#writeDays(text.slice(done));
  }

  #writeDays(text: string): void {
    this.#text += text.replaceAll(YESTERDAY, () => this.#sources.yesterday);
  }

  /** The first pass: `${key}` by the value of the key, where there is one. */
  #withValues(from: number, to: number): Readonly<{ text: string; replaced: readonly Replaced[] }> {
    const source = this.#source.slice(from, to);
    const replaced: Replaced[] = [];
    let [text, done] = ['', 0];
    for (const found of source.matchAll(KEY)) {
      const place = { offset: from + found.index, length: found[0].length };
      const value = this.#valueOf(found[1] as string, place);
      if (value === undefined) continue;
      text += source.slice(done, found.index);
      replaced.push({ offset: text.length, length: value.length, from: place });
      text += value;
      done = found.index + found[0].length;
      if (this.#isTooLong(text, place)) return { text: source, replaced: [] };
    }
    return { text: text + source.slice(done), replaced };
  }

  #isTooLong(text: string, place: Place): boolean {
    if (this.#text.length + text.length <= MAX_LENGTH) return false;
    if (!this.#isFull) this.#problems.push({ ...place, kind: 'expression', ...TOO_LONG });
    this.#isFull = true;
    return true;
  }

  /** Undefined leaves the expression as it stands. A value that is one `${key}` again is followed to its end. */
  #valueOf(key: string, place: Place): string | undefined {
    const path = [key];
    let value = this.#sources.variable(key);
    if (value === undefined) this.#note(key, place);
    for (let next = inner(value); next !== undefined; next = inner(value)) {
      if (path.includes(next)) return this.#cycle(path.slice(path.indexOf(next)), place);
      const end = this.#sources.variable(next);
      if (end === undefined) {
        this.#note(next, { ...place, inside: path.at(-1) as string });
        return value;
      }
      path.push(next);
      value = end;
    }
    return value;
  }

  #note(name: string, place: Place & { inside?: string }): void {
    if (NAME.test(name) && !name.startsWith('zdt') && name !== 'yesterday') this.#unknown.push({ name, ...place });
  }

  #cycle(members: readonly string[], place: Place): undefined {
    const path = drawCycle(members);
    if (this.#cycles.has(path)) return;
    this.#cycles.add(path);
    const message = `variables that use each other: ${path}`;
    this.#problems.push({ ...place, kind: 'cycle', message, help: 'give one of them a value of its own' });
  }
}

const inner = (value: string | undefined): string | undefined => value && ONE_KEY.exec(value)?.[1];

/** The stretch of the source behind a stretch of the text that the first pass made of `from` and what follows. */
function sourceOf(replaced: readonly Replaced[], from: number, offset: number, length: number): Place {
  const start = sourceEdge(replaced, from, offset, 'start');
  const end = sourceEdge(replaced, from, offset + length, 'end');
  return { offset: start, length: end - start };
}

/** Where an edge lies in the source; inside of a value it is that edge of the expression whose value it is. */
function sourceEdge(replaced: readonly Replaced[], from: number, at: number, edge: 'start' | 'end'): number {
  const before = replaced.findLast(({ offset }) => (edge === 'start' ? offset <= at : offset < at));
  if (!before) return from + at;
  const { offset, length } = before.from;
  const after = at - before.offset - before.length;
  const isInside = edge === 'start' ? after < 0 : after <= 0;
  if (isInside) return edge === 'start' ? offset : offset + length;
  return offset + length + after;
}
