import { posix } from 'node:path';
import type { At, Finding, Path, Report } from '../check/diagnostic.js';
import { suggest } from '../check/diagnostic.js';
import { oversizedFile } from '../check/oversized.js';
import { lineOfNul, lineOfOtherEncoding, OTHER_ENCODING } from '../source/encoding.js';
import { type FileSpec, isAddress, type MachineGroupSpec, type RunSpecification } from '../source/language.js';
import { folderOf, linkOf, resolvePath, type Tree, targetOf } from '../source/tree.js';
import { isKept } from '../source/unkept.js';
import { sha256 } from './canonical.js';
import { DEFAULTS } from './defaults.js';
import { type Draft, type DraftJob, nearestValue } from './draft.js';
import { engineOptions, FILE_FIELDS, isElsewhere } from './engine-options.js';
import { madeOnce } from './made-once.js';
import type { RunSpec } from './manifest.js';

/** A job's run with its script and files found, and the texts of it that are rendered. */
export type ScriptPlan = Readonly<{
  run: RunSpec;
  templates: readonly Readonly<{ text: string; at: (offset: number, length: number) => At }>[];
}>;

export type Scripts = Readonly<{ byJob: ReadonlyMap<string, ScriptPlan>; blobs: ReadonlyMap<string, Uint8Array> }>;

/** Finds every job's script and files in the tree; what is missing is reported. Equal contents are one blob. What executes nothing has no plan. */
export function readScripts(draft: Draft, report: Report): Scripts {
  const blobs = new Map<string, Uint8Array>();
  const byJob = new Map<string, ScriptPlan>();
  for (const job of draft.byId.values()) {
    const { plan, bytes } = foundOf(draft, job, report);
    for (const [hash, content] of bytes) blobs.set(hash, content);
    if (plan) byJob.set(job.id, plan);
  }
  return { byJob, blobs };
}

/** A job's plan with its blobs, and every path that was looked for with what lay there: while that is the same, so is the plan. */
type Found = Readonly<{
  plan: ScriptPlan | undefined;
  bytes: ReadonlyMap<string, Uint8Array>;
  looked: ReadonlyMap<string, Uint8Array | undefined>;
  /** Of the job's machine group. */
  group: MachineGroupSpec;
}>;

const found = new WeakMap<DraftJob, Found>();
const NO_SETTINGS: MachineGroupSpec = {};

function foundOf({ tree, project }: Draft, job: DraftJob, report: Report): Found {
  const known = found.get(job);
  const group =
    project.spec.machineGroups?.[nearestValue(job, 'machineGroup')?.value ?? DEFAULTS.machineGroup] ?? NO_SETTINGS;
  if (known && known.group === group && isAsLooked(tree, known)) return known;
  const bytes = new Map<string, Uint8Array>();
  const looked = new Map<string, Uint8Array | undefined>();
  const keep = (content: Uint8Array): string => {
    const hash = hashOnce(content, [], () => sha256(content));
    bytes.set(hash, content);
    return hash;
  };
  let isComplete = true;
  const plan = planOf(watched(tree, looked), job, group, keep, (finding) => {
    isComplete = false;
    report(finding);
  });
  const made = { plan, bytes, looked, group };
  // What names neighbours in its help depends on more than was looked for.
  if (isComplete) found.set(job, made);
  return made;
}

function isAsLooked(tree: Tree, { looked }: Found): boolean {
  for (const [path, bytes] of looked) if (tree.get(path) !== bytes) return false;
  return true;
}

const hashOnce = madeOnce<Uint8Array, string>();

/** The same tree; what is asked of it is written down. */
function watched(tree: Tree, looked: Map<string, Uint8Array | undefined>): FileLookup {
  const get = (path: string): Uint8Array | undefined => {
    const bytes = tree.get(path);
    looked.set(path, bytes);
    return bytes;
  };
  return {
    get,
    has: (path) => get(path) !== undefined,
    names: () => tree.keys(),
    links: tree.links ?? new Map(),
    oversized: tree.oversized ?? new Map(),
  };
}

type FileLookup = Readonly<{
  get: (path: string) => Uint8Array | undefined;
  has: (path: string) => boolean;
  names: () => Iterable<string>;
  links: NonNullable<Tree['links']>;
  oversized: NonNullable<Tree['oversized']>;
}>;

type Keep = (bytes: Uint8Array) => string;

