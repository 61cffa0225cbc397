import {
  dayOf,
  FIELD,
  FIELDS,
  fieldsAt,
  firstWeekOf,
  type Offsets,
  offsetsAt,
  offsetsOfWall,
  weekdayOnOrBefore,
} from './java-date.js';

const DAY_MS = 86_400_000;
const LATEST = Date.UTC(9999, 11, 31);
/** The first day of 9999 BC, roughly; nothing before it is written. */
const EARLIEST = -377_700_000_000_000;

/** A field is as a clock would compute it, or was set by hand: the later the higher. 0: nobody said. */
const COMPUTED = 1;

/**
 * A moment whose fields may be set one after the other and are brought together only when somebody asks, as Java's GregorianCalendar does:
 * the day is that of the fields set last, what lies outside its field rolls over, a local time that a clock change left out is taken an hour
 * on, and a repeated one is its second. Nothing throws: what Java would throw for is answered with false or undefined.
 * Source: java.util.GregorianCalendar of OpenJDK 8 (`selectFields`, `computeTime`, `add`).
 */
export class JavaCalendar {
  readonly #zone: string;
  #fields: number[];
  #stamps: number[];
  #nextStamp = COMPUTED + 1;
  #instant: number | undefined;

  private constructor(zone: string, fields: number[], stamps: number[], instant: number | undefined) {
    [this.#zone, this.#fields, this.#stamps, this.#instant] = [zone, fields, stamps, instant];
  }

  static at(zone: string, instant: number): JavaCalendar {
    return new JavaCalendar(zone, fieldsAt(zone, instant), Array<number>(FIELDS).fill(COMPUTED), instant);
  }

  /** Midnight of 1 January 1970 until something is set: what a parser fills. */
  static blank(zone: string): JavaCalendar {
    return new JavaCalendar(zone, Array<number>(FIELDS).fill(0), Array<number>(FIELDS).fill(0), undefined);
  }

  /** False for a field that does not exist. */
  set(field: number, value: number): boolean {
    if (!isField(field)) return false;
    this.#fields[field] = value;
    this.#stamps[field] = this.#nextStamp++;
    this.#instant = undefined;
    return true;
  }

  /** The instant in UTC milliseconds; undefined where the fields make none between 9999 BC and 9999. */
  time(): number | undefined {
    this.#instant ??= this.#computed();
    return this.#instant;
  }

  get(field: number): number | undefined {
    return isField(field) && this.#complete() ? this.#fields[field] : undefined;
  }

  /** Moves on by so many of a field; false where the field does not exist or the dates end. */
  add(field: number, amount: number): boolean {
    if (amount === 0) return true;
    if (!isField(field) || field >= FIELD.zoneOffset || !this.#complete()) return false;
    switch (field) {
      case FIELD.era:
        return this.set(FIELD.era, Math.min(1, Math.max(0, this.#field('era') + amount)));
      case FIELD.year:
        return this.#addYears(amount);
      case FIELD.month:
        return this.#addMonths(amount);
      case FIELD.hour:
      case FIELD.hourOfDay:
        return this.#addMs(amount * 3_600_000);
      case FIELD.minute:
        return this.#addMs(amount * 60_000);
      case FIELD.second:
        return this.#addMs(amount * 1000);
      case FIELD.millisecond:
        return this.#addMs(amount);
      case FIELD.half:
        return this.#addDays(Math.trunc(amount / 2), 12 * (amount % 2));
      case FIELD.weekOfYear:
      case FIELD.weekOfMonth:
      case FIELD.weekdayInMonth:
        return this.#addDays(7 * amount, 0);
      default:
        return this.#addDays(amount, 0);
    }
  }

  #field(name: keyof typeof FIELD): number {
    return this.#fields[FIELD[name]] as number;
  }

  #stamp(name: keyof typeof FIELD): number {
    return this.#stamps[FIELD[name]] as number;
  }

  /** All fields follow from the instant again, and none counts as set by hand. */
  #complete(): boolean {
    const instant = this.time();
    if (instant === undefined) return false;
    if (this.#stamps.every((stamp) => stamp === COMPUTED)) return true;
    // Offsets set by hand are what the fields are read by: after `set(15, 0)` they are those of UTC.
    this.#fields = fieldsAt(this.#zone, instant, this.#givenOffsets(offsetsAt(this.#zone, instant)));
    this.#stamps.fill(COMPUTED);
    return true;
  }

  #moveTo(instant: number): boolean {
    this.#instant = instant > EARLIEST && instant < LATEST ? instant : undefined;
    if (this.#instant === undefined) return false;
    this.#fields = fieldsAt(this.#zone, instant);
    this.#stamps.fill(COMPUTED);
    return true;
  }

  #addMs(ms: number): boolean {
    return this.#moveTo((this.time() as number) + ms);
  }

  /** Days keep the time of day; where the clock changed between, the date wins over the hour. */
  #addDays(days: number, hours: number): boolean {
    const instant = this.time() as number;
    const offset = this.#field('zoneOffset') + this.#field('dstOffset');
    const wall = instant + offset + days * DAY_MS + hours * 3_600_000;
    if (!this.#moveTo(wall - offset)) return false;
    const change = offset - this.#field('zoneOffset') - this.#field('dstOffset');
    if (change === 0) return true;
    const moved = wall - offset + change;
    const isSameDay = Math.floor((moved + offsetsAt(this.#zone, moved).offset) / DAY_MS) === Math.floor(wall / DAY_MS);
    return this.#moveTo(isSameDay ? moved : wall - offset);
  }

  #addYears(amount: number): boolean {
    this.#setYear(this.#astronomicalYear() + amount);
    return this.#pinDay();
  }

  #addMonths(amount: number): boolean {
    const month = this.#field('month') + amount;
    const years = Math.floor(month / 12);
    if (years !== 0) this.#setYear(this.#astronomicalYear() + years);
    this.set(FIELD.month, month - 12 * years);
    return this.#pinDay();
  }

  #astronomicalYear(): number {
    return this.#field('era') === 0 ? 1 - this.#field('year') : this.#field('year');
  }

  #setYear(year: number): void {
    const isBefore = this.#field('era') === 0;
    this.set(FIELD.year, year > 0 ? year : 1 - year);
    if (isBefore !== year <= 0) this.set(FIELD.era, year > 0 ? 1 : 0);
  }

  /** The 31st of a shorter month is its last day. */
  #pinDay(): boolean {
    const [year, month] = [this.#astronomicalYear(), this.#field('month')];
    const length = month === 1 ? dayOf(year, 2, 1) - dayOf(year, 1, 1) : [3, 5, 8, 10].includes(month) ? 30 : 31;
    if (this.#field('day') > length) this.set(FIELD.day, length);
    return true;
  }

  #computed(): number | undefined {
    const era = this.#stamp('era') > 0 ? this.#field('era') : 1;
    if (era !== 0 && era !== 1) return undefined;
    const given = this.#stamp('year') > 0 ? this.#field('year') : 1970;
    const timeOfDay = this.#timeOfDay();
    const day = this.#dayOfFields(era === 0 ? 1 - given : given) + Math.floor(timeOfDay / DAY_MS);
    const wall = day * DAY_MS + timeOfDay - Math.floor(timeOfDay / DAY_MS) * DAY_MS;
    if (!(wall > EARLIEST && wall < LATEST)) return undefined;
    return wall - this.#givenOffsets(offsetsOfWall(this.#zone, wall)).offset;
  }

  /** The zone's offsets, or those that were set by hand. */
  #givenOffsets({ offset, own }: Offsets): Offsets {
    const ownNow = this.#stamp('zoneOffset') > COMPUTED ? this.#field('zoneOffset') : own;
    const summer = this.#stamp('dstOffset') > COMPUTED ? this.#field('dstOffset') : offset - own;
    return { offset: ownNow + summer, own: ownNow };
  }

