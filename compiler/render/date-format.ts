import { type Local, localOf, offsetAt } from '../calendar/index.js';

/** The languages in which dates are written. */
export type Locale = 'en' | 'zh-CN';

type Written = Readonly<{
  months: readonly string[];
  shortMonths: readonly string[];
  weekdays: readonly string[];
  shortWeekdays: readonly string[];
  halves: readonly [string, string];
  era: string;
}>;

const EN_MONTHS = 'January February March April May June July August September October November December'.split(' ');
const EN_DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const ZH_MONTHS = '一 二 三 四 五 六 七 八 九 十 十一 十二'.split(' ').map((n) => `${n}月`);
const ZH_DAYS = [...'日一二三四五六'].map((n) => `星期${n}`);

const WORDS: Readonly<Record<Locale, Written>> = {
  en: {
    months: EN_MONTHS,
    shortMonths: EN_MONTHS.map((name) => name.slice(0, 3)),
    weekdays: EN_DAYS,
    shortWeekdays: EN_DAYS.map((name) => name.slice(0, 3)),
    halves: ['AM', 'PM'],
    era: 'AD',
  },
  'zh-CN': {
    months: ZH_MONTHS,
    shortMonths: ZH_MONTHS,
    weekdays: ZH_DAYS,
    shortWeekdays: ZH_DAYS,
    halves: ['上午', '下午'],
    era: '公元',
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

const TOKENS = /'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g;
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
  const at = { local: localOf(zone, instant), zone, instant, words: WORDS[locale], locale };
  return pattern.replace(TOKENS, (token: string, letter: string | undefined) =>
    letter ? write(letter, token.length, at) : unquoted(token),
  );
}

/** `''` is a quote, `'text'` is text, anything else stands for itself. */
function unquoted(token: string): string {
  if (token === "''") return "'";
  return token.startsWith("'") ? token.slice(1, -1).replaceAll("''", "'") : token;
}

type Moment = Readonly<{ local: Local; zone: string; instant: number; words: Written; locale: Locale }>;

function write(letter: string, count: number, at: Moment): string {
  const { local, words } = at;
  switch (letter) {
    case 'y':
      return yearText(local.year, count);
    case 'Y':
      return yearText(weekOf(local).year, count);
    case 'M':
    case 'L':
      if (count < 3) return padded(local.month, count);
      return (count === 3 ? words.shortMonths : words.months)[local.month - 1] as string;
    case 'E':
      return (count < 4 ? words.shortWeekdays : words.weekdays)[local.weekday] as string;
    case 'a':
      return words.halves[local.hour < 12 ? 0 : 1];
    case 'G':
      return words.era;
    case 'z':
      return zoneName(at, count);
    case 'Z':
      return offsetText(at, 2);
    case 'X':
      return offsetAt(at.zone, at.instant) === 0 ? 'Z' : offsetText(at, count);
    default:
      return padded(numberOf(letter, local), count);
  }
}

function numberOf(letter: string, local: Local): number {
  const { year, month, day, hour, weekday } = local;
  switch (letter) {
    case 'd':
      return day;
    case 'D':
      return dayOfYear(local);
    case 'F':
      return Math.floor((day - 1) / 7) + 1;
    case 'w':
      return weekOf(local).week;
    case 'W':
      return Math.floor((day - 1 + new Date(Date.UTC(year, month - 1, 1)).getUTCDay()) / 7) + 1;
    case 'u':
      return weekday === 0 ? 7 : weekday;
    case 'H':
      return hour;
    case 'k':
      return hour === 0 ? 24 : hour;
    case 'K':
      return hour % 12;
    case 'h':
      return hour % 12 === 0 ? 12 : hour % 12;
    case 'm':
      return local.minute;
    case 's':
      return local.second;
    default:
      return 0; // `S`: periods are whole seconds
  }
}

const padded = (number: number, count: number): string => String(number).padStart(count, '0');

const yearText = (year: number, count: number): string => (count === 2 ? padded(year % 100, 2) : padded(year, count));

const dayOfYear = ({ year, month, day }: Local): number =>
  (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000 + 1;

/** The week that holds 1 January is week 1 of its year, even for the days of December in it. */
function weekOf(local: Local): { year: number; week: number } {
  const saturday = new Date(Date.UTC(local.year, local.month - 1, local.day + 6 - local.weekday));
  if (saturday.getUTCFullYear() > local.year) return { year: local.year + 1, week: 1 };
  const newYear = new Date(Date.UTC(local.year, 0, 1)).getUTCDay();
  return { year: local.year, week: Math.floor((dayOfYear(local) - 1 + newYear) / 7) + 1 };
}

/** `+08`, `+0800`, `+08:00` for one, two and three. */
function offsetText({ zone, instant }: Moment, form: number): string {
  const offset = offsetAt(zone, instant);
  const minutes = Math.floor(Math.abs(offset) / 60_000);
  const [hours, rest] = [padded(Math.floor(minutes / 60), 2), padded(minutes % 60, 2)];
  return `${offset < 0 ? '-' : '+'}${hours}${form === 1 ? '' : form === 2 ? rest : `:${rest}`}`;
}

function zoneName({ zone, instant, locale }: Moment, count: number): string {
  const short = SHORT_ZONES[zone];
  if (count < 4 && short && offsetAt(zone, instant) === offsetAt(zone, Date.UTC(2024, 0, 1))) return short;
  const style = count < 4 ? ('short' as const) : ('long' as const);
  const language = count < 4 ? 'en' : locale;
  const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: style }).formatToParts(instant);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}
