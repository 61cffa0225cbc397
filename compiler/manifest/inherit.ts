import type { At, Path } from '../check/diagnostic.js';
import { levelShape } from '../source/language/shared.js';
import type { DraftJob, Level } from './draft.js';

type Values = Readonly<Record<string, string>>;

/**
 * Variables, the nearest level first; those of `run` belong to the job's own level and win there, parameters have their defaults there. Empty
 * levels are left out.
 */
export function variablesOf(job: DraftJob): readonly Values[] {
  const own = { ...defaultsOf(job), ...job.spec.vars, ...job.spec.run?.vars };
  return [own, ...job.levels.map(({ spec }) => spec.vars ?? {})].filter((level) => Object.keys(level).length > 0);
}

/** Environment variables, the nearest of each name. */
export function environmentOf(job: DraftJob): Values {
  const levels = [...job.levels].reverse().map(({ spec }) => spec.env ?? {});
  const all = [...levels, job.spec.env ?? {}, job.spec.run?.env ?? {}];
  return Object.fromEntries(all.flatMap((level) => Object.entries(level)));
}

/** Parameters that have a value where none is given. */
const defaultsOf = (job: DraftJob): Values =>
  Object.fromEntries(
    Object.entries(job.spec.params ?? {}).flatMap(([name, param]) =>
      param.default === null ? [] : [[name, param.default]],
    ),
  );

/** Fields that come from the nearest level as a whole; `vars` and `env` come name by name. */
const INHERITED = (Object.keys(levelShape) as (keyof typeof levelShape)[]).filter(
  (key): key is Exclude<typeof key, 'vars' | 'env'> => key !== 'vars' && key !== 'env',
);

type Place = Readonly<{ file: string; root: Path }>;
type Visit = (name: string, place: Place, ...path: readonly string[]) => void;

/** Every value that somebody gives, the nearest first: a field's name, `vars.<name>` or `env.<name>`. `base`: the job whose ticks and zone it takes. */
function eachGiven(job: DraftJob, base: Place | undefined, visit: Visit): void {
  const { file, root, spec } = job;
  const own = { file, root };
  for (const key of ['zone', 'catchUp'] as const) {
    const said = spec.schedule?.[key];
    if (said) visit(key, { file, root: said.path });
  }
  if (spec.run) {
    const place = { file, root: spec.run.path };
    for (const name of Object.keys(spec.run.vars)) visit(`vars.${name}`, place, 'vars', name);
    for (const name of Object.keys(spec.run.env)) visit(`env.${name}`, place, 'env', name);
  }
  if (spec.base) visit('base', { file, root: spec.base.path });
  eachOfLevel(job, visit);
  for (const name of Object.keys(spec.params ?? {})) visit(`vars.${name}`, own, 'params', name);
  if (base) visit('zone', { file: base.file, root: base.root });
  for (const level of job.levels) eachOfLevel(level, visit);
  // The last level is the project itself, which always has a zone.
  visit('zone', job.levels.at(-1)!, 'zone');
}

function eachOfLevel({ file, root, spec }: Level, visit: Visit): void {
  const place = { file, root };
  for (const key of INHERITED) if (spec[key] !== undefined) visit(key, place, key);
  for (const name of Object.keys(spec.vars ?? {})) visit(`vars.${name}`, place, 'vars', name);
  for (const name of Object.keys(spec.env ?? {})) visit(`env.${name}`, place, 'env', name);
}

/** Which file gave each value: field, `vars.<name>` or `env.<name>` to file. A field that is not in it has the built-in default. */
export function provenanceOf(job: DraftJob, base: Place | undefined): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  eachGiven(job, base, (name, { file }) => {
    given[name] ??= file;
  });
  return given;
}

/** Where exactly each value was given, by the names of `provenanceOf`. */
export function placesOf(job: DraftJob, base: Place | undefined): ReadonlyMap<string, At> {
  const given = new Map<string, At>();
  eachGiven(job, base, (name, { file, root }, ...path) => {
    if (!given.has(name)) given.set(name, { file, path: [...root, ...path] });
  });
  return given;
}
