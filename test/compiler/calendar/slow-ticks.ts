// The calendar once more, slow and obviously right: it reads the text of a cron itself, looks at every minute (around clock changes, and where
// seconds are asked for, at every second) of real time, reads the wall clock there from Intl, and asks each field of the cron whether it admits
// what is shown. Nothing here is the engine's.

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** What is asked: every tick of these crons on the wall clock of a zone. `by`: the steps of the walk. */
export type Walk = Readonly<{
  texts: readonly string[];
  zone: string;
  from: number;
  to: number;
  by: 'minute' | 'second';
}>;

/** The instants in `[from, to)` at which one of the crons fires, ascending, each once. */
export function slowTicks({ texts, zone, from, to, by }: Walk): readonly number[] {
  // What the clock has shown some hours before tells a first time from a repeated one. No clock has gone back by more than three hours.
  const start = from - (by === 'minute' ? 36 : 6) * HOUR;
  const shown = shownClock(zone, start - MINUTE, to, by === 'minute' ? MINUTE : SECOND);
  const found = texts.flatMap((text) => firings(cronOf(text), shown).filter((instant) => instant >= from));
  return [...new Set(found)].sort((a, b) => a - b);
}

/** The wall clock of a zone at an instant, as if it were UTC. */
export function wallClock(zone: string, instant: number): number {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    clocks.set(zone, clock);
  }
  return Date.parse(`${clock.format(instant).replace(' ', 'T')}Z`);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

type Shown = Readonly<{ instant: number; local: number }>;

/** What the clock shows, step after step. An hour in which it is changed, or shows odd seconds, is gone through by the second. */
function shownClock(zone: string, from: number, to: number, step: number): readonly Shown[] {
  const found: Shown[] = [];
  for (let hour = from; hour < to; hour += HOUR) {
    const offset = wallClock(zone, hour) - hour;
    const isCalm = wallClock(zone, hour + HOUR) - hour - HOUR === offset && offset % MINUTE === 0;
    const end = Math.min(hour + HOUR, to);
    for (let instant = hour; instant < end; instant += isCalm ? step : SECOND)
      found.push({ instant, local: isCalm ? instant + offset : wallClock(zone, instant) });
  }
  return found;
}

type Cron = Readonly<{ isHourly: boolean; admits: (local: number) => boolean }>;

function firings(cron: Cron, clock: readonly Shown[]): readonly number[] {
  if (cron.isHourly) return clock.filter(({ local }) => cron.admits(local)).map(({ instant }) => instant);
  const before = new Set<number>();
  return clock
    .filter(({ instant, local }, i) => {
      const last = clock[i - 1];
      const isFirst = !before.has(local);
      before.add(local);
      if (cron.admits(local) && isFirst) return true;
      return last !== undefined && hasMissed(cron, last.local + instant - last.instant, local);
    })
    .map(({ instant }) => instant);
}

/** Whether a time for which it would have fired never showed: the clock showed `local` where it should have shown `due`. */
function hasMissed({ admits }: Cron, due: number, local: number): boolean {
  if (local - due >= 12 * HOUR) return false;
  for (let missing = due; missing < local; missing += SECOND) if (admits(missing)) return true;
  return false;
}

const known = new Map<string, Cron>();

function cronOf(text: string): Cron {
  const cron = known.get(text) ?? readCron(text);
  known.set(text, cron);
  return cron;
}

function readCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  const isUnix = fields.length === 5;
  const [second, minute, hour, date, month, weekday, year] = (isUnix ? ['0', ...fields] : fields) as [
    ...[string, string, string, string, string, string],
    string?,
  ];
  const ofDate = table(1, 31, (day) => fieldAdmits(date, day, 1, 31));
  const ofWeekday = table(0, 6, (day) => (isUnix ? unixWeekday(weekday, day) : quartzWeekday(weekday, day)));
  const times = [
    table(0, 59, (value) => fieldAdmits(second, value, 0, 59)),
    table(0, 59, (value) => fieldAdmits(minute, value, 0, 59)),
    table(0, 23, (value) => fieldAdmits(hour, value, 0, 23)),
    table(1, 12, (value) => fieldAdmits(month, value, 1, 12, MONTHS)),
  ] as const;
  const isEither = isUnix && !date.startsWith('*') && !weekday.startsWith('*');
  const named = isUnix ? undefined : [/^L|W$/.test(date) && date, /#|\dL$/.test(weekday) && weekday].find(Boolean);
  const admits = (local: number): boolean => {
    const at = new Date(local);
    if (!times[0][at.getUTCSeconds()] || !times[1][at.getUTCMinutes()] || !times[2][at.getUTCHours()]) return false;
    const shownYear = at.getUTCFullYear();
    if (!times[3][at.getUTCMonth() + 1] || shownYear < 1970 || shownYear > 2100) return false;
    if (year !== undefined && !fieldAdmits(year, shownYear, 1970, 2100)) return false;
    if (named) return isTheDay(named, Math.floor(local / DAY) * DAY);
    const [day, ofWeek] = [ofDate[at.getUTCDate()] as boolean, ofWeekday[at.getUTCDay()] as boolean];
    return isEither ? day || ofWeek : day && ofWeek;
  };
  return { isHourly: times[2].every(Boolean), admits };
}

const table = (min: number, max: number, admits: (value: number) => boolean): readonly boolean[] =>
  Array.from({ length: max + 1 }, (_, value) => value < min || admits(value));

const unixWeekday = (field: string, day: number): boolean =>
  fieldAdmits(field, day, 0, 7, WEEKDAYS) || (day === 0 && fieldAdmits(field, 7, 0, 7, WEEKDAYS));

const quartzWeekday = (field: string, day: number): boolean =>
  fieldAdmits(field.toUpperCase() === 'L' ? '7' : field, day + 1, 1, 7, WEEKDAYS);

/** Whether one of the items of a field names `value`; an end before its start goes round. */
function fieldAdmits(field: string, value: number, min: number, max: number, names: readonly string[] = []): boolean {
  const numberOf = (word: string): number =>
    names.includes(word.toLowerCase()) ? names.indexOf(word.toLowerCase()) + min : Number(word);
  const size = max - min + 1;
  return field.split(',').some((item) => {
    const [range = '', step] = item.split('/');
    const [first, last] = range.split('-').map(numberOf) as [number, number?];
    const isAll = range === '*' || range === '?';
    const from = isAll ? min : first;
    const to = isAll || (last === undefined && step !== undefined) ? max : (last ?? first);
    const at = (value - from + size) % size;
    return at <= (to - from + size) % size && at % Number(step ?? 1) === 0;
  });
}

const monthOf = (day: number) => new Date(day).getUTCMonth();
const isWorkday = (day: number) => new Date(day).getUTCDay() % 6 !== 0;

function daysAround(day: number): number[] {
  const month: number[] = [];
  let at = day;
  while (monthOf(at - DAY) === monthOf(day)) at -= DAY;
  for (; monthOf(at) === monthOf(day); at += DAY) month.push(at);
  return month;
}

/** Whether `day` is the one that `L`, `W` or `#` of Quartz name in its month, from what their names say: every day of the month is asked. */
export function isTheDay(field: string, day: number): boolean {
  const month = daysAround(day);
  const [, last, back = '0', date, nearest] = /^(?:(L)(?:-(\d+))?|(\d+))(W?)$/.exec(field) ?? [];
  if (last || date) {
    const meant = last ? month.at(-1 - Number(back)) : month[Number(date) - 1];
    if (meant === undefined) return false;
    if (!nearest) return day === meant;
    const workdays = month.filter(isWorkday);
    return day === workdays.toSorted((a, b) => Math.abs(a - meant) - Math.abs(b - meant))[0];
  }
  const [weekday, nth] = field.split(/[L#]/) as [string, string];
  const same = month.filter((one) => new Date(one).getUTCDay() === Number(weekday) - 1);
  return day === (nth === '' ? same.at(-1) : same[Number(nth) - 1]);
}
