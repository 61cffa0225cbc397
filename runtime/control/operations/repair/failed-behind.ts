import { invalid } from '../../../errors.js';
import type { Database } from '../../../store/database.js';
import { databaseNow } from '../../../store/ledger.js';
import { type Standing, standingsOf } from '../../../store/period-standing.js';
import type { Deployed } from '../../deployed.js';
import { graphOf, type Place, placeKey } from './affected.js';
import { factKeyOf, type Planned } from './describe.js';

// What a recover finds behind the periods that it runs again. Few of them failed as a rule, so it asks the database from step to step and does not
// unroll the whole graph.

const MOST = 10_000;

/**
 * The periods behind `asked` that failed or timed out, found from one to the next through what failed or waits. Throws `invalid` where more than
 * ten thousand would have to be looked at.
 */
export async function failedBehind(
  database: Database,
  deployed: Deployed,
  asked: readonly Planned[],
): Promise<readonly Planned[]> {
  const graph = graphOf(deployed.jobs);
  const before = (await databaseNow(database)).getTime() + 1;
  const found = new Map<string, Planned>();
  const seen = new Set(asked.map(placeKey));
  const after = new Map<string, Place[]>();
  for (let edge: readonly Place[] = asked; edge.length > 0; ) {
    const next: Place[] = [];
    for (const from of edge)
      for (const { job, period } of graph.dependents(from, before, MOST)) {
        const key = placeKey({ job, period });
        after.set(key, [...(after.get(key) ?? []), from]);
        if (seen.has(key) || !deployed.byPath.get(job)!.body.enabled) continue;
        seen.add(key);
        next.push({ job, period });
      }
    refuseTooMany(seen.size);
    edge = await goesOn(next);
  }
  const kept = new Set([...seen].filter((key) => found.has(key)));
  for (const one of asked) kept.add(placeKey(one));
  return [...found].map(([key, one]) => ({
    ...one,
    after: after.get(key)!.filter((from) => kept.has(placeKey(from))),
  }));

  /** Keeps what failed, and answers behind what the way goes on. */
  async function goesOn(places: readonly Place[]): Promise<readonly Place[]> {
    const stands = await standingsOf(
      database,
      places.map((place) => factKeyOf(deployed, place)),
    );
    return places.filter((place, i) => {
      const one = stands[i]!;
      const isOwed = isFailed(one) && one.owed === null && one.turn === null;
      if (isOwed) found.set(placeKey(place), owedAs(place, one));
      return isOwed || one.owed !== null;
    });
  }
}

export const isFailed = ({ fact }: Standing): boolean => fact === 'failed' || fact === 'timed_out';

const owedAs = (place: Place, stands: Standing): Planned => ({
  ...place,
  ...{ after: [], action: 'run after its needs', runs: true, stands },
  why: `was ${stands.fact}, behind what is run again`,
});

function refuseTooMany(count: number): void {
  if (count > MOST)
    throw invalid(`more than ${MOST} periods lie behind what is asked, the most that one recover looks at`, {
      help: 'ask for fewer periods, or leave out what is behind them: --downstream none',
    });
}
