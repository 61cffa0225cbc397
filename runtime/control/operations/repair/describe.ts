import { createHash } from 'node:crypto';
import type { RepairPlan } from '../../../api/contract.js';
import type { Queryable } from '../../../store/database.js';
import type { DeployedJob } from '../../../store/deployment.js';
import type { FactKey } from '../../../store/fact.js';
import { freezesInForce } from '../../../store/freeze.js';
import type { Standing } from '../../../store/period-standing.js';
import { medianDurations } from '../../../store/read-duration.js';
import type { Deployed } from '../../deployed.js';
import { covers } from '../../frozen.js';
import type { Place } from './affected.js';
import { estimate, type Step } from './sequence.js';

// The plan of a repair as people see it: every period in order with what is done and why, how long it takes, and what it meets.

const LISTED = 1000;

/** A period of a repair's plan. `runs`: it is run, now or when its needs are met. */
export type Planned = Step & Readonly<{ action: string; why: string; runs: boolean; stands: Standing }>;

export type Told = Readonly<{
  kind: string;
  hash: string;
  ordered: readonly Planned[];
  waiting: readonly RepairPlan['waiting'][number][];
  notes: readonly string[];
  operation: string | null;
}>;

/** The plan, with what history says of its length and what is under way or frozen among its periods. */
export async function describe(sql: Queryable, deployed: Deployed, told: Told): Promise<RepairPlan> {
  const { ordered } = told;
  const steps = ordered.filter((one) => one.runs);
  const paces = await paceOfJobs(sql, deployed, steps);
  const { work, longest } = estimate(steps, (job) => paces.get(job)!);
  const busy = ordered.filter(({ stands }) => stands.state === 'queued' || stands.state === 'running');
  return {
    ...{ kind: told.kind, hash: told.hash, operation: told.operation, total: ordered.length },
    runs: ordered.slice(0, LISTED).map((one) => ({ ...named(one), action: one.action, why: one.why })),
    first: edge(ordered, Math.min),
    last: edge(ordered, Math.max),
    counts: countsOf(ordered),
    estimate: {
      ...{ workMs: work, longestMs: longest },
      unknown: [...paces.values()].filter(({ ms }) => ms === null).length,
    },
    inFlight: busy.slice(0, LISTED).map((one) => ({ ...named(one), run: one.stands.run!, state: one.stands.state! })),
    waiting: [...told.waiting],
    notes: [...told.notes],
  };
}

export const named = ({ job, period }: Place) => ({ job, period: new Date(period).toISOString() });

function edge(places: readonly Place[], choose: (a: number, b: number) => number): string | null {
  if (places.length === 0) return null;
  return new Date(places.map(({ period }) => period).reduce((a, b) => choose(a, b))).toISOString();
}

function countsOf(ordered: readonly Planned[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of ordered) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

async function paceOfJobs(sql: Queryable, deployed: Deployed, steps: readonly Place[]) {
  const jobs = jobsOf(deployed, steps);
  const known = await medianDurations(
    sql,
    deployed.project,
    jobs.map(({ number }) => number),
  );
  return new Map(
    jobs.map(({ path, number, body }) => [
      path,
      { ms: known.get(number) ?? body.expectedDurationMs, alone: body.overlap !== 'allow' },
    ]),
  );
}

/** Which freeze is over each of the jobs, in words; a job that none covers is not in it. */
export async function frozenJobs(
  sql: Queryable,
  deployed: Deployed,
  jobs: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const inForce = await freezesInForce(sql, deployed.project);
  if (inForce.length === 0) return new Map();
  return new Map(
    [...jobs].flatMap((path) => {
      const { number, body } = deployed.byPath.get(path)!;
      const over = inForce.find((one) => covers(one, { job: number, path, machineGroup: body.machineGroup }));
      return over === undefined ? [] : [[path, `${over.reason}, by ${over.frozenBy}`]];
    }),
  );
}

/** What a plan is known by: the deployment, what is asked, and each period with what is done to it. */
export function hashOf(deployment: string, asked: unknown, ordered: readonly (Place & { action: string })[]): string {
  const hash = createHash('sha256').update(`${deployment} ${JSON.stringify(asked)}\n`);
  for (const { job, period, action } of ordered) hash.update(`${job}@${period} ${action}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** Whose jobs a plan is about. */
export const jobsOf = (deployed: Deployed, places: readonly Place[]): readonly DeployedJob[] =>
  [...new Set(places.map(({ job }) => job))].map((path) => deployed.byPath.get(path)!);

export const factKeyOf = (deployed: Deployed, { job, period }: Place): FactKey => ({
  project: deployed.project,
  job: deployed.byPath.get(job)!.number,
  period: new Date(period),
});

/** As statements that lock want them. */
export const byKey = (a: FactKey, b: FactKey): number =>
  Number(BigInt(a.job) - BigInt(b.job)) || a.period.getTime() - b.period.getTime();
