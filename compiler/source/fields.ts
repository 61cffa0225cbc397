import { type At, type Path, type Report, suggest } from '../check/diagnostic.js';
import { duration as durationText } from '../manifest/duration.js';
import { FULL_WIDTH, halfWidth } from './full-width.js';
import { inline, listed } from './inline.js';

/** Where a value stands while it is read: its file, its path in it, and where mistakes go. */
export type Cursor = Readonly<{ file: string; path: Path; texts: ReadonlyMap<string, string>; report: Report }>;

/** JSON Schema, as far as editors need it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One kind of value: what it is called, how it is read (undefined after reporting what is wrong), and its JSON Schema. */
export type Field<T> = Readonly<{
  expects: string;
  schema: JsonSchema;
  read(value: unknown, at: Cursor): T | undefined;
}>;

/** What an editor says of a field, in both languages. */
export type About = Readonly<{ en: string; zh: string }>;

/** A field of a record, with what is said of it: the one source for the JSON Schema and for the types that authors see. */
export type Said<T> = Field<T> & Readonly<{ about: About }>;

export const said = <T>(one: Field<T>, en: string, zh: string): Said<T> => ({
  expects: one.expects,
  schema: one.schema,
  read: (value, at) => one.read(value, at),
  about: { en, zh },
});

export type Read<F> = F extends Field<infer T> ? T : never;

export const within = (at: Cursor, step: string | number): Cursor => ({ ...at, path: [...at.path, step] });
export const atOf = ({ file, path }: Cursor): At => ({ file, path });

/** A value of another kind than expected, said once for the whole field. */
export function illTyped(value: unknown, at: Cursor, expects: string, help?: string): undefined {
  const name = at.path.length > 0 ? `\`${nameOf(at.path)}\`` : 'the definition';
  at.report({
    code: 'HERA1002',
    message: `${name} must be ${expects}, not ${say(value)}`,
    at: atOf(at),
    label: `expected ${expects}`,
    help: help ?? halfWidthHelp(value, at.file),
  });
  return undefined;
}

/** `needs[1].job`, without the name of the file. */
export const nameOf = (path: Path): string =>
  path.reduce<string>(
    (name, step) => (typeof step === 'number' ? `${name}[${step}]` : name === '' ? step : `${name}.${step}`),
    '',
  );

