// A job's texts as one attempt of one period has them: script, arguments and environment. The worker's spec and every preview are made here,
// so that a preview cannot show what would not run.
// In: a job of a manifest, its script, a period and what is known of the attempt. Out: texts with their marks, and what cannot be rendered.
import {
  bizdateOf,
  type Calendar,
  dataInterval,
  grainWindow,
  type Interval,
  nominalTicks,
  printPeriodIn,
} from '../calendar/index.js';
import {
  batchLabel,
  type Expanded,
  type NeededJobs,
  type NeedOutputs,
  type RenderInput,
  render,
} from '../render/index.js';
import type { Job } from './manifest.js';
import { textsOfOptions } from './rendered-options.js';

/** What a job's texts are rendered for. */
export type Occasion = Readonly<{
  /** The calendar it fires by, its own or its base's; null for a job without ticks. */
  calendar: Calendar | null;
  /** UTC milliseconds. */
  period: number;
  /** When the attempt began, in UTC milliseconds: its real time. */
  now: number;
  /** Run, attempt and commit; what is not known stands in the texts as it was written. */
  run?: string;
  attempt?: number;
  commit?: string;
  /** Where the installation stands; null: in no region. */
  region?: string | null;
  /** What the needs of the run have told; not known before it begins. */
  outputs?: NeedOutputs | undefined;
}>;

export type RenderedJob = Readonly<{
  script: Expanded;
  args: readonly Expanded[];
  /** Texts of the engine's fields, by name. */
  options: ReadonlyMap<string, Expanded>;
  /** The job's own, then what Hera says of the attempt. */
  env: Readonly<Record<string, Expanded>>;
  /** Faults with where they are, in words; empty when all could be rendered. */
  faults: readonly string[];
}>;

export function renderJob(job: Job, script: string, occasion: Occasion): RenderedJob {
  const faults: string[] = [];
  const rendered = (text: string, where: string, by = job): Expanded => {
    const made = renderFor(by, text, occasion);
    faults.push(...made.problems.map((problem) => `${where}: ${problem.message}`));
    return made;
  };
  const inScript = { ...job, vars: job.vars.map(withUnixLines) };
  return {
    script: rendered(unixLines(script), job.run.script.path ?? 'the script', inScript),
    args: job.run.args.map((arg, i) => rendered(arg, `argument ${i + 1}`)),
    options: new Map([...textsOfOptions(job.run.options)].map(([name, text]) => [name, rendered(text, name)])),
    env: {
      ...Object.fromEntries(Object.entries(job.env).map(([name, value]) => [name, rendered(value, `env ${name}`)])),
      // Last: these say the truth whatever the definition sets.
      ...plain(saidOf(job, occasion)),
    },
    faults,
  };
}

/** A script written on Windows runs elsewhere: no line of it ends in a carriage return, nor one that a value brings. */
const unixLines = (text: string): string => text.replaceAll('\r\n', '\n');

const withUnixLines = (values: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, unixLines(value)]));

/** One text in the job's dialect, with its variables. */
export function renderFor(job: Job, text: string, occasion: Occasion): Expanded {
  const { vars, zone, locale, weekStart, title } = job;
  const { period, now, run, attempt } = occasion;
  const region = occasion.region ?? undefined;
  const input: RenderInput = {
    ...{ dialect: job.templates, vars, region, period, now, zone, dataInterval: intervalOf(job, occasion) },
    ...{ locale, weekStart, nominal: nominalOf(occasion), needed: neededBy(job), outputs: occasion.outputs },
    builtins: {
      'run.batch': batchLabel(job.batch ?? null, period, zone),
      'job.id': job.id,
      ...(run !== undefined && { 'run.id': run }),
      ...(attempt !== undefined && { 'run.attempt': String(attempt) }),
      ...(region !== undefined && { 'run.region': region }),
      ...(title !== null && { 'job.title': title }),
    },
  };
  return render(text, input);
}

/** The jobs whose outputs a job's texts may name. */
export const neededBy = ({ id, needs }: Pick<Job, 'id' | 'needs'>): NeededJobs => ({
  jobs: needs.flatMap((need) => (need.kind === 'job' ? [need.job] : [])),
  self: needs.some((need) => need.kind === 'self') ? id : null,
});

/** The variables by which every process learns what it runs for. */
function saidOf(job: Job, occasion: Occasion): Readonly<Record<string, string>> {
  const { period, run, attempt, commit } = occasion;
  return {
    HERA_JOB_ID: job.id,
    ...(run !== undefined && { HERA_RUN_ID: run }),
    HERA_PERIOD: printPeriodIn(job.zone, period),
    ...(attempt !== undefined && { HERA_ATTEMPT: String(attempt) }),
    ...(commit !== undefined && { HERA_COMMIT: commit }),
    HERA_BIZDATE: bizdateOf(job.zone, nominalOf(occasion)),
    ...(job.batch && { HERA_BATCH: batchLabel(job.batch, period, job.zone) }),
  };
}

const plain = (values: Readonly<Record<string, string>>): Readonly<Record<string, Expanded>> =>
  Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, { text, problems: [], unknown: [], now: [] }]),
  );

const nominalOf = ({ calendar, period }: Occasion): number => (calendar ? nominalTicks(calendar, period).last : period);

/** What the run is about; a job without ticks is about the day before, as a daily one. */
function intervalOf(job: Job, { calendar, period }: Occasion): Interval {
  if (calendar && job.grain) return dataInterval(calendar, job.grain, period, job.zone);
  const end = grainWindow('day', job.zone, period).start;
  return { start: grainWindow('day', job.zone, end - 1).start, end };
}
