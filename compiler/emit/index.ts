// Emit turns a timetable into the specification of a Temporal schedule, as data; the control plane sends it.
// In: a timetable of the manifest. Out: structured calendars (never cron text: Temporal reads `#` as a comment and ANDs the day fields) and a zone.
// The promise is one-sided: the schedule fires at every tick of the calendar. It may fire more often; an instant that is no tick makes no run.
// `start` and `end` are not emitted for that reason, and because Temporal deletes a schedule that has ended.
// Read on: `utc.ts` for zones with clock changes, where Temporal's own rules would lose ticks.
import { type Cron, daysOfRule, type Values } from '../calendar/index.js';
import { hashOf } from '../manifest/canonical.js';
import type { Timetable } from '../manifest/manifest.js';
import { inUtc } from './utc.js';
import { changesOf } from './zone-history.js';

export type Range = Readonly<{ start: number; end: number; step: number }>;

/** One calendar: an instant fires when all fields admit it. Fields that admit everything are absent; `dayOfWeek` counts from 0, Sunday. */
export type EmittedCalendar = Readonly<{
  second: readonly Range[];
  minute: readonly Range[];
  hour: readonly Range[];
  dayOfMonth?: readonly Range[];
  month?: readonly Range[];
  dayOfWeek?: readonly Range[];
  year?: readonly Range[];
}>;

export type EmittedSchedule = Readonly<{
  calendars: readonly EmittedCalendar[];
  /** The zone in which the server reads the calendars: the timetable's, or `UTC`. */
  timezone: string;
  /** The timetable in words. */
  note: string;
}>;

/** The schedule of a timetable; equal timetables give equal bytes. Its `scheduleHash` tells whether a deployed one is still ours. */
export function emitSchedule({ calendar, note }: Pick<Timetable, 'calendar' | 'note'>): EmittedSchedule {
  const crons = calendar.crons.flatMap(apart);
  const changes = changesOf(calendar.zone);
  const [emitted, timezone] =
    changes === null ? [crons, calendar.zone] : [crons.flatMap((cron) => inUtc(cron, changes)), 'UTC'];
  const calendars = new Map(emitted.map((cron) => [JSON.stringify(cron), calendarOf(cron)]));
  return { calendars: [...calendars.values()], timezone, note };
}

/** Temporal's server gives back calendars and zone in its own form, so a deployed schedule is compared by this hash of what we sent. */
export const scheduleHash = (schedule: EmittedSchedule): string => hashOf(schedule);

/**
 * Day of month OR day of week is two calendars, for within one all fields must admit; the day of a rule is any that it ever names. Days off are not
 * known there: they are fired too, and where ticks may be moved every day is.
 */
function apart(cron: Cron): readonly Cron[] {
  const { rule, on, ...plain } = cron;
  if (on && on.otherwise !== 'skip')
    return [{ ...plain, days: 'both', dayOfMonth: '*', month: '*', dayOfWeek: '*', year: '*' }];
  if (rule) {
    const weekdays = rule.kind === 'weekday' ? [rule.weekday] : '*';
    return [{ ...plain, dayOfMonth: daysOfRule(rule), dayOfWeek: weekdays }];
  }
  if (plain.days === 'both') return [plain];
  return [
    { ...plain, days: 'both', dayOfWeek: '*' },
    { ...plain, days: 'both', dayOfMonth: '*' },
  ];
}

function calendarOf(cron: Cron): EmittedCalendar {
  const { dayOfMonth, month, dayOfWeek, year } = cron;
  return {
    second: rangesOf(cron.second, 59),
    minute: rangesOf(cron.minute, 59),
    hour: rangesOf(cron.hour, 23),
    ...(dayOfMonth !== '*' && { dayOfMonth: rangesOf(dayOfMonth, 31) }),
    ...(month !== '*' && { month: rangesOf(month, 12) }),
    ...(dayOfWeek !== '*' && { dayOfWeek: rangesOf(dayOfWeek, 6) }),
    ...(year !== '*' && { year: rangesOf(year, 2100) }),
  };
}

/** Values as few ranges: each the longest run with one step that begins where the last one ended. */
function rangesOf(values: Values, most: number): readonly Range[] {
  if (values === '*') return [{ start: 0, end: most, step: 1 }];
  const ranges: Range[] = [];
  for (let i = 0; i < values.length; ) {
    const start = values[i]!;
    const step = (values[i + 1] ?? start + 1) - start;
    let last = i;
    while (last + 1 < values.length && values[last + 1]! - values[last]! === step) last++;
    // Two values are no progression unless they are neighbours.
    const isRun = last - i >= 2 || (last - i === 1 && step === 1);
    ranges.push(isRun ? { start, end: values[last]!, step } : { start, end: start, step: 1 });
    i = isRun ? last + 1 : i + 1;
  }
  return ranges;
}
