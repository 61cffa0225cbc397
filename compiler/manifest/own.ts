// What one run alone has, asked by hand: variables for this run only, and another machine group. It becomes part of the definition that the
// run's turn is pinned to, so that all who read that (worker, freezes, previews) read it too.
import { suggest } from '../check/diagnostic.js';
import { isBuiltin } from '../render/index.js';
import { expectedInstead } from '../source/language/param-value.js';
import type { Job } from './manifest.js';
import { textsOfOptions } from './rendered-options.js';

export type Own = Readonly<{
  /** Values by name, nearer than the job's own variables; templates in them are rendered as in those. */
  vars: Readonly<Record<string, string>>;
  /** Null: the job's. */
  machineGroup: string | null;
}>;

/** The definition of a run that has something of its own. */
export const withOwn = (job: Job, own: Own): Job & Readonly<{ own: Own }> => ({
  ...job,
  machineGroup: own.machineGroup ?? job.machineGroup,
  vars: Object.keys(own.vars).length === 0 ? job.vars : [own.vars, ...job.vars],
  own,
});

export type OwnFault = Readonly<{ message: string; help: string }>;

/** Whether a run by hand that is given nothing lacks a parameter, or has a value that its parameter does not take. */
export function paramFaults(job: Job, { vars }: Own): readonly OwnFault[] {
  return job.params.flatMap((param): readonly OwnFault[] => {
    const text = Object.hasOwn(vars, param.name) ? vars[param.name] : undefined;
    if (text === undefined) {
      if (!param.required) return [];
      const about = param.description === null ? '' : ` (${param.description})`;
      return [
        { message: `${job.id} needs its parameter \`${param.name}\`${about}`, help: `give it: ${example(param)}` },
      ];
    }
    const expects = expectedInstead(text, param);
    if (expects === undefined) return [];
    return [{ message: `\`${param.name}\` of ${job.id} must be ${expects}, not \`${text}\``, help: example(param) }];
  });
}

/**
 * Names that nothing of a job knows, and in native templates those of built-ins: a value for one of them would do nothing. `script`: its text, which
 * may name what nobody has defined.
 */
export function nameFaults(job: Job, { vars }: Own, script: string): readonly OwnFault[] {
  const known = [...new Set([...job.params.map(({ name }) => name), ...job.vars.flatMap(Object.keys)])];
  return Object.keys(vars).flatMap((name): readonly OwnFault[] => {
    if (job.templates !== 'hera' && isBuiltin(name))
      return [{ message: `\`${name}\` is built in: its value is of the period`, help: 'ask for another period' }];
    if (known.includes(name) || namesOne(job, script, name)) return [];
    return [
      {
        message: `nothing of ${job.id} names a variable \`${name}\``,
        help: suggest(name, known) ?? `write \`\${${name}}\` where it belongs`,
      },
    ];
  });
}

const namesOne = (job: Job, script: string, name: string): boolean =>
  [
    ...[script, ...job.run.args, ...textsOfOptions(job.run.options).values()],
    ...[...Object.values(job.env), ...job.vars.flatMap(Object.values)],
  ].some((text) => text.includes(`\${${name}}`));

const EXAMPLES = { string: 'text', int: '3', number: '0.5', boolean: 'true', date: '2026-01-31', enum: '' } as const;

const example = ({ name, type, values }: Job['params'][number]): string =>
  `--var ${name}=${type === 'enum' ? (values[0] ?? '') : EXAMPLES[type]}`;
