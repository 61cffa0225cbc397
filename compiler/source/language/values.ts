// Values that several records of the language share: zones, days, times of day, names of things, references to jobs.
import { isZone } from '../../calendar/index.js';
import { type Path, suggest } from '../../check/diagnostic.js';
import { atOf, type Field, field, illTyped, isRecord, spelled } from '../fields.js';
import { mapOf } from '../records.js';

/** A name with its place. */
export type Named = Readonly<{ text: string; path: Path }>;

/** Names that variables of templates may have. */
export const VARIABLE = { pattern: /^[A-Za-z_][A-Za-z0-9_.]*$/, expects: 'letters, digits, `_` and `.`' };
const ENVIRONMENT = { pattern: /^[A-Za-z_][A-Za-z0-9_]*$/, expects: 'letters, digits and `_`' };
const SETTING = { pattern: /^[A-Za-z_][A-Za-z0-9_.-]*$/, expects: 'letters, digits, `_`, `-` and `.`' };

/** Names of machine groups, pools, channels, teams, regions, secrets and workday calendars: safe in a queue, a file and an address. */
export const NAME = { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, expects: 'letters, digits, `_` and `-`' };

/** Keys of the old scheduler were any text; in native templates only a `VARIABLE` can be named, which is checked where the dialect is known. */
const KEY = {
  pattern: /^[^{}$\s]([^{}$\n\r]*[^{}$\s])?$/,
  expects: 'a text without braces and dollar signs, and in native templates letters, digits, `_` and `.`',
};

export const vars = mapOf(spelled, KEY);
export const env = mapOf(spelled, ENVIRONMENT);
export const conf = mapOf(spelled, SETTING);
export const byEnvironmentName = <T>(item: Field<T>): Field<Readonly<Record<string, T>>> => mapOf(item, ENVIRONMENT);

/** A text of one form. */
export const matching = (expects: string, pattern: RegExp): Field<string> =>
  field(expects, { type: 'string', pattern: pattern.source }, (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined,
  );

export const name = (what: string): Field<string> => matching(`the name of ${what}`, NAME.pattern);

/** A text that says something. */
export const words = matching('a text that is not empty', /\S/);

/** What is written for the zone of China and is none of the database: it has no Beijing, and offsets know no history. */
const MEANT: Readonly<Record<string, string>> = Object.fromEntries(
  ['Asia/Beijing', 'Beijing', 'China', 'CST', 'GMT+8', 'UTC+8', 'GMT+08:00', 'UTC+08:00', '+08:00', '+8'].map(
    (name) => [name, 'Asia/Shanghai'],
  ),
);

export const zone: Field<string> = {
  expects: 'an IANA zone such as `Asia/Shanghai`',
  schema: { type: 'string' },
  read(value, at) {
    if (typeof value !== 'string') return illTyped(value, at, zone.expects);
    if (isZone(value)) return value;
    const meant = Object.hasOwn(MEANT, value) ? MEANT[value] : undefined;
    const help = meant === undefined ? suggest(value, Intl.supportedValuesOf('timeZone')) : `write \`${meant}\``;
    at.report({
      code: 'HERA3003',
      message: `\`${value}\` is not a time zone`,
      at: atOf(at),
      label: `expected ${zone.expects}`,
      help,
    });
    return undefined;
  },
};

export const day = matching(
  'a day such as `2026-01-31`, or an instant in RFC 3339',
  /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/,
);

export const timeOfDay = matching('a time of day such as `06:30`', /^([01][0-9]|2[0-3]):[0-5][0-9]$/);

/** A job by its name, relative or from the root; an imported job is `{ job: <its path> }`. */
export const jobName: Field<Named> = {
  expects: 'a job',
  schema: {
    anyOf: [
      { type: 'string' },
      { type: 'object', properties: { job: { type: 'string' } }, required: ['job'], maxProperties: 1 },
    ],
  },
  read(value, at) {
    if (typeof value === 'string') return { text: value, path: at.path };
    const job = isRecord(value) && Object.keys(value).length === 1 ? value.job : undefined;
    return typeof job === 'string' ? { text: job, path: at.path } : illTyped(value, at, jobName.expects);
  },
};

/** The id of a job, from the root. */
export const jobId = matching(
  'the id of a job, its path from the root',
  /^(?!(.*\/)?(\.{1,2}|-)(\/|$))[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/,
);
