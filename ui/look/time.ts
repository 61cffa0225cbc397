// The one formatter of instants: UTC in, ISO dates and a 24 h clock out, always with the zone beside them.
// Pure and the same on server and browser (Intl's parts, never its order), so that a page hydrates without a difference.

/** Which zone the visitor reads times in. `job`: that of the job shown; the viewer's own is known to the server by a cookie. */
export type ZoneChoice =
  | Readonly<{ kind: 'job' }>
  | Readonly<{ kind: 'utc' }>
  | Readonly<{ kind: 'local'; zone: string }>;

export const ZONE_COOKIE = 'hera-zone';

/** Reads the cookie; anything unknown is the job's zone. */
export function parseZoneChoice(text: string | undefined): ZoneChoice {
  if (text === 'utc') return { kind: 'utc' };
  const zone = text?.startsWith('local:') ? text.slice('local:'.length) : '';
  return zone !== '' && isZone(zone) ? { kind: 'local', zone } : { kind: 'job' };
}

export const printZoneChoice = (choice: ZoneChoice): string =>
  choice.kind === 'local' ? `local:${choice.zone}` : choice.kind;

/** The zone to write an instant in, given the job's. */
export const zoneFor = (choice: ZoneChoice, jobZone: string): string =>
  choice.kind === 'job' ? jobZone : choice.kind === 'utc' ? 'UTC' : choice.zone;

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  formatters.set(zone, made);
  return made;
}

export type Civil = Readonly<{ date: string; time: string; seconds: string; offset: string }>;

/** An instant (RFC 3339 UTC) in a zone, or at a fixed offset: `2026-11-22`, `02:30`, `15` and `+08:00`. */
export function civilOf(instant: string, zone: string): Civil {
  const fixed = OFFSET.exec(zone);
  if (fixed) return civilAt(instant, fixed);
  const part: Record<string, string> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(new Date(instant))) part[type] = value;
  return {
    date: `${part.year}-${part.month}-${part.day}`,
    time: `${part.hour}:${part.minute}`,
    seconds: part.second ?? '00',
    offset: printOffset((part.timeZoneName ?? '').replace('GMT', '')),
  };
}

const OFFSET = /^([+-])(\d{2}):(\d{2})$/;

// Node 20 knows no zones that are offsets, so these are computed.
function civilAt(instant: string, [text, sign, hours, minutes]: RegExpExecArray): Civil {
  const shift = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
  const local = new Date(Date.parse(instant) + shift).toISOString();
  return {
    date: local.slice(0, 10),
    time: local.slice(11, 16),
    seconds: local.slice(17, 19),
    offset: printOffset(text),
  };
}

// Browsers and Node print UTC's own offset differently ('GMT' and 'GMT+00:00').
const printOffset = (offset: string): string =>
  offset === '' || offset === '+00:00' || offset === '-00:00' ? 'UTC' : offset;

/** `2026-11-22 02:30:15`, without the zone: for places whose heading names it. Whole minutes leave the seconds out if `short`. */
export function printInstant(instant: string, zone: string, short = false): string {
  const { date, time, seconds } = civilOf(instant, zone);
  return short && seconds === '00' ? `${date} ${time}` : `${date} ${time}:${seconds}`;
}

const MINUTE_MS = 60_000;

/** The instant at which a date begins in a zone, as RFC 3339 UTC; where midnight is skipped there, the first minute after it. */
export function dayStart(date: string, zone: string): string | undefined {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight)) return undefined;
  // Taken with the offset of that clock time as if it were UTC, then with the offset found there: a change of the clocks may lie between.
  const guess = midnight - offsetMs(midnight, zone);
  return new Date(midnight - offsetMs(guess, zone)).toISOString();
}

function offsetMs(at: number, zone: string): number {
  const offset = OFFSET.exec(civilOf(new Date(at).toISOString(), zone).offset);
  if (!offset) return 0;
  const minutes = Number(offset[2]) * 60 + Number(offset[3]);
  return (offset[1] === '-' ? -minutes : minutes) * MINUTE_MS;
}

/** The offset at the end of the API's local period (`…+08:00`, `…Z`) as what `civilOf` takes for a zone. */
export function offsetZone(local: string): string {
  const offset = /([+-]\d{2}):?(\d{2})(?:\[.*\])?$/.exec(local);
  return offset ? `${offset[1]}:${offset[2]}` : 'UTC';
}

export type Span = Readonly<{ unit: 'ms' | 's' | 'm' | 'h' | 'd'; a: number; b: number }>;

/** A length of time in its two largest units (1 h 5 min: `{unit: 'h', a: 1, b: 5}`); below a minute with one decimal below 10 s. */
export function spanOf(ms: number): Span {
  const s = Math.max(0, ms) / 1000;
  if (s < 1) return { unit: 'ms', a: Math.round(s * 1000), b: 0 };
  if (s < 60) return { unit: 's', a: s < 10 ? Math.round(s * 10) / 10 : Math.round(s), b: 0 };
  const whole = Math.round(s);
  if (whole < 3600) return { unit: 'm', a: Math.floor(whole / 60), b: whole % 60 };
  if (whole < 86_400) return { unit: 'h', a: Math.floor(whole / 3600), b: Math.floor((whole % 3600) / 60) };
  return { unit: 'd', a: Math.floor(whole / 86_400), b: Math.floor((whole % 86_400) / 3600) };
}

const RELATIVE = /^now(?:-(\d{1,4})([mhd]))?$/;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Whether a text is a moment a filter takes: relative to now, a day, or an instant. */
export const isInstantText = (text: string): boolean => RELATIVE.test(text) || !Number.isNaN(Date.parse(text));

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * `now-24h` and instants as RFC 3339 UTC; relative ones stay relative in the address, so a shared link moves on. A bare date is the
 * beginning of that day in `zone`, the project's.
 */
export function resolveInstant(text: string | undefined, now: number, zone = 'UTC'): string | undefined {
  if (text === undefined) return undefined;
  if (DAY.test(text)) return dayStart(text, zone);
  const relative = RELATIVE.exec(text);
  const ms = relative ? now - Number(relative[1] ?? 0) * (UNIT_MS[relative[2] ?? 'm'] ?? 0) : Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
