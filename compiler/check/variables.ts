import { type Draft, type DraftJob, nearestValue } from '../manifest/draft.js';
import { variablesOf } from '../manifest/inherit.js';
import { readOnce } from '../manifest/made-once.js';
import type { ScriptPlan } from '../manifest/scripts.js';
import { isUnread } from '../manifest/unread.js';
import {
  BUILTINS,
  checkTemplate,
  type Dialect,
  foreignTemplates,
  isBuiltin,
  NATIVE_DATES,
  type NeededJobs,
  nativeName,
  type UnknownName,
} from '../render/index.js';
import { VARIABLE } from '../source/language/values.js';
import type { JobSpec } from '../source/language.js';
import { type At, nearest, type Path, type Report } from './diagnostic.js';

/**
 * Scripts, arguments and environment render: no cycle among variables, no date that cannot be formatted, no variable that hides a built-in.
 * In the dialect of the old scheduler there are no built-ins to hide.
 */
export function checkVariables(draft: Draft, scripts: ReadonlyMap<string, ScriptPlan>, report: Report): void {
  const once = onlyOnce(report);
  for (const job of draft.byId.values()) {
    const script = scripts.get(job.id);
    jobOnce(job, [script, draft.project], once, (inner) => checkJob(draft, job, script, inner));
  }
}

const jobOnce = readOnce<DraftJob, void>();

function checkJob({ project }: Draft, job: DraftJob, script: ScriptPlan | undefined, report: Report): void {
  const dialect = nearestValue(job, 'templates')?.value ?? 'native';
  const sources = [{ file: job.file, root: job.root, spec: job.spec }, ...job.levels];
  if (dialect === 'native') checkNames(job, sources, report);
  const locale = project.spec.locale ?? ('en' as const);
  const needed = isUnread(job, 'needs') ? undefined : neededBy(job);
  const rules = { dialect, vars: variablesOf(job), locale, needed };
  const templates = templatesOf(script, sources);
  if (dialect === 'native') for (const one of [...templates, ...valuesOf('vars', sources)]) warnForeign(one, report);
  for (const { text, at } of templates)
    checkText(text, rules, project.spec.regions ?? [], at, (finding) => {
      if (finding.code !== 'HERA4007' || !mayBeUnread(job, finding.message)) report(finding);
    });
}

/** Names that lead nowhere are another mistake. */
const neededBy = ({ id, needs }: DraftJob): NeededJobs => ({
  jobs: [...new Set(needs.flatMap((need) => (need.kind === 'job' && need.id !== null ? [need.id] : [])))],
  self: needs.some((need) => need.kind === 'self') ? id : null,
});

type Levels = readonly Readonly<{ file: string; root: Path; spec: Pick<JobSpec, 'vars' | 'env'> }>[];

function checkNames(job: DraftJob, levels: Levels, report: Report): void {
  const hides = (what: string, name: string, file: string, path: Path): void =>
    report({
      code: 'HERA4006',
      message: `the ${what} \`${name}\` would hide the built-in of that name`,
      at: { file, path, on: 'key' },
      help: 'rename it',
    });
  const { run } = job.spec;
  const own = run ? [{ file: job.file, root: run.path, spec: run }] : [];
  for (const { file, root, spec } of [...own, ...levels])
    for (const name of Object.keys(spec.vars ?? {})) {
      const path = [...root, 'vars', name];
      if (isBuiltin(name)) hides('variable', name, file, path);
      if (!VARIABLE.pattern.test(name))
        report({
          code: 'HERA1002',
          message: `\`${name}\` is no name here: ${VARIABLE.expects}`,
          at: { file, path, on: 'key' },
          help: 'rename it: `${…}` names nothing else, except with `templates: hera`',
        });
    }
  for (const [name, { path }] of Object.entries(job.spec.params ?? {}))
    if (isBuiltin(name)) hides('parameter', name, job.file, path);
}

