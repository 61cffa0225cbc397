import { globOf } from '../../glob.js';
import { type Graph, type Place, placeKey } from './affected.js';

// What a cascade reaches: from some periods along the needs of all jobs, across cadences, every period that awaits one of them or one behind them.
// First by the calendar alone (`reach`), then by what is there (`chooseMembers`). Pure: no clock, no database.

/** How far a cascade goes. A job outside is not run, and nothing behind it through it. */
export type Limits = Readonly<{
  /** Only jobs in one of these folders, or below; empty: all. */
  folders: readonly string[];
  /** Only jobs that this glob meets; null: all. */
  jobs: string | null;
  /** Only jobs so many needs away from a job that is asked; what a job needs of itself does not count. Null: all. */
  depth: number | null;
  /** Only periods before this instant; null: all. */
  until: number | null;
}>;

/** A period that is reached. `feeds`: the reached ones that await it. */
export type Reached = Place & Readonly<{ start: boolean; feeds: readonly Feed[] }>;
type Feed = Readonly<{ key: string; own: boolean }>;

type Estate = Readonly<{ graph: Graph; isOpen: (job: string) => boolean; now: number; most: number }>;

/**
 * Every period up to `now` that the starts reach within the limits, by its key; undefined when there are more than `most`. A closed job ends
 * its way unless it is asked itself.
 */
export function reach(
  { graph, isOpen, now, most }: Estate,
  starts: readonly Place[],
  limits: Limits,
): ReadonlyMap<string, Reached> | undefined {
  const jobs = jobsWithin(graph, isOpen, new Set(starts.map(({ job }) => job)), limits);
  const before = Math.min(now + 1, limits.until ?? Infinity);
  const reached = new Map<string, Place & { start: boolean; feeds: Feed[] }>();
  for (const { job, period } of starts) reached.set(placeKey({ job, period }), { job, period, start: true, feeds: [] });
  // A map is walked in the order of its making, and what is added meanwhile is walked too.
  for (const one of reached.values())
    for (const { job, period, own } of graph.dependents(one, before, most + 1)) {
      const key = placeKey({ job, period });
      if (!reached.has(key)) {
        if (!jobs.has(job)) continue;
        if (reached.size >= most) return undefined;
        reached.set(key, { job, period, start: false, feeds: [] });
      }
      one.feeds.push({ key, own });
    }
  return reached;
}

/** The jobs that may be run behind the starts, by how many needs lie between. */
function jobsWithin(
  graph: Graph,
  isOpen: (job: string) => boolean,
  starts: ReadonlySet<string>,
  { folders, jobs, depth }: Limits,
): ReadonlySet<string> {
  const meets = globOf(jobs ?? '**');
  const isIn = (job: string): boolean =>
    isOpen(job) && meets(job) && (folders.length === 0 || folders.some((folder) => job.startsWith(`${folder}/`)));
  const within = new Set([...starts].filter(isIn));
  let edge: readonly string[] = [...starts];
  for (let away = 1; edge.length > 0 && away <= (depth ?? Infinity); away += 1) {
    const next = new Set(edge.flatMap((job) => graph.downstream(job)).filter((job) => isIn(job) && !within.has(job)));
    for (const job of next) within.add(job);
    edge = [...next];
  }
  return within;
}

/**
 * What becomes of a reached period: it is run; it stays as it is, and its own next one awaits the one before it in its stead; it stays, and what is
 * behind it is looked at all the same; it ends the way.
 */
export type Role = 'member' | 'passed-over' | 'left' | 'end';

/** A period that is run, and the members that it awaits. */
export type Member = Place & Readonly<{ start: boolean; after: readonly Place[] }>;

/** The reached periods that are run, each once, in the order in which they are reached. */
export function chooseMembers(
  reached: ReadonlyMap<string, Reached>,
  roleOf: (place: Reached) => Role,
): readonly Member[] {
  const roles = new Map([...reached].map(([key, one]) => [key, roleOf(one)]));
  const after = new Map<string, Set<string>>();
  const open = [...reached.values()].filter(({ start }) => start).map(placeKey);
  const seen = new Set(open);
  for (const key of open)
    for (const feed of fedBy(key)) {
      if (roles.get(key) === 'member' && roles.get(feed) === 'member')
        after.set(feed, (after.get(feed) ?? new Set()).add(key));
      if (seen.has(feed)) continue;
      seen.add(feed);
      open.push(feed);
    }
  return open
    .filter((key) => roles.get(key) === 'member')
    .map((key) => {
      const { job, period, start } = reached.get(key)!;
      const awaited = [...(after.get(key) ?? [])].map((one) => reached.get(one)!);
      return { job, period, start, after: awaited.map((one) => ({ job: one.job, period: one.period })) };
    });

  /** Whom a period feeds that the way goes on with; where its own next one is passed over, the one after that has it. */
  function* fedBy(key: string): Generator<string> {
    for (const feed of reached.get(key)!.feeds)
      for (let at: Feed | undefined = feed; at !== undefined; at = at.own ? ownOf(at.key) : undefined) {
        const role = roles.get(at.key)!;
        if (role === 'member' || role === 'left') yield at.key;
        if (role !== 'passed-over') break;
      }
  }

  /** Behind a period of its own job that is passed over: the next one that awaits it. */
  function ownOf(key: string): Feed | undefined {
    return reached.get(key)!.feeds.find(({ own }) => own);
  }
}
