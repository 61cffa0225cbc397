// Periods as people type them and as we print them.
import { civilOf, DAY_MS, dayNumber } from './civil.js';
import { instantOf, localFields, localMs, offsetAt } from './zone.js';

/** What a typed period names: one instant, a local day, or a local minute; `from` included, `to` not. */
export type TypedPeriod =
  | Readonly<{ kind: 'instant'; instant: number }>
  | Readonly<{ kind: 'date'; from: number; to: number }>
  | Readonly<{ kind: 'minute'; from: number; to: number }>;

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;
const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.0+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const HERA = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/**
 * Reads RFC 3339 with an offset; `2026-11-22`, `2026-11-22T02:30` or `2026-11-22T02:30:05` in `zone`;
 * or the 12 digits of a Hera version, a minute of `zone`. Undefined for anything else, dates that do not exist included.
 * A local time that a clock change left out is the first valid instant, a repeated one its first (A5).
 */
export function parsePeriod(text: string, zone: string): TypedPeriod | undefined {
  const trimmed = text.trim();
  return parseExact(trimmed) ?? parseLocal(trimmed, zone) ?? parseHera(trimmed, zone);
}

function parseExact(text: string): TypedPeriod | undefined {
  const match = RFC_3339.exec(text);
  const local = match ? localOfDigits(match.slice(1, 7)) : undefined;
  if (!match || local === undefined) return undefined;
  const [, , , , , , , sign, hours, minutes] = match;
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return undefined;
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return { kind: 'instant', instant: sign === '-' ? local + offset : local - offset };
}

function parseLocal(text: string, zone: string): TypedPeriod | undefined {
  const match = LOCAL.exec(text);
  const local = match ? localOfDigits(match.slice(1)) : undefined;
  if (!match || local === undefined) return undefined;
  if (match[4] !== undefined) return { kind: 'instant', instant: instantOf(zone, local) };
  return { kind: 'date', from: instantOf(zone, local), to: instantOf(zone, local + DAY_MS) };
}

function parseHera(text: string, zone: string): TypedPeriod | undefined {
  const match = HERA.exec(text);
  const local = match ? localOfDigits(match.slice(1)) : undefined;
  if (local === undefined) return undefined;
  const from = instantOf(zone, local);
  return { kind: 'minute', from, to: from + 60_000 };
}

/** Year, month, day and, where given, hour, minute, second as a local time; undefined when there is no such date or time. */
function localOfDigits(digits: readonly (string | undefined)[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = civilOf(dayNumber({ year, month, day }));
  if (date.year !== year || date.month !== month || date.day !== day) return undefined;
  return localMs(date, { hour, minute, second });
}

/** RFC 3339 in UTC to the second, `2026-11-22T18:30:00Z`: the form of CLI, JSON and workflow ids. */
export const printPeriod = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

/** RFC 3339 on the wall clock of `zone`, `2026-11-23T02:30:00+08:00`; `Z` where the offset is nought. */
export function printPeriodIn(zone: string, instant: number): string {
  const offset = offsetAt(zone, instant);
  const local = localFields(instant + offset);
  const date = `${two(local.year, 4)}-${two(local.month)}-${two(local.day)}`;
  return `${date}T${two(local.hour)}:${two(local.minute)}:${two(local.second)}${printOffset(offset)}`;
}

function printOffset(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.floor(Math.abs(offset) / 60_000);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const two = (number: number, width = 2): string => String(number).padStart(width, '0');
