import { localOf, offsetAt } from '../calendar/index.js';

/** An offset of a zone and the months (1–12, by UTC) in which it is ever in force. */
export type Offset = Readonly<{ minutes: number; months: ReadonlySet<number> }>;

/** A clock set forward: the first valid instant after the gap, as UTC fields, and the local minutes of the day that are missing. */
export type Gap = Readonly<{
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  missing: Readonly<{ from: number; to: number }>;
}>;

export type ZoneChanges = Readonly<{ offsets: readonly Offset[]; gaps: readonly Gap[] }>;

const FIRST = Date.UTC(2020, 0, 1);
const LAST = Date.UTC(2050, 0, 1);
const [MINUTE, DAY] = [60_000, 86_400_000];
const known = new Map<string, ZoneChanges | null>();

/**
 * How a zone's clock changes in 2020–2050; null when it never does, and local time is the same in Temporal and here. What governments decide later
 * arrives with a new zone database and a new deployment; the ledger starts what is missed until then.
 */
export function changesOf(zone: string): ZoneChanges | null {
  let changes = known.get(zone);
  if (changes === undefined) {
    changes = observe(zone);
    known.set(zone, changes);
  }
  return changes;
}

function observe(zone: string): ZoneChanges | null {
  const months = new Map<number, Set<number>>();
  const gaps = new Map<string, Gap>();
  for (let at = FIRST; at < LAST; at += DAY) {
    const offset = offsetAt(zone, at);
    const next = offsetAt(zone, at + DAY);
    // A change within the day may lie on either side of a month's end.
    for (const value of [offset, next])
      for (const instant of [at, at + DAY]) {
        const seen = months.get(value) ?? new Set<number>();
        months.set(value, seen.add(new Date(instant).getUTCMonth() + 1));
      }
    if (next > offset) {
      const gap = gapBetween(zone, at, at + DAY);
      gaps.set(JSON.stringify(gap), gap);
    }
  }
  if (months.size < 2) return null;
  const offsets = [...months].map(([offset, seen]) => ({ minutes: offset / MINUTE, months: seen }));
  return { offsets: offsets.sort((a, b) => a.minutes - b.minutes), gaps: [...gaps.values()] };
}

function gapBetween(zone: string, from: number, to: number): Gap {
  const before = offsetAt(zone, from);
  let [same, differs] = [from, to];
  while (differs - same > 1000) {
    const middle = Math.floor((same + differs) / 2000) * 1000;
    if (offsetAt(zone, middle) === before) same = middle;
    else differs = middle;
  }
  const utc = new Date(differs);
  const first = localOf(zone, differs);
  const end = first.hour * 60 + first.minute;
  const missing = { from: end - (offsetAt(zone, differs) - before) / MINUTE, to: end };
  return {
    month: utc.getUTCMonth() + 1,
    day: utc.getUTCDate(),
    hour: utc.getUTCHours(),
    minute: utc.getUTCMinutes(),
    second: utc.getUTCSeconds(),
    missing,
  };
}
