import {
  bizdateOf,
  type Calendar,
  dataInterval,
  grainWindow,
  type Interval,
  printPeriodIn,
} from '../../compiler/calendar/index.js';
import type { Job } from '../../compiler/manifest/manifest.js';
import { render } from '../../compiler/render/index.js';
import type { AttemptSpec } from '../api/worker/contract.js';

/** All that an attempt's script is made of. */
export type SpecInput = Readonly<{
  project: string;
  run: string;
  period: Date;
  attempt: number;
  commit: string;
  job: Job;
  /** The calendar it fires by, its own or its base's; null for a job without ticks. */
  calendar: Calendar | null;
  script: Buffer;
}>;

/** What a worker executes: script, arguments and environment rendered; or why the definition cannot be rendered. */
export function renderSpec(input: SpecInput): AttemptSpec | Readonly<{ refused: string }> {
  const { project, run, attempt, commit, job, script } = input;
  const period = input.period.getTime();
  const faults: string[] = [];
  const rendered = (text: string, where: string): string => {
    const { text: result, problems } = render(text, {
      ...{ vars: job.vars, period, zone: job.zone, dataInterval: intervalOf(input) },
      ...{ locale: job.locale, weekStart: job.weekStart },
      builtins: {
        'run.id': run,
        'run.attempt': String(attempt),
        'job.id': job.id,
        ...(job.title !== null && { 'job.title': job.title }),
      },
    });
    faults.push(...problems.map((problem) => `${where}: ${problem.message}`));
    return result;
  };
  const spec: AttemptSpec = {
    project,
    job: job.id,
    engine: job.run.engine,
    script: rendered(script.toString('utf8'), job.run.script.path ?? 'the script'),
    scriptName: job.run.script.path,
    args: job.run.args.map((arg, i) => rendered(arg, `argument ${i + 1}`)),
    env: {
      ...Object.fromEntries(Object.entries(job.env).map(([name, value]) => [name, rendered(value, `env ${name}`)])),
      // Last: these say the truth whatever the definition sets.
      HERA_JOB_ID: job.id,
      HERA_RUN_ID: run,
      HERA_PERIOD: printPeriodIn(job.zone, period),
      HERA_ATTEMPT: String(attempt),
      HERA_COMMIT: commit,
      HERA_BIZDATE: bizdateOf(job.zone, period),
    },
    files: job.run.files.map(({ name, sha256 }) => ({ name, sha256 })),
    timeoutMs: job.timeoutMs,
    graceMs: job.graceMs,
  };
  return faults.length === 0 ? spec : { refused: `templates that cannot be rendered: ${faults.join('; ')}` };
}

/** What the run is about; a job without ticks is about the day before, as a daily one. */
function intervalOf({ job, calendar, period }: SpecInput): Interval {
  if (calendar && job.grain) return dataInterval(calendar, job.grain, period.getTime(), job.zone);
  const end = grainWindow('day', job.zone, period.getTime()).start;
  return { start: grainWindow('day', job.zone, end - 1).start, end };
}
