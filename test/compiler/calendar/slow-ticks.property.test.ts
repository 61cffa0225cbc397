import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Calendar, parseCron, ticks } from '../../../compiler/calendar/index.js';
import { calendarOf } from './calendars.js';
import { slowTicks, type Walk, wallClock } from './slow-ticks.js';

// Chance crons of both dialects, in all zones that this machine knows, in stretches of 1970 to 2100: anywhere, around clock changes, and where
// years, months and Februaries end. What the engine finds there is what the walk finds. A find is made again with the seed in the test's name.

const SEED = Number(process.env.CALENDAR_SEED ?? Date.now() % 1_000_000);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const [FIRST, LAST] = [Date.UTC(1970, 0, 1), Date.UTC(2101, 0, 1)];
const ZONES = Intl.supportedValuesOf('timeZone');

const whole = (min: number, max: number) => fc.integer({ min, max });

/** Items of a field that admit `value`, and others; so most crons fire where somebody looks. */
const field = (value: number, min: number, max: number, wraps = false) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: fc.constant(String(value)) },
    { weight: 1, arbitrary: whole(min, max).map(String) },
    { weight: 2, arbitrary: whole(1, Math.max(2, Math.floor((max - min) / 2))).map((step) => `*/${step}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(whole(min, value), whole(value, max), fc.option(whole(1, 5)))
        .map(([from, to, step]) => `${from}-${to}${step && step <= max - min ? `/${step}` : ''}`),
    },
    { weight: wraps ? 2 : 0, arbitrary: fc.tuple(whole(value, max), whole(min, value)).map(([a, b]) => `${a}-${b}`) },
    {
      weight: 1,
      arbitrary: fc
        .uniqueArray(whole(min, max), { minLength: 1, maxLength: 3 })
        .map((others) => [...new Set([value, ...others])].join()),
    },
  );

type Moment = Readonly<{ zone: string; at: number }>;

/** Clock changes of a zone in a year, to the minute. */
function changes(zone: string, year: number): readonly number[] {
  const offset = (instant: number) => wallClock(zone, instant) - instant;
  const found: number[] = [];
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += DAY) {
    if (offset(day) === offset(day + DAY)) continue;
    let [same, differs] = [day, day + DAY];
    while (differs - same > MINUTE) {
      const middle = Math.floor((same + differs) / 2 / MINUTE) * MINUTE;
      if (offset(middle) === offset(day)) same = middle;
      else differs = middle;
    }
    found.push(differs);
  }
  return found;
}

/** A moment that a stretch lies around: `near` keeps it within so much of what makes it special. */
const moment = (near: number): fc.Arbitrary<Moment> =>
  fc
    .record({
      zone: fc.constantFrom(...ZONES),
      kind: fc.constantFrom('any', 'change', 'change', 'end'),
      year: fc.oneof(whole(1970, 2100), fc.constantFrom(1970, 2000, 2024, 2100)),
      date: fc.constantFrom('-02-28', '-03-01', '-12-31', '-01-01', '-04-30', '-10-31'),
      n: whole(0, 9),
      anywhere: whole(FIRST / MINUTE, LAST / MINUTE - 1),
      aside: whole(-near / MINUTE, near / MINUTE),
    })
    .map(({ zone, kind, year, date, n, anywhere, aside }) => {
      const found = kind === 'change' ? changes(zone, year) : [];
      const special = kind === 'end' ? Date.parse(`${year}${date}T23:00:00Z`) : found[n % Math.max(1, found.length)];
      const at = special === undefined ? anywhere * MINUTE : special + aside * MINUTE;
      return { zone, at: Math.min(Math.max(at, FIRST), LAST - MINUTE) };
    });

/** What the wall clock shows there, field by field. */
function fieldsAt({ zone, at }: Moment) {
  const shown = new Date(wallClock(zone, at));
  const [second, minute, hour] = [shown.getUTCSeconds(), shown.getUTCMinutes(), shown.getUTCHours()];
  return { second, minute, hour, date: shown.getUTCDate(), month: shown.getUTCMonth() + 1, weekday: shown.getUTCDay() };
}

const unixText = (at: Moment): fc.Arbitrary<string> => {
  const { minute, hour, date, month, weekday } = fieldsAt(at);
  return fc
    .tuple(field(minute, 0, 59), field(hour, 0, 23), field(date, 1, 31), field(month, 1, 12), field(weekday, 0, 7))
    .map((fields) => fields.join(' '));
};

const named = fc.oneof(
  fc.constantFrom('L', 'LW', 'L-3W'),
  whole(0, 30).map((back) => `L-${back}`),
  whole(1, 31).map((day) => `${day}W`),
);
const namedWeekday = fc.oneof(
  fc.constant('L'),
  whole(1, 7).map((day) => `${day}L`),
  fc.tuple(whole(1, 7), whole(1, 5)).map(([day, nth]) => `${day}#${nth}`),
);

/** `day`: only plain days, or also those that `L`, `W` and `#` name. */
const quartzText = (at: Moment, seconds: fc.Arbitrary<string>, day: 'plain' | 'named'): fc.Arbitrary<string> => {
  const { minute, hour, date, month, weekday } = fieldsAt(at);
  const dates = day === 'named' ? named : field(date, 1, 31, true);
  const weekdays = day === 'named' ? namedWeekday : field(weekday + 1, 1, 7, true);
  return fc
    .record({
      ...{ second: seconds, minute: field(minute, 0, 59, true), hour: field(hour, 0, 23, true) },
      ...{ month: day === 'named' ? fc.constant('*') : field(month, 1, 12, true), byDate: fc.boolean() },
      ...{ dates, weekdays, year: fc.constantFrom('', '', ' 1970-2100', ` ${new Date(at.at).getUTCFullYear()}`) },
    })
    .map(
      (one) =>
        `${one.second} ${one.minute} ${one.hour} ${one.byDate ? one.dates : '?'} ${one.month} ${one.byDate ? '?' : one.weekdays}${one.year}`,
    );
};

const isReadable = (text: string) => parseCron(text).ok;

/** Walks around chance moments: `most` long, over one or more crons made for the moment. */
const walks = (
  { near, most, by }: Readonly<{ near: number; most: number; by: Walk['by'] }>,
  text: (at: Moment) => fc.Arbitrary<string>,
): fc.Arbitrary<Walk> =>
  moment(near).chain((at) =>
    fc
      .record({
        texts: fc.array(text(at).filter(isReadable), { minLength: 1, maxLength: 2 }),
        before: whole(0, most / MINUTE / 2),
        length: whole(1, most / MINUTE / 2),
      })
      .map(({ texts, before, length }) => {
        const from = Math.max(at.at - before * MINUTE, FIRST);
        return { texts, zone: at.zone, from, to: Math.min(at.at + length * MINUTE, LAST), by };
      }),
  );

const UNIX = walks({ near: 20 * HOUR, most: 6 * DAY, by: 'minute' }, unixText);
const QUARTZ = walks({ near: 90 * MINUTE, most: 2 * HOUR, by: 'second' }, (at) =>
  quartzText(at, field(fieldsAt(at).second, 0, 59, true), 'plain'),
);
const NAMED_DAYS = walks({ near: 20 * HOUR, most: 16 * DAY, by: 'minute' }, (at) =>
  quartzText(at, fc.constant('0'), 'named'),
);

type Evaluator = (calendar: Calendar, from: number, to: number) => readonly number[];

/** Whether an evaluator finds what the walk finds, and how many walks had a tick at all. */
function agreement(chance: fc.Arbitrary<Walk>, evaluate: Evaluator, how: fc.Parameters<[Walk]>) {
  let fired = 0;
  const report = fc.check(
    fc.property(chance, (walk) => {
      const found = slowTicks(walk);
      if (found.length > 0) fired += 1;
      expect(evaluate(calendarOf(walk.texts, walk.zone), walk.from, walk.to)).toEqual(found);
    }),
    how,
  );
  return { report, fired };
}

test.each([
  { name: 'Unix crons', chance: UNIX, cases: 700 },
  { name: 'Quartz crons with seconds', chance: QUARTZ, cases: 250 },
  { name: 'the days that L, W and # name', chance: NAMED_DAYS, cases: 150 },
])(
  `ticks of $name are those of a walk along the wall clock, $cases chance cases of 1970 to 2100 (CALENDAR_SEED=${SEED})`,
  ({ chance, cases }) => {
    const { report, fired } = agreement(chance, ticks, { numRuns: cases, seed: SEED });
    expect(report.failed, fc.defaultReportMessage(report) ?? '').toBe(false);
    // Walks in which nothing fires would prove little.
    expect(fired).toBeGreaterThan(cases * 0.3);
  },
);

test('the walk sees an evaluator that is wrong about one thing', () => {
  const isLeapDay = (zone: string, at: number) => new Date(wallClock(zone, at)).toISOString().slice(5, 10) === '02-29';
  const offset = (zone: string, at: number) => wallClock(zone, at) - at;
  const wrong: Readonly<Record<string, Evaluator>> = {
    'no 29 February': (calendar, from, to) => ticks(calendar, from, to).filter((at) => !isLeapDay(calendar.zone, at)),
    'a repeated time twice': (calendar, from, to) => {
      const found = ticks(calendar, from, to);
      const repeated = found
        .filter((at) => offset(calendar.zone, at) > offset(calendar.zone, at + HOUR))
        .map((at) => at + HOUR);
      return [...new Set([...found, ...repeated])].filter((at) => at < to).sort((a, b) => a - b);
    },
    'a missing time left out': (calendar, from, to) =>
      ticks(calendar, from, to).filter((at) => offset(calendar.zone, at - 1000) >= offset(calendar.zone, at)),
    'the last instant of a range counted': (calendar, from, to) => ticks(calendar, from, to + 1000),
  };
  for (const [name, evaluate] of Object.entries(wrong))
    expect([name, agreement(UNIX, evaluate, { numRuns: 3000, seed: 1, endOnFailure: true }).report.failed]).toEqual([
      name,
      true,
    ]);
});

test.each([
  ['30 * * * *', 'America/New_York', '2026-11-01T04:00', 4],
  ['30 0-2 * * *', 'America/New_York', '2026-11-01T04:00', 3],
  ['30 2 * * *', 'America/New_York', '2026-03-08T04:00', 1],
  ['30 2 * * *', 'Pacific/Apia', '2011-12-30T08:00', 0],
  ['0 0 29 2 *', 'UTC', '2100-02-28T22:00', 0],
  ['0 0 29 2 *', 'UTC', '2096-02-28T22:00', 1],
])('the walk itself: `%s` in %s from %s fires so often within four hours', (text, zone, start, count) => {
  const from = Date.parse(`${start}Z`);
  expect(slowTicks({ texts: [text], zone, from, to: from + 4 * HOUR, by: 'minute' })).toHaveLength(count);
});
