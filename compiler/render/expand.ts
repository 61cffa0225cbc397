import {
  drawCycle,
  type Expanded,
  MAX_LENGTH,
  type Place,
  type RenderProblem,
  TOO_LONG,
  type UnknownName,
} from './expanded.js';
import { type Expression, expressionAt } from './expression.js';
import { isOutputName } from './need-outputs.js';
import type { ZdtText } from './zdt.js';

/** Where values come from. A built-in's value stands as it is; a variable's may hold expressions. */
export type Sources = Readonly<{
  builtin: (name: string) => string | undefined;
  variable: (name: string) => string | undefined;
  date: (
    expression: Extract<Expression, { kind: 'date' }>,
  ) => Readonly<{ text: string }> | Readonly<{ message: string; help: string }>;
  /** Of what stands between `${zdt` and `}`. */
  zdt: (source: string) => ZdtText;
  /** Of `needs.<job>.<key>`; undefined where only a run knows it. */
  output: (name: string) => Readonly<{ text: string }> | Readonly<{ message: string; help: string }> | undefined;
}>;

/** How deep values may hold values (E3). */
const MAX_LEVELS = 10;

/** A value with how many levels of values it holds, and whether something in it is of the real time. */
type Value = Readonly<{ text: string; levels: number; isNow: boolean }>;

/** Replaces every expression of `text`; what cannot be replaced stays as it stands and is reported. Never throws. */
export function expand(text: string, sources: Sources): Expanded {
  const expansion = new Expansion(sources);
  const { text: rendered } = expansion.textOf(text, undefined);
  return { text: rendered, problems: expansion.problems, unknown: expansion.unknown, now: expansion.now };
}

class Expansion {
  readonly problems: RenderProblem[] = [];
  readonly unknown: UnknownName[] = [];
  readonly now: Place[] = [];
  readonly #sources: Sources;
  readonly #values = new Map<string, Value>();
  readonly #open: string[] = [];
  readonly #cycles = new Set<string>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** `outer` is the expression of the rendered text through which a value is reached, undefined for that text itself. */
  textOf(text: string, outer: Place | undefined): Value {
    let [done, written, levels, isNow] = [0, '', 0, false];
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
      written += text.slice(done, at);
      if (value?.isNow && !outer) this.now.push({ offset: written.length, length: value.text.length });
      written += value?.text ?? text.slice(at, end);
      levels = Math.max(levels, value?.levels ?? 0);
      isNow ||= value?.isNow ?? false;
      done = end;
      if (written.length > MAX_LENGTH) {
        this.#report(place, TOO_LONG.message, TOO_LONG.help);
        return { text, levels, isNow };
      }
    }
    return { text: written + text.slice(done), levels, isNow };
  }

  /** Undefined leaves the expression as it stands. */
  #valueOf(expression: Expression, place: Place): Value | undefined {
    switch (expression.kind) {
      case 'name':
        return this.#named(expression.name, place);
      case 'date': {
        const date = this.#sources.date(expression);
        if ('text' in date) return { text: date.text, levels: 0, isNow: false };
        return this.#report(place, date.message, date.help);
      }
      case 'zdt':
        return this.#zdt(expression.source, place);
      case 'stranger':
        return this.#stranger(expression.name, place);
      case 'broken':
        return this.#report(place, expression.message, expression.help);
      default:
        return expression satisfies never;
    }
  }

  #named(name: string, place: Place): Value | undefined {
    if (isOutputName(name)) return this.#output(name, place);
    const builtin = this.#sources.builtin(name);
    if (builtin !== undefined) return { text: builtin, levels: 0, isNow: false };
    const raw = this.#sources.variable(name);
    if (raw === undefined && name.startsWith('zdt')) return this.#zdt(name.slice('zdt'.length), place);
    if (raw === undefined) return this.#stranger(name, place);
    if (this.#open.includes(name)) return this.#cycle(name, place);
    const value = this.#values.get(name) ?? this.#rendered(name, raw, place);
    if (value && this.#open.length + value.levels > MAX_LEVELS) return this.#tooDeep(name, place);
    return value;
  }

  /** Its text stands as it is, whatever the run that told it wrote. */
  #output(name: string, place: Place): Value | undefined {
    const output = this.#sources.output(name);
    if (output === undefined) return this.#stranger(name, place);
    if ('text' in output) return { text: output.text, levels: 0, isNow: false };
    return this.#report(place, output.message, output.help);
  }

  #zdt(source: string, place: Place): Value | undefined {
    const date = this.#sources.zdt(source);
    if (!('message' in date)) return { ...date, levels: 0 };
    return this.#report(place, date.message, date.help);
  }

  #rendered(name: string, raw: string, place: Place): Value | undefined {
    if (this.#open.length >= MAX_LEVELS) return this.#tooDeep(name, place);
    this.#open.push(name);
    const { text, levels, isNow } = this.textOf(raw, place);
    this.#open.pop();
    const value = { text, levels: levels + 1, isNow };
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
    const path = drawCycle(members);
    if (this.#cycles.has(path)) return;
    this.#cycles.add(path);
    const message = `variables that use each other: ${path}`;
    this.problems.push({ ...place, kind: 'cycle', message, help: 'give one of them a value of its own' });
  }

  #report(place: Place, message: string, help: string): undefined {
    this.problems.push({ ...place, kind: 'expression', message, help });
  }
}
