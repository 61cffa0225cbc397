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

/** Which file gave each value that the job has not from its own: field, `vars.<name>` or `env.<name>` to file. */
export function provenanceOf(job: DraftJob): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  const own = new Set(namesOf({ file: job.file, root: job.root, spec: job.spec }));
  for (const name of Object.keys({ ...job.spec.params, ...job.spec.run?.vars })) own.add(`vars.${name}`);
  for (const name of Object.keys(job.spec.run?.env ?? {})) own.add(`env.${name}`);
  if (job.spec.schedule?.zone !== undefined) own.add('zone');
  if (job.spec.schedule?.catchUp !== undefined) own.add('catchUp');
  for (const level of job.levels) for (const name of namesOf(level)) if (!own.has(name)) given[name] ??= level.file;
  return given;
}

function namesOf({ spec }: Level): readonly string[] {
  const fields: string[] = INHERITED.filter((key) => spec[key] !== undefined);
  const vars = Object.keys(spec.vars ?? {}).map((name) => `vars.${name}`);
  return [...fields, ...vars, ...Object.keys(spec.env ?? {}).map((name) => `env.${name}`)];
}