  #timeOfDay(): number {
    const twelve = both(this.#stamp('hour'), this.#stamp('half'));
    const latest = Math.max(this.#stamp('hourOfDay'), twelve) || Math.max(this.#stamp('hour'), this.#stamp('half'));
    const hours =
      latest === this.#stamp('hourOfDay') ? this.#field('hourOfDay') : this.#field('hour') + 12 * this.#field('half');
    const seconds = hours * 3600 + this.#field('minute') * 60 + this.#field('second');
    return seconds * 1000 + this.#field('millisecond');
  }

  /** The day by the fields that were set last: of month, of year, or a weekday of a week. */
  #dayOfFields(year: number): number {
    const stamp = (name: keyof typeof FIELD): number => this.#stamp(name);
    const weekday = stamp('weekday');
    const ways = {
      day: stamp('day'),
      weekOfMonth: both(stamp('weekOfMonth'), weekday),
      weekdayInMonth: both(stamp('weekdayInMonth'), weekday),
      dayOfYear: stamp('dayOfYear'),
      weekOfYear: both(stamp('weekOfYear'), weekday),
    };
    if (Math.max(...Object.values(ways)) === 0) {
      ways.weekOfMonth = stamp('weekOfMonth');
      ways.weekdayInMonth = Math.max(stamp('weekdayInMonth'), weekday);
      ways.weekOfYear = stamp('weekOfYear');
      if (Math.max(...Object.values(ways)) === 0) ways.day = stamp('month');
    }
    const latest = Math.max(...Object.values(ways));
    if (latest === ways.day) return this.#firstOfMonth(year) + (stamp('day') > 0 ? this.#field('day') : 1) - 1;
    const isOfMonth = (name: 'weekOfMonth' | 'weekdayInMonth'): boolean =>
      latest === ways[name] && stamp(name) >= stamp('weekOfYear');
    if (isOfMonth('weekOfMonth') && (latest > ways.weekdayInMonth || stamp('weekOfMonth') >= stamp('weekdayInMonth')))
      return this.#byWeek(this.#firstOfMonth(year), this.#field('weekOfMonth'));
    if (isOfMonth('weekOfMonth') || isOfMonth('weekdayInMonth')) return this.#byWeekdayInMonth(year);
    if (latest === ways.dayOfYear) return dayOf(year, 0, 1) + this.#field('dayOfYear') - 1;
    return this.#byWeek(dayOf(year, 0, 1), this.#field('weekOfYear'));
  }

