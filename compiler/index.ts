// The compiler: text in, data out. A tree of files becomes a manifest, or diagnostics that say why not.
// In: a virtual tree. Out: manifest, blobs (scripts and files by hash), diagnostics. No network, no clock, no database, no path of this machine.
// The way: `source/` reads files → `manifest/draft.ts` reads definitions → `manifest/times.ts` tells when jobs fire → `check/` judges →
// `manifest/assemble.ts` writes. Then `plan/` compares manifests and `emit/` turns timetables into schedules.
import type { Diagnostic, Finding } from './check/diagnostic.js';
import { runRules } from './check/rules.js';
import { severityOf } from './check/severity.js';
import { assemble } from './manifest/assemble.js';
import { type Draft, type DraftProject, readDraft, readProject } from './manifest/draft.js';
import type { Manifest } from './manifest/manifest.js';
import { readScripts } from './manifest/scripts.js';
import { timesOf } from './manifest/times.js';
import { type Evaluation, evaluateTypeScript } from './source/evaluate.js';
import type { Evaluated } from './source/evaluated.js';
import { locate } from './source/locate.js';
import { LIMITS, type Limits } from './source/sandbox.js';
import { findFiles, type Tree, textOf } from './source/tree.js';
import { readYaml } from './source/yaml.js';

export { type CodeEntry, codes, type Example } from './check/codes.js';
export { type Diagnostic, type Note, nearest, type Place, type Severity } from './check/diagnostic.js';
export { type Checked, FORMAT_NAMES, type FormatName, renderDiagnostics } from './check/formats/index.js';
export { printDiagnostic, printDiagnostics } from './check/formats/text.js';
export * from './manifest/index.js';
export { jsonSchemas, SCHEMAS, type SchemaName } from './source/json-schema.js';
export type { Tree } from './source/tree.js';

export type CompileOptions = Readonly<{
  /** Bounds of the evaluation of TypeScript; `LIMITS` unless given. */
  limits?: Limits;
}>;

export type Compiled = Readonly<{
  /** Null when a diagnostic is an error. */
  manifest: Manifest | null;
  /** Scripts and files of the manifest, by sha256. */
  blobs: ReadonlyMap<string, Uint8Array>;
  /** In order of place. */
  diagnostics: readonly Diagnostic[];
}>;

/**
 * Compiles a commit. The same tree gives the same bytes. Never throws for an author's mistake; throws when this machine fails (no child process
 * can be started).
 */
export async function compile(tree: Tree, options: CompileOptions = {}): Promise<Compiled> {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const limits = options.limits ?? LIMITS;
  const project = await compileProject(tree, limits, report);
  if (!project) return { manifest: null, blobs: new Map(), diagnostics: await locate(tree, findings) };
  const draft = await compileDraft(tree, project, limits, report);
  const times = timesOf(draft, report);
  const scripts = readScripts(draft, report);
  runRules({ draft, times, scripts: scripts.byJob }, report);
  const failed = findings.some(({ code }) => severityOf(code) === 'error');
  const manifest = failed ? null : assemble(draft, times, scripts);
  return { manifest, blobs: scripts.blobs, diagnostics: await locate(tree, findings) };
}

async function compileProject(
  tree: Tree,
  limits: Limits,
  report: (finding: Finding) => void,
): Promise<DraftProject | undefined> {
  const { projects } = findFiles(tree);
  const [first, second] = projects;
  if (first === undefined) {
    report({
      code: 'HERA0001',
      message: 'there is no project file at the root',
      at: null,
      help: 'write `hera.project.yaml` with `name` and `zone`, or run `hera init`',
    });
    return undefined;
  }
  if (second !== undefined)
    report({
      code: 'HERA0002',
      message: `the project is defined twice, in \`${first}\` and \`${second}\``,
      at: { file: second },
      help: 'remove one',
    });
  const { evaluated, findings } = await readFiles(tree, [first], 'project', limits);
  findings.forEach(report);
  return evaluated[0] && readProject(evaluated[0], report);
}

async function compileDraft(
  tree: Tree,
  project: DraftProject,
  limits: Limits,
  report: (finding: Finding) => void,
): Promise<Draft> {
  const { folders, jobs, calendars } = findFiles(tree, project.spec.ignore);
  const twice = folders.find((file, i) => folders[i - 1]?.replace(/[a-z]+$/, '') === file.replace(/[a-z]+$/, ''));
  if (twice !== undefined)
    report({
      code: 'HERA0002',
      message: `the folder of \`${twice}\` has two files of defaults`,
      at: { file: twice },
      help: 'remove one',
    });
  const read = await readFiles(tree, [...folders, ...jobs, ...calendars], 'job', limits);
  read.findings.forEach(report);
  const known = new Set(read.evaluated.map(({ file }) => file));
  return readDraft(
    tree,
    project,
    read.evaluated,
    jobs.filter((file) => !known.has(file)),
    report,
  );
}

const kindOf = (file: string, otherwise: 'project' | 'job'): Evaluated['kind'] => {
  if (/(^|\/)_folder\.ya?ml$/.test(file)) return 'folder';
  return file.startsWith('calendars/') ? 'calendar' : otherwise;
};

/** What files define, TypeScript evaluated and YAML parsed; a file with findings is not among the evaluated. */
async function readFiles(
  tree: Tree,
  files: readonly string[],
  kind: 'project' | 'job',
  limits: Limits,
): Promise<Evaluation> {
  const typescript = evaluateTypeScript(
    tree,
    files.filter((file) => file.endsWith('.ts')),
    limits,
  );
  const evaluated: Evaluated[] = [];
  const findings: Finding[] = [];
  for (const file of files.filter((one) => !one.endsWith('.ts'))) {
    const made = readYaml(file, textOf(tree, file), kindOf(file, kind));
    if ('kind' in made) evaluated.push(made);
    else findings.push(...made);
  }
  const fromTypeScript = await typescript;
  return {
    evaluated: [...fromTypeScript.evaluated, ...evaluated],
    findings: [...fromTypeScript.findings, ...findings],
  };
}
