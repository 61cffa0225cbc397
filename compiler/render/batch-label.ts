import { formatDate } from './date-format.js';
import { JavaCalendar } from './java-calendar.js';
import { FIELD } from './java-date.js';

/** How the batch label of a period is made: so many units on from it, cut to the unit. */
export type BatchRule = Readonly<{ unit: keyof typeof WRITTEN; offset: number }>;

const WRITTEN = {
  year: ['year', 'yyyy'],
  month: ['month', 'yyyy-MM'],
  day: ['day', 'yyyy-MM-dd'],
  hour: ['hourOfDay', 'yyyy-MM-dd HH'],
  minute: ['minute', 'yyyy-MM-dd HH:mm'],
  second: ['second', 'yyyy-MM-dd HH:mm:ss'],
} as const;

/**
 * The batch label (批次号) of a period on the wall clock of its zone: `{ unit: 'day', offset: -1 }` makes `2020-03-30` of 2020-03-31 02:05.
 * Without a rule it is the period's minute, `202003310205`, the version of the old scheduler without its job.
 */
export function batchLabel(rule: BatchRule | null, period: number, zone: string): string {
  if (!rule) return formatDate(period, zone, 'yyyyMMddHHmm', 'en');
  const [field, pattern] = WRITTEN[rule.unit];
  const calendar = JavaCalendar.at(zone, period);
  calendar.add(FIELD[field], rule.offset);
  return formatDate(calendar.time() ?? period, zone, pattern, 'en');
}
