import type { Own } from '../../../compiler/manifest/index.js';
import { conflict, invalid } from '../../errors.js';
import type { Transaction } from '../../store/database.js';
import type { DeployedJob } from '../../store/deployment.js';
import { insertAudit } from '../../store/event.js';
import { insertNeeds } from '../../store/need.js';
import { keepOwn } from '../../store/own.js';
import { findRun, insertOwed, type RunRow } from '../../store/run.js';
import { inTransaction } from '../../store/transaction.js';
import { workflowIdOfRun } from '../../temporal/ids.js';
import { admit } from '../admit.js';
import type { ControlContext } from '../context.js';
import type { Asker } from '../control.js';
import type { Deployed } from '../deployed.js';
import { evaluateNeeds } from '../needs.js';
import { isNothing, toldOf } from '../own.js';
import { PRIORITY } from '../priority.js';

// A manual job has no tick that a run by hand could eat (B4). So what is asked by hand is owed: the run waits for its needs, is retried, leaves a
// fact and releases those that need its latest, like a run of any other job.

// Askers of the same second take the ones after it; more of them are a mistake of somebody's loop.
const SECONDS = 1000;

export type RunAsked = Readonly<{ run: string; turn: number; period: Date }>;

/** Makes a run of a manual job for `wanted`, or for the next second that has none. Its first turn is asked when its needs are met. */
export async function runManualJob(
  context: ControlContext,
  deployed: Deployed,
  job: DeployedJob,
  wanted: Date,
  asker: Asker & Readonly<{ own: Own }>,
): Promise<RunAsked> {
  refuseOutside(job, wanted);
  const made = await inTransaction(context.database, async (tx) => {
    const run = await insertNext(tx, deployed, job, wanted);
    if (!isNothing(asker.own)) await keepOwn(tx, run.id, asker.own);
    await insertNeeds(tx, await evaluateNeeds(tx, deployed, [run]));
    await insertAudit(tx, {
      ...{ project: deployed.project, who: asker.by, via: asker.via, what: 'run', subject: run.id },
      body: { job: job.path, period: run.period, turn: 1, ...toldOf(asker.own) },
    });
    return run;
  });
  await admit(context, [made.id]);
  context.kick();
  return { run: made.id, turn: 1, period: made.period };
}

async function insertNext(tx: Transaction, deployed: Deployed, job: DeployedJob, wanted: Date): Promise<RunRow> {
  for (let second = 0; second < SECONDS; second += 1) {
    const period = new Date(wanted.getTime() + second * 1000);
    const key = { project: deployed.project, job: job.number, period };
    if ((await findRun(tx, key)) !== undefined) continue;
    const [run] = await insertOwed(tx, [
      {
        ...key,
        workflowId: workflowIdOfRun(deployed.project, job.path, period),
        owed: 'dependency',
        operation: null,
        evaluatedBy: deployed.deployment,
        priority: PRIORITY[job.body.priority],
      },
    ]);
    if (run !== undefined && run.owed !== null) return run;
  }
  throw conflict(`${job.path} has a run in each of ${SECONDS} seconds`, { help: 'ask for another period: --period' });
}

/** B5: periods outside `start` and `end` do not exist. */
function refuseOutside({ path, body: { start, end } }: DeployedJob, period: Date): void {
  const outside = (start !== null && period.getTime() < start) || (end !== null && period.getTime() > end);
  if (outside)
    throw invalid(`${period.toISOString()} lies outside the \`start\` and \`end\` of ${path}`, {
      help: 'give another period: --period',
    });
}
