import { type Expression, expressionAt } from './expression.js';

/** A fault of a template: `offset` and `length` mark the expression in the rendered text, also when a variable's value is at fault. */
export type RenderProblem = Readonly<{ offset: number; length: number; message: string; help: string }>;

/** A name nobody defines, left as it stands; `inside` is the variable whose value holds it. */
export type UnknownName = Readonly<{ name: string; offset: number; length: number; inside?: string }>;

export type Expanded = Readonly<{ text: string; problems: readonly RenderProblem[]; unknown: readonly UnknownName[] }>;

/** Where values come from. A built-in's value stands as it is; a variable's may hold expressions. */
export type Sources = Readonly<{
  builtin: (name: string) => string | undefined;
  variable: (name: string) => string | undefined;
  date: (
    expression: Extract<Expression, { kind: 'date' }>,
  ) => Readonly<{ text: string }> | Readonly<{ message: string; help: string }>;
}>;

/** How deep values may hold values (E3). */
const MAX_LEVELS = 10;
/** No rendered text or value may grow beyond this many characters. */
const MAX_LENGTH = 4 * 1024 * 1024;

type Value = Readonly<{ text: string; levels: number }>;
type Place = Readonly<{ offset: number; length: number }>;

/** Replaces every expression of `text`; what cannot be replaced stays as it stands and is reported. Never throws. */
export function expand(text: string, sources: Sources): Expanded {
  const expansion = new Expansion(sources);
  const { text: rendered } = expansion.textOf(text, undefined);
  return { text: rendered, problems: expansion.problems, unknown: expansion.unknown };
}

class Expansion {
  readonly problems: RenderProblem[] = [];
  readonly unknown: UnknownName[] = [];
  readonly #sources: Sources;
  readonly #values = new Map<string, Value>();
  readonly #open: string[] = [];
  readonly #cycles = new Set<string>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** `outer` is the expression of the rendered text through which a value is reached, undefined for that text itself. */
  textOf(text: string, outer: Place | undefined): Value {
    let [done, written, levels] = [0, '', 0];
    for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', Math.max(at + 1, done))) {
      if (text.startsWith('$${', at)) {
        written += `${text.slice(done, at)}\${`;
        done = at + 3;
        continue;
      }
      const expression = text.startsWith('${', at) ? expressionAt(text, at) : undefined;
      if (!expression) continue;
      const place = outer ?? { offset: at, length: expression.length };
      const value = this.#valueOf(expression, place);
      const end = at + expression.length;
      written += text.slice(done, at) + (value?.text ?? text.slice(at, end));
      levels = Math.max(levels, value?.levels ?? 0);
      done = end;
      if (written.length > MAX_LENGTH) {
        this.#report(place, 'the text grows beyond 4 MiB', 'use fewer or shorter values');
        return { text, levels };
      }
    }
    return { text: written + text.slice(done), levels };
  }

  /** Undefined leaves the expression as it stands. */
  #valueOf(expression: Expression, place: Place): Value | undefined {
    switch (expression.kind) {
      case 'name':
        return this.#named(expression.name, place);
      case 'date': {
        const date = this.#sources.date(expression);
        if ('text' in date) return { text: date.text, levels: 0 };
        return this.#report(place, date.message, date.help);
      }
      case 'stranger':
        return this.#stranger(expression.name, place);
      case 'broken':
        return this.#report(place, expression.message, expression.help);
      default:
        return expression satisfies never;
    }
  }

  #named(name: string, place: Place): Value | undefined {
    const builtin = this.#sources.builtin(name);
    if (builtin !== undefined) return { text: builtin, levels: 0 };
    const raw = this.#sources.variable(name);
    if (raw === undefined && name.startsWith('zdt')) {
      const message = `\`\${${name}}\` is not supported in the native dialect`;
      return this.#report(place, message, `write a date such as \`\${date-1d:yyyyMMdd}\``);
    }
    if (raw === undefined) return this.#stranger(name, place);
    if (this.#open.includes(name)) return this.#cycle(name, place);
    const value = this.#values.get(name) ?? this.#rendered(name, raw, place);
    if (value && this.#open.length + value.levels > MAX_LEVELS) return this.#tooDeep(name, place);
    return value;
  }

  #rendered(name: string, raw: string, place: Place): Value | undefined {
    if (this.#open.length >= MAX_LEVELS) return this.#tooDeep(name, place);
    this.#open.push(name);
    const { text, levels } = this.textOf(raw, place);
    this.#open.pop();
    const value = { text, levels: levels + 1 };
    this.#values.set(name, value);
    return value;
  }

  #tooDeep(name: string, place: Place): undefined {
    const path = [...this.#open, name].join('`, `');
    return this.#report(place, `values are nested more than ${MAX_LEVELS} deep: \`${path}\``, 'shorten the chain');
  }

  #stranger(name: string, place: Place): undefined {
    const inside = this.#open.at(-1);
    this.unknown.push({ name, ...place, ...(inside === undefined ? {} : { inside }) });
  }

  /** Drawn from its smallest name, and reported once, through whichever member it is entered. */
  #cycle(name: string, place: Place): undefined {
    const members = this.#open.slice(this.#open.indexOf(name));
    const smallest = members.indexOf(members.toSorted()[0] as string);
    const path = [...members.slice(smallest), ...members.slice(0, smallest), members[smallest]].join(' → ');
    if (this.#cycles.has(path)) return;
    this.#cycles.add(path);
    this.#report(place, `variables that use each other: ${path}`, 'give one of them a value of its own');
  }

  #report(place: Place, message: string, help: string): undefined {
    this.problems.push({ ...place, message, help });
  }
}
