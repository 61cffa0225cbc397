// The compiler: text in, data out. A tree of files becomes a manifest, or diagnostics that say why not.
// In: a virtual tree. Out: manifest, blobs (scripts and files by hash), diagnostics. No network, no clock, no database, no path of this machine.
// The way: `source/` reads files → `manifest/draft.ts` reads definitions → `manifest/times.ts` tells when jobs fire → `check/` judges →
// `manifest/assemble.ts` writes. Then `plan/` compares manifests and `emit/` turns timetables into schedules.

import { setImmediate } from 'node:timers/promises';
import type { Diagnostic, Finding } from './check/diagnostic.js';
import { linkedDefinition } from './check/links.js';
import { oversizedFile } from './check/oversized.js';
import { runRules } from './check/rules.js';
import { severityOf } from './check/severity.js';
import { assemble } from './manifest/assemble.js';
import { type Draft, type DraftProject, readDraft, readProject, unknownProject } from './manifest/draft.js';
import { readJobFileAhead } from './manifest/job-file.js';
import type { Job, Manifest } from './manifest/manifest.js';
import { jobNamed } from './manifest/named.js';
import { type PlacedField, placedFields } from './manifest/placed.js';
import { readScripts } from './manifest/scripts.js';
import { timesOf } from './manifest/times.js';
import { isUnread } from './manifest/unread.js';
import { lineOfOtherEncoding, OTHER_ENCODING } from './source/encoding.js';
import { type Evaluation, evaluateTypeScript } from './source/evaluate.js';
import type { Evaluated } from './source/evaluated.js';
import { Kept } from './source/kept.js';
import { locate } from './source/locate.js';
import { LIMITS, type Limits } from './source/sandbox.js';
import type { Standby } from './source/standby.js';
import { findFiles, isSameTree, projectFiles, saysItIsDefinition, type Tree } from './source/tree.js';
import { readYaml } from './source/yaml.js';

export { exampleTree } from './check/catalogue/entry.js';
export { type CodeEntry, codes, type Example } from './check/codes.js';
export { type Diagnostic, type Note, nearest, type Place, type Severity } from './check/diagnostic.js';
export { type Checked, FORMAT_NAMES, type FormatName, renderDiagnostics } from './check/formats/index.js';
export { printDiagnostic, printDiagnostics } from './check/formats/text.js';
export * from './manifest/index.js';
export type { PlacedField } from './manifest/placed.js';
export { jsonSchemas, SCHEMAS, type SchemaName } from './source/json-schema.js';
export { Standby } from './source/standby.js';
export { MOST_FILE_BYTES, type Tree } from './source/tree.js';

export type CompileOptions = Readonly<{
  /** Bounds of the evaluation of TypeScript; `LIMITS` unless given. */
  limits?: Limits;
  /** Keeps a process ready for the next compilation; the giver ends it. None unless given. */
  standby?: Standby;
}>;

export { helpersOf } from './source/helpers.js';

export type Compiled = Readonly<{
  /** Null when a diagnostic is an error. */
  manifest: Manifest | null;
  /** Scripts and files of the manifest, by sha256. */
  blobs: ReadonlyMap<string, Uint8Array>;
  /** In order of place. */
  diagnostics: readonly Diagnostic[];
}>;

/**
 * Compiles commits one after the other and keeps what unchanged files gave, so that a compilation costs what was edited. It holds one commit's
 * worth of files. What it answers depends on the tree alone: the same bytes and diagnostics as a compiler that has seen nothing before.
 */
export class Compiler {
  readonly #limits: Limits;
  readonly #standby: Standby | undefined;
  readonly #kept = new Kept();
  #last: Promise<unknown> = Promise.resolve();
  #answer: Readonly<{ tree: Tree; compiled: Compiled }> | undefined;

  constructor({ limits = LIMITS, standby }: CompileOptions = {}) {
    this.#limits = limits;
    this.#standby = standby;
  }

  /** As `compile`; askers at the same time wait for each other. */
  compile(tree: Tree): Promise<Compiled> {
    const compiled = this.#last.then(() => this.#compile(this.#kept.adopt(tree)));
    this.#last = compiled.catch(() => undefined);
    return compiled;
  }

  /** The same files again, as apply asks them after plan, have the same answer; one with errors is not kept, for a busy machine may be to blame. */
  async #compile(tree: Tree): Promise<Compiled> {
    if (this.#answer && isSameTree(this.#answer.tree, tree)) return this.#answer.compiled;
    this.#answer = undefined;
    const { manifest, blobs, findings } = await judge({
      tree,
      limits: this.#limits,
      kept: this.#kept,
      standby: this.#standby,
    });
    const compiled = { manifest, blobs, diagnostics: await locate(tree, findings) };
    this.#answer = manifest === null ? undefined : { tree, compiled };
    return compiled;
  }
}

/**
 * Compiles a commit. The same tree gives the same bytes. Never throws for an author's mistake; throws when this machine fails (no child process
 * can be started).
 */
export const compile = (tree: Tree, options: CompileOptions = {}): Promise<Compiled> =>
  new Compiler(options).compile(tree);

/** What became of asking for one job of a tree. */
export type ResolvedJob =
  | Readonly<{ kind: 'found'; job: Job; fields: readonly PlacedField[]; diagnostics: readonly Diagnostic[] }>
  | Readonly<{ kind: 'unknown'; ids: readonly string[] }>
  | Readonly<{ kind: 'broken'; diagnostics: readonly Diagnostic[] }>;

