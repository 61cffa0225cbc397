import type { CronProblem, DayRule } from './cron.js';
import { type Field, numberOf, refuse, type Span } from './cron-text.js';

/**
 * A day field of Quartz that names one day of each month: `L`, `L-3`, `LW`, `L-3W`, `15W` of day-of-month, `6L` and `6#3` of day-of-week. A
 * bare `L` of day-of-week is no rule but Saturday, `7`. Undefined for a field of plain values. Refused is what Quartz itself misreads or ignores:
 * a rule in a list, `77#4`, `W` alone, text behind it. Source: `CronExpression` of Quartz 2.3.2.
 */
export function parseDayRule(span: Span, field: Field): DayRule | CronProblem | undefined {
  if (field.label === 'day-of-month') return /[LW]/i.test(span.text) ? monthRule(span) : undefined;
  if (field.label !== 'day-of-week' || !/#|L$|L,/i.test(span.text)) return undefined;
  return /^L$/i.test(span.text) ? undefined : weekRule(span, field);
}

const MOST_BACK = 30;

function monthRule(span: Span): DayRule | CronProblem {
  const [, back, weekday] = /^L(?:-(\d{1,2}))?(W)?$/i.exec(span.text) ?? [];
  if (/^L/i.test(span.text) && (span.text.length === 1 || back !== undefined || weekday !== undefined)) {
    if (Number(back ?? 0) > MOST_BACK) return refuse(span, `\`${span.text}\` leaves every month`, 'write L-0 to L-30');
    return { kind: 'last', back: Number(back ?? 0), nearestWeekday: weekday !== undefined };
  }
  const date = /^(\d{1,2})W$/i.exec(span.text)?.[1];
  if (date !== undefined && Number(date) >= 1 && Number(date) <= 31)
    return { kind: 'date', day: Number(date), nearestWeekday: true };
  if (span.text.includes(',')) return inList(span, /W/i.test(span.text) ? 'W' : 'L');
  const help = 'write `L`, `L-3`, `LW`, `L-3W` or `15W`, or days as numbers from 1 to 31';
  return refuse(span, `\`${span.text}\` is not a day-of-month`, help);
}

function weekRule(span: Span, field: Field): DayRule | CronProblem {
  const [, word = '', nth] = /^(\d|[a-z]{3})(?:L|#(\d))$/i.exec(span.text) ?? [];
  const day = numberOf(word, field);
  const isDay = day !== undefined && day >= field.min && day <= field.max;
  if (isDay && nth === undefined) return { kind: 'weekday', weekday: day - 1, nth: 'last' };
  if (isDay && Number(nth) >= 1 && Number(nth) <= 5) return { kind: 'weekday', weekday: day - 1, nth: Number(nth) };
  if (span.text.includes(',')) return inList(span, span.text.includes('#') ? '#' : 'L');
  const help = 'write for instance `6L`, the last Friday, or `6#3`, the third one: weekday 1 (Sunday) to 7, `#` 1 to 5';
  return refuse(span, `\`${span.text}\` is not a day-of-week`, help);
}

const inList = (span: Span, sign: string): CronProblem =>
  refuse(
    span,
    `\`${sign}\` stands alone in its field`,
    'write a schedule for each: several fire on the days of either',
  );