/** Signs of a Chinese keyboard look like those that are meant. */
function halfWidthHelp(value: unknown, file: string): string | undefined {
  const wide = typeof value === 'string' ? FULL_WIDTH.exec(value) : null;
  if (!wide) return undefined;
  const text = halfWidth(value as string).replace(/^(["'])(.*)\1$/, '$2');
  return `\`${wide[0]}\` is a full-width sign: write \`${inline(text, file)}\``;
}

function say(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a record';
  const text = JSON.stringify(value);
  if (/^"([+-]?\d{1,16}|true|false)"$/.test(text)) return `the text \`${String(value)}\``;
  return text.length > 60 ? `${text.slice(0, 57)}…` : `\`${text.replace(/^"|"$/g, '')}\``;
}

/** A value that one function decides about. */
export function field<T>(
  expects: string,
  schema: JsonSchema,
  parse: (value: unknown, at: Cursor) => T | undefined,
  remedy: (value: unknown) => string | undefined = () => undefined,
): Field<T> {
  return { expects, schema, read: (value, at) => parse(value, at) ?? illTyped(value, at, expects, remedy(value)) };
}

export const text = field('a text', { type: 'string' }, (value) => (typeof value === 'string' ? value : undefined));

/** A number between quotes, which is a text, where the number alone is right. */
const unquotedHelp =
  (isRight: (value: number) => boolean) =>
  (value: unknown): string | undefined =>
    typeof value === 'string' && /^[+-]?\d{1,16}$/.test(value) && isRight(Number(value))
      ? `write \`${Number(value)}\` without quotes: between quotes it is a text`
      : undefined;

/** `true` or `false`; undefined would mean ill-typed, so both are kept as they are. */
export const flag: Field<boolean> = {
  expects: 'true or false',
  schema: { type: 'boolean' },
  read: (value, at) => (typeof value === 'boolean' ? value : illTyped(value, at, 'true or false', flagHelp(value))),
};

/** What was a boolean in YAML 1.1, and what stands for one elsewhere. */
function flagHelp(value: unknown): string | undefined {
  if (typeof value === 'object') return undefined;
  const text = String(value);
  const isYes = /^(?:yes|on|y|true|1|open)$/i.test(text);
  if (!isYes && !/^(?:no|off|n|false|0|closed?)$/i.test(text)) return undefined;
  if (text === String(isYes)) return `write \`${isYes}\` without quotes: between quotes it is a text`;
  return `write \`${isYes}\`: \`${text}\` is a ${typeof value === 'number' ? 'number' : 'text'}, in YAML 1.2 too`;
}

/** A whole number within bounds, both included. */
export function whole(least: number, most: number, expects: string): Field<number> {
  const isRight = (value: unknown): value is number => Number.isSafeInteger(value) && isWithin(value as number);
  const isWithin = (value: number): boolean => value >= least && value <= most;
  return field(
    expects,
    { type: 'integer', minimum: least, maximum: most },
    (value) => (isRight(value) ? value : undefined),
    unquotedHelp(isRight),
  );
}

export const count = (most: number): Field<number> => whole(0, most, `a whole number from 0 to ${most}`);

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MOST_DAYS = 365;

/** A length of time as text, read as milliseconds. */
export const duration: Field<number> = field(
  'a length of time such as `30s`, `10m`, `2h` or `1d`',
  { type: 'string', pattern: '^[0-9]{1,8}[smhd]$' },
  (value) => {
    const [, amount, unit] = (typeof value === 'string' ? /^(\d{1,8})([smhd])$/.exec(value) : null) ?? [];
    const ms = Number(amount) * UNIT_MS[(unit ?? 's') as keyof typeof UNIT_MS];
    return unit !== undefined && ms <= MOST_DAYS * UNIT_MS.d ? ms : undefined;
  },
  (value) => {
    // A list or a record has no words that could be meant, and not every one of them can be made a text.
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    return /^[1-9]\d{0,7}$/.test(String(value))
      ? `say the unit: \`${value}s\` are seconds, \`${value}m\` minutes`
      : durationHelp(String(value));
  },
);

const UNIT_WORDS = [
  [1_000, /^(?:s|secs?|seconds?|秒)$/],
  [60_000, /^(?:m|mins?|minutes?|分钟?)$/],
  [3_600_000, /^(?:h|hrs?|hours?|小时)$/],
  [86_400_000, /^(?:d|days?|天)$/],
  [604_800_000, /^(?:w|weeks?|周)$/],
] as const;

/** `2 hours`, `1h30m`, `PT90M`, `10 分钟`: a length of time as others write it, in one number and one unit. */
function durationHelp(value: string): string | undefined {
  const lower = value.toLowerCase();
  const text = /^pt?\d/.test(lower) ? lower.replace(/[pt]/g, '') : lower;
  const parts = [...text.matchAll(/(\d{1,8})\s*(\p{L}+)/gu)];
  if (parts.length === 0 || /\S/.test(parts.reduce((rest, [part]) => rest.replace(part, ''), text))) return undefined;
  const ms = parts.map(
    ([, amount, word]) => Number(amount) * (UNIT_WORDS.find(([, is]) => is.test(word!))?.[0] ?? Number.NaN),
  );
  const all = ms.reduce((sum, one) => sum + one, 0);
  return all > 0 && all <= MOST_DAYS * UNIT_MS.d ? `write \`${durationText(all)}\`` : undefined;
}

/** One of some words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Field<Word> {
  const expects = words
    .map((word) => `\`${word}\``)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
  const read = (value: unknown, at: Cursor): Word | undefined => {
    if (typeof value === 'string' && words.includes(value as Word)) return value as Word;
    if (typeof value !== 'string') return illTyped(value, at, expects);
    const message = `\`${nameOf(at.path)}\` must be ${expects}, not \`${value}\``;
    at.report({
      code: 'HERA1002',
      message,
      at: atOf(at),
      label: `expected ${expects}`,
      help: suggestOnly(value, words),
    });
    return undefined;
  };
  return { expects, schema: { enum: words }, read };
}

/** The valid names stand in the message already: only a guess helps. */
const suggestOnly = (word: string, names: readonly string[]): string | undefined => {
  const help = suggest(word, names);
  return help?.startsWith('did') ? help : undefined;
};

/** A text, or a number or boolean as its author spelled it (`007` stays `007`). */
export const spelled: Field<string> = field(
  'a text, a number, true or false',
  { type: ['string', 'number', 'boolean'] },
  (value, at) => {
    if (typeof value === 'string') return value;
    if (typeof value !== 'number' && typeof value !== 'boolean') return undefined;
    return at.texts.get(JSON.stringify(at.path)) ?? String(value);
  },
);

/** One thing is a list of one. */
function listHelp(value: unknown, { file, path }: Cursor): string | undefined {
  const key = path.at(-1);
  const isOne = isRecord(value) || (typeof value === 'string' && /^[\w./, ;-]{1,60}$/.test(value));
  return isOne && typeof key === 'string' ? `write \`${key}: ${inline(listed(value), file)}\`` : undefined;
}

export function listOf<T>(item: Field<T>): Field<readonly T[]> {
  const expects = 'a list';
  return {
    expects,
    schema: { type: 'array', items: item.schema },
    read(value, at) {
      if (!Array.isArray(value)) return illTyped(value, at, `a list, each item ${item.expects}`, listHelp(value, at));
      return value.flatMap((one, i) => item.read(one, within(at, i)) ?? []);
    },
  };
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
