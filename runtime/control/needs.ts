import { awaited, firingCalendar, type Job, previousPeriod } from '../../compiler/manifest/index.js';
import type { Transaction } from '../store/database.js';
import type { DeployedJob } from '../store/deployment.js';
import type { FactKey } from '../store/fact.js';
import type { NeedRow } from '../store/need.js';
import { factStates, membersAmong } from '../store/run.js';
import type { Deployed } from './deployed.js';

// What a run awaits, by the calendar of one deployment: the compiler's rules give the upstream periods, this file what only the
// database knows: numbers, first deployments, skipped periods of the job itself, and who is a member of the same backfill.

export type Evaluated = FactKey & Readonly<{ id: string; operation: string | null }>;

// How far back a job looks for its own last period that was not skipped.
const SELF_STEPS = 400;

/** Whether a period of a job is one of an operation's members; known beforehand while they are being made. */
export type IsMember = (job: string, period: Date) => boolean;

/** The need rows of runs of one project. Members of an operation await only other members. */
export async function evaluateNeeds(
  tx: Transaction,
  deployed: Deployed,
  runs: readonly Evaluated[],
  isMember?: IsMember,
): Promise<readonly NeedRow[]> {
  const all: NeedRow[] = [];
  const selves: NeedRow[] = [];
  for (const run of runs) {
    const job = deployed.byNumber.get(run.job);
    if (job === undefined) continue;
    for (const need of needsOf(deployed, job, run)) (need.job === run.job ? selves : all).push(need);
  }
  if (isMember !== undefined) return [...all, ...selves].filter((need) => isMember(need.job, need.period));
  return restrictToMembers(tx, runs, [...all, ...(await passSkipped(tx, deployed, selves))]);
}

function* needsOf(deployed: Deployed, job: DeployedJob, run: Evaluated): Generator<NeedRow> {
  for (const [ord, wanted] of awaited(deployed.jobs, job.body, run.period.getTime()).entries()) {
    const upstream = deployed.byPath.get(wanted.job);
    if (upstream === undefined) continue;
    const self = upstream.number === job.number;
    for (const period of wanted.periods) {
      // A job's own period before it was first deployed never existed; in a backfill of those days the members decide.
      if (self && run.operation === null && period < job.firstInForceAt.getTime()) continue;
      yield {
        run: run.id,
        ord,
        project: run.project,
        job: upstream.number,
        period: new Date(period),
        mode: wanted.on,
        optional: wanted.optional,
      };
    }
  }
}

/** A job awaits its own last period that was not skipped: each skipped one passes the need on to the tick before. */
async function passSkipped(
  tx: Transaction,
  deployed: Deployed,
  selves: readonly NeedRow[],
): Promise<readonly NeedRow[]> {
  let open = selves;
  const settled: NeedRow[] = [];
  for (let step = 0; open.length > 0 && step < SELF_STEPS; step += 1) {
    const states = await factStates(tx, open);
    const skipped = open.filter((need) => states.get(keyOf(need)) === 'skipped');
    settled.push(...open.filter((need) => states.get(keyOf(need)) !== 'skipped'));
    open = skipped.flatMap((need) => tickBefore(deployed, need));
  }
  return settled;
}

function tickBefore(deployed: Deployed, need: NeedRow): readonly NeedRow[] {
  const job = deployed.byNumber.get(need.job);
  const before = job === undefined ? null : previousPeriod(deployed.jobs, job.body, need.period.getTime());
  if (before === null || job === undefined || before < job.firstInForceAt.getTime()) return [];
  return [{ ...need, period: new Date(before) }];
}

async function restrictToMembers(
  tx: Transaction,
  runs: readonly Evaluated[],
  needs: readonly NeedRow[],
): Promise<readonly NeedRow[]> {
  const operationOf = new Map(runs.map((run) => [run.id, run.operation]));
  const kept: NeedRow[] = needs.filter((need) => operationOf.get(need.run) == null);
  const operations = new Set([...operationOf.values()].filter((operation) => operation !== null));
  for (const operation of operations) {
    const own = needs.filter((need) => operationOf.get(need.run) === operation);
    const members = await membersAmong(tx, operation, own);
    kept.push(...own.filter((need) => members.has(keyOf(need))));
  }
  return kept;
}

const keyOf = (need: Readonly<{ job: string; period: Date }>): string => `${need.job}@${need.period.getTime()}`;

/** The calendar by which a job fires in a deployment: its own, or its base's. Null: a manual job. */
export const calendarOf = (deployed: Deployed, job: Job): Job['calendar'] => firingCalendar(deployed.jobs, job);
