// Local time in a zone and back. Offsets come from Intl, once for each zone and year, and stay in memory.
import { type CivilDate, civilOf, DAY_MS, dayNumber, weekdayOf } from './civil.js';

/** A stretch of real time with one offset: local time is the instant plus `offset`, all in milliseconds. */
export type Stretch = Readonly<{ start: number; end: number; offset: number }>;

/** A moment on the wall clock. `weekday` is 0, Sunday, to 6, Saturday. */
export type Local = CivilDate & Readonly<{ hour: number; minute: number; second: number; weekday: number }>;

/** A local time in milliseconds as if it were UTC: the form in which local times are computed with. */
export type LocalMs = number;

/** Stretches of a year overlap its neighbours by this much, so that one year answers for every local time in it. */
const MARGIN_MS = 4 * DAY_MS;
const measured = new Map<string, Map<number, readonly Stretch[]>>();
const formats = new Map<string, Intl.DateTimeFormat>();
/** The year that was asked for last. */
let last: Readonly<{ zone: string; from: number; to: number; stretches: readonly Stretch[] }> | undefined;

/**
 * Names that the tables behind Intl have for old Java programs and the IANA database has not: `CST` is Chicago there and China to its writer,
 * `IST` Kolkata, Dublin or Jerusalem. (CLDR, timezone.xml: the short aliases without an entry of their own in IANA's `backward`.)
 */
const NOT_IANA =
  /^(?:ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST|SystemV\/.*)$/;

/** Whether `name` is an IANA zone that this machine knows, spelled as the database spells it; offsets (`+08:00`) and `CST` are none. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || NOT_IANA.test(name)) return false;
  try {
    const known = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
    return known === name || known.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

/** Local minus UTC at `instant`, in milliseconds. Throws RangeError for a zone that `isZone` refuses. */
export const offsetAt = (zone: string, instant: number): number => stretchAt(zone, instant).offset;

/** The stretch around `instant`; cut some days outside the instant's UTC year. */
export function stretchAt(zone: string, instant: number): Stretch {
  const found = stretchesNear(zone, instant).find((stretch) => instant < stretch.end);
  if (!found) throw new RangeError(`no stretch of ${zone} at ${instant}`);
  return found;
}

/** All stretches within some days of `around`, ascending, without holes. */
export function stretchesNear(zone: string, around: number): readonly Stretch[] {
  // Most ask for the year that was just asked for.
  if (last?.zone === zone && around >= last.from && around < last.to) return last.stretches;
  const year = new Date(around).getUTCFullYear();
  const years = measured.get(zone) ?? new Map<number, readonly Stretch[]>();
  const stretches = years.get(year) ?? measure(zone, year);
  measured.set(zone, years.set(year, stretches));
  last = { zone, from: Date.UTC(year, 0), to: Date.UTC(year + 1, 0), stretches };
  return stretches;
}

/** The wall clock of `zone` at `instant`. */
export const localOf = (zone: string, instant: number): Local => localFields(instant + offsetAt(zone, instant));

/** The fields of a local time. */
export function localFields(local: LocalMs): Local {
  const day = Math.floor(local / DAY_MS);
  const second = Math.floor((local - day * DAY_MS) / 1000);
  const time = { hour: Math.floor(second / 3600), minute: Math.floor(second / 60) % 60, second: second % 60 };
  return { ...civilOf(day), ...time, weekday: weekdayOf(day) };
}

/** A local time from its fields; fields outside their bounds roll over. */
export function localMs(
  date: CivilDate,
  time: Readonly<{ hour?: number; minute?: number; second?: number }> = {},
): LocalMs {
  return dayNumber(date) * DAY_MS + ((time.hour ?? 0) * 3600 + (time.minute ?? 0) * 60 + (time.second ?? 0)) * 1000;
}

/** Every instant at which the wall clock shows `local`: none in a gap, two in a repeated hour; ascending. */
export function instantsOf(zone: string, local: LocalMs): readonly number[] {
  return stretchesNear(zone, local)
    .filter(({ start, end, offset }) => local - offset >= start && local - offset < end)
    .map(({ offset }) => local - offset);
}

/** The clock change that left out `local`: the first valid instant, and how long the gap is in milliseconds. */
export function gapAround(zone: string, local: LocalMs): Readonly<{ instant: number; sizeMs: number }> | undefined {
  const near = stretchesNear(zone, local);
  for (const [i, stretch] of near.entries()) {
    const before = near[i - 1]?.offset ?? stretch.offset;
    if (local >= stretch.start + before && local < stretch.start + stretch.offset)
      return { instant: stretch.start, sizeMs: stretch.offset - before };
  }
  return undefined;
}

/** The one instant meant by a local time: the first of a repeated one, the first valid instant for a missing one (A5). */
export function instantOf(zone: string, local: LocalMs): number {
  const instant = instantsOf(zone, local)[0] ?? gapAround(zone, local)?.instant;
  if (instant === undefined) throw new RangeError(`no instant of ${zone} for local time ${local}`);
  return instant;
}

/** The start of the local day in which `instant` lies: its midnight, or the first valid instant after it (A5). */
export function startOfDay(zone: string, instant: number): number {
  const today = Math.floor((instant + offsetAt(zone, instant)) / DAY_MS);
  // A clock set back over midnight shows the old date again, although the new day has begun.
  const tomorrow = instantOf(zone, (today + 1) * DAY_MS);
  return tomorrow <= instant ? tomorrow : instantOf(zone, today * DAY_MS);
}

/** The start of the local day after the one in which `instant` lies. */
export function nextDay(zone: string, instant: number): number {
  const { start, end, offset } = stretchAt(zone, instant);
  const midnight = (Math.floor((instant + offset) / DAY_MS) + 1) * DAY_MS - offset;
  // Far from any clock change, which moves a clock by a day at most, local days are as long as they look.
  if (instant - 2 * DAY_MS >= start && midnight + 2 * DAY_MS <= end) return midnight;
  const today = startOfDay(zone, instant);
  const date = Math.floor((today + offsetAt(zone, today)) / DAY_MS);
  return instantOf(zone, (date + 1) * DAY_MS);
}

function measure(zone: string, year: number): readonly Stretch[] {
  const [from, to] = [Date.UTC(year, 0, 1) - MARGIN_MS, Date.UTC(year + 1, 0, 1) + MARGIN_MS];
  if (zone === 'UTC') return [{ start: from, end: to, offset: 0 }];
  const stretches: Stretch[] = [];
  let [start, offset] = [from, ask(zone, from)];
  for (let at = from; at < to; at += DAY_MS) {
    const next = ask(zone, at + DAY_MS);
    if (next === offset) continue;
    const change = firstChange(zone, at, offset);
    stretches.push({ start, end: change, offset });
    [start, offset] = [change, next];
  }
  stretches.push({ start, end: to, offset });
  return stretches;
}

/** The first second of the day after `at` whose offset differs. */
function firstChange(zone: string, at: number, offset: number): number {
  let [same, differs] = [at / 1000, (at + DAY_MS) / 1000];
  while (differs - same > 1) {
    const middle = Math.floor((same + differs) / 2);
    if (ask(zone, middle * 1000) === offset) same = middle;
    else differs = middle;
  }
  return differs * 1000;
}

function ask(zone: string, instant: number): number {
  const digits = formatOf(zone).format(instant).match(/\d+/g) as RegExpMatchArray;
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = digits.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const numeric = 'numeric' as const;
  let format = formats.get(zone);
  if (!format) {
    const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...fields });
    formats.set(zone, format);
  }
  return format;
}
