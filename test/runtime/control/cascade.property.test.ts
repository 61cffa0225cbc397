import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CalendarForm, type Needing, ticks } from '../../../compiler/calendar/index.js';
import { compile } from '../../../compiler/index.js';
import type { Job, Need } from '../../../compiler/manifest/index.js';
import { graphOf, type Place, placeKey } from '../../../runtime/control/operations/repair/affected.js';
import { chooseMembers, type Limits, type Role, reach } from '../../../runtime/control/operations/repair/reach.js';
import { estimate, inOrder } from '../../../runtime/control/operations/repair/sequence.js';
import { jobTime } from '../../compiler/calendar/calendars.js';
import { slowNeeds } from '../../compiler/calendar/slow-needs.js';

// What a cascade reaches, and in which order, over random graphs of random cadences. The rule is written a second time, forwards and by brute force:
// a period is affected when it is asked, or when it awaits one that is; what a period awaits is asked of the rules of time taken word by word.

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 24, 9);
// A month and a week before the earliest start: a need reaches no further than that behind a later period.
const FROM = Date.UTC(2026, 9, 8);

let template: Job;
beforeAll(async () => {
  const text = (words: string) => new TextEncoder().encode(words);
  const { manifest } = await compile(
    new Map([
      ['hera.project.yaml', text('name: shop\nzone: UTC\n')],
      ['a.yaml', text('schedule: "0 0 * * *"\nrun: { shell: "true" }\n')],
    ]),
  );
  template = manifest!.jobs[0]!;
});

const times = new Map<string, Needing>();
function timeOf(cron: string, zone: string): Needing {
  const key = `${cron} ${zone}`;
  const known = times.get(key) ?? { ...jobTime(cron, zone), weekStart: 'monday' as const };
  times.set(key, known);
  return known;
}

const crons = fc.constantFrom(
  '5 * * * *',
  '0 */6 * * *',
  '30 2 * * *',
  '0 23 * * *',
  '0 9,17 * * *',
  '0 4 * * 1',
  '0 5 1 * *',
);
const zones = fc.constantFrom('UTC', 'Asia/Shanghai', 'America/New_York');
const forms: fc.Arbitrary<CalendarForm> = fc.constantFrom<CalendarForm>(
  'default',
  'nearest',
  { all: 'data' },
  { all: 'window' },
  { offset: -1 },
  { offset: -1, unit: 'day' },
  { last: 2 },
  { last: 2, unit: 'day' },
);

type Drawn = Readonly<{
  cron: string;
  zone: string;
  enabled: boolean;
  /** Of each job before it: the form by which it is needed, or not at all. */
  needs: readonly (CalendarForm | null)[];
  self: number | null;
}>;
const job = fc.record<Drawn>({
  cron: crons,
  zone: zones,
  enabled: fc.integer({ min: 0, max: 7 }).map((one) => one > 0),
  needs: fc.array(fc.option(forms, { nil: null, freq: 3 }), { minLength: 6, maxLength: 6 }),
  self: fc.option(fc.constantFrom(-1, -2), { nil: null, freq: 2 }),
});

type Estate = Readonly<{ jobs: ReadonlyMap<string, Job>; drawn: ReadonlyMap<string, Drawn> }>;
const nameOf = (i: number): string => `${i % 2 === 0 ? 'even' : 'odd'}/j${i}`;

function estateOf(all: readonly Drawn[]): Estate {
  const jobs = all.map(({ cron, zone, enabled, needs, self }, i): Job => {
    const time = timeOf(cron, zone);
    const of = { on: 'success', optional: false } as const;
    const upstream = all
      .slice(0, i)
      .flatMap((_, k): Need[] =>
        needs[k] == null ? [] : [{ kind: 'job', job: nameOf(k), periods: needs[k], ...of, whenNone: 'met' }],
      );
    const own: Need[] = self === null ? [] : [{ kind: 'self', offset: self, ...of }];
    return {
      ...{ ...template, id: nameOf(i), calendar: time.calendar, grain: time.grain, zone, weekStart: 'monday', enabled },
      needs: [...upstream, ...own],
    };
  });
  return {
    jobs: new Map(jobs.map((one) => [one.id, one])),
    drawn: new Map(all.map((one, i) => [nameOf(i), one])),
  };
}

