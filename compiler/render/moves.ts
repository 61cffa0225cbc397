import { grainWindow, instantOf, localMs, localOf, nextDay, startOfDay } from '../calendar/index.js';

const SPANS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
const UNITS = ['y', 'M', 'w', 'd', 'h', 'm', 's'] as const;
const REAL_MS = { h: 3_600_000, m: 60_000, s: 1000 } as const;

type SpanName = (typeof SPANS)[number];
type Unit = (typeof UNITS)[number];

/** One step of a date expression: to the first or last second of a span, or `n` units on. */
export type Move =
  | Readonly<{ kind: 'start' | 'end'; span: SpanName }>
  | Readonly<{ kind: 'shift'; n: number; unit: Unit }>;

/** How the wall clock is read: the job's zone, and the day on which its weeks begin. */
export type Wall = Readonly<{ zone: string; weekStart: 'monday' | 'sunday' }>;

const EARLIEST = Date.UTC(1000, 0, 1);
const LATEST = Date.UTC(9999, 11, 31);

/** Whether `word` is `.anchor` or `±n unit` as rule E2 lists them. */
export const isMove = (word: string): boolean => anchorOf(word) !== undefined || /^[+-]\d+[yMwdhms]$/.test(word);

/** Reads a word that `isMove` accepts. */
export function parseMove(word: string): Move {
  const anchor = anchorOf(word);
  if (anchor) return anchor;
  return { kind: 'shift', n: Number(word.slice(0, -1)), unit: word.at(-1) as Unit };
}

function anchorOf(word: string): Move | undefined {
  const found = /^\.([a-z]+)(Start|End)$/.exec(word);
  const span = SPANS.find((name) => name === found?.[1]);
  return span && { kind: found?.[2] === 'Start' ? 'start' : 'end', span };
}

/**
 * `instant` after a move (E2). Years, months, weeks and days move on the wall clock, months clamp to the month's end;
 * hours, minutes and seconds are real ones. Undefined outside the years 1000 to 9999.
 */
export function moved(instant: number, move: Move, wall: Wall): number | undefined {
  const result = move.kind === 'shift' ? shifted(instant, move, wall.zone) : anchored(instant, move, wall);
  return result !== undefined && result > EARLIEST && result < LATEST ? result : undefined;
}

function shifted(instant: number, { n, unit }: Extract<Move, { kind: 'shift' }>, zone: string): number | undefined {
  if (unit === 'h' || unit === 'm' || unit === 's') return instant + n * REAL_MS[unit];
  const local = localOf(zone, instant);
  const months = unit === 'y' ? 12 * n : unit === 'M' ? n : 0;
  const days = unit === 'w' ? 7 * n : unit === 'd' ? n : 0;
  const month = local.year * 12 + local.month - 1 + months;
  const date = { year: Math.floor(month / 12), month: (month % 12) + 1 };
  if (date.year < 1000 || date.year > 9999) return undefined;
  const lastDay = new Date(localMs({ ...date, month: date.month + 1, day: 0 })).getUTCDate();
  const target = localMs({ ...date, day: Math.min(local.day, lastDay) + days }, local);
  return target > EARLIEST && target < LATEST ? instantOf(zone, target) : undefined;
}

function anchored(instant: number, { kind, span }: Extract<Move, { kind: 'start' | 'end' }>, wall: Wall): number {
  if (span === 'hour' || span === 'day') {
    const window = span === 'hour' ? grainWindow('hour', wall.zone, instant) : dayOf(wall.zone, instant);
    return kind === 'start' ? window.start : window.end - 1000;
  }
  const { start, end } = datesOf(span, instant, wall);
  return kind === 'start' ? instantOf(wall.zone, start) : instantOf(wall.zone, end) - 1000;
}

const dayOf = (zone: string, instant: number) => ({ start: startOfDay(zone, instant), end: nextDay(zone, instant) });

/** The local midnights between which a week, month, quarter or year lies. */
function datesOf(span: Exclude<SpanName, 'hour' | 'day'>, instant: number, wall: Wall): { start: number; end: number } {
  const { year, month, day, weekday } = localOf(wall.zone, instant);
  const since = wall.weekStart === 'sunday' ? weekday : (weekday + 6) % 7;
  const quarter = month - ((month - 1) % 3);
  switch (span) {
    case 'week':
      return { start: localMs({ year, month, day: day - since }), end: localMs({ year, month, day: day - since + 7 }) };
    case 'month':
      return { start: localMs({ year, month, day: 1 }), end: localMs({ year, month: month + 1, day: 1 }) };
    case 'quarter':
      return { start: localMs({ year, month: quarter, day: 1 }), end: localMs({ year, month: quarter + 3, day: 1 }) };
    case 'year':
      return { start: localMs({ year, month: 1, day: 1 }), end: localMs({ year: year + 1, month: 1, day: 1 }) };
    default:
      return span satisfies never;
  }
}