/** A job of a tree by its id, its alias or an id it had before, with the place that gave each of its values. */
export async function resolveJob(
  tree: Tree,
  name: string,
  { limits = LIMITS }: CompileOptions = {},
): Promise<ResolvedJob> {
  const kept = new Kept();
  const { draft, manifest, findings } = await judge({ tree: kept.adopt(tree), limits, kept });
  const diagnostics = await locate(tree, findings);
  if (!draft || !manifest) return { kind: 'broken', diagnostics };
  const { jobs } = manifest;
  const job = jobNamed(jobs, name);
  if (!job) return { kind: 'unknown', ids: jobs.map(({ id }) => id) };
  return { kind: 'found', job, fields: await placedFields(draft, job), diagnostics };
}

type Source = Readonly<{ tree: Tree; limits: Limits; kept: Kept; standby?: Standby | undefined }>;

/** All that is read of a tree and said about it; no draft where there is no project. */
type Judgement = Readonly<{
  draft: Draft | null;
  manifest: Manifest | null;
  blobs: ReadonlyMap<string, Uint8Array>;
  findings: readonly Finding[];
}>;

async function judge(source: Source): Promise<Judgement> {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const project = await compileProject(source, report);
  if (!project) return { draft: null, manifest: null, blobs: new Map(), findings };
  const draft = await compileDraft(source, project, report);
  const times = timesOf(draft, report);
  const scripts = readScripts(draft, report);
  runRules({ draft, times, scripts: scripts.byJob }, report);
  const failed = findings.some(({ code }) => severityOf(code) === 'error');
  return { draft, manifest: failed ? null : assemble(draft, times, scripts), blobs: scripts.blobs, findings };
}

async function compileProject(source: Source, report: (finding: Finding) => void): Promise<DraftProject | undefined> {
  const [first, second] = projectFiles(source.tree);
  if (first === undefined) {
    const [link] = projectFiles(source.tree.links ?? new Map());
    const [big] = projectFiles(source.tree.oversized ?? new Map());
    if (big !== undefined) report(oversizedFile(source.tree, big));
    else if (link !== undefined) report(linkedDefinition(source.tree, link));
    else
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
  const { evaluated, findings } = await readFiles(source, [first], 'project');
  findings.forEach(report);
  return evaluated[0] ? readProject(evaluated[0], report) : unknownProject(first);
}

async function compileDraft(source: Source, project: DraftProject, report: (finding: Finding) => void): Promise<Draft> {
  const { tree, kept } = source;
  const { folders, jobs, calendars } = kept.files(project.spec.ignore);
  const linked = findFiles(tree.links ?? new Map(), project.spec.ignore);
  const big = findFiles(tree.oversized ?? new Map(), project.spec.ignore);
  const twice = folders.find((file, i) => folders[i - 1]?.replace(/[a-z]+$/, '') === file.replace(/[a-z]+$/, ''));
  if (twice !== undefined)
    report({
      code: 'HERA0002',
      message: `the folder of \`${twice}\` has two files of defaults`,
      at: { file: twice },
      help: 'remove one',
    });
  const files = [...folders, ...jobs, ...calendars];
  // Where nobody can tell what is ignored, files that are no definitions may be meant to be.
  const isMeant = (file: string): boolean => !isUnread(project, 'ignore') || saysItIsDefinition(tree, file);
  const read = await readFiles(source, files.filter(isMeant), 'job');
  read.findings.forEach(report);
  const known = new Set(read.evaluated.map(({ file }) => file));
  return readDraft(
    tree,
    project,
    read.evaluated,
    [...files, ...[linked, big].flatMap((one) => [...one.folders, ...one.jobs, ...one.calendars])].filter(
      (file) => !known.has(file),
    ),
    report,
  );
}

const kindOf = (file: string, otherwise: 'project' | 'job'): Evaluated['kind'] => {
  if (/(^|\/)_folder\.ya?ml$/.test(file)) return 'folder';
  return file.startsWith('calendars/') ? 'calendar' : otherwise;
};

/** What files define, TypeScript evaluated and YAML parsed; a file with findings is not among the evaluated. */
async function readFiles(
  { tree, limits, kept, standby }: Source,
  files: readonly string[],
  kind: 'project' | 'job',
): Promise<Evaluation> {
  const findings: Finding[] = files.flatMap((file) => otherEncoding(file, tree.get(file)!) ?? []);
  const unreadable = new Set(findings.map(({ at }) => at && 'place' in at && at.place.file));
  const readable = files.filter((file) => !unreadable.has(file));
  const scripts = readable.filter((file) => file.endsWith('.ts'));
  const typescript = evaluateTypeScript(tree, scripts, { limits, kept, standby, evaluatedOne: readJobFileAhead });
  const evaluated: Evaluated[] = [];
  let sinceRest = 0;
  for (const file of readable.filter((one) => !one.endsWith('.ts'))) {
    // The sandbox and the translator are fed by this process: they wait for nothing while YAML is parsed.
    const isNew = !kept.hasYaml(file);
    if (isNew && ++sinceRest % FILES_A_SLICE === 0) await setImmediate();
    const as = kindOf(file, kind);
    const made = kept.yaml(file, as, (text) => readYaml(file, text, as));
    if (isNew && 'kind' in made) readJobFileAhead(made);
    if ('kind' in made) evaluated.push(made);
    findings.push(...('kind' in made ? (made.findings ?? []) : made));
  }
  const fromTypeScript = await typescript;
  return {
    evaluated: [...fromTypeScript.evaluated, ...evaluated],
    findings: [...fromTypeScript.findings, ...findings],
  };
}

const FILES_A_SLICE = 5;

/** Of a definition that is not UTF-8, at its first line that is not. */
function otherEncoding(file: string, bytes: Uint8Array): Finding | undefined {
  const place = lineOfOtherEncoding(file, bytes);
  const code = file.endsWith('.ts') ? 'HERA5001' : 'HERA1009';
  return place && { code, message: `\`${file}\` is not UTF-8`, at: { place }, help: OTHER_ENCODING };
}