/** All that a period awaits, by the rules word by word; in an estate's whole stretch of time. */
function awaitedBy({ jobs, drawn }: Estate, { id, needs }: Job, period: number): readonly Place[] {
  const timeAt = (path: string): Needing => timeOf(drawn.get(path)!.cron, drawn.get(path)!.zone);
  return needs.flatMap((need): Place[] => {
    if (need.kind === 'self') {
      const before = ticks(jobs.get(id)!.calendar!, FROM - 90 * DAY, period).at(need.offset);
      return before === undefined ? [] : [{ job: id, period: before }];
    }
    return slowNeeds(need.periods as CalendarForm, timeAt(id), timeAt(need.job), period).map((at) => ({
      job: need.job,
      period: at,
    }));
  });
}

/** Which jobs a cascade may run: brute force over all ways that lead to a job. */
function mayRun({ jobs }: Estate, starts: ReadonlySet<string>, { folders, depth }: Limits, path: string): boolean {
  const isIn = (one: string): boolean =>
    jobs.get(one)!.enabled && (folders.length === 0 || folders.some((folder) => one.startsWith(`${folder}/`)));
  if (!isIn(path)) return false;
  if (starts.has(path)) return true;
  const ways = (at: string, left: number): boolean =>
    left > 0 &&
    jobs.get(at)!.needs.some((need) => {
      if (need.kind === 'self') return false;
      return starts.has(need.job) || (isIn(need.job) && ways(need.job, left - 1));
    });
  return ways(path, depth ?? 100);
}

/** The affected periods and what each awaits of them: everything is listed, and looked at until nothing is added. */
function bruteForce(estate: Estate, starts: readonly Place[], limits: Limits): ReadonlyMap<string, readonly string[]> {
  const startJobs = new Set(starts.map(({ job: path }) => path));
  const all = [...estate.jobs.values()]
    .filter(({ id }) => mayRun(estate, startJobs, limits, id))
    .flatMap((one) =>
      ticks(one.calendar!, FROM, Math.min(NOW + 1, limits.until ?? Infinity)).map((period) => {
        const place = { job: one.id, period };
        return { key: placeKey(place), awaits: awaitedBy(estate, one, period).map(placeKey) };
      }),
    );
  const affected = new Set(starts.map(placeKey));
  for (let before = -1; before !== affected.size; ) {
    before = affected.size;
    for (const { key, awaits } of all) if (awaits.some((one) => affected.has(one))) affected.add(key);
  }
  const awaits = new Map(
    starts.map((start) => [
      placeKey(start),
      awaitedBy(estate, estate.jobs.get(start.job)!, start.period).map(placeKey),
    ]),
  );
  for (const one of all) if (affected.has(one.key)) awaits.set(one.key, one.awaits);
  return new Map([...awaits].map(([key, list]) => [key, [...new Set(list)].filter((one) => affected.has(one)).sort()]));
}

const limits = fc.record<Limits>({
  folders: fc.constantFrom<readonly string[]>([], [], ['even'], ['even', 'odd']),
  jobs: fc.constant(null),
  depth: fc.constantFrom(null, null, 1, 2),
  until: fc.constantFrom(null, null, Date.UTC(2026, 10, 23, 12)),
});
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** Starts of the last days, so that a month before them is in sight. */
function startsOf(estate: Estate, picks: readonly (readonly [number, number])[]): readonly Place[] {
  const paths = [...estate.jobs.keys()];
  const places = picks.flatMap(([which, when]): Place[] => {
    const path = paths[Math.floor(which * paths.length)]!;
    const at = ticks(estate.jobs.get(path)!.calendar!, NOW - 8 * DAY, NOW);
    const period = at[Math.floor(when * at.length)];
    return period === undefined ? [] : [{ job: path, period }];
  });
  return [...new Map(places.map((place) => [placeKey(place), place])).values()];
}
const picks = fc.array(fc.tuple(share, share), { minLength: 1, maxLength: 3 });
const drawn = fc.array(job, { minLength: 2, maxLength: 6 });

