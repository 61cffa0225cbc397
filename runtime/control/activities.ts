import type { JobRunInput } from '../../workflows/contract.js';
import type { ControlActivities } from '../../workflows/control-activities.js';
import { Failure, invalid } from '../errors.js';
import { projectNames } from '../store/deployment.js';
import type { ControlContext } from './context.js';
import { namesRun, open } from './open.js';
import { backfillPage } from './operations/backfill-pages.js';
import { cascadePage } from './operations/repair/cascade-page.js';
import { askRun } from './operations/run.js';
import { settleTold } from './replay.js';
import { tickPage } from './tick.js';

/** The local activities of the control queue: closures over the context, nothing else. */
export const controlActivities = (context: ControlContext): ControlActivities => ({
  open: (input) => (namesRun(input) ? open(context, input) : openFromOutside(context, input)),
  settle: (told) => settleTold(context, told),
  tickPage: (input) => tickPage(context, input),
  backfillPage: ({ operation }) => backfillPage(context, operation),
  cascadePage: ({ operation }) => cascadePage(context, operation),
});

/** A `jobRun` started with Temporal's own CLI names a job: a manual turn is asked, and the workflow answers the run's number. */
async function openFromOutside(context: ControlContext, input: Exclude<JobRunInput, Readonly<{ run: string }>>) {
  try {
    return await askFromOutside(context, input);
  } catch (error) {
    // A wrong request stays wrong: it is the workflow's result, and is not asked again for ever.
    if (!(error instanceof Failure)) throw error;
    return { kind: 'none' as const, run: null, result: `refused: ${error.message}` };
  }
}

async function askFromOutside(context: ControlContext, input: Exclude<JobRunInput, Readonly<{ run: string }>>) {
  const projects = input.project === undefined ? await projectNames(context.database) : [input.project];
  const [project] = projects;
  if (project === undefined || projects.length > 1)
    throw invalid('there are several projects here', { help: `name one of them in the input: ${projects.join(', ')}` });
  const period = input.period === undefined ? null : new Date(input.period);
  const asked = await askRun(context, { project, job: input.job, period, by: 'temporal', via: 'temporal' });
  return { kind: 'none' as const, run: asked.run, result: `run ${asked.run}, turn ${asked.turn}` };
}