function planOf(
  tree: FileLookup,
  job: DraftJob,
  group: MachineGroupSpec,
  keep: Keep,
  report: Report,
): ScriptPlan | undefined {
  const { engine, source, args } = job.spec.run ?? { source: null };
  if (!source) return undefined;
  const at: At = { file: job.file, path: source.path };
  const path = isInTree(source) ? findFile(tree, job, source.text, at, report) : null;
  const files = filesOf(tree, job, keep, report);
  if (path === undefined || !files || engine === undefined || engine === 'external' || engine === 'probe')
    return undefined;
  const given = source.kind === 'inline' ? source.text : '';
  const bytes = path === null ? new TextEncoder().encode(given) : tree.get(path)!;
  const wrong = path === null ? undefined : notText(path, bytes);
  if (wrong) {
    report(wrong);
    return undefined;
  }
  const text = path === null ? given : new TextDecoder().decode(bytes);
  const script = { path, sha256: keep(bytes) };
  const run: RunSpec = { engine, script, args, files: files.laid, ...engineOptions(job.spec.run!, group, files.named) };
  return {
    run,
    templates: [scriptTemplate(job, text, path, source.path), ...argTemplates(job), ...optionTemplates(job)],
  };
}

const isInTree = ({ kind }: NonNullable<RunSpecification['source']>): boolean => kind === 'file';

/** A script is rendered, which takes a text; what only lies beside it may be anything. */
function notText(path: string, bytes: Uint8Array): Finding | undefined {
  const other = lineOfOtherEncoding(path, bytes);
  const place = other ?? lineOfNul(path, bytes);
  return (
    place && {
      code: 'HERA4015',
      message: `the script \`${path}\` ${other ? 'is not UTF-8' : 'holds a NUL byte'}`,
      at: { place },
      help: other
        ? OTHER_ENCODING
        : 'save a text in UTF-16 as UTF-8; a program stands in `files`, and the script starts it: `./name`',
    }
  );
}

function scriptTemplate(
  job: DraftJob,
  text: string,
  path: string | null,
  inline: Path,
): ScriptPlan['templates'][number] {
  return {
    text,
    at: (offset, length) =>
      path === null
        ? { file: job.file, path: inline, within: { offset, length } }
        : { place: placeInText(path, text, offset, length) },
  };
}

const argTemplates = (job: DraftJob): ScriptPlan['templates'] =>
  job.spec.run!.args.map((text, i) => ({
    text,
    at: (offset, length) => ({ file: job.file, path: [...job.spec.run!.path, 'args', i], within: { offset, length } }),
  }));

