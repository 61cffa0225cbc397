import { type Calendar, type Cron, type DayRule, type OnWorkdays, type Values, valuesOf } from './cron.js';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const MOST_TIMES = 6;

/** A calendar in English words, for notes: `every Monday at 02:30, Asia/Shanghai`. Says everything but `start` and `end`. */
export function calendarWords({ crons, zone }: Calendar): string {
  return `${crons.map(cronWords).join('; and ')}, ${zone}`;
}

const cronWords = (cron: Cron): string => `${nominalWords(cron)}${cron.on ? offWords(cron.on) : ''}`;

function offWords({ workdays: { name }, otherwise }: OnWorkdays): string {
  if (otherwise === 'skip') return `, on workdays of ${name}`;
  return `, from days off of ${name} to the workday ${otherwise === 'next' ? 'after' : 'before'}`;
}

function nominalWords(cron: Cron): string {
  const days = dayWords(cron);
  const times = timeWords(cron);
  if (times.startsWith('every')) return days === 'every day' ? times : `${times}, ${days}`;
  return `${days} ${times}`;
}

function dayWords({ dayOfMonth, dayOfWeek, month, year, days, rule }: Cron): string {
  const weekdays = dayOfWeek === '*' ? undefined : weekdayWords(dayOfWeek);
  const listed = dayOfMonth === '*' ? undefined : `on day ${list(runs(dayOfMonth, String))}`;
  const dates = rule ? `on ${ruleWords(rule)}` : listed;
  const months = month === '*' ? undefined : `in ${list(runs(month, (n) => MONTHS[n - 1] as string))}`;
  const where = months ?? (dates ? 'of each month' : undefined);
  const years = year === '*' ? undefined : `in ${list(runs(year, String))}`;
  const join = days === 'either' ? 'or' : 'that is';
  const which = dates ? [dates, weekdays && `${join} ${weekdays}`] : [weekdays ?? 'every day'];
  // "on day 1 of each month or every Monday" would leave the month of the Mondays open; every part is named in order instead.
  return [...(dates && !months ? [which[0], where, which[1]] : [...which, where]), years].filter(Boolean).join(' ');
}

const NTH = ['first', 'second', 'third', 'fourth', 'fifth'];

function ruleWords(rule: DayRule): string {
  if (rule.kind === 'weekday')
    return `the ${rule.nth === 'last' ? 'last' : NTH[rule.nth - 1]} ${WEEKDAYS[rule.weekday] as string}`;
  const back = rule.kind === 'last' && rule.back > 0 ? `day ${rule.back} before the last` : 'the last day';
  const day = rule.kind === 'date' ? `day ${rule.day}` : back;
  return rule.nearestWeekday ? `the weekday nearest to ${day}` : day;
}

function weekdayWords(days: readonly number[]): string {
  if (days.join() === '1,2,3,4,5') return 'Monday to Friday';
  return `every ${list(runs(days, (day) => WEEKDAYS[day] as string))}`;
}

function timeWords({ second, minute, hour }: Cron): string {
  const [seconds, minutes, hours] = [valuesOf(second, 0, 59), valuesOf(minute, 0, 59), valuesOf(hour, 0, 23)];
  const tail = seconds.length === 1 && seconds[0] === 0 ? '' : ` and second ${list(runs(seconds, String))}`;
  const stepped = stepOf(minute, 60);
  if (hour === '*' && stepped && !tail) return stepped === 1 ? 'every minute' : `every ${stepped} minutes`;
  if (hour === '*' && minute === '*' && stepOf(second, 60))
    return second === '*' ? 'every second' : `every ${stepOf(second, 60)} seconds`;
  if (hour === '*' && minutes.length === 1 && !tail) return `every hour at :${two(minutes[0] as number)}`;
  if (seconds.length * minutes.length * hours.length <= MOST_TIMES) {
    const times = hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => clock(h, m, s))));
    return `at ${list(times)}`;
  }
  const of = hour === '*' ? 'every hour' : `hour ${list(runs(hours, String))}`;
  return `at minute ${list(runs(minutes, String))}${tail} of ${of}`;
}

const clock = (h: number, m: number, s: number): string => `${two(h)}:${two(m)}${s === 0 ? '' : `:${two(s)}`}`;

function stepOf(values: Values, size: number): number | undefined {
  if (values === '*') return 1;
  const step = size / values.length;
  return values.length > 1 && values.every((value, i) => value === i * step) ? step : undefined;
}

/** Neighbours drawn together: 1, 2, 3, 7 is `1–3` and `7`. */
function runs(values: readonly number[], name: (value: number) => string): string[] {
  const found: [number, number][] = [];
  for (const value of values) {
    const open = found.at(-1);
    if (open && open[1] === value - 1) open[1] = value;
    else found.push([value, value]);
  }
  return found.map(([a, b]) => (a === b ? name(a) : b === a + 1 ? `${name(a)}, ${name(b)}` : `${name(a)}–${name(b)}`));
}

const list = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

const two = (number: number): string => String(number).padStart(2, '0');
