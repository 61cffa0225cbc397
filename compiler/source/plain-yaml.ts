// The YAML that nearly every definition is written in, read line by line in a tenth of the time that the whole language takes.
// In: a text. Out: what the parser of `yaml.ts` makes of it, value for value and text for text, or nothing: whatever is not plainly within the
// few forms below (an anchor, a tag, a folded text, an empty value, an odd indent, any mistake) is left to the parser, which also says what is
// wrong and where. So every doubt here ends in `NotPlain`. Forms: mappings and lists by indent, `{…}` and `[…]` on one line, scalars on one
// line, literal blocks (`|`, `|-`), comments.

/** `texts`: the spelling of scalars that are no strings, by JSON of their path. */
export type PlainYaml = Readonly<{ value: Readonly<Record<string, unknown>>; texts: ReadonlyMap<string, string> }>;

/** What a text says when it is plain; undefined when that is for the parser to tell. */
export function plainYaml(text: string): PlainYaml | undefined {
  if (!PLAIN_TEXT.test(text) || MARKS.test(text)) return undefined;
  const reader = new Reader(text);
  try {
    const value = reader.document();
    return { value, texts: reader.texts };
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

/** One line after the other, ended; no tab, no other space that ends lines, no letter that another encoding makes of two. */
const PLAIN_TEXT = /^[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*\n$/;
/** Documents and directives. */
const MARKS = /^(?:---|\.\.\.|%)/m;
const NAME = /^([A-Za-z_][\w.-]{0,99}):(?: +|$)/;
const IN_BRACKETS_NAME = /([A-Za-z_][\w.-]{0,99}): +/y;
const NOT_NAMES = new Set(['__proto__', 'true', 'True', 'TRUE', 'false', 'False', 'FALSE', 'null', 'Null', 'NULL']);
const DOUBLE = /"((?:[^"\\\n]|\\["\\nt])*)"/y;
const SINGLE = /'((?:[^'\n]|'')*)'/y;
/** What may begin a text without quotes; what else it holds is looked at behind. */
const BARE = /(?:[A-Za-z0-9_/.$(^]|[-+](?=[0-9.]))(?:[^\s:#]|:(?=[^\s])| +(?=[^\s#]))*/y;
const BARE_IN_BRACKETS = /(?:[A-Za-z0-9_/.$(^]|[-+](?=[0-9.]))(?:[^\s:#,[\]{}]|:(?=[\w/])| +(?=[^\s#,[\]{}]))*/y;
/** All that YAML 1.2 takes for a number; but for whole ones in their usual spelling that is left to the parser. */
const NUMERIC = /^(?:[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.inf|\.nan)$/i;
const WHOLE = /^(?:0|-?[1-9][0-9]{0,14})$/;
const MOST_LEVELS = 20;

const NOT_PLAIN = new Error('not plain');
const refuse = (): never => {
  throw NOT_PLAIN;
};

type Path = readonly (string | number)[];

class Reader {
  readonly texts = new Map<string, string>();
  readonly #lines: readonly string[];
  #at = 0;
  /** Of the line that is read next; -1 behind the last. */
  #indent = -1;
  #content = '';

  constructor(text: string) {
    this.#lines = text.slice(0, -1).split('\n');
    this.#rest();
  }

  document(): Readonly<Record<string, unknown>> {
    if (this.#indent !== 0 || this.#content.startsWith('- ')) refuse();
    const value = this.#mapping(0, []);
    if (this.#indent >= 0) refuse();
    return value;
  }

  /** Goes on to the next line that is neither empty nor a comment, this one included. */
  #rest(): void {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!;
      const content = line.trimStart();
      if (content === '' || content.startsWith('#')) continue;
      this.#indent = line.length - content.length;
      this.#content = content.trimEnd();
      return;
    }
    this.#indent = -1;
  }

  #next(): void {
    this.#at++;
    this.#rest();
  }

  #mapping(indent: number, path: Path): Record<string, unknown> {
    if (path.length > MOST_LEVELS) refuse();
    const made: Record<string, unknown> = {};
    while (this.#indent === indent) {
      const [head, name] = NAME.exec(this.#content) ?? refuse();
      if (NOT_NAMES.has(name!) || Object.hasOwn(made, name!)) refuse();
      made[name!] = this.#value(this.#content.slice(head.length), indent, [...path, name!]);
    }
    if (this.#indent > indent) refuse();
    return made;
  }

  /** What stands behind `name:`, or below it. */
  #value(rest: string, indent: number, path: Path): unknown {
    if (rest === '|' || rest === '|-') return this.#block(indent, rest === '|' ? '\n' : '');
    if (rest !== '' && !rest.startsWith('#')) return this.#oneLine(rest, indent, path);
    this.#next();
    const isList = this.#content.startsWith('- ');
    if (this.#indent > indent) return isList ? this.#list(this.#indent, path) : this.#mapping(this.#indent, path);
    // A list may stand at the indent of its name.
    return this.#indent === indent && isList ? this.#list(indent, path) : refuse();
  }

  #oneLine(rest: string, indent: number, path: Path): unknown {
    const line = new Line(rest, this.texts);
    const value = line.value(path, BARE);
    line.end();
    this.#next();
    // A deeper line would go on with it.
    return this.#indent > indent ? refuse() : value;
  }

  #list(indent: number, path: Path): readonly unknown[] {
    if (path.length > MOST_LEVELS) refuse();
    const made: unknown[] = [];
    while (this.#indent === indent && this.#content.startsWith('- ')) {
      const rest = this.#content.slice(2);
      const inner = [...path, made.length];
      if (NAME.test(rest)) {
        this.#indent = indent + 2;
        this.#content = rest;
        made.push(this.#mapping(indent + 2, inner));
      } else made.push(this.#oneLine(rest, indent, inner));
    }
    if (this.#indent > indent) refuse();
    return made;
  }

  /** Lines as they are, up to one of a smaller indent. */
  #block(outer: number, ending: string): string {
    const from = this.#at + 1;
    const indent = indentOf(this.#lines[from] ?? '');
    if (indent <= outer || this.#lines[from]!.length === indent) refuse();
    const lines: string[] = [];
    for (this.#at = from; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!;
      const own = indentOf(line);
      const isEmpty = own === line.length;
      if (isEmpty && own > indent) refuse();
      if (!isEmpty && own < indent) {
        if (own > outer) refuse();
        break;
      }
      lines.push(line.slice(indent));
    }
    this.#rest();
    return `${lines.join('\n').replace(/\n+$/, '')}${ending}`;
  }
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** A value on one line, read from left to right. */
class Line {
  readonly #text: string;
  readonly #texts: Map<string, string>;
  #at = 0;

  constructor(text: string, texts: Map<string, string>) {
    this.#text = text;
    this.#texts = texts;
  }

  value(path: Path, bare: RegExp): unknown {
    if (path.length > MOST_LEVELS) refuse();
    switch (this.#text[this.#at]) {
      case '"': {
        const quoted = this.#take(DOUBLE);
        return quoted[1]!.includes('\\') ? (JSON.parse(quoted[0]) as string) : quoted[1]!;
      }
      case "'":
        return this.#take(SINGLE)[1]!.replaceAll("''", "'");
      case '{':
        return this.#members(path);
      case '[':
        return this.#items(path);
      default:
        return this.#scalar(this.#take(bare)[0], path);
    }
  }

  /** Nothing may follow but a comment. */
  end(): void {
    if (!/^(?: +#.*)?$/.test(this.#text.slice(this.#at))) refuse();
  }

  #members(path: Path): Readonly<Record<string, unknown>> {
    const made: Record<string, unknown> = {};
    this.#each('}', () => {
      const name = this.#take(IN_BRACKETS_NAME)[1]!;
      if (NOT_NAMES.has(name) || Object.hasOwn(made, name)) refuse();
      made[name] = this.value([...path, name], BARE_IN_BRACKETS);
    });
    return made;
  }

  #items(path: Path): readonly unknown[] {
    const made: unknown[] = [];
    this.#each(']', () => void made.push(this.value([...path, made.length], BARE_IN_BRACKETS)));
    return made;
  }

  #each(close: string, read: () => void): void {
    this.#at++;
    this.#spaces();
    if (this.#text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      read();
      this.#spaces();
      const next = this.#text[this.#at++];
      if (next === close) return;
      if (next !== ',') refuse();
      this.#spaces();
    }
  }

  #scalar(text: string, path: Path): unknown {
    if (text === 'true' || text === 'false' || text === 'null' || WHOLE.test(text)) {
      this.#texts.set(JSON.stringify(path), text);
      return JSON.parse(text) as unknown;
    }
    return NUMERIC.test(text) || NOT_NAMES.has(text) ? refuse() : text;
  }

  #take(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? refuse();
    this.#at = pattern.lastIndex;
    return found;
  }

  #spaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }
}
