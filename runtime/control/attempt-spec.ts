import type { Calendar } from '../../compiler/calendar/index.js';
import { type Job, optionsOf, renderJob } from '../../compiler/manifest/index.js';
import type { NeedOutputs } from '../../compiler/render/index.js';
import type { AttemptSpec } from '../api/worker/contract.js';

/** All that an attempt's script is made of. */
export type SpecInput = Readonly<{
  project: string;
  run: string;
  period: Date;
  attempt: number;
  /** When it began: the same attempt renders the same, however often its worker asks. */
  begunAt: Date;
  commit: string;
  /** The installation's id. */
  installation: string;
  /** Where the installation stands; null: in no region. */
  region: string | null;
  job: Job;
  /** The calendar it fires by, its own or its base's; null for a job without ticks. */
  calendar: Calendar | null;
  script: Buffer;
  /** What its needs have told; null: its texts name no outputs. */
  given: NeedOutputs | null;
}>;

/** What a worker executes: script, arguments and environment rendered; or why the definition cannot be rendered. */
export function renderSpec(input: SpecInput): AttemptSpec | Readonly<{ refused: string }> {
  const { project, run, attempt, commit, region, job, calendar } = input;
  const occasion = {
    calendar,
    period: input.period.getTime(),
    now: input.begunAt.getTime(),
    run,
    attempt,
    commit,
    region,
    outputs: input.given ?? {},
  };
  const { script, args, options, env, faults } = renderJob(job, input.script.toString('utf8'), occasion);
  if (faults.length > 0) return { refused: `templates that cannot be rendered: ${faults.join('; ')}` };
  return {
    project,
    job: job.id,
    engine: job.run.engine,
    script: script.text,
    scriptName: job.run.script.path,
    args: args.map(({ text }) => text),
    options: optionsOf(job.run.options, options) as NonNullable<AttemptSpec['options']>,
    ...(job.run.yarn && { yarn: { ...job.run.yarn, tag: tagOf(input) } }),
    env: Object.fromEntries(Object.entries(env).map(([name, { text }]) => [name, text])),
    files: job.run.files.map(({ name, sha256 }) => ({ name, sha256 })),
    timeoutMs: job.timeoutMs,
    graceMs: job.graceMs,
  };
}

/**
 * By what the applications of a run are found on YARN, of all its attempts. Two installations may share a cluster, and a database that was set
 * back numbers other runs alike, so that the number alone would end a stranger's.
 */
const tagOf = ({ installation, run, period }: SpecInput): string =>
  `hera-${installation.slice(0, 8)}-${run}-${(period.getTime() / 60_000).toString(36)}`;
