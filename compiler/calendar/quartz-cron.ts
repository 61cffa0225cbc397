import { type Cron, type CronProblem, type DayRule, FIRST_YEAR, LAST_YEAR } from './cron.js';
import {
  badStep,
  canonical,
  type Field,
  numberOf,
  outside,
  QUARTZ_FIELDS,
  readItems,
  refuse,
  type Span,
} from './cron-text.js';
import { parseDayRule } from './quartz-day-rule.js';

/**
 * Six or seven fields with Quartz's meaning (A3): seconds first, Sunday is 1, ranges may wrap, exactly one day field is `?`.
 * `L`, `W` and `#` name one day of a month: `quartz-day-rule.ts`. Refused is what Quartz accepts but misreads (empty items, steps behind names,
 * trailing text).
 * Source: `CronExpression` of Quartz 2.3.2.
 */
export function parseQuartzCron(fields: readonly Span[]): Cron | CronProblem {
  const problem = checkQuestionMarks(fields);
  if (problem) return problem;
  const read: (readonly number[])[] = [];
  let rule: DayRule | undefined;
  for (const [i, span] of fields.entries()) {
    const field = QUARTZ_FIELDS[i] as Field;
    const isWeekday = field.label === 'day-of-week';
    const ruled = parseDayRule(span, field);
    if (ruled && 'message' in ruled) return ruled;
    rule ??= ruled;
    const all =
      span.text === '?' || ruled ? { ...span, text: '*' } : isWeekday && isLast(span) ? { ...span, text: '7' } : span;
    const values = readItems(all, (item) => readItem(item, field), isWeekday ? (value) => value - 1 : undefined);
    if ('message' in values) return values;
    read.push(values);
  }
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = read as [
    number[],
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  return {
    second: canonical(second, 60),
    minute: canonical(minute, 60),
    hour: canonical(hour, 24),
    dayOfMonth: canonical(dayOfMonth, 31),
    month: canonical(month, 12),
    dayOfWeek: canonical(dayOfWeek, 7),
    year: read[6] ? canonical(read[6], LAST_YEAR - FIRST_YEAR + 1) : '*',
    days: 'both',
    ...(rule && { rule }),
  };
}

/** In day-of-week the last day, Saturday. */
const isLast = ({ text }: Span): boolean => /^L$/i.test(text);

function checkQuestionMarks(fields: readonly Span[]): CronProblem | undefined {
  const stray = fields.find((field, i) => field.text.includes('?') && (field.text !== '?' || (i !== 3 && i !== 5)));
  if (stray) return refuse(stray, '`?` stands alone in day-of-month or day-of-week', 'write `*` for every value');
  const [day, weekday] = [fields[3], fields[5]] as [Span, Span];
  const marks = [day, weekday].filter((field) => field.text === '?').length;
  if (marks === 1) return undefined;
  if (marks === 2) return refuse(weekday, 'both day fields are `?`', `write \`${replace(fields, 3, '*')}\``);
  if (weekday.text === '*') return refuse(weekday, 'neither day field is `?`', `write \`${replace(fields, 5, '?')}\``);
  const sunday = ' (1 is Sunday, 2 is Monday)';
  if (day.text === '*') return refuse(day, 'neither day field is `?`', `write \`${replace(fields, 3, '?')}\`${sunday}`);
  const help = 'write `?` in one of them; two schedules fire on the days of either';
  return refuse(weekday, 'six fields cannot restrict day-of-month and day-of-week at once', help);
}

const replace = (fields: readonly Span[], at: number, text: string): string =>
  fields.map((field, i) => (i === at ? text : field.text)).join(' ');

function readItem(item: Span, field: Field): readonly number[] | CronProblem {
  const match = /^(\*?|[^*/-]+)(?:-([^*/-]+))?(?:\/(\d{1,4}))?$/.exec(item.text);
  if (!match || item.text === '') return outside(item, item.text, field);
  const [, first = '', last, stepText] = match;
  const starred = first === '*' || first === '';
  if (starred && (last !== undefined || (first === '' && stepText === undefined)))
    return outside(item, item.text, field);
  const words = starred ? [] : [first, ...(last === undefined ? [] : [last])];
  const numbers = words.map((word) => numberOf(word, field));
  const wrong = numbers.findIndex((value) => value === undefined || value < field.min || value > field.max);
  if (wrong >= 0) return outside(item, words[wrong] as string, field);
  const problem = checkStep(item, words, stepText, field);
  if (problem) return problem;
  const step = stepText === undefined ? 1 : Number(stepText);
  const [from = field.min, to] = numbers as number[];
  const end = to ?? (starred || stepText !== undefined ? field.max : from);
  return spread({ from, to: end, step }, item, field);
}

function checkStep(
  item: Span,
  words: readonly string[],
  step: string | undefined,
  field: Field,
): CronProblem | undefined {
  const named = words.filter((word) => !/^\d/.test(word));
  if (words.length === 2 && named.length === 1)
    return refuse(item, `the range \`${item.text}\` mixes a number and a name`, 'write two numbers or two names');
  if (step === undefined) return undefined;
  if (Number(step) < 1 || Number(step) > field.largestStep) return badStep(item, Number(step), field);
  if (named.length === 0) return undefined;
  const numbers = words.map((word) => numberOf(word, field)).join('-');
  return refuse(item, `Quartz ignores the step behind the name in \`${item.text}\``, `write \`${numbers}/${step}\``);
}

/** From `from` to `to` by `step`; an end before its start goes round, except for years. */
function spread(
  { from, to, step }: Readonly<{ from: number; to: number; step: number }>,
  item: Span,
  field: Field,
): readonly number[] | CronProblem {
  const size = field.max - field.min + 1;
  if (to < from && field.label === 'year')
    return refuse(item, `the range \`${item.text}\` ends before it begins`, `write \`${to}-${from}\``);
  const values: number[] = [];
  for (let value = from; value <= (to < from ? to + size : to); value += step) {
    values.push(((value - field.min) % size) + field.min);
  }
  return values;
}
