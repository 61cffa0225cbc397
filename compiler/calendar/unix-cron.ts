import type { Cron, CronProblem } from './cron.js';
import {
  badStep,
  canonical,
  type Field,
  numberOf,
  outside,
  readItems,
  refuse,
  type Span,
  UNIX_FIELDS,
} from './cron-text.js';

const MACROS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** The five fields a macro such as `@daily` stands for. */
export const macroText = (name: string): string | undefined => (Object.hasOwn(MACROS, name) ? MACROS[name] : undefined);

export const MACRO_NAMES = Object.keys(MACROS);

/**
 * Five fields with Vixie's meaning (A2): two restricted day fields are ORed, and a day field that begins with `*`
 * (also as `*` with a step) is unrestricted, so that its values are ANDed. Source: Vixie cron 4.1, `entry.c` and crontab(5).
 */
export function parseUnixCron(fields: readonly Span[]): Cron | CronProblem {
  const read: (readonly number[])[] = [];
  for (const [i, field] of UNIX_FIELDS.entries()) {
    const fold = field.label === 'day-of-week' ? (value: number) => value % 7 : undefined;
    const values = readItems(fields[i] as Span, (item) => readItem(item, field), fold);
    if ('message' in values) return values;
    read.push(values);
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = read as [number[], number[], number[], number[], number[]];
  const starred = [fields[2], fields[4]].some((field) => field?.text.startsWith('*'));
  const everyDay = !starred && (dayOfMonth.length === 31 || dayOfWeek.length === 7);
  return {
    second: [0],
    minute: canonical(minute, 60),
    hour: canonical(hour, 24),
    dayOfMonth: everyDay ? '*' : canonical(dayOfMonth, 31),
    month: canonical(month, 12),
    dayOfWeek: everyDay ? '*' : canonical(dayOfWeek, 7),
    year: '*',
    days: starred || everyDay ? 'both' : 'either',
  };
}

function readItem(item: Span, field: Field): readonly number[] | CronProblem {
  const match = /^(\*|[^*/-]+)(?:-([^*/-]+))?(?:\/(\d{1,4}))?$/.exec(item.text);
  if (!match || (match[1] === '*' && match[2])) return foreign(item, field) ?? outside(item, item.text, field);
  const [, first = '', last, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (first === '*') return step < 1 || step > field.largestStep ? badStep(item, step, field) : range(field, step);
  const from = numberOf(first, field);
  const to = last === undefined ? from : lastOf(last, from, field);
  for (const [word, value] of [
    [first, from],
    [last ?? first, to],
  ] as const) {
    if (value === undefined || value < field.min || value > field.max)
      return foreign(item, field) ?? outside(item, word, field);
  }
  if (step < 1 || step > field.largestStep) return badStep(item, step, field);
  if (stepText !== undefined && last === undefined) return stepWithoutRange(item, first, stepText, field);
  if ((from as number) > (to as number)) return wraps(item, from as number, to as number, field);
  return range({ min: from as number, max: to as number }, step);
}

/** Sunday is 7 when a name ends a range: `sat-sun` is 6 to 7 and does not wrap. */
function lastOf(word: string, from: number | undefined, field: Field): number | undefined {
  const value = numberOf(word, field);
  return word.toLowerCase() === 'sun' && from !== 0 ? 7 : value;
}

function range(bounds: Readonly<{ min: number; max: number }>, step: number): readonly number[] {
  const values: number[] = [];
  for (let value = bounds.min; value <= bounds.max; value += step) values.push(value);
  return values;
}

function stepWithoutRange(item: Span, first: string, step: string, field: Field): CronProblem {
  const most = field.label === 'day-of-week' ? 6 : field.max;
  return refuse(item, `\`${item.text}\` steps from one value`, `write \`${first}-${most}/${step}\``);
}

function wraps(item: Span, from: number, to: number, field: Field): CronProblem {
  const [low, high] = [from % (field.max + 1), to];
  const weekday = field.label === 'day-of-week';
  const start = weekday && from === 7 ? `0-${to}` : undefined;
  const end = weekday && to === 0 ? `${from}-7` : undefined;
  const least = weekday ? 1 : field.min;
  const tail = least === high ? `${high}` : `${least}-${high}`;
  const head = low === field.max ? `${low}` : `${low}-${field.max}`;
  return refuse(
    item,
    `the range \`${item.text}\` ends before it begins`,
    `write \`${start ?? end ?? `${head},${tail}`}\``,
  );
}

/** Signs of Quartz in a Unix cron. */
function foreign(item: Span, field: Field): CronProblem | undefined {
  if (item.text === '?')
    return refuse(item, '`?` is not part of a five-field cron', 'write `*`, or write six fields: seconds first');
  if (!field.label.startsWith('day-') || !/^(L(-\d+)?W?|\d+W|(\d|[a-z]{3})L|\w+#\d+)$/i.test(item.text))
    return undefined;
  const sign = /#/.exec(item.text)?.[0] ?? (/W/i.test(item.text) && field.label === 'day-of-month' ? 'W' : 'L');
  const help = 'only `*`, numbers, names, `,`, `-` and `/` stand in five fields; list the days instead';
  return refuse(item, `\`${sign}\` is not part of a five-field cron`, help);
}
