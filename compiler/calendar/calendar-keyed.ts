import type { Calendar } from './cron.js';

const MAX_ENTRIES = 4096;

/** Answers kept by the content of a calendar's crons and zone: an estate asks the same few hundred calendars again and again. */
export class CalendarKeyed<T> {
  readonly #known = new Map<string, T>();
  /** Most are asked with the same object again, which needs no comparing. */
  readonly #byObject = new WeakMap<Calendar, Map<string, T>>();

  get(calendar: Calendar, beside: string, make: () => T): T {
    const mine = this.#byObject.get(calendar) ?? new Map<string, T>();
    const same = mine.get(beside);
    if (same !== undefined) return same;
    const found = this.#byContent(calendar, beside, make);
    this.#byObject.set(calendar, mine.set(beside, found));
    return found;
  }

  #byContent({ crons, zone }: Calendar, beside: string, make: () => T): T {
    const key = `${JSON.stringify(crons)} ${zone} ${beside}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#known.size >= MAX_ENTRIES) this.#known.clear();
    this.#known.set(key, made);
    return made;
  }
}
