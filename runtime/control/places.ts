import { lockStandings } from '../store/backfill.js';
import type { Transaction } from '../store/database.js';
import { takeHolds } from '../store/hold.js';
import type { Candidate, WaitsOn } from '../store/run.js';
import { byDirection, countsIn, freePlaces } from './backfill-pace.js';
import { takesHold } from './overlap.js';
import { priorityOf } from './priority.js';
import { byPriority, freeSlots, isPooled, type Short, type Slots } from './slots.js';

// What a run takes when it is queued: its job's hold, a place in its operation, slots of its pools. All of them, or none.

type Places = Readonly<{
  queued: ReadonlySet<string>;
  blocked: ReadonlyMap<string, WaitsOn>;
  /** The pool that had not enough, of those blocked by one. */
  short: ReadonlyMap<string, Short>;
}>;

/**
 * A candidate is queued when it has its job's hold, a place in its operation and its slots, or it takes none of them: a hold in the hands of
 * a run that cannot start would stop the next one, and nobody would wake that. Lowest period first, highest in a backfill that goes backward. Whose hold is another run's leaves its
 * place and slots to the next one, so it is chosen again until nobody gives any back.
 */
export async function takePlaces(tx: Transaction, ready: readonly Candidate[]): Promise<Places> {
  const queued = new Set<string>();
  const blocked = new Map<string, WaitsOn>();
  const slots = await freeSlots(tx, ready);
  const standings = new Map((await lockStandings(tx, limited(ready))).map((one) => [one.operation, one]));
  const places = new Map([...standings].map(([operation, one]) => [operation, freePlaces(one)]));
  const left: Left = { places, slots, short: new Map() };
  for (let open = byDirection(byPriority(ready, priorityOf), standings); open.length > 0; ) {
    const chosen = choose(open, left, blocked);
    const wanted = chosen.filter(takesHold);
    const held = await takeHolds(
      tx,
      wanted.map((one) => ({ job: one.job, run: one.id })),
    );
    const refused = wanted.filter((one) => !held.has(one.id));
    for (const one of refused) {
      blocked.set(one.id, 'overlap');
      if (countsIn(one)) places.set(one.operation!, placesOf(one, places) + 1);
      slots.giveBack(one);
    }
    for (const one of chosen) if (!blocked.has(one.id)) queued.add(one.id);
    const isFree = refused.some((one) => countsIn(one) || isPooled(one));
    open = isFree ? open.filter((one) => ['parallel', 'pool'].includes(blocked.get(one.id)!)) : [];
  }
  return { queued, blocked, short: left.short };
}

type Left = Readonly<{ places: Map<string, number>; slots: Slots; short: Map<string, Short> }>;

/** Who might start, one for each job that wants no overlap; the others are noted in `blocked`, and places and slots are taken from what is left. */
function choose(
  open: readonly Candidate[],
  { places, slots, short }: Left,
  blocked: Map<string, WaitsOn>,
): readonly Candidate[] {
  const jobs = new Set<string>();
  return open.filter((one) => {
    blocked.delete(one.id);
    const held = takesHold(one) && jobs.has(one.job);
    const full = countsIn(one) && placesOf(one, places) === 0;
    const lacking = slots.shortFor(one);
    if (lacking) short.set(one.id, lacking);
    if (held || full || lacking) {
      blocked.set(one.id, held ? 'overlap' : full ? 'parallel' : 'pool');
      return false;
    }
    if (takesHold(one)) jobs.add(one.job);
    if (countsIn(one)) places.set(one.operation!, placesOf(one, places) - 1);
    slots.take(one);
    return true;
  });
}

const limited = (ready: readonly Candidate[]): readonly string[] => [
  ...new Set(ready.filter(countsIn).map((candidate) => candidate.operation!)),
];

const placesOf = (candidate: Candidate, places: ReadonlyMap<string, number>): number =>
  places.get(candidate.operation!) ?? 0;
