import { posix } from 'node:path';
import type { At, Finding, Path, Report } from '../check/diagnostic.js';
import { suggest } from '../check/diagnostic.js';
import { oversizedFile } from '../check/oversized.js';
import { lineOfNul, lineOfOtherEncoding, OTHER_ENCODING } from '../source/encoding.js';
import { isAddress, type RunSpecification } from '../source/language.js';
import { folderOf, linkOf, resolvePath, type Tree, targetOf } from '../source/tree.js';
import { isKept } from '../source/unkept.js';
import { sha256 } from './canonical.js';
import type { Draft, DraftJob } from './draft.js';
import { madeOnce } from './made-once.js';
import type { RunSpec } from './manifest.js';

/** A job's run with its script and files found, and the texts of it that are rendered. */
export type ScriptPlan = Readonly<{
  run: RunSpec;
  templates: readonly Readonly<{ text: string; at: (offset: number, length: number) => At }>[];
}>;

export type Scripts = Readonly<{ byJob: ReadonlyMap<string, ScriptPlan>; blobs: ReadonlyMap<string, Uint8Array> }>;

/** Finds every job's script and files in the tree; what is missing is reported. Equal contents are one blob. Engines of later versions have no plan. */
export function readScripts(draft: Draft, report: Report): Scripts {
  const blobs = new Map<string, Uint8Array>();
  const byJob = new Map<string, ScriptPlan>();
  for (const job of draft.byId.values()) {
    const { plan, bytes } = foundOf(draft.tree, job, report);
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
}>;

const found = new WeakMap<DraftJob, Found>();

function foundOf(tree: Tree, job: DraftJob, report: Report): Found {
  const known = found.get(job);
  if (known && isAsLooked(tree, known)) return known;
  const bytes = new Map<string, Uint8Array>();
  const looked = new Map<string, Uint8Array | undefined>();
  const keep = (content: Uint8Array): string => {
    const hash = hashOnce(content, [], () => sha256(content));
    bytes.set(hash, content);
    return hash;
  };
  let isComplete = true;
  const plan = planOf(watched(tree, looked), job, keep, (finding) => {
    isComplete = false;
    report(finding);
  });
  const made = { plan, bytes, looked };
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

function planOf(tree: FileLookup, job: DraftJob, keep: Keep, report: Report): ScriptPlan | undefined {
  const { engine, source, args } = job.spec.run ?? { source: null };
  if (!source) return undefined;
  const at: At = { file: job.file, path: source.path };
  const path = isInTree(source) ? findFile(tree, job, source.text, at, report) : null;
  const files = filesOf(tree, job, keep, report);
  if (path === undefined || !files || (engine !== 'shell' && engine !== 'python')) return undefined;
  const bytes = path === null ? new TextEncoder().encode(source.text) : tree.get(path)!;
  const wrong = path === null ? undefined : notText(path, bytes);
  if (wrong) {
    report(wrong);
    return undefined;
  }
  const text = path === null ? source.text : new TextDecoder().decode(bytes);
  const run: RunSpec = { engine, script: { path, sha256: keep(bytes) }, args, files };
  return { run, templates: [scriptTemplate(job, text, path, source.path), ...argTemplates(job)] };
}

const isInTree = ({ kind, text }: NonNullable<RunSpecification['source']>): boolean =>
  kind === 'file' || (kind === 'jar' && !isAddress(text));

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

function filesOf(tree: FileLookup, job: DraftJob, keep: Keep, report: Report): RunSpec['files'] | undefined {
  const spec = job.spec.run!;
  const found = new Map<string, string>();
  let complete = true;
  for (const { text, path, as } of spec.files) {
    const at: At = { file: job.file, path };
    // Fetched by the worker; no version that cannot do so compiles it.
    if (isAddress(text)) continue;
    const file = findFile(tree, job, text, at, report);
    const name = as ?? posix.basename(text);
    if (file === undefined) complete = false;
    else if (found.has(name))
      report({
        code: 'HERA4008',
        message: `two files of \`${job.id}\` are called \`${name}\`, and both would lie beside the script`,
        at,
        help: 'rename one',
      });
    else found.set(name, keep(tree.get(file)!));
  }
  for (const [, path] of namesCalled(job)) {
    const link = linkOf(tree, path);
    if (link === undefined) continue;
    report(linkedFile(tree, path, link, { file: job.file, path: spec.source!.path }));
    complete = false;
  }
  for (const [name, file] of calledFiles(tree, job)) if (!found.has(name)) found.set(name, keep(tree.get(file)!));
  if (!complete) return undefined;
  return [...found].map(([name, hash]) => ({ name, sha256: hash })).sort((a, b) => (a.name < b.name ? -1 : 1));
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