  #firstOfMonth(year: number): number {
    const month = this.#field('month');
    return dayOf(year + Math.floor(month / 12), month - 12 * Math.floor(month / 12), 1);
  }

  #byWeek(first: number, week: number): number {
    const sunday = firstWeekOf(first);
    const day = this.#stamp('weekday') > 0 ? weekdayOnOrBefore(sunday + 6, this.#field('weekday')) : sunday;
    return day + 7 * (week - 1);
  }

  #byWeekdayInMonth(year: number): number {
    const first = this.#firstOfMonth(year);
    const weekday = this.#stamp('weekday') > 0 ? this.#field('weekday') : 1;
    const nth = this.#stamp('weekdayInMonth') > 0 ? this.#field('weekdayInMonth') : 1;
    if (nth >= 0) return weekdayOnOrBefore(first + 7 * nth - 1, weekday);
    const month = this.#field('month');
    const length = dayOf(year + Math.floor((month + 1) / 12), (((month + 1) % 12) + 12) % 12, 1) - first;
    return weekdayOnOrBefore(first + length + 7 * (nth + 1) - 1, weekday);
  }
}

const isField = (field: number): boolean => Number.isInteger(field) && field >= 0 && field < FIELDS;

/** When two fields that only say something together were both said. */
const both = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : Math.max(a, b));
