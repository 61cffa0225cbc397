// `${zdt…}`, the date expressions of the old scheduler, in both dialects: `${zdt.addDay(-1).format("yyyyMMdd")}`.
// In: what stands between `${zdt` and `}`, and the moment it is about. Out: its text, or what is wrong in words. There are dates, whole
// numbers and texts, and the methods listed here; nothing else can be named, so nothing can be run, and every text has a bounded length.
// Read on: `zdt-expression.ts` (the grammar), `java-calendar.ts` (`add`, `set` and `get`), `date-format.ts` and `date-parse.ts` (patterns).
import { formatDate, formatProblem, type Locale, zoneName } from './date-format.js';
import { parseDate } from './date-parse.js';
import { JavaCalendar } from './java-calendar.js';
import { type Argument, parseZdt, type Step } from './zdt-expression.js';

/** What a date expression is about: the period, and the real time of the attempt, for `getNowMillis` and `getToday`. */
export type ZdtMoment = Readonly<{ zone: string; instant: number; locale: Locale; now: number }>;

/** The text, and whether it is of the real time instead of the period; or what is wrong and what helps. */
export type ZdtText = Readonly<{ text: string; isNow: boolean }> | Fault;

type Fault = Readonly<{ message: string; help: string }>;

/** What a step leaves for the next: the date tool itself, a Java date, a number, a text. */
type Value =
  | Readonly<{ kind: 'zdt'; calendar: JavaCalendar }>
  | Readonly<{ kind: 'date'; instant: number }>
  | Readonly<{ kind: 'number'; number: number; isNow?: boolean }>
  | Readonly<{ kind: 'text'; text: string; isNow?: boolean }>;

/** No text of an expression grows beyond this many characters; `replace` could double it again and again. */
const MAX_LENGTH = 64 * 1024;

/** The text of `${zdt<source>}`; a fault names the expression. Never throws. */
export function zdtText(source: string, moment: ZdtMoment): ZdtText {
  const made = textOf(source, moment);
  if (!('message' in made)) return made;
  const shown = source.length > 120 ? `${source.slice(0, 120)}…` : source;
  return fault(`\`\${zdt${shown}}\` cannot be rendered: ${made.message}`, made.help);
}

function textOf(source: string, moment: ZdtMoment): ZdtText {
  const chain = parseZdt(source);
  if ('message' in chain) return chain;
  let value: Value = { kind: 'zdt', calendar: JavaCalendar.at(moment.zone, moment.instant) };
  let isNow = false;
  for (const step of chain.steps) {
    const next = taken(value, step, moment);
    if ('message' in next) return next;
    value = next;
    isNow ||= 'isNow' in next && next.isNow === true;
  }
  const text = printed(value, moment);
  return typeof text === 'string' ? { text, isNow } : text;
}

function printed(value: Value, { zone }: ZdtMoment): string | Fault {
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'number':
      return String(value.number);
    case 'date':
      return `${formatDate(value.instant, zone, 'EEE MMM dd HH:mm:ss', 'en')} ${javaZone(value.instant, zone)}`;
    case 'zdt':
      return fault('it is a date without a format', 'end it with `.format("yyyyMMdd")`');
    default:
      return value satisfies never;
  }
}

/** The end of a Java date as text: `CST 2020`. */
const javaZone = (instant: number, zone: string): string =>
  `${zoneName({ zone, instant, locale: 'en' }, 1)} ${formatDate(instant, zone, 'yyyy', 'en')}`;

const tooLong = (name: string): Fault => fault(`the text of \`${name}\` grows beyond 64 KiB`, 'use shorter texts');

const fault = (message: string, help: string): Fault => ({ message, help });

