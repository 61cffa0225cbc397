import { offsetAt } from '../calendar/index.js';
import { FIELD, fieldsAt } from './java-date.js';

/** The languages in which dates are written. */
export type Locale = 'en' | 'zh-CN';

/** The words of dates in one language. */
export type Written = Readonly<{
  months: readonly string[];
  shortMonths: readonly string[];
  weekdays: readonly string[];
  shortWeekdays: readonly string[];
  halves: readonly [string, string];
  eras: readonly [string, string];
}>;

const EN_MONTHS = 'January February March April May June July August September October November December'.split(' ');
const EN_DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const ZH_MONTHS = '一 二 三 四 五 六 七 八 九 十 十一 十二'.split(' ').map((n) => `${n}月`);
const ZH_DAYS = [...'日一二三四五六'].map((n) => `星期${n}`);

export const WORDS: Readonly<Record<Locale, Written>> = {
  en: {
    months: EN_MONTHS,
    shortMonths: EN_MONTHS.map((name) => name.slice(0, 3)),
    weekdays: EN_DAYS,
    shortWeekdays: EN_DAYS.map((name) => name.slice(0, 3)),
    halves: ['AM', 'PM'],
    eras: ['BC', 'AD'],
  },
  'zh-CN': {
    months: ZH_MONTHS,
    shortMonths: ZH_MONTHS,
    weekdays: ZH_DAYS,
    shortWeekdays: ZH_DAYS,
    halves: ['上午', '下午'],
    eras: ['公元前', '公元'],
  },
};

/** Short names that Java knows and Intl writes as `GMT+8`. */
const SHORT_ZONES: Readonly<Record<string, string>> = {
  'Asia/Shanghai': 'CST',
  'Asia/Chongqing': 'CST',
  'Asia/Harbin': 'CST',
  'Asia/Taipei': 'CST',
  'Asia/Hong_Kong': 'HKT',
  'Asia/Singapore': 'SGT',
  'Asia/Tokyo': 'JST',
  'Asia/Seoul': 'KST',
  'Asia/Kolkata': 'IST',
  PRC: 'CST',
};

/** Quoted text, letters in a row, what stands for itself, and a quote that is not closed. */
export const TOKENS = /'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g;
const LETTERS = 'GyYMLwWDdFEuaHkKhmsSzZX';

/** Why a pattern cannot be written, in words; undefined for a good one. */
export function formatProblem(pattern: string): string | undefined {
  for (const [token, letter] of pattern.matchAll(TOKENS)) {
    if (token === "'") return `a quote in \`${pattern}\` is not closed`;
    if (letter && !LETTERS.includes(letter)) return `\`${letter}\` is not a letter of a date format`;
    if (letter === 'X' && token.length > 3) return '`X` stands at most three times in a date format';
  }
  return undefined;
}

/**
 * The wall clock of `zone` at `instant`, written by a pattern of Java's SimpleDateFormat. Weeks of `w`, `W` and `Y` begin on
 * Sunday and week 1 holds 1 January, as Java has it for both locales. The pattern must be one without a `formatProblem`.
 */
export function formatDate(instant: number, zone: string, pattern: string, locale: Locale): string {
  const at = { fields: fieldsAt(zone, instant), zone, instant, words: WORDS[locale], locale };
  return pattern.replace(TOKENS, (token: string, letter: string | undefined) =>
    letter ? write(letter, token.length, at) : unquoted(token),
  );
}

/** `''` is a quote, `'text'` is text, anything else stands for itself. */
export function unquoted(token: string): string {
  if (token === "''") return "'";
  return token.startsWith("'") ? token.slice(1, -1).replaceAll("''", "'") : token;
}

type Moment = Readonly<{
  fields: readonly number[];
  zone: string;
  instant: number;
  words: Written;
  locale: Locale;
}>;

function write(letter: string, count: number, at: Moment): string {
  const { words } = at;
  const field = (name: keyof typeof FIELD): number => at.fields[FIELD[name]] as number;
  switch (letter) {
    case 'y':
      return yearText(field('year'), count);
    case 'Y':
      return yearText(weekYear(field), count);
    case 'M':
    case 'L':
      if (count < 3) return padded(field('month') + 1, count);
      return (count === 3 ? words.shortMonths : words.months)[field('month')] as string;
    case 'E':
      return (count < 4 ? words.shortWeekdays : words.weekdays)[field('weekday') - 1] as string;
    case 'a':
      return words.halves[field('half') as 0 | 1];
    case 'G':
      return words.eras[field('era') as 0 | 1];
    case 'z':
      return zoneName(at, count);
    case 'Z':
      return offsetText(at, 2);
    case 'X':
      return offsetOf(at) === 0 ? 'Z' : offsetText(at, count);
    default:
      return padded(numberOf(letter, field), count);
  }
}

/** The year of the week; before year 1 it goes on with 0 and -1, as nothing else does. */
function weekYear(field: (name: keyof typeof FIELD) => number): number {
  const year = field('era') === 0 ? 1 - field('year') : field('year');
  return field('month') === 11 && field('weekOfYear') === 1 ? year + 1 : year;
}

/** Letters that are a field as it is, both ways. */
export const PLAIN: Readonly<Record<string, keyof typeof FIELD>> = {
  ...{ d: 'day', D: 'dayOfYear', F: 'weekdayInMonth', w: 'weekOfYear', W: 'weekOfMonth' },
  ...{ H: 'hourOfDay', K: 'hour', m: 'minute', s: 'second', S: 'millisecond' },
};

function numberOf(letter: string, field: (name: keyof typeof FIELD) => number): number {
  const plain = PLAIN[letter];
  if (plain) return field(plain);
  if (letter === 'u') return field('weekday') === 1 ? 7 : field('weekday') - 1;
  // `k` counts the hours of a day from 1 to 24, `h` those of a half from 1 to 12.
  return letter === 'k' ? field('hourOfDay') || 24 : field('hour') || 12;
}

const padded = (number: number, count: number): string => String(number).padStart(count, '0');

const yearText = (year: number, count: number): string => (count === 2 ? padded(year % 100, 2) : padded(year, count));

const offsetOf = ({ fields }: Moment): number =>
  (fields[FIELD.zoneOffset] as number) + (fields[FIELD.dstOffset] as number);

/** `+08`, `+0800`, `+08:00` for one, two and three. */
function offsetText(at: Moment, form: number): string {
  const offset = offsetOf(at);
  const minutes = Math.floor(Math.abs(offset) / 60_000);
  const [hours, rest] = [padded(Math.floor(minutes / 60), 2), padded(minutes % 60, 2)];
  return `${offset < 0 ? '-' : '+'}${hours}${form === 1 ? '' : form === 2 ? rest : `:${rest}`}`;
}

/** The zone's name as `z` and Java's dates write it: `CST`, or in full for `zzzz`. */
export function zoneName(
  { zone, instant, locale }: Pick<Moment, 'zone' | 'instant' | 'locale'>,
  count: number,
): string {
  const short = SHORT_ZONES[zone];
  if (count < 4 && short && offsetAt(zone, instant) === offsetAt(zone, Date.UTC(2024, 0, 1))) return short;
  const style = count < 4 ? ('short' as const) : ('long' as const);
  const language = count < 4 ? 'en' : locale;
  const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: style }).formatToParts(instant);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}
