import type { Manifest } from '../../compiler/index.js';
import type { Transaction } from '../store/database.js';
import { jobNumbers } from '../store/deployment.js';
import type { Asker } from './control.js';
import type { Told } from './plan-deployment.js';
import { PRIORITY } from './priority.js';
import { markIn } from './write-marks.js';

const REASON = 'never run: its job was first deployed later';

/**
 * Marks succeeded what the plan of a deployment names as never run, in the deployment's own transaction (D11), so that the next runs do not await
 * what nobody will run. What is under way by now is left alone. Answers how many were marked.
 */
export async function markMissing(
  tx: Transaction,
  asker: Asker,
  deployment: string,
  { manifest, told }: Readonly<{ manifest: Manifest; told: Told }>,
): Promise<number> {
  const { project } = told.planned;
  const numbers = await jobNumbers(tx, project, [...told.neverRun.keys()]);
  const jobs = new Map(manifest.jobs.map((job) => [job.id, job]));
  const periods = [...told.neverRun].flatMap(([path, missing]) =>
    missing.map((period) => ({
      ...{ project, path, job: numbers.get(path)!, period: new Date(period) },
      priority: PRIORITY[jobs.get(path)!.priority],
    })),
  );
  const { by, via } = asker;
  const mark = { by, via, project, deployment, state: 'succeeded', reason: REASON, plan: told.planned.hash } as const;
  return (await markIn(tx, mark, periods)).marked;
}