/** Whether the name that a note is about may be one of those that could not be read. */
function mayBeUnread(job: DraftJob, note: string): boolean {
  const isAny = (level: Pick<DraftJob, 'unread'>): boolean =>
    isUnread(level, 'vars') ||
    [...level.unread].some((key) => key.startsWith('vars.') && note.startsWith(`\`\${${key.slice('vars.'.length)}}`));
  return ['params', 'run'].some((key) => isUnread(job, key)) || [job, ...job.levels].some(isAny);
}

type Template = Readonly<{ text: string; at: (offset: number, length: number) => At }>;

function templatesOf(script: ScriptPlan | undefined, sources: Levels): readonly Template[] {
  const env = valuesOf('env', sources);
  return script ? [...script.templates, ...env] : env;
}

const valuesOf = (key: 'env' | 'vars', sources: Levels): readonly Template[] =>
  sources.flatMap(({ file, root, spec }) =>
    Object.entries(spec[key] ?? {}).map(([name, text]) => ({
      text,
      at: (offset: number, length: number): At => ({ file, path: [...root, key, name], within: { offset, length } }),
    })),
  );

/** What another scheduler would render, once for each template of a text. */
function warnForeign({ text, at }: Template, report: Report): void {
  const told = new Set<string>();
  for (const { text: written, of, native, offset, length } of foreignTemplates(text)) {
    if (told.has(written)) continue;
    told.add(written);
    report({
      code: 'HERA4016',
      message: `\`${written}\` is a template of ${of}, which nobody renders here`,
      at: at(offset, length),
      help: native === undefined ? NATIVE_DATES : `write \`${native}\``,
    });
  }
}

/** Looked at as in each region; what is wrong in several is said once, for the report takes the same finding once. */
function checkText(
  text: string,
  rules: Parameters<typeof checkTemplate>[1] & Readonly<{ dialect: Dialect }>,
  regions: readonly string[],
  at: Template['at'],
  report: Report,
): void {
  if (!text.includes('${')) return;
  const found = (regions.length > 0 ? regions : [undefined]).map((region) => ({
    region,
    ...checkTemplate(text, { ...rules, region }),
  }));
  const isKnown = (asked: UnknownName): boolean =>
    !found.every(({ unknown }) => unknown.some(({ name, offset }) => name === asked.name && offset === asked.offset));
  for (const { region, problems, unknown } of found) {
    for (const { kind, offset, length, message, help } of problems)
      report({ code: kind === 'cycle' ? 'HERA4004' : 'HERA4005', message, at: at(offset, length), help });
    for (const name of unknown) noteUnknown(name, isKnown(name) ? region : undefined, rules, at, report);
  }
}

/** `region`: the one in which the name is unknown, where others know it. */
function noteUnknown(
  { name, offset, length }: UnknownName,
  region: string | undefined,
  { dialect, vars }: Pick<Parameters<typeof checkTemplate>[1], 'vars'> & Readonly<{ dialect: Dialect }>,
  at: Template['at'],
  report: Report,
): void {
  const where = region === undefined ? '' : ` in the region \`${region}\``;
  const isForeign = dialect === 'hera' && isBuiltin(name);
  report({
    code: 'HERA4007',
    message: isForeign
      ? `\`\${${name}}\` is no variable in the dialect of the old scheduler: it is left for the shell`
      : `\`\${${name}}\` is no variable${where}: it is left for the shell`,
    at: at(offset, length),
    help:
      dialect === 'hera'
        ? `define \`${name}\` in \`vars\`, unless the shell is meant`
        : `${defineHelp(name, vars)}, or write \`$\${${name}}\` if the shell is meant`,
  });
}

/** A built-in by another scheduler's name, a name within two letters, or a new one. */
function defineHelp(name: string, vars: readonly Readonly<Record<string, string>>[]): string {
  const meant = nativeName(name) ?? nearest(name, [...BUILTINS, ...vars.flatMap(Object.keys)]);
  return meant === undefined ? `define \`${name}\` in \`vars\`` : `write \`\${${meant}}\``;
}

/** The same place is looked at for every job below a folder. */
function onlyOnce(report: Report): Report {
  const seen = new Set<string>();
  return (finding) => {
    const key = JSON.stringify([finding.code, finding.message, finding.at]);
    if (!seen.has(key)) report(finding);
    seen.add(key);
  };
}
