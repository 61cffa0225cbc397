// Zones with clock changes are emitted in UTC. In local time Temporal skips what falls into a gap, and of a repeated hour it fires, by zone, the second
// instant or both; an hourly schedule loses a tick (measured). In UTC each offset of the zone gives its own calendar in the months it is in force, so
// in the two months of a change the schedule fires twice as often, and every tick is among the firings. Fields of days are widened, never narrowed.
import { type Cron, type Values, valuesOf } from '../calendar/cron.js';
import type { Gap, Offset, ZoneChanges } from './zone-history.js';

/** Crons in UTC that fire, among other instants, at every tick of a local cron whose day fields must both admit. */
export function inUtc(cron: Cron, { offsets, gaps }: ZoneChanges): readonly Cron[] {
  const shifted = offsets.flatMap((offset) => shift(cron, offset));
  // An offset that is never in force in the cron's months leaves a calendar without months.
  return [...shifted.filter(({ month }) => month === '*' || month.length > 0), ...gapCrons(cron, gaps)];
}

/** The same local times under one offset: hours and minutes move, and the day with them where they cross midnight. */
function shift(cron: Cron, { minutes: offset, months }: Offset): readonly Cron[] {
  const groups = new Map<string, { day: number; minute: number; hours: number[] }>();
  for (const hour of valuesOf(cron.hour, 0, 23))
    for (const minute of valuesOf(cron.minute, 0, 59)) {
      const utc = hour * 60 + minute - offset;
      const day = Math.floor(utc / 1440);
      const rest = utc - day * 1440;
      const key = `${day} ${rest % 60}`;
      const group = groups.get(key) ?? { day, minute: rest % 60, hours: [] };
      group.hours.push(Math.floor(rest / 60));
      groups.set(key, group);
    }
  return merged([...groups.values()]).map(({ day, minutes, hours }) => ({
    ...moveDays(cron, day, months),
    minute: full(minutes, 60),
    hour: full(hours, 24),
  }));
}

type Group = Readonly<{ day: number; minutes: readonly number[]; hours: readonly number[] }>;

/** Minutes that share their hours and their day are one cron. */
function merged(
  groups: readonly Readonly<{ day: number; minute: number; hours: readonly number[] }>[],
): readonly Group[] {
  const found = new Map<string, { day: number; minutes: number[]; hours: readonly number[] }>();
  for (const { day, minute, hours } of groups) {
    const sorted = [...hours].sort((a, b) => a - b);
    const key = `${day} ${sorted.join()}`;
    const known = found.get(key) ?? { day, minutes: [], hours: sorted };
    known.minutes.push(minute);
    found.set(key, known);
  }
  return [...found.values()].map((group) => ({ ...group, minutes: group.minutes.sort((a, b) => a - b) }));
}

const full = (values: readonly number[], size: number): Values => (values.length === size ? '*' : values);

/** The day fields as they read `day` (-1, 0 or 1) days from the local date, within the months of an offset. */
function moveDays(cron: Cron, day: number, months: ReadonlySet<number>): Cron {
  const dayOfWeek = cron.dayOfWeek === '*' ? '*' : sorted(cron.dayOfWeek.map((one) => (one + day + 7) % 7));
  const dayOfMonth = cron.dayOfMonth === '*' ? '*' : sorted(cron.dayOfMonth.flatMap((one) => moveDate(one, day)));
  const wide =
    day === 0 || cron.month === '*'
      ? cron.month
      : sorted(cron.month.flatMap((one) => [one, ((one + day + 11) % 12) + 1]));
  const year = day === 0 || cron.year === '*' ? cron.year : sorted(cron.year.flatMap((one) => [one, one + day]));
  const month = full(sorted(valuesOf(wide, 1, 12).filter((one) => months.has(one))), 12);
  return { ...cron, dayOfWeek, dayOfMonth: dayOfMonth === '*' ? '*' : full(dayOfMonth, 31), month, year };
}

/** The last day of the month before is any of the 28th to the 31st. */
function moveDate(date: number, day: number): readonly number[] {
  if (day === 0) return [date];
  if (day < 0) return date === 1 ? [28, 29, 30, 31] : [date - 1];
  return date >= 28 ? [...(date < 31 ? [date + 1] : []), 1] : [date + 1];
}

/** A local time in a gap is run at the first valid instant after it: on all days of the year at which this zone has had such a change. */
function gapCrons(cron: Cron, gaps: readonly Gap[]): readonly Cron[] {
  if (cron.hour === '*') return [];
  const days = new Map<string, { gap: Gap; dates: number[] }>();
  for (const gap of gaps) {
    if (!fallsInto(cron, gap)) continue;
    const key = [gap.month, gap.hour, gap.minute, gap.second].join();
    const known = days.get(key) ?? { gap, dates: [] };
    known.dates.push(gap.day);
    days.set(key, known);
  }
  return [...days.values()].map(({ gap, dates }) => ({
    second: [gap.second],
    minute: [gap.minute],
    hour: [gap.hour],
    dayOfMonth: sorted(dates),
    month: [gap.month],
    dayOfWeek: '*',
    year: '*',
    days: 'both',
  }));
}

function fallsInto(cron: Cron, { missing }: Gap): boolean {
  for (const hour of valuesOf(cron.hour, 0, 23))
    for (const minute of valuesOf(cron.minute, 0, 59)) {
      const time = hour * 60 + minute;
      // A gap over midnight leaves out the end of one day and the start of the next.
      if ([time, time - 1440].some((one) => one >= missing.from && one < missing.to)) return true;
    }
  return false;
}

const sorted = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b);