function taken(value: Value, step: Step, moment: ZdtMoment): Value | Fault {
  const wanted = step.args === undefined ? getterOf(step.name) : step.name;
  const { kind } = value;
  const method = METHODS[kind].find(({ name }) => name === wanted);
  if (!method) {
    const names = METHODS[kind].map(({ name }) => name).join(', ');
    const what = step.args === undefined ? 'property' : 'method';
    return fault(`there is no ${what} \`${step.name}\` of ${WHAT[kind]}`, `${WHAT[kind]} has ${names || 'no methods'}`);
  }
  const args = step.args ?? [];
  const fits = method.takes.some(
    (kinds) => kinds.length === args.length && kinds.every((k, i) => k === typeof args[i]),
  );
  if (!fits) return fault(`\`${method.name}\` takes ${inWords(method.takes)}`, `write it as in ${method.example}`);
  const made = method.make(value as never, args as never, moment);
  return 'text' in made && made.text.length > MAX_LENGTH ? tooLong(method.name) : made;
}

const WHAT = { zdt: 'zdt', date: 'a date', number: 'a number', text: 'a text' } as const;

/** `time` and `Time` are `getTime()`, as for every property of Java. */
const getterOf = (property: string): string => `get${property.charAt(0).toUpperCase()}${property.slice(1)}`;

const inWords = (takes: Method['takes']): string =>
  takes.map((kinds) => (kinds.length === 0 ? 'nothing' : kinds.map((kind) => KINDS[kind]).join(' and '))).join(', or ');

const KINDS = { string: 'a text in quotes', number: 'a whole number' } as const;

type Method = Readonly<{
  name: string;
  takes: readonly (readonly ('string' | 'number')[])[];
  example: string;
  make: (value: never, args: never, moment: ZdtMoment) => Value | Fault;
}>;

/** One method; its arguments are of the kinds that `takes` says when `make` is called. */
const method = <V extends Value, A extends readonly Argument[]>(
  name: string,
  takes: Method['takes'],
  example: string,
  make: (value: V, args: A, moment: ZdtMoment) => Value | Fault,
): Method => ({ name, takes, example, make });

type Tool = Extract<Value, { kind: 'zdt' }>;
type Text = Extract<Value, { kind: 'text' }>;

const NUMBERS = [['number', 'number']] as const;
const RANGE = fault('the date leaves the years to 9999', 'shift by less');

/** A step that a calendar took, or why it could not: `most` is the highest field it knows. */
const stepped = (zdt: Tool, field: number, most: number, isTaken: boolean): Value | Fault => {
  if (isTaken) return zdt;
  return field >= 0 && field <= most ? RANGE : fault(`there is no field ${field}`, `fields are 0 to ${most}`);
};

const ofZdt: readonly Method[] = [
  method('format', [['string']], '`format("yyyyMMdd")`', ({ calendar }: Tool, [pattern]: [string], moment) =>
    formatted(calendar.time(), pattern, moment),
  ),
  method('addDay', [['number']], '`addDay(-1)`', (zdt: Tool, [days]: [number]) =>
    stepped(zdt, 5, 14, zdt.calendar.add(5, days)),
  ),
  method('add', NUMBERS, '`add(2,-1)`', (zdt: Tool, [field, amount]: [number, number]) =>
    stepped(zdt, field, 14, zdt.calendar.add(field, amount)),
  ),
  method('set', NUMBERS, '`set(5,1)`', (zdt: Tool, [field, to]: [number, number]) =>
    stepped(zdt, field, 16, zdt.calendar.set(field, to)),
  ),
  method('get', [['number']], '`get(5)`', (zdt: Tool, [field]: [number]) => {
    const value = zdt.calendar.get(field);
    return value === undefined ? stepped(zdt, field, 16, false) : number(value);
  }),
  method('getTime', [[]], '`getTime()`', ({ calendar }: Tool) => number(seconds(calendar.time()))),
  method('getMillis', [[]], '`getMillis()`', ({ calendar }: Tool) => number(calendar.time())),
  method('getNowMillis', [[]], '`getNowMillis()`', (_: Tool, __, { now }) => ({
    kind: 'number',
    number: now,
    isNow: true,
  })),
  method('getToday', [[]], '`getToday()`', (_: Tool, __, { now, zone }) => ({
    ...{ kind: 'text', text: formatDate(now, zone, 'yyyy-MM-dd', 'en'), isNow: true },
  })),
  method(
    'StringToDateStr',
    [['string', 'string', 'string']],
    '`StringToDateStr("2020-01-02","yyyy-MM-dd","yyyyMMdd")`',
    (_: Tool, [text, from, to]: [string, string, string], moment) => {
      const instant = parsed(text, from, moment);
      if (typeof instant === 'object') return instant;
      // What cannot be read is nothing, as the old scheduler has it; a wrong pattern is wrong all the same.
      return instant === undefined ? (patternFault(to) ?? { kind: 'text', text: '' }) : formatted(instant, to, moment);
    },
  ),
  method(
    'StringToDate',
    [['string', 'string']],
    '`StringToDate("2020-01-02","yyyy-MM-dd")`',
    (_: Tool, [text, from]: [string, string], moment) => {
      const instant = parsed(text, from, moment);
      if (typeof instant === 'object') return instant;
      return instant === undefined
        ? fault(`\`${text}\` is no date of the form \`${from}\``, 'give both the same form')
        : { kind: 'date', instant };
    },
  ),
];

