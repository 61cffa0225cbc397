// Templates of the native dialect: `${name}`, `${bizdate}`, `${date-1d:yyyyMMdd}`, `$${` in scripts, arguments and values.
// In: a text, the variables from near to far, the run's period, zone and data interval. Out: the text as it runs,
// what is wrong with it as data, and the names left for the shell. Pure: no clock, no environment, and no code is run.
// What is not ours (`${x:-5}`, `${#x}`, `${hiveconf:x}`) is never touched. A preview calls the same `render` as the run does.
// Read on: `expression.ts` (the grammar, E1), `expand.ts` (values in values, E3), `moves.ts` and `date-format.ts` (E2).
import { bizdateOf, type Interval, printPeriodIn } from '../calendar/index.js';
import { formatDate, formatProblem, type Locale } from './date-format.js';
import { type Expanded, expand, type Sources } from './expand.js';
import { moved } from './moves.js';

/** Built-ins whose value the caller knows. One that is not given is left as it stands and reported as unknown. */
export type GivenBuiltins = Readonly<
  Partial<Record<'run.id' | 'run.attempt' | 'run.batch' | 'run.region' | 'job.id' | 'job.title', string>>
>;

export type RenderInput = Readonly<{
  /** Variables, the nearest first: run, job, folders, project; at each level the region's before the plain ones (E4). */
  vars: readonly Readonly<Record<string, string>>[];
  /** UTC milliseconds. */
  period: number;
  /** The job's zone. */
  zone: string;
  dataInterval: Interval;
  builtins: GivenBuiltins;
  /** Of month and weekday names; `en` unless given. */
  locale?: Locale;
  /** Of `weekStart` and `weekEnd`; Monday unless given. */
  weekStart?: 'monday' | 'sunday';
}>;

const BUILTINS = [
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
export const isBuiltin = (name: string): boolean => (BUILTINS as readonly string[]).includes(name);

/**
 * The text as it runs (E1–E5, E7). What cannot be rendered stays as it stands: faults come back as `problems`, names
 * without a value as `unknown`, both with their place in `text`. Never throws for what a template says.
 */
export function render(text: string, input: RenderInput): Expanded {
  const { builtins, period, zone, dataInterval } = input;
  const bizdate = bizdateOf(zone, period);
  const known = new Map<string, string>([
    ...Object.entries(builtins),
    ['bizdate', bizdate],
    ['bizmonth', bizdate.slice(0, 6)],
    ['yesterday', bizdate],
    ['run.period', printPeriodIn(zone, period)],
    ['data.start', printPeriodIn(zone, dataInterval.start)],
    ['data.end', printPeriodIn(zone, dataInterval.end)],
  ]);
  return expand(
    text,
    sourcesOf(input.vars, (name) => known.get(name), input),
  );
}

/** The faults and unknown names of a text, found without a run, by the same walk as `render`; for the compiler. */
export function checkTemplate(text: string, vars: RenderInput['vars']): Omit<Expanded, 'text'> {
  const anyRun = { period: Date.UTC(2024, 0, 1), zone: 'UTC' };
  const { problems, unknown } = expand(
    text,
    sourcesOf(vars, (name) => (isBuiltin(name) ? '' : undefined), anyRun),
  );
  return { problems, unknown };
}

function sourcesOf(
  vars: RenderInput['vars'],
  builtin: Sources['builtin'],
  run: Pick<RenderInput, 'period' | 'zone' | 'locale' | 'weekStart'>,
): Sources {
  return {
    builtin,
    variable: (name) => vars.find((level) => Object.hasOwn(level, name))?.[name],
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
