import { createHash } from 'node:crypto';
import type { CancelPlan } from '../../api/contract.js';
import { Failure, invalid, notFound } from '../../errors.js';
import { deploymentInForce } from '../../store/deployment.js';
import { type OpenRun, openRunsIn } from '../../store/read-plan.js';
import type { ControlContext } from '../context.js';
import type { CancelRunsRequest } from '../control.js';
import { globOf } from '../glob.js';
import { isAgreed } from './agreed.js';
import { cancelRun } from './cancel.js';
import { refuseForeign } from './refuse-foreign.js';

// cancel of many: what some jobs do now, or owe, in a range of periods. Each is ended as one run is; what ends by itself meanwhile is counted.

const MOST = 2_000;
const LISTED = 1000;
/** So many at once: each is a transaction of its own. */
const ABREAST = 4;

/** Plans the end of open runs, and, when the request names the plan's hash, ends them. Throws `invalid` (more than 2,000), `not-found`, `stale`. */
export async function cancelRuns(context: ControlContext, request: CancelRunsRequest): Promise<CancelPlan> {
  const { runs, hash } = await chooseRuns(context, request);
  const plan = describe(runs, hash);
  const listed = runs.map(({ path, period }) => ({ job: path, period: period.getTime(), action: 'cancel' }));
  if (!(await isAgreed(context.database, request.hash, plan, listed))) return plan;
  const left = [...runs];
  let cancelled = 0;
  const work = async (): Promise<void> => {
    for (let run = left.shift(); run !== undefined; run = left.shift())
      if (await end(context, request, run.run)) cancelled += 1;
  };
  await Promise.all(Array.from({ length: ABREAST }, work));
  return { ...plan, cancelled, ended: runs.length - cancelled };
}

/** False: it had ended by itself. */
async function end(context: ControlContext, { by, via }: CancelRunsRequest, run: string): Promise<boolean> {
  try {
    await cancelRun(context, { by, via, run, owed: true });
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'conflict') return false;
    throw error;
  }
}

async function chooseRuns(
  context: ControlContext,
  request: CancelRunsRequest,
): Promise<Readonly<{ runs: readonly OpenRun[]; hash: string }>> {
  const { project, from, to, states } = request;
  const force = await deploymentInForce(context.database, project);
  if (force === undefined)
    throw notFound(`nothing is deployed in project ${project}`, { help: 'deploy a commit: hera apply' });
  const matches = globOf(request.jobs ?? '**');
  const open = await openRunsIn(context.database, { project, from, to, states });
  const runs = open.filter(({ path }) => matches(path));
  if (runs.length > MOST)
    throw invalid(`${runs.length} runs are more than ${MOST}, the most that one cancel takes`, {
      help: 'take fewer jobs, or a shorter range; a whole backfill: hera backfill cancel ID',
    });
  const deployed = await context.deployed.read(context.database, project, force.id);
  const jobs = runs.map(({ job, path }) => deployed.byNumber.get(job) ?? { path, body: { owner: null } });
  if (request.hash !== null) refuseForeign(request, project, jobs);
  const hash = createHash('sha256').update('cancel\n');
  for (const { job, period } of runs) hash.update(`${job}@${period.getTime()}\n`);
  return { runs, hash: hash.digest('hex').slice(0, 16) };
}

function describe(runs: readonly OpenRun[], hash: string): CancelPlan {
  const at = (run: OpenRun | undefined): string | null => run?.period.toISOString() ?? null;
  return {
    ...{ kind: 'cancel', hash, total: runs.length, operation: null, cancelled: 0, ended: 0 },
    runs: runs.slice(0, LISTED).map((run) => ({
      ...{ job: run.path, period: at(run)!, action: 'cancel' },
      why: run.state === 'waiting' ? `it waits (${run.waitsOn ?? run.owed ?? run.trigger})` : `it is ${run.state}`,
    })),
    ...{ first: at(runs[0]), last: at(runs.at(-1)) },
  };
}
