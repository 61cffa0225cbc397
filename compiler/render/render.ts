// Templates: what stands in `${…}` in scripts, arguments and values, in two dialects. native: `${name}`, `${bizdate}`, `${date-1d:yyyyMMdd}`,
// `$${`; hera: what jobs of the old scheduler hold.
// In: a text, the variables from near to far, the run's period, zone and data interval. Out: the text as it runs,
// what is wrong with it as data, and the names left for the shell. Pure: no clock, no environment, and no code is run.
// What is not ours (`${x:-5}`, `${#x}`, `${hiveconf:x}`) is never touched. A preview calls the same `render` as the run does.
// Read on: `expression.ts` (the grammar, E1), `expand.ts` (values in values, E3), `moves.ts` and `date-format.ts` (E2), `hera.ts`, `zdt.ts`.
import { bizdateOf, type Interval, printPeriodIn } from '../calendar/index.js';
import { formatDate, formatProblem, type Locale } from './date-format.js';
import { expand, type Sources } from './expand.js';
import type { Expanded } from './expanded.js';
import { expandHera } from './hera.js';
import { moved } from './moves.js';
import { isOutputName, type NeededJobs, type NeedOutputs, outputMeant, outputOf } from './need-outputs.js';
import { zdtText } from './zdt.js';

/** Built-ins whose value the caller knows. One that is not given is left as it stands and reported as unknown. */
export type GivenBuiltins = Readonly<
  Partial<Record<'run.id' | 'run.attempt' | 'run.batch' | 'run.region' | 'job.id' | 'job.title', string>>
>;

/** Whose rules `${…}` follows: ours, or those of the old scheduler. */
export type Dialect = 'native' | 'hera';

export type RenderInput = Readonly<{
  /** `native` unless given. */
  dialect?: Dialect | undefined;
  /** Variables, the nearest first: run, job, folders, project. */
  vars: Levels;
  /** Where the installation stands: there `eu.table` is the value of `table`, see `variableOf`. */
  region?: string | undefined;
  /** UTC milliseconds. */
  period: number;
  /** The nominal tick of a period that was moved from a day off, whose bizdate it has; the period itself unless given. */
  nominal?: number;
  /** The real time of the attempt in UTC milliseconds, for `getNowMillis` and `getToday`. */
  now: number;
  /** The job's zone. */
  zone: string;
  dataInterval: Interval;
  builtins: GivenBuiltins;
  /** Whose outputs `needs.<job>.<key>` may name; not known unless given. */
  needed?: NeededJobs | undefined;
  /** What they told; what is not given is left as it stands. */
  outputs?: NeedOutputs | undefined;
  /** Of month and weekday names; `en` unless given. */
  locale?: Locale;
  /** Of `weekStart` and `weekEnd`; Monday unless given. */
  weekStart?: 'monday' | 'sunday';
}>;

type Levels = readonly Readonly<Record<string, string>>[];

export const BUILTINS = [
  'bizdate',
  'bizmonth',
  'yesterday',
  'run.id',
  'run.period',
  'run.attempt',
  'run.batch',
  'run.region',
  'data.start',
  'data.end',
  'job.id',
  'job.title',
] as const;

/** Whether a variable of this name would hide a built-in, which is a diagnostic (E3). */
export const isBuiltin = (name: string): boolean =>
  (BUILTINS as readonly string[]).includes(name) || isOutputName(name);

/**
 * The text as it runs (E1–E7). What cannot be rendered stays as it stands: faults come back as `problems`, names
 * without a value as `unknown`, both with their place in `text`. Never throws for what a template says.
 */
export function render(text: string, input: RenderInput): Expanded {
  if (input.dialect === 'hera') return renderHera(text, input);
  const known = builtinsOf(input);
  return expand(
    text,
    sourcesOf(input, (name) => known.get(name)),
  );
}