const reachOf = ({ jobs }: Estate, starts: readonly Place[], of: Limits) =>
  reach({ graph: graphOf(jobs), isOpen: (path) => jobs.get(path)!.enabled, now: NOW, most: 100_000 }, starts, of)!;

describe('a cascade over random graphs and cadences', () => {
  test('reaches exactly the periods that await an affected one, each once, and knows what each awaits of them', () => {
    fc.assert(
      fc.property(drawn, picks, limits, (all, chosen, of) => {
        const estate = estateOf(all);
        const starts = startsOf(estate, chosen);
        const expected = bruteForce(estate, starts, of);
        const members = chooseMembers(reachOf(estate, starts, of), () => 'member');
        expect(members.map(placeKey).sort()).toEqual([...expected.keys()].sort());
        for (const member of members) expect(member.after.map(placeKey).sort()).toEqual(expected.get(placeKey(member)));
      }),
      { numRuns: 20 },
    );
  });

  test('is drawn in estates that reach far and join', () => {
    const members = fc.sample(fc.tuple(drawn, picks, limits), { seed: 7, numRuns: 40 }).flatMap(([all, chosen, of]) => {
      const estate = estateOf(all);
      return chooseMembers(reachOf(estate, startsOf(estate, chosen), of), () => 'member');
    });
    expect(members.length).toBeGreaterThan(500);
    expect(members.filter(({ after }) => after.length > 1).length).toBeGreaterThan(50);
  });

  test('lists each period once, after all that it awaits, and takes as long as its longest way', () => {
    fc.assert(
      fc.property(drawn, picks, fc.boolean(), (all, chosen, alone) => {
        const estate = estateOf(all);
        const none = { folders: [], jobs: null, depth: null, until: null };
        const members = chooseMembers(reachOf(estate, startsOf(estate, chosen), none), () => 'member');
        const ordered = inOrder(members);
        const placeOf = new Map(ordered.map((one, i) => [placeKey(one), i]));
        expect(placeOf.size).toBe(members.length);
        for (const [i, one] of ordered.entries())
          for (const before of one.after) expect(placeOf.get(placeKey(before))).toBeLessThan(i);
        const { work, longest } = estimate(ordered, () => ({ ms: 1, alone }));
        expect(work).toBe(members.length);
        // The longest way by needs alone, counted from its end: by jobs that run alone it is no shorter.
        const deepest = new Map<string, number>();
        for (const one of ordered)
          deepest.set(placeKey(one), 1 + Math.max(0, ...one.after.map((before) => deepest.get(placeKey(before))!)));
        const byNeeds = Math.max(0, ...deepest.values());
        if (alone) expect(longest).toBeGreaterThanOrEqual(byNeeds);
        else expect(longest).toBe(byNeeds);
        if (alone)
          for (const path of estate.jobs.keys())
            expect(longest).toBeGreaterThanOrEqual(members.filter((one) => one.job === path).length);
      }),
      { numRuns: 60 },
    );
  });

  test('ends its way where a period ends it, and looks behind one that is left', () => {
    fc.assert(
      fc.property(drawn, picks, fc.array(fc.nat(9), { minLength: 50, maxLength: 50 }), (all, chosen, dice) => {
        const estate = estateOf(all);
        const starts = new Set(startsOf(estate, chosen).map(placeKey));
        const none = { folders: [], jobs: null, depth: null, until: null };
        const reached = reachOf(estate, startsOf(estate, chosen), none);
        const keys = [...reached.keys()];
        const roles = new Map(
          keys.map((key, i): [string, Role] => {
            const die = dice[i % dice.length]!;
            return [key, starts.has(key) || die > 3 ? 'member' : die > 1 ? 'left' : 'end'];
          }),
        );
        const expected = new Set(keys.filter((key) => starts.has(key)));
        for (let before = -1; before !== expected.size; ) {
          before = expected.size;
          for (const key of [...expected])
            for (const feed of reached.get(key)!.feeds) if (roles.get(feed.key) !== 'end') expected.add(feed.key);
        }
        const members = chooseMembers(reached, (place) => roles.get(placeKey(place))!);
        expect(members.map(placeKey).sort()).toEqual([...expected].filter((key) => roles.get(key) === 'member').sort());
      }),
      { numRuns: 60 },
    );
  });
});
