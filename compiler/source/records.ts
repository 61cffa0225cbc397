import { type At, nearest, suggest } from '../check/diagnostic.js';
import {
  type About,
  atOf,
  type Cursor,
  type Field,
  illTyped,
  isRecord,
  type JsonSchema,
  nameOf,
  type Read,
  type Said,
  within,
} from './fields.js';
import { FULL_WIDTH } from './full-width.js';
import { meantBy, meantIn } from './other-words.js';

export type Shape = Readonly<Record<string, Said<unknown>>>;
export type ReadShape<S extends Shape> = { readonly [K in keyof S]?: Read<S[K]> };

/** A field that is a record of known names; `shape` is kept for those who list the language: schema, types and their tests. */
export type RecordField<S extends Shape> = Field<ReadShape<S>> & Readonly<{ shape: S }>;

/** What an editor shows: one text, English first. */
export const describe = ({ en, zh }: About): string => `${en}\n\n${zh}`;

/**
 * A record of known names. Others are reported with the nearest guess. Fields that are absent stay absent, those that are wrong too, after
 * their report. `rules` is JSON Schema that `check` says in words: what single fields cannot know.
 */
export function record<S extends Shape>(
  shape: S,
  options: Readonly<{
    required?: readonly (keyof S & string)[];
    rules?: JsonSchema;
    /** Says what is wrong between the names that are given, whatever their values; false after a report. */
    check?: (value: Readonly<Record<string, unknown>>, at: Cursor) => boolean;
  }> = {},
): RecordField<S> {
  const { required = [], rules = {}, check } = options;
  const names = Object.keys(shape);
  return {
    expects: 'a record',
    shape,
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        names.map((name) => [name, { ...shape[name]!.schema, description: describe(shape[name]!.about) }]),
      ),
      required,
      additionalProperties: false,
      ...rules,
    },
    read(value, at) {
      if (!isRecord(value)) return illTyped(value, at, 'a record of fields', recordHelp(value, at));
      const read: Record<string, unknown> = {};
      for (const [key, member] of Object.entries(value)) {
        const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
        const one = known?.read(member, within(at, key));
        if (!known) reportUnknown(value, key, within(at, key), names);
        else if (one !== undefined) read[key] = one;
      }
      const isWhole = reportMissing(value, shape, required, at);
      return isWhole && check && !check(value, at) ? undefined : (read as ReadShape<S>);
    },
  };
}

/** A file that holds a list, or a text because its first `:` is none. */
function recordHelp(value: unknown, { path }: Cursor): string | undefined {
  if (path.length > 0) return undefined;
  if (Array.isArray(value))
    return 'several jobs of one file stand under `jobs:`, each by its key; a file that is no job is named in `ignore` of the project';
  return typeof value === 'string' && !FULL_WIDTH.test(value)
    ? 'write fields: `name: value`, a space behind the colon'
    : undefined;
}

/** Fields that contradict each other, told at the record or at one of them (`key`); false, so that a check can answer it. */
export function contradict(at: Cursor, message: string, help: string, key?: string): false {
  const place = key === undefined ? at : within(at, key);
  at.report({ code: 'HERA1002', message: `\`${nameOf(at.path)}\` ${message}`, at: atOf(place), help });
  return false;
}

/** A record whose names are the author's. */
export function mapOf<T>(
  item: Field<T>,
  name: Readonly<{ pattern: RegExp; expects: string }>,
): Field<Readonly<Record<string, T>>> {
  return {
    expects: 'a record',
    schema: { type: 'object', additionalProperties: item.schema, propertyNames: { pattern: name.pattern.source } },
    read(value, at) {
      if (!isRecord(value)) return illTyped(value, at, 'a record of names and values');
      const read: [string, T][] = [];
      for (const [key, member] of Object.entries(value)) {
        const inner = within(at, key);
        if (name.pattern.test(key)) {
          const one = item.read(member, inner);
          if (one !== undefined) read.push([key, one]);
        } else {
          const message = `\`${key}\` is no name here: ${name.expects}`;
          at.report({ code: 'HERA1002', message, at: { file: at.file, path: inner.path, on: 'key' } });
        }
      }
      return Object.fromEntries(read);
    },
  };
}

function reportUnknown(
  beside: Readonly<Record<string, unknown>>,
  key: string,
  at: Cursor,
  names: readonly string[],
): void {
  const meant = meantBy({ key, value: beside[key], beside, names, file: at.file });
  const place: At = { file: at.file, path: at.path, on: 'key' };
  at.report({
    code: 'HERA1001',
    message: `there is no field \`${nameOf(at.path)}\``,
    at: place,
    label: 'unknown field',
    help: meant?.help ?? suggest(key, names),
  });
}

/** A misspelt name has been reported already, and is not also missing. */
function reportMissing(
  value: Readonly<Record<string, unknown>>,
  shape: Shape,
  required: readonly string[],
  at: Cursor,
): boolean {
  const missing = required.filter((key) => !Object.hasOwn(value, key));
  if (missing.length === 0) return true;
  const names = Object.keys(shape);
  const guesses = new Set([
    ...meantIn(value, names, at),
    ...Object.keys(value).flatMap((key) => (names.includes(key) ? [] : (nearest(key, names) ?? []))),
  ]);
  const owner = at.path.length > 0 ? `\`${nameOf(at.path)}\`` : `\`${at.file}\``;
  for (const key of missing)
    if (!guesses.has(key))
      at.report({
        code: 'HERA1003',
        message: `${owner} lacks \`${key}\``,
        at: atOf(at),
        label: `\`${key}\` is missing`,
        help: `add \`${key}\`, ${shape[key]!.expects}`,
      });
  return false;
}
