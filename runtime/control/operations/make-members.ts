import type { Transaction } from '../../store/database.js';
import type { DeployedJob } from '../../store/deployment.js';
import type { FactKey } from '../../store/fact.js';
import { joinMembers } from '../../store/member.js';
import { insertMembers, lockRuns, type Owed, type RunRow, runsOf } from '../../store/run.js';
import { workflowIdOfRun } from '../../temporal/ids.js';
import type { Deployed } from '../deployed.js';
import { PRIORITY } from '../priority.js';

/** A period that becomes a member. */
export type Joining = Readonly<{ job: DeployedJob; period: number }>;

/**
 * Periods whose members are planned become members: each has a run that owes the operation a turn, behind what is under way of it. The facts are
 * set aside by the caller, and the needs are his too. Answers the runs that this call made members.
 */
export async function makeMembers(
  tx: Transaction,
  deployed: Deployed,
  { operation, owed }: Readonly<{ operation: string; owed: Owed }>,
  members: readonly Joining[],
): Promise<readonly RunRow[]> {
  const keys = members.map((member) => keyOf(deployed, member));
  await lockRuns(tx, await runsOf(tx, keys));
  await joinMembers(tx, operation, keys);
  return insertMembers(
    tx,
    members.map((member, i) => ({
      ...keys[i]!,
      workflowId: workflowIdOfRun(deployed.project, member.job.path, keys[i]!.period),
      ...{ owed, operation, evaluatedBy: deployed.deployment, priority: priorityFor(owed, member) },
    })),
  );
}

/** A backfill comes after production. */
const priorityFor = (owed: Owed, { job }: Joining): number =>
  owed === 'backfill' ? Math.max(PRIORITY.low, PRIORITY[job.body.priority]) : PRIORITY[job.body.priority];

const keyOf = ({ project }: Deployed, { job, period }: Joining): FactKey => ({
  ...{ project, job: job.number },
  period: new Date(period),
});
