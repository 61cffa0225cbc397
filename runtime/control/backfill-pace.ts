import { closesAt, isOpen, opensAt } from '../../compiler/calendar/index.js';
import { readBackfill, readStandings, type Standing } from '../store/backfill.js';
import type { Transaction } from '../store/database.js';
import { databaseNow } from '../store/ledger.js';
import { dropOpening, owePages } from '../store/outbox.js';
import { type Candidate, waitingForParallel } from '../store/run.js';

// How many members of a backfill may be under way, now: none while it is paused or given up, or while the clock stands outside its window;
// else as many as it was given. What keeps them from starting is looked at when they are admitted, and again at the doors behind that.

type Pace = Pick<Standing, 'isPaused' | 'isCancelled' | 'window' | 'zone' | 'now'>;

/** Whether members may start at all. */
export const mayStart = ({ isPaused, isCancelled, window, zone, now }: Pace): boolean =>
  !isPaused && !isCancelled && (window === null || isOpen(window, zone, now.getTime()));

/** Places that are free. */
export const freePlaces = (standing: Standing): number =>
  mayStart(standing) ? Math.max(0, standing.parallel - standing.busy) : 0;

/** Whether a run counts in its backfill: what a person asks of it by hand does not. */
export const countsIn = (candidate: Candidate): boolean =>
  candidate.operation !== null && candidate.operationKind === 'backfill' && candidate.liveTrigger !== 'manual';

/** Candidates in the order of their backfills: of those that go backward the later period stands first, each among its own. */
export function byDirection(
  ready: readonly Candidate[],
  standings: ReadonlyMap<string, Standing>,
): readonly Candidate[] {
  const isBackward = (one: Candidate): boolean =>
    countsIn(one) && standings.get(one.operation!)?.direction === 'backward';
  const turned = new Map<string, Candidate[]>();
  for (const one of ready.filter(isBackward)) turned.set(one.operation!, [one, ...(turned.get(one.operation!) ?? [])]);
  return ready.map((one) => (isBackward(one) ? turned.get(one.operation!)!.shift()! : one));
}

/** Why a member that was admitted may not begin any more; undefined: it may. */
export async function stoppedBy(
  tx: Transaction,
  turn: Readonly<{ trigger: string; operation: string | null }>,
): Promise<string | undefined> {
  if (turn.trigger !== 'backfill' || turn.operation === null) return undefined;
  const [standing] = await readStandings(tx, [turn.operation]);
  if (standing === undefined || mayStart({ ...standing, isCancelled: false })) return undefined;
  return standing.isPaused
    ? `backfill ${turn.operation} is paused`
    : `backfill ${turn.operation} starts nothing at this time of day`;
}

/** Whoever waits for a place in a backfill is looked at in transactions of its own. */
export const owePlaces = (tx: Transaction, project: string, operation: string): Promise<void> =>
  owePages(tx, { kind: 'places', project, body: { operation } });

/** Somebody waits for a place that is free: those that were looked at lack something else, or there are more of them. */
export async function owePlacesIfFree(tx: Transaction, project: string, operation: string): Promise<void> {
  const [standing] = await readStandings(tx, [operation]);
  if (standing === undefined || freePlaces(standing) === 0) return;
  if ((await waitingForParallel(tx, operation, 1)).length > 0) await owePlaces(tx, project, operation);
}

/** Owes a look at a backfill when its window opens next, after the one that is open now; nothing when it has none, or is finished. */
export async function oweOpening(tx: Transaction, operation: string): Promise<void> {
  await dropOpening(tx, operation);
  const row = await readBackfill(tx, operation);
  if (row === undefined || row.window === null || row.finishedAt !== null) return;
  const now = (await databaseNow(tx)).getTime();
  const closes = isOpen(row.window, row.zone, now) ? closesAt(row.window, row.zone, now) : now;
  if (closes === null) return;
  const due = new Date(opensAt(row.window, row.zone, closes));
  await owePages(tx, { kind: 'places', project: row.project, body: { operation, window: true }, due });
}
