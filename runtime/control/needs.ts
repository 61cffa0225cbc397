import { type Awaited, awaited, firingCalendar, type Job, previousPeriod } from '../../compiler/manifest/index.js';
import type { Transaction } from '../store/database.js';
import type { DeployedJob } from '../store/deployment.js';
import type { FactKey } from '../store/fact.js';
import { NO_PERIOD } from '../store/latest.js';
import { highestMembers, membersAfterNeeds, membersAmong } from '../store/member.js';
import type { NeedKind, NeedRow } from '../store/need.js';
import { factStates, type Owed, skippedUpTo } from '../store/run.js';
import type { Deployed } from './deployed.js';

// What a run awaits, by the calendar of one deployment: the compiler's rules give the upstream periods, this file what only the
// database knows: numbers, first deployments, skipped periods of the job itself, and who is a member of the same backfill.

export type Evaluated = FactKey & Readonly<{ id: string; operation: string | null; owed: Owed | null }>;

// So many skipped periods in a row a job looks back over for its own last one that was not: a month of minutes.
const MOST_SKIPPED = 50_000;

/** The members of an operation. */
type Members = Readonly<{
  has(job: string, period: Date): boolean;
  /** The highest period of a job among them. */
  highest(job: string): Date | undefined;
}>;

/**
 * The need rows of runs of one project. Members of an operation await only other members, made or not, and of an upstream's latest the highest
 * of them, unless the plan says that they await all their needs.
 */
export async function evaluateNeeds(
  tx: Transaction,
  deployed: Deployed,
  runs: readonly Evaluated[],
): Promise<readonly NeedRow[]> {
  const rows = runs.flatMap((run) => {
    const job = deployed.byNumber.get(run.job);
    // What was asked by `recover` awaits nothing.
    return job === undefined || run.owed === 'recover' ? [] : [...needsOf(deployed, job, run)];
  });
  const own = rows.filter(({ form }) => form === 'own');
  const others = rows.filter(({ form }) => form !== 'own');
  return restrictToMembers(tx, deployed, runs, [...others, ...(await passSkipped(tx, deployed, own))]);
}

function* needsOf(deployed: Deployed, job: DeployedJob, run: Evaluated): Generator<NeedRow> {
  for (const [ord, wanted] of awaited(deployed.jobs, job.body, run.period.getTime()).entries()) {
    const upstream = deployed.byPath.get(wanted.job);
    if (upstream === undefined) continue;
    const form = kindOf(wanted.form);
    const row = {
      ...{
        run: run.id,
        ord,
        project: run.project,
        job: upstream.number,
        mode: wanted.on,
        optional: wanted.optional,
        form,
      },
      skipIfNone: form === 'several' && wanted.whenNone === 'skip',
    };
    if (wanted.reason === 'latest') yield { ...row, period: NO_PERIOD };
    for (const period of wanted.periods) {
      // A job's own period before it was first deployed never existed, and an optional one is not waited for; in a backfill of those days
      // the members decide.
      const neverRun = period < upstream.firstInForceAt.getTime() && run.operation === null;
      if (!neverRun || !(form === 'own' || wanted.optional)) yield { ...row, period: new Date(period) };
    }
  }
}

/** What a skipped period does, by the form of the need (DESIGN: a skip). */
function kindOf(form: Awaited['form']): NeedKind {
  if (form === 'latest') return 'latest';
  if (form === 'default' || form === 'nearest') return 'one';
  if ('self' in form) return 'own';
  return 'all' in form || 'last' in form ? 'several' : 'one';
}

/** The upstream of which the run of (`job`, `period`) has no period by the calendar, where the author says that it is skipped then (D10). */
export function lacksPeriod(deployed: Deployed, job: Job, period: number): string | undefined {
  if (!job.needs.some((need) => need.kind === 'job' && need.whenNone === 'skip')) return undefined;
  return awaited(deployed.jobs, job, period).find(
    ({ reason, whenNone }) => reason === 'no-period' && whenNone === 'skip',
  )?.job;
}

/** A job awaits its own last period that was not skipped: each skipped one passes the need on to the tick before. */
async function passSkipped(tx: Transaction, deployed: Deployed, own: readonly NeedRow[]): Promise<readonly NeedRow[]> {
  const states = await factStates(tx, own);
  const isSkipped = (need: NeedRow): boolean => states.get(keyOf(need)) === 'skipped';
  const skipped = await skippedUpTo(tx, own.filter(isSkipped), MOST_SKIPPED);
  return own.flatMap((need) => (isSkipped(need) ? tickBefore(deployed, need, skipped) : [need]));
}

/** The last tick before that is not among the skipped ones; none where that lies before the job's start or first deployment. */
function tickBefore(deployed: Deployed, need: NeedRow, skipped: ReadonlySet<string>): readonly NeedRow[] {
  const job = deployed.byNumber.get(need.job);
  if (job === undefined) return [];
  let period: number | null = need.period.getTime();
  while (period !== null && skipped.has(keyOf({ job: need.job, period: new Date(period) })))
    period = previousPeriod(deployed.jobs, job.body, period);
  if (period === null || period < job.firstInForceAt.getTime()) return [];
  return [{ ...need, period: new Date(period) }];
}

async function restrictToMembers(
  tx: Transaction,
  deployed: Deployed,
  runs: readonly Evaluated[],
  needs: readonly NeedRow[],
): Promise<readonly NeedRow[]> {
  const operationOf = new Map(runs.map((run) => [run.id, run.operation]));
  const kept: NeedRow[] = needs.filter((need) => operationOf.get(need.run) == null);
  const operations = new Set([...operationOf.values()].filter((operation) => operation !== null));
  for (const operation of operations) {
    const own = needs.filter((need) => operationOf.get(need.run) === operation);
    const members = await membersAmong(tx, operation, own);
    const latest = own.filter(({ form }) => form === 'latest').map(({ job }) => job);
    const highest = await highestMembers(tx, operation, [...new Set(latest)]);
    const whole = await membersAfterNeeds(tx, operation, [...new Set(own.map(({ run }) => run))]);
    const among: Members = {
      has: (job, period) => members.has(keyOf({ job, period })),
      highest: (job) => highest.get(job),
    };
    kept.push(...withinMembers(own, among));
    kept.push(...own.filter((need) => whole.has(need.run) && isOutside(deployed, need, among)));
  }
  return kept;
}

/**
 * What a member awaits of others than members, where it waits for all its needs. Not what is optional: no operation waits for what may never come,
 * nor for a period of its own before its first.
 */
function isOutside(deployed: Deployed, need: NeedRow, members: Members): boolean {
  if (need.optional) return false;
  if (need.form === 'latest') return members.highest(need.job) === undefined;
  if (members.has(need.job, need.period)) return false;
  const first = deployed.byNumber.get(need.job)?.firstInForceAt;
  return need.form !== 'own' || (first !== undefined && need.period >= first);
}

function withinMembers(needs: readonly NeedRow[], members: Members): readonly NeedRow[] {
  return needs.flatMap((need): readonly NeedRow[] => {
    if (need.form !== 'latest') return members.has(need.job, need.period) ? [need] : [];
    const period = members.highest(need.job);
    return period === undefined ? [] : [{ ...need, form: 'several', period }];
  });
}

const keyOf = (need: Readonly<{ job: string; period: Date }>): string => `${need.job}@${need.period.getTime()}`;

/** The calendar by which a job fires in a deployment: its own, or its base's. Null: a manual job. */
export const calendarOf = (deployed: Deployed, job: Job): Job['calendar'] => firingCalendar(deployed.jobs, job);