/** The built-ins of the native dialect with their values. */
function builtinsOf(input: RenderInput): ReadonlyMap<string, string> {
  const { builtins, period, nominal = period, zone, dataInterval } = input;
  const bizdate = bizdateOf(zone, nominal);
  return new Map<string, string>([
    ...Object.entries(builtins),
    ['bizdate', bizdate],
    ['bizmonth', bizdate.slice(0, 6)],
    ['yesterday', bizdate],
    ['run.period', printPeriodIn(zone, period)],
    ['data.start', printPeriodIn(zone, dataInterval.start)],
    ['data.end', printPeriodIn(zone, dataInterval.end)],
  ]);
}

/** The faults and unknown names of a text, found without a run, by the same walk as `render`; for the compiler. */
export function checkTemplate(
  text: string,
  job: Pick<RenderInput, 'dialect' | 'vars' | 'region' | 'locale' | 'needed'>,
): Pick<Expanded, 'problems' | 'unknown'> {
  // The first instant of a year has the shortest numbers: what `substring` finds in them there it finds always.
  const period = Date.UTC(2024, 0, 1);
  const anyRun = { ...job, period, now: period, zone: 'UTC' };
  const sources: Sources = {
    ...sourcesOf(anyRun, (name) => (isBuiltin(name) ? '' : undefined)),
    output: (name) => {
      const meant = job.needed && outputMeant(name, job.needed);
      return meant && 'message' in meant ? meant : { text: '' };
    },
  };
  const { problems, unknown } = job.dialect === 'hera' ? renderHera(text, anyRun) : expand(text, sources);
  return { problems, unknown };
}

type Moment = Pick<
  RenderInput,
  'dialect' | 'vars' | 'region' | 'period' | 'now' | 'zone' | 'locale' | 'weekStart' | 'needed' | 'outputs'
>;

function renderHera(text: string, run: Moment): Expanded {
  return expandHera(text, {
    variable: (name) => variableOf(run, name),
    // A version of the old scheduler is a minute.
    zdt: zdtOf({ ...run, period: Math.floor(run.period / 60_000) * 60_000 }),
    yesterday: bizdateOf(run.zone, run.period),
  });
}

const zdtOf =
  ({ zone, period, locale = 'en', now }: Moment): Sources['zdt'] =>
  (source) =>
    zdtText(source, { zone, instant: period, locale, now });

/**
 * The value of a variable (E4): the nearest, where a level's own for the region comes before its plain one; in the dialect of the old
 * scheduler any plain one comes before all for the region.
 */
function variableOf({ dialect, vars, region }: Moment, name: string): string | undefined {
  const regional = region === undefined ? undefined : `${region}.${name}`;
  const nearest = (...names: readonly (string | undefined)[]): string | undefined => {
    for (const level of vars)
      for (const one of names) if (one !== undefined && Object.hasOwn(level, one)) return level[one];
    return undefined;
  };
  return dialect === 'hera' ? (nearest(name) ?? nearest(regional)) : nearest(regional, name);
}

function sourcesOf(run: Moment, builtin: Sources['builtin']): Sources {
  return {
    builtin,
    variable: (name) => variableOf(run, name),
    zdt: zdtOf(run),
    output: (name) => {
      const meant = run.needed && outputMeant(name, run.needed);
      if (!meant || 'message' in meant) return meant;
      return run.outputs && outputOf(meant, run.outputs);
    },
    date: ({ moves, format }) => {
      const fault = formatProblem(format);
      if (fault) return { message: fault, help: "write letters of SimpleDateFormat, and text between `'`" };
      const wall = { zone: run.zone, weekStart: run.weekStart ?? 'monday' };
      let at: number | undefined = run.period;
      for (const move of moves) at = at === undefined ? undefined : moved(at, move, wall);
      if (at === undefined) return { message: 'the date leaves the years 1000 to 9999', help: 'shift by less' };
      return { text: formatDate(at, run.zone, format, run.locale ?? 'en') };
    },
  };
}
