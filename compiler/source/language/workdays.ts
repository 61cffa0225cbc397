// A workday calendar: which days people work, with public holidays and make-up workdays (调休). Its file's name is its name.
import { parsePeriod } from '../../calendar/index.js';
import { atOf, type Cursor, type Field, field, listOf, oneOf, type Read, said, within } from '../fields.js';
import { mapOf, record } from '../records.js';

/** Days as `yyyy-MM-dd` (of a year) or `MM-dd` (of every year), first and last of a stretch, both included. */
export type DaySpan = Readonly<{ first: string; last: string }>;
type Exceptions = Readonly<{ off?: readonly DaySpan[]; work?: readonly DaySpan[] }>;
const YEAR = { pattern: /^(19[7-9][0-9]|20[0-9]{2}|2100)$/, expects: 'a year from 1970 to 2100' };

/** A day or `first..last`; `sample` begins what the texts are read as, so that 29 February needs a year that has it. */
function span(form: RegExp, sample: string, example: string): Field<DaySpan> {
  const one = form.source;
  return field(
    `a day such as \`${example}\`, or \`first..last\``,
    { type: 'string', pattern: `^${one}(\\.\\.${one})?$` },
    (value) => {
      const [first, last = first, more] = typeof value === 'string' ? value.split('..') : [];
      if (first === undefined || last === undefined || more !== undefined) return undefined;
      const isDay = (text: string): boolean =>
        new RegExp(`^${one}$`).test(text) && parsePeriod(`${sample}${text}`, 'UTC') !== undefined;
      return isDay(first) && isDay(last) && first <= last ? { first, last } : undefined;
    },
  );
}

const exceptions = (item: Field<DaySpan>) =>
  record({
    off: said(listOf(item), 'Days off, also where the week says work.', '休息日（即使按周是工作日）。'),
    work: said(
      listOf(item),
      'Days of work, also where the week says off: make-up workdays.',
      '工作日（即使按周是休息日），即调休上班。',
    ),
  });

export const yearRecord = exceptions(span(/[0-9]{4}-[0-9]{2}-[0-9]{2}/, '', '2026-01-01'));
export const yearlyRecord = exceptions(span(/[0-9]{2}-[0-9]{2}/, '2024-', '01-01'));

const years: Field<Readonly<Record<string, Exceptions>>> = {
  expects: 'a record of years',
  schema: mapOf(yearRecord, YEAR).schema,
  read(value, at) {
    const given = mapOf(yearRecord, YEAR).read(value, at);
    for (const [year, days] of Object.entries(given ?? {}))
      for (const key of ['off', 'work'] as const)
        for (const [i, { first, last }] of (days[key] ?? []).entries())
          if (!first.startsWith(year) || !last.startsWith(year))
            reportYear(year, first, within(within(within(at, year), key), i));
    return given;
  },
};

function reportYear(year: string, first: string, at: Cursor): void {
  at.report({
    code: 'HERA3010',
    message: `\`${first}\` is not in ${year}`,
    at: atOf(at),
    help: 'list each day below its own year',
  });
}

const week = oneOf('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun');

const calendarRecord = record({
  week: said(listOf(week), 'The days of work of a week. Default: Monday to Friday.', '每周的工作日。默认周一至周五。'),
  years: said(years, 'Days off and days of work by year.', '按年列出的休息日和工作日。'),
  yearly: said(
    yearlyRecord,
    'Days off and days of work of every year, as `MM-dd`.',
    '每年都有的休息日和工作日，写作 `MM-dd`。',
  ),
});

/** A workday calendar; no day is both off and work. */
export const workdayCalendar: typeof calendarRecord = {
  ...calendarRecord,
  read(value, at) {
    const given = calendarRecord.read(value, at);
    for (const [year, days] of Object.entries(given?.years ?? {})) reportBoth(days, within(within(at, 'years'), year));
    if (given?.yearly) reportBoth(given.yearly, within(at, 'yearly'));
    return given;
  },
};

function reportBoth({ off = [], work = [] }: Exceptions, at: Cursor): void {
  for (const [i, span] of work.entries()) {
    const other = off.findIndex(({ first, last }) => first <= span.last && span.first <= last);
    if (other < 0) continue;
    at.report({
      code: 'HERA3010',
      message: `\`${span.first}\` is both off and a day of work`,
      at: atOf(within(within(at, 'work'), i)),
      notes: [{ message: 'off here', at: atOf(within(within(at, 'off'), other)) }],
      help: 'remove it from one of the lists',
    });
  }
}

export type WorkdaysSpec = Read<typeof workdayCalendar>;
