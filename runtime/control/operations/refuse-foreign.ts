import type { Job } from '../../../compiler/manifest/manifest.js';
import { forbidden } from '../../errors.js';
import type { DeployedJob } from '../../store/deployment.js';
import { lastDefinition } from '../../store/read-estate.js';
import type { RunRow } from '../../store/run.js';
import type { ControlContext } from '../context.js';
import type { Asker } from '../control.js';

const NAMED = 3;

/**
 * Throws `forbidden` when the asker may not operate all of these jobs: what an operation touches it touches whole, or not at all.
 * A plan may be seen by everybody; what does it asks here, before anything is written.
 */
export function refuseForeign(
  asker: Asker,
  project: string,
  jobs: Iterable<Pick<DeployedJob, 'path'> & Readonly<{ body: Pick<DeployedJob['body'], 'owner'> }>>,
): void {
  const { by, mayOperate } = asker;
  if (mayOperate === undefined) return;
  const foreign = [...new Set(jobs)].filter((job) => !mayOperate(project, { path: job.path, owner: job.body.owner }));
  if (foreign.length === 0) return;
  const names = foreign.slice(0, NAMED).map(({ path, body }) => (body.owner ? `${path} (of ${body.owner})` : path));
  const more = foreign.length > NAMED ? ` and ${foreign.length - NAMED} more` : '';
  throw forbidden(`${by} may not operate ${names.join(', ')}${more}`, {
    help: 'an admin or an owner grants it: hera grant add FOLDER --role operator --account NAME',
    details: { jobs: foreign.slice(0, 100).map(({ path }) => path) },
  });
}

/** The same for one run, whose job may be gone since: it is whoever's it was last. */
export async function refuseForeignRun(context: ControlContext, asker: Asker, run: RunRow): Promise<void> {
  if (asker.mayOperate === undefined) return;
  const body = await lastDefinition<Job>(context.database, run.job);
  refuseForeign(asker, run.project, [{ path: body?.id ?? '', body: { owner: body?.owner ?? null } }]);
}