const ofText: readonly Method[] = [
  method(
    'substring',
    [['number'], ['number', 'number']],
    '`substring(0,6)`',
    ({ text }: Text, [start = 0, end = text.length]: readonly number[]) =>
      start >= 0 && start <= end && end <= text.length
        ? { kind: 'text', text: text.slice(start, end) }
        : fault(`\`${text}\` has no characters ${start} to ${end}`, `it has ${text.length}, counted from 0`),
  ),
  method('replace', [['string', 'string']], '`replace("-","/")`', ({ text }: Text, [from, to]: [string, string]) => {
    const times = from === '' ? text.length + 1 : text.split(from).length - 1;
    return text.length + times * (to.length - from.length) > MAX_LENGTH
      ? tooLong('replace')
      : { kind: 'text', text: text.replaceAll(from, () => to) };
  }),
  method('length', [[]], '`length()`', ({ text }: Text) => number(text.length)),
  method('concat', [['string']], '`concat("x")`', ({ text }: Text, [more]: [string]) => ({
    ...{ kind: 'text', text: text + more },
  })),
  method('toUpperCase', [[]], '`toUpperCase()`', ({ text }: Text) => ({ kind: 'text', text: text.toUpperCase() })),
  method('toLowerCase', [[]], '`toLowerCase()`', ({ text }: Text) => ({ kind: 'text', text: text.toLowerCase() })),
  method('trim', [[]], '`trim()`', ({ text }: Text) => ({ kind: 'text', text: text.trim() })),
];

const METHODS: Readonly<Record<Value['kind'], readonly Method[]>> = {
  zdt: ofZdt,
  text: ofText,
  date: [method('getTime', [[]], '`getTime()`', ({ instant }: Extract<Value, { kind: 'date' }>) => number(instant))],
  number: [],
};

const number = (number: number | undefined): Value | Fault =>
  number === undefined ? RANGE : { kind: 'number', number };

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.floor(ms / 1000));

const patternFault = (pattern: string): Fault | undefined => {
  const problem = formatProblem(pattern);
  return problem === undefined ? undefined : fault(problem, "write letters of SimpleDateFormat, and text between `'`");
};

function formatted(instant: number | undefined, pattern: string, { zone, locale }: ZdtMoment): Value | Fault {
  if (instant === undefined) return RANGE;
  return patternFault(pattern) ?? { kind: 'text', text: formatDate(instant, zone, pattern, locale) };
}

const parsed = (text: string, pattern: string, { zone, locale, instant }: ZdtMoment): number | undefined | Fault =>
  patternFault(pattern) ?? parseDate(text, pattern, { zone, locale, near: instant });