/** Texts of the engine's own fields, such as `conf` and `hivevars`. */
function optionTemplates(job: DraftJob): ScriptPlan['templates'] {
  const { options, path: root } = job.spec.run!;
  const found: ScriptPlan['templates'][number][] = [];
  const visit = (value: unknown, path: Path): void => {
    if (typeof value === 'string')
      found.push({
        text: value,
        at: (offset, length) => ({ file: job.file, path, within: { offset, length } }),
      });
    else if (typeof value === 'object' && value !== null)
      for (const [key, member] of Object.entries(value))
        visit(member, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(options, root);
  return found;
}

function placeInText(file: string, text: string, offset: number, length: number) {
  const before = text.slice(0, offset).split('\n');
  const [line, column] = [before.length, before.at(-1)!.length + 1];
  const end = text.slice(offset, offset + length).split('\n').length > 1 ? column + 1 : column + length;
  return { file, line, column, endLine: line, endColumn: end };
}

/** A path relative to the definition, or with `/` from the root. Undefined after reporting that nothing is there. */
function findFile(tree: FileLookup, job: DraftJob, written: string, at: At, report: Report): string | undefined {
  const path = resolvePath(job.file, written.startsWith('/') ? written : `./${written}`);
  if (path === null) {
    report({
      code: 'HERA4003',
      message: `\`${written}\` leads out of the repository`,
      at,
      help: 'copy the file into the repository',
    });
    return undefined;
  }
  if (tree.has(path)) return path;
  // The text itself is a mistake that has been told.
  if (!isKept(written)) return undefined;
  if (tree.oversized.has(path)) {
    report(oversizedFile(tree, path));
    return undefined;
  }
  const link = linkOf(tree, path);
  if (link !== undefined) {
    report(linkedFile(tree, path, link, at));
    return undefined;
  }
  const names = [...tree.names()].sort();
  if (path === '' || names.some((name) => name.startsWith(`${path}/`))) {
    report(folderNamed(names, written, path, at));
    return undefined;
  }
  const help = written.includes('\\') ? slashHelp(job, written) : fileHelp(names, path);
  report({ code: 'HERA4002', message: `there is no file \`${path}\` in the repository`, at, label: 'not found', help });
  return undefined;
}

/** `.`, `./dw` or nothing at all, where a file is meant. */
function folderNamed(names: readonly string[], written: string, path: string, at: At): Finding {
  const inside = names.filter((name) => folderOf(name) === path && !isDefinition(name)).map((name) => `\`/${name}\``);
  return {
    code: 'HERA4002',
    message: written === '' ? 'an empty text names no file' : `\`${written}\` is a folder, and names no file`,
    at,
    label: 'not a file',
    help: inside.length === 0 || inside.length > 8 ? 'name each file, `./name`' : `did you mean ${inside.join(', ')}?`,
  };
}

const isDefinition = (name: string): boolean => /\.(ts|ya?ml)$/.test(name);

/** A path of Windows. */
const slashHelp = (job: DraftJob, written: string): string =>
  /^[A-Za-z]:/.test(written)
    ? 'name a file of the repository, with `/` between its folders: machines see nothing else'
    : `write \`${written.replaceAll('\\', '/')}\`: paths have \`/\`, and begin in the folder of \`${job.file}\``;

/** A file that is a link or stands behind one; the worker would not get what it leads to. */
function linkedFile(tree: FileLookup, path: string, link: string, at: At): Finding {
  const target = targetOf(tree, link);
  const real = target === null ? undefined : `${target}${path.slice(link.length)}`;
  return {
    code: 'HERA4002',
    message: `\`${path}\` is ${link === path ? 'a link' : `behind the link \`${link}\``}, and links are not followed`,
    at,
    label: 'not a file of the commit',
    help:
      real !== undefined && tree.has(real)
        ? `write \`/${real}\`, where it leads, or put the file itself there`
        : `put the file itself into the repository${link === path ? '' : `, in a folder that is no link`}`,
  };
}

/** The file of that name elsewhere, else the nearest name in that folder. */
function fileHelp(names: readonly string[], path: string): string | undefined {
  const name = posix.basename(path);
  const elsewhere = names.filter((one) => posix.basename(one) === name);
  const paths = elsewhere.slice(0, 3).map((one) => `\`/${one}\``);
  if (paths.length > 0)
    return `write ${paths.join(' or ')}: a path begins at the definition's own folder, with \`/\` at the root`;
  const beside = names.filter((one) => folderOf(one) === folderOf(path)).map((one) => posix.basename(one));
  return suggest(
    name,
    beside.filter((one) => !isDefinition(one)),
  );
}

/** What is laid beside the script, and under which name what is written in the fields of the engine lies there. */
type Files = Readonly<{ laid: RunSpec['files']; named: ReadonlyMap<string, string> }>;

function filesOf(tree: FileLookup, job: DraftJob, keep: Keep, report: Report): Files | undefined {
  const spec = job.spec.run!;
  const named = new Map<string, string>();
  const found = new Map<string, string>();
  let complete = true;
  for (const { text, path, as, isOption } of [
    ...spec.files.map((file) => ({ ...file, isOption: false })),
    ...fileOptions(spec),
  ]) {
    const at: At = { file: job.file, path };
    // Fetched by the worker; no version that cannot do so compiles it.
    if (isAddress(text)) continue;
    const file = findFile(tree, job, text, at, report);
    const name = as ?? posix.basename(text);
    if (file === undefined) complete = false;
    else if (isOption && found.get(name) === keep(tree.get(file)!)) named.set(text, name);
    else if (found.has(name))
      report({
        code: 'HERA4008',
        message: `two files of \`${job.id}\` are called \`${name}\`, and both would lie beside the script`,
        at,
        help: 'rename one',
      });
    else {
      found.set(name, keep(tree.get(file)!));
      if (isOption) named.set(text, name);
    }
  }
  for (const [, path] of namesCalled(job)) {
    const link = linkOf(tree, path);
    if (link === undefined) continue;
    report(linkedFile(tree, path, link, { file: job.file, path: spec.source!.path }));
    complete = false;
  }
  for (const [name, file] of calledFiles(tree, job)) if (!found.has(name)) found.set(name, keep(tree.get(file)!));
  if (!complete) return undefined;
  const laid = [...found].map(([name, hash]) => ({ name, sha256: hash })).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { laid, named };
}

/** Files of the repository that the fields of the engine name. */
function fileOptions({ options, path }: RunSpecification): readonly (FileSpec & Readonly<{ isOption: true }>)[] {
  return FILE_FIELDS.flatMap((field) => {
    const given = options[field];
    const texts = typeof given === 'string' ? [given] : ((given ?? []) as readonly string[]);
    return texts.flatMap((text, i) =>
      isElsewhere(text)
        ? []
        : [{ text, path: [...path, field, ...(typeof given === 'string' ? [] : [i])], isOption: true as const }],
    );
  });
}

/** An inline script may call `./name` files that lie beside the definition: they are laid beside the script too. */
const calledFiles = (tree: FileLookup, job: DraftJob): readonly (readonly [string, string])[] =>
  namesCalled(job).filter(([, path]) => tree.has(path));

/** Names that an inline script calls, each with the path in the repository that it would have. */
function namesCalled(job: DraftJob): readonly (readonly [string, string])[] {
  const { source } = job.spec.run!;
  if (source?.kind !== 'inline') return [];
  return [...source.text.matchAll(/(?<![\w./-])\.\/([\w.-]+(?:\/[\w.-]+)*)/g)].flatMap(([, name]) => {
    const path = resolvePath(job.file, `./${name}`);
    // A name that climbs would be laid outside the directory of the attempt.
    const climbs = /(^|\/)\.\.?(\/|$)/.test(name!);
    return path !== null && !climbs ? [[name!, path] as const] : [];
  });
}
