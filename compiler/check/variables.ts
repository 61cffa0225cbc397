import type { Draft, DraftJob } from '../manifest/draft.js';
import { variablesOf } from '../manifest/inherit.js';
import { readOnce } from '../manifest/made-once.js';
import type { ScriptPlan } from '../manifest/scripts.js';
import { checkTemplate, isBuiltin } from '../render/index.js';
import type { At, Report } from './diagnostic.js';

/** Scripts, arguments and environment render: no cycle among variables, no date that cannot be formatted, no variable that hides a built-in. */
export function checkVariables(draft: Draft, scripts: ReadonlyMap<string, ScriptPlan>, report: Report): void {
  const once = onlyOnce(report);
  for (const job of draft.byId.values()) {
    const sources = [{ file: job.file, root: job.root, spec: job.spec }, ...job.levels];
    for (const { file, root, spec } of sources)
      for (const name of Object.keys(spec.vars ?? {}))
        if (isBuiltin(name))
          once({
            code: 'HERA4006',
            message: `the variable \`${name}\` would hide the built-in of that name`,
            at: { file, path: [...root, 'vars', name], on: 'key' },
            help: 'rename it',
          });
    for (const [name, { path }] of Object.entries(job.spec.params ?? {}))
      if (isBuiltin(name))
        once({
          code: 'HERA4006',
          message: `the parameter \`${name}\` would hide the built-in of that name`,
          at: { file: job.file, path, on: 'key' },
          help: 'rename it',
        });
    const script = scripts.get(job.id);
    textsOnce(job, [script], once, (inner) => {
      const vars = variablesOf(job);
      for (const { text, at } of templatesOf(script, sources)) checkText(text, vars, at, inner);
    });
  }
}

const textsOnce = readOnce<DraftJob, void>();

type Template = Readonly<{ text: string; at: (offset: number, length: number) => At }>;

function templatesOf(
  script: ScriptPlan | undefined,
  sources: readonly Readonly<{
    file: string;
    root: readonly (string | number)[];
    spec: Readonly<{ env?: Readonly<Record<string, string>> }>;
  }>[],
): readonly Template[] {
  const env = sources.flatMap(({ file, root, spec }) =>
    Object.entries(spec.env ?? {}).map(([name, text]) => ({
      text,
      at: (offset: number, length: number): At => ({ file, path: [...root, 'env', name], within: { offset, length } }),
    })),
  );
  return script ? [...script.templates, ...env] : env;
}

function checkText(
  text: string,
  vars: readonly Readonly<Record<string, string>>[],
  at: Template['at'],
  report: Report,
): void {
  if (!text.includes('${')) return;
  const { problems, unknown } = checkTemplate(text, vars);
  for (const { offset, length, message, help } of problems) {
    const code = /cycle|itself|each other/.test(message) ? 'HERA4004' : 'HERA4005';
    report({ code, message, at: at(offset, length), help });
  }
  for (const { name, offset, length } of unknown)
    report({
      code: 'HERA4007',
      message: `\`\${${name}}\` is no variable: it is left for the shell`,
      at: at(offset, length),
      help: `define \`${name}\` in \`vars\`, or write \`$\${${name}}\` if the shell is meant`,
    });
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
