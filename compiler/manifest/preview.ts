import { printPeriod } from '../calendar/index.js';
import { commandLine, typed } from '../engines/index.js';
import { batchLabel, type Expanded, isBuiltin } from '../render/index.js';
import type { Job } from './manifest.js';
import { type Occasion, renderFor, renderJob } from './rendered-job.js';
import { optionsOf } from './rendered-options.js';

/** A stretch of a rendered text, in UTF-16 units; `in`: `script`, `args.0`, `env.NAME` or, of the engine, `run.conf.NAME`. */
export type Mark = Readonly<{ in: string; offset: number; length: number }>;

/** A job's texts as they would run, or ran, for one period, with what a reader must know of them. */
export type Preview = Readonly<{
  job: string;
  /** RFC 3339 in UTC. */
  period: string;
  zone: string;
  templates: 'native' | 'hera';
  batch: string;
  engine: Job['run']['engine'];
  script: string;
  scriptName: string | null;
  args: readonly string[];
  /** The command line, the program first, as a worker finds it on its PATH, and as a person would type it; null for a fragment. */
  command: Readonly<{ words: readonly string[]; text: string }> | null;
  /** What lies beside the script, by name. */
  files: readonly string[];
  env: Readonly<Record<string, string>>;
  /** What comes from the real time of the attempt: another attempt has something else there. */
  realTime: readonly Mark[];
  /** Built-ins that only a run has, such as `run.id`: left as written here, replaced when it runs. */
  later: readonly string[];
  /** Names that nobody defines: left for the shell. */
  left: readonly string[];
  /** Names of variables and environment whose values are shown as `******`. */
  masked: readonly string[];
  /** What cannot be rendered, in words: such a run fails before anything is executed. */
  faults: readonly string[];
}>;

const MASK = '******';
/** Names whose values are nobody's to read, as the old scheduler had it. */
const SECRET = /(^|\.)secret\.|password/i;

/** Keys of outputs have no dots. */
const SECRET_KEY = /^secret_|password/i;

/** Outputs as anybody may read them: what is called a secret or a password is `******`. */
export const withoutSecrets = (outputs: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, SECRET_KEY.test(key) ? MASK : value]));

/** Variables as anybody may read them. */
export const withoutSecretVars = (vars: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, SECRET.test(name) ? MASK : value]));

/**
 * What a run of `job` executes on an occasion, by the function that makes it for a worker; values of secret names are masked. `fragment`: that
 * text instead of the script, without arguments and environment.
 */
export function previewOf(job: Job, script: string, occasion: Occasion, fragment?: string): Preview {
  const { job: shown, names } = maskedJob(job);
  const { given, keys } = maskedOutputs(occasion.outputs);
  const told = { ...occasion, outputs: given };
  const masked = [...new Set([...names, ...keys])].sort();
  const texts = fragment === undefined ? textsOf(shown, script, told) : { script: renderFor(shown, fragment, told) };
  const { script: made, args = [], options = new Map<string, Expanded>(), env = {} } = texts;
  const named: readonly (readonly [string, Expanded])[] = [
    ['script', made],
    ...args.map((arg, i) => [`args.${i}`, arg] as const),
    ...[...options].map(([name, value]) => [`run.${name}`, value] as const),
    ...Object.entries(env).map(([name, value]) => [`env.${name}`, value] as const),
  ];
  const unknown = [...new Set(named.flatMap(([, { unknown }]) => unknown.map(({ name }) => name)))];
  const isLater = (name: string): boolean => shown.templates !== 'hera' && isBuiltin(name);
  return {
    ...{ job: job.id, period: printPeriod(occasion.period), zone: job.zone, templates: job.templates ?? 'native' },
    ...{ batch: batchLabel(job.batch ?? null, occasion.period, job.zone), engine: job.run.engine },
    script: made.text,
    scriptName: fragment === undefined ? job.run.script.path : null,
    args: args.map(({ text }) => text),
    ...(fragment === undefined ? commandOf(shown, args, options) : { command: null, files: [] }),
    env: Object.fromEntries(Object.entries(env).map(([name, { text }]) => [name, text])),
    realTime: named.flatMap(([where, { now }]) => now.map((place) => ({ in: where, ...place }))),
    later: unknown.filter(isLater),
    left: unknown.filter((name) => !isLater(name)),
    masked,
    faults: faultsOf(named, texts),
  };
}

/** How a run is found again on YARN is known when it runs. */
const TAG = 'hera-${run.id}';

function commandOf(
  { run }: Job,
  args: readonly Expanded[],
  options: ReadonlyMap<string, Expanded>,
): Pick<Preview, 'command' | 'files'> {
  const { programs, args: words } = commandLine(
    {
      ...{ engine: run.engine, scriptName: run.script.path, args: args.map(({ text }) => text) },
      ...{ options: optionsOf(run.options, options), tag: run.yarn ? TAG : null },
    },
    (name) => name,
  );
  const command = [programs[0]!, ...words];
  return { command: { words: command, text: typed(command) }, files: run.files.map(({ name }) => name) };
}

type Texts = Readonly<{
  script: Expanded;
  args?: readonly Expanded[];
  options?: ReadonlyMap<string, Expanded>;
  env?: Readonly<Record<string, Expanded>>;
  faults?: readonly string[];
}>;

const textsOf = (job: Job, script: string, occasion: Occasion): Texts => renderJob(job, script, occasion);

const faultsOf = (named: readonly (readonly [string, Expanded])[], { faults }: Texts): readonly string[] =>
  faults ?? named.flatMap(([, { problems }]) => problems.map(({ message }) => message));

function maskedOutputs(given: Occasion['outputs']): Readonly<{ given: Occasion['outputs']; keys: readonly string[] }> {
  const all = Object.entries(given ?? {});
  return {
    given: given && Object.fromEntries(all.map(([job, of]) => [job, { ...of, outputs: withoutSecrets(of.outputs) }])),
    keys: all.flatMap(([job, { outputs }]) =>
      Object.keys(outputs).flatMap((key) => (SECRET_KEY.test(key) ? [`needs.${job}.${key}`] : [])),
    ),
  };
}

function maskedJob(job: Job): Readonly<{ job: Job; names: readonly string[] }> {
  const names = new Set<string>();
  const masked = (values: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        if (!SECRET.test(name)) return [name, value];
        names.add(name);
        return [name, MASK];
      }),
    );
  const { conf, hivevars, url, ...options } = job.run.options ?? {};
  const address = url?.replace(/(password=)[^;?&#]*/gi, `$1${MASK}`);
  const told = {
    ...options,
    ...(address !== undefined && { url: address }),
    ...(conf && { conf: masked(conf) }),
    ...(hivevars && { hivevars: masked(hivevars) }),
  };
  const run = job.run.options ? { ...job.run, options: told } : job.run;
  const shown = { ...job, run, vars: job.vars.map(masked), env: masked(job.env) };
  return { job: shown, names: [...names].sort() };
}
