import type { CronProblem, Values } from './cron.js';

/** A piece of the text of a cron, with its place in it. */
export type Span = Readonly<{ text: string; offset: number }>;

/** What one field of a cron may say. `names` stand for `min`, `min + 1` and so on; `largestStep` is after `/`. */
export type Field = Readonly<{
  label: string;
  min: number;
  max: number;
  largestStep: number;
  names?: readonly string[];
}>;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Unix fields, Vixie's bounds; weekday 7 is Sunday again. */
export const UNIX_FIELDS: readonly Field[] = [
  { label: 'minute', min: 0, max: 59, largestStep: 60 },
  { label: 'hour', min: 0, max: 23, largestStep: 24 },
  { label: 'day-of-month', min: 1, max: 31, largestStep: 31 },
  { label: 'month', min: 1, max: 12, largestStep: 12, names: MONTHS },
  { label: 'day-of-week', min: 0, max: 7, largestStep: 7, names: WEEKDAYS },
];

/** Quartz fields and Quartz's own limits of a step; weekday 1 is Sunday. */
export const QUARTZ_FIELDS: readonly Field[] = [
  { label: 'second', min: 0, max: 59, largestStep: 59 },
  { label: 'minute', min: 0, max: 59, largestStep: 59 },
  { label: 'hour', min: 0, max: 23, largestStep: 23 },
  { label: 'day-of-month', min: 1, max: 31, largestStep: 31 },
  { label: 'month', min: 1, max: 12, largestStep: 12, names: MONTHS },
  { label: 'day-of-week', min: 1, max: 7, largestStep: 7, names: WEEKDAYS },
  { label: 'year', min: 1970, max: 2100, largestStep: 130 },
];

/** The fields of a cron, split at white space. */
export function splitFields(text: string): readonly Span[] {
  return [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], offset: match.index }));
}

/** The items of a field, split at commas; an empty one stays, to be refused. */
export function splitItems(field: Span): readonly Span[] {
  let offset = field.offset;
  return field.text.split(',').map((text) => {
    const item = { text, offset };
    offset += text.length + 1;
    return item;
  });
}

export function refuse(at: Span, message: string, help: string): CronProblem {
  return { offset: at.offset, length: at.text.length, message, help };
}

/** The number an item names, by digits or by a three-letter name; undefined for anything else, bounds not looked at. */
export function numberOf(word: string, field: Field): number | undefined {
  if (/^\d{1,4}$/.test(word)) return Number(word);
  const index = field.names?.indexOf(word.toLowerCase()) ?? -1;
  return index < 0 ? undefined : field.min + index;
}

/** A number outside its field, or a word that is none. */
export function outside(item: Span, word: string, field: Field): CronProblem {
  const names = field.names ? `, or ${field.names[0]} to ${field.names.at(-1)}` : '';
  const from = `write ${field.min} to ${field.max}${names}`;
  return refuse(
    item,
    word === ''
      ? `an empty item in ${field.label}`
      : `\`${word}\` is not ${field.label === 'hour' ? 'an' : 'a'} ${field.label}`,
    from,
  );
}

/** A step of nought or one that leaves the field. */
export function badStep(item: Span, step: number, field: Field): CronProblem {
  const message = step === 0 ? `a step of 0 in ${field.label}` : `a step of ${step} is larger than ${field.label}`;
  return refuse(item, message, `write a step from 1 to ${field.largestStep}`);
}

/** Reads every item of a field; the first problem ends it. `fold` maps a value to its canonical number. */
export function readItems(
  field: Span,
  read: (item: Span) => readonly number[] | CronProblem,
  fold: (value: number) => number = (value) => value,
): readonly number[] | CronProblem {
  const found = new Set<number>();
  for (const item of splitItems(field)) {
    const values = read(item);
    if ('message' in values) return values;
    for (const value of values) found.add(fold(value));
  }
  return [...found].sort((a, b) => a - b);
}

/** `*` when nothing is left out of `size` values. */
export const canonical = (values: readonly number[], size: number): Values => (values.length === size ? '*' : values);
