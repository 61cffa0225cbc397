import { type Locale, PLAIN, TOKENS, unquoted, WORDS } from './date-format.js';
import { JavaCalendar } from './java-calendar.js';
import { FIELD } from './java-date.js';

/** How dates are read: zone, language, and the instant around which years of two digits lie (80 before it to 20 after). */
export type Reading = Readonly<{ zone: string; locale: Locale; near: number }>;

/**
 * The instant that `text` says by a pattern of Java's SimpleDateFormat, leniently: what lies outside its field rolls over, what follows the
 * date is not looked at. Undefined when it cannot be read. The pattern must be one without a `formatProblem`.
 */
export function parseDate(text: string, pattern: string, reading: Reading): number | undefined {
  const calendar = JavaCalendar.blank(reading.zone);
  const tokens = [...pattern.matchAll(TOKENS)];
  let at: number | undefined = 0;
  for (const [i, [token, letter]] of tokens.entries()) {
    if (letter === undefined) {
      const literal = unquoted(token);
      at = text.startsWith(literal, at) ? at + literal.length : undefined;
    } else {
      // Letters that follow letters take as many digits as they are: `yyyyMMdd`.
      const digits = tokens[i + 1]?.[1] === undefined ? undefined : token.length;
      at = readLetter(text, at, { letter, count: token.length, digits }, calendar, reading);
    }
    if (at === undefined) return undefined;
  }
  return calendar.time();
}

type Letter = Readonly<{ letter: string; count: number; digits: number | undefined }>;

/** Where the text goes on; undefined where the letter cannot be read. */
function readLetter(
  text: string,
  from: number,
  { letter, count, digits }: Letter,
  calendar: JavaCalendar,
  reading: Reading,
): number | undefined {
  let start = from;
  while (text[start] === ' ' || text[start] === '\t') start += 1;
  const words = WORDS[reading.locale];
  const set = (field: keyof typeof FIELD, value: number): true => calendar.set(FIELD[field], value) || true;
  const word = (lists: readonly (readonly string[])[], take: (index: number) => void): number | undefined => {
    const found = longest(text, start, lists);
    if (found) take(found.index);
    return found && start + found.length;
  };
  if (letter === 'G') return word([words.eras], (era) => set('era', era));
  if (letter === 'a') return word([words.halves], (half) => set('half', half));
  if (letter === 'E') return word([words.weekdays, words.shortWeekdays], (day) => set('weekday', day + 1));
  if ((letter === 'M' || letter === 'L') && count > 2)
    return word([words.months, words.shortMonths], (month) => set('month', month));
  if (letter === 'z' || letter === 'Z' || letter === 'X') return readOffset(text, start, calendar);
  const number = readNumber(text, from, start, digits);
  if (!number) return undefined;
  const { value, end } = number;
  if (letter === 'y') set('year', yearOf(text.slice(start, end), value, count, reading));
  else if (letter === 'M' || letter === 'L') set('month', value - 1);
  else if (letter === 'k') set('hourOfDay', value === 24 ? 0 : value);
  else if (letter === 'h') set('hour', value === 12 ? 0 : value);
  else if (letter === 'u') set('weekday', value === 7 ? 1 : value + 1);
  else if (PLAIN[letter]) set(PLAIN[letter], value);
  else return undefined; // `Y`: a year of weeks, which nobody writes without meaning `y`
  return end;
}

/** A whole number, which may have a minus sign; `digits` are counted from before the blanks, as Java does. */
function readNumber(text: string, from: number, start: number, digits: number | undefined) {
  if (digits !== undefined && from + digits > text.length) return undefined;
  const part = digits === undefined ? text.slice(start) : text.slice(start, from + digits);
  const found = /^-?\d+/.exec(part)?.[0];
  const value = Number(found);
  if (found === undefined || Math.abs(value) > 2 ** 31 - 1) return undefined;
  return { value, end: start + found.length };
}

/** Two digits for `yy` (or `y`) are a year near the given instant; everything else is a year as it stands. */
function yearOf(text: string, value: number, count: number, { near }: Reading): number {
  if (count > 2 || !/^\d\d$/.test(text)) return value;
  const first = new Date(near).getUTCFullYear() - 80;
  const year = first - (first % 100) + value;
  return year < first ? year + 100 : year;
}

function longest(text: string, start: number, lists: readonly (readonly string[])[]) {
  const found = lists
    .flatMap((words) => words.map((word, index) => ({ index, length: word.length, word })))
    .filter(({ word }) => text.slice(start, start + word.length).toLowerCase() === word.toLowerCase());
  return found.toSorted((a, b) => b.length - a.length)[0];
}

/** `+0800`, `+08:00`, `+08`, `GMT+8:00`, `Z`, `UTC`. Names of zones are not read: they say different things in different places. */
function readOffset(text: string, start: number, calendar: JavaCalendar): number | undefined {
  const found = /^(?:Z|(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?|GMT|UTC)/.exec(text.slice(start, start + 12));
  if (!found) return undefined;
  const ms = (Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0)) * 60_000;
  calendar.set(FIELD.zoneOffset, found[1] === '-' ? -ms : ms);
  calendar.set(FIELD.dstOffset, 0);
  return start + found[0].length;
}
