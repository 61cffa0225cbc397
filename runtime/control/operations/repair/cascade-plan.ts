import type { RepairPlan } from '../../../api/contract.js';
import { invalid } from '../../../errors.js';
import { databaseNow } from '../../../store/ledger.js';
import { CANCEL_AND_RUN, RUN_AFTER_NEEDS } from '../../../store/member.js';
import { awaitersOf } from '../../../store/need.js';
import { type Standing, standingsOf } from '../../../store/period-standing.js';
import type { ControlContext } from '../../context.js';
import type { CascadeRequest } from '../../control.js';
import type { Deployed } from '../../deployed.js';
import { membersNamed } from '../range.js';
import { graphOf, type Place, placeKey } from './affected.js';
import { factKeyOf, frozenJobs, type Planned } from './describe.js';
import { chooseMembers, type Member, type Reached, type Role, reach } from './reach.js';
import { inOrder } from './sequence.js';

// What a cascade would do, as it stands now: which periods are members, what is done with each and why.

/** More than anybody means to run; a plan of so many takes some seconds. */
export const MOST_MEMBERS = 100_000;
const LISTED = 1000;

export type CascadePlanned = Readonly<{ ordered: readonly Planned[]; waiting: RepairPlan['waiting'] }>;

/** The members in the order in which they run. Throws `invalid` and `not-found` for starts that are none, and where it reaches too far. */
export async function planCascade(
  { database }: ControlContext,
  deployed: Deployed,
  request: CascadeRequest,
): Promise<CascadePlanned> {
  const now = (await databaseNow(database)).getTime();
  const starts = startsOf(deployed, request, now);
  const isOpen = (job: string): boolean => deployed.byPath.get(job)!.body.enabled;
  const estate = { graph: graphOf(deployed.jobs), isOpen, now, most: MOST_MEMBERS };
  const reached = reach(estate, starts, request.limits);
  if (reached === undefined)
    throw invalid(`it reaches more than ${MOST_MEMBERS} periods, the most that one cascade takes`, {
      help: 'limit it: --folder, --job, --depth, --until',
    });
  const places = [...reached.values()];
  const rows = await standingsOf(
    database,
    places.map((place) => factKeyOf(deployed, place)),
  );
  const stands = new Map(places.map((place, i) => [placeKey(place), rows[i]!]));
  const standsOf = (place: Place): Standing => stands.get(placeKey(place))!;
  const members = chooseMembers(reached, (place) => roleOf(deployed, place, standsOf(place), request.onlyFailed));
  const frozen = await frozenJobs(database, deployed, new Set(members.map(({ job }) => job)));
  const ordered = inOrder(members.map((member) => planned(deployed, request, member, standsOf(member), frozen)));
  return { ordered, waiting: await waitingFor() };

  /** Production that is no member and had its need met, or waits for it still: it will wait for the new data. */
  async function waitingFor(): Promise<RepairPlan['waiting']> {
    const ours = new Set(members.map((member) => standsOf(member).run));
    const found = await awaitersOf(
      database,
      members.map((member) => factKeyOf(deployed, member)),
      LISTED + members.length,
    );
    return found
      .filter(({ run }) => !ours.has(run))
      .slice(0, LISTED)
      .map(({ run, path, period }) => ({ run, job: path, period: period.toISOString() }));
  }
}

function startsOf(deployed: Deployed, { starts }: CascadeRequest, now: number): readonly Place[] {
  const members = membersNamed(deployed, starts);
  const future = members.find(({ period }) => period > now);
  if (future !== undefined)
    throw invalid(`the tick of ${future.job.path}@${new Date(future.period).toISOString()} has not come`, {
      help: 'it will run by itself; a cascade begins with what has been due',
    });
  return members.map(({ job, period }) => ({ job: job.path, period }));
}

/** What becomes of a period, as it stands. */
function roleOf(deployed: Deployed, place: Reached, stands: Standing, onlyFailed: boolean): Role {
  const { fact, run, owed } = stands;
  const isDead = fact === 'failed' || fact === 'timed_out';
  if (place.start) return onlyFailed && !isDead && owed === null ? 'left' : 'member';
  if (fact === 'none' && (run === null || owed === null)) {
    // It was never there, or a run by hand was all there was: its tick is older than its job.
    if (place.period < deployed.byPath.get(place.job)!.firstInForceAt.getTime()) return 'end';
  }
  if (fact === 'skipped' && !isSkippedBehind(stands)) return 'passed-over';
  return onlyFailed && !isDead && owed === null ? 'left' : 'member';
}

/** Skipped only because what it needs was: that may run now. Whoever skipped it for another reason meant this period. */
const isSkippedBehind = ({ reasons }: Standing): boolean => reasons?.[0]?.kind === 'upstream-skipped';

function planned(
  deployed: Deployed,
  request: CascadeRequest,
  member: Member,
  stands: Standing,
  frozen: ReadonlyMap<string, string>,
): Planned {
  const isLive = stands.state === 'queued' || stands.state === 'running';
  const isWhole = !member.start && !hasHadItsNeeds(stands);
  const action = isLive && request.inFlight === 'cancel' ? CANCEL_AND_RUN : isWhole ? RUN_AFTER_NEEDS : 'run';
  const held = frozen.get(member.job);
  const closed = deployed.byPath.get(member.job)!.body.enabled ? [] : ['its job is closed: it runs all the same'];
  const why = [
    member.start ? 'asked' : `awaits ${behind(member)}`,
    standing(stands, request.inFlight),
    ...closed,
    ...(held === undefined ? [] : [`frozen (${held}): it waits for the end of that`]),
  ].join('; ');
  return { ...member, action, why, runs: true, stands };
}

/** Whether a run of it was admitted once by its needs: then only what is run anew is awaited anew. */
const hasHadItsNeeds = ({ factTurn, turn, trigger }: Standing): boolean =>
  factTurn !== null || (turn !== null && trigger !== 'manual');

function behind({ after }: Member): string {
  const [first, ...others] = after;
  if (first === undefined) return 'what stays as it is';
  const name = `${first.job}@${new Date(first.period).toISOString().replace('.000Z', 'Z')}`;
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}

function standing({ fact, state, run, owed, turn, waitsOn, markedBy }: Standing, inFlight: string): string {
  if (state === 'queued' || state === 'running')
    return inFlight === 'cancel' ? `it is ${state}: that is cancelled` : `it is ${state}: its end is awaited`;
  if (turn !== null) return `waits (${waitsOn ?? 'retry'}): that turn is given up`;
  if (owed !== null) return `waits (${waitsOn ?? owed}): it is taken over`;
  if (fact !== 'none') return markedBy === null ? `was ${fact}` : `was marked ${fact} by ${markedBy}`;
  return run === null ? 'has never run' : `was run by hand only (${state})`;
}
