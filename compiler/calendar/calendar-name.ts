import type { Calendar, Cron, Values } from './cron.js';
import { WEEKDAYS } from './cron-text.js';

/** A name safe in a shell; `exact` when no other calendar's crons have it, so that no hash is needed behind it. */
export type CalendarName = Readonly<{ name: string; exact: boolean }>;

/**
 * A short readable name of a calendar's crons: `daily-02.30`, `hourly-05`, `weekly-mon-02.30`, `weekdays-02.30`,
 * `monthly-1-05.00`, `every-10m`; for others the nearest of `daily`, `hourly` … with `exact: false`.
 * Zone, `start` and `end` are not part of it.
 */
export function calendarName({ crons }: Calendar): CalendarName {
  const [cron] = crons;
  if (!cron || crons.length > 1) return { name: 'mixed', exact: false };
  const name = everyName(cron) ?? fixedName(cron);
  return name ? { name, exact: cron.on === undefined } : { name: roughName(cron), exact: false };
}

/** `every-10s`, `every-10m`, `every-6h`: equal steps from midnight through the whole day, every day. */
function everyName(cron: Cron): string | undefined {
  if (!isEveryDay(cron)) return undefined;
  const [seconds, minutes, hours] = [stepOf(cron.second, 60), stepOf(cron.minute, 60), stepOf(cron.hour, 24)];
  if (seconds && cron.minute === '*' && cron.hour === '*') return `every-${seconds}s`;
  if (only(cron.second) !== 0) return undefined;
  if (minutes && cron.hour === '*') return `every-${minutes}m`;
  return hours && hours > 1 && only(cron.minute) === 0 ? `every-${hours}h` : undefined;
}

function fixedName(cron: Cron): string | undefined {
  if (cron.rule) return undefined;
  const [second, minute, hour] = [only(cron.second), only(cron.minute), only(cron.hour)];
  if (second === undefined || minute === undefined || cron.year !== '*' || cron.month !== '*') return undefined;
  const tail = second === 0 ? two(minute) : `${two(minute)}.${two(second)}`;
  if (cron.hour === '*') return isEveryDay(cron) ? `hourly-${tail}` : undefined;
  if (hour === undefined || cron.days === 'either') return undefined;
  const time = `${two(hour)}.${tail}`;
  if (cron.dayOfMonth === '*') return cron.dayOfWeek === '*' ? `daily-${time}` : weeklyName(cron.dayOfWeek, time);
  return cron.dayOfWeek === '*' && cron.dayOfMonth.length === 1 ? `monthly-${cron.dayOfMonth[0]}-${time}` : undefined;
}

function weeklyName(days: readonly number[], time: string): string {
  if (days.join() === '1,2,3,4,5') return `weekdays-${time}`;
  return `weekly-${days.map((day) => WEEKDAYS[day]).join('-')}-${time}`;
}

function roughName(cron: Cron): string {
  if (cron.month !== '*' || cron.year !== '*') return 'yearly';
  if (cron.dayOfMonth !== '*' || cron.rule) return 'monthly';
  if (cron.dayOfWeek !== '*') return 'weekly';
  if (cron.second !== '*' && cron.second.length === 1 && cron.minute !== '*' && cron.minute.length === 1)
    return cron.hour === '*' ? 'hourly' : 'daily';
  return cron.hour === '*' ? 'minutely' : 'daily';
}

const isEveryDay = (cron: Cron): boolean =>
  !cron.rule && cron.dayOfMonth === '*' && cron.dayOfWeek === '*' && cron.month === '*' && cron.year === '*';

/** The distance of equal steps from 0 that fill `size` without a rest; undefined for other values. */
function stepOf(values: Values, size: number): number | undefined {
  if (values === '*') return 1;
  const step = size / values.length;
  return values.length > 1 && values.every((value, i) => value === i * step) ? step : undefined;
}

const only = (values: Values): number | undefined => (values !== '*' && values.length === 1 ? values[0] : undefined);
const two = (number: number): string => String(number).padStart(2, '0');
