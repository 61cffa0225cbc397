import type { At, Path, Report } from '../check/diagnostic.js';
import type { Evaluated } from '../source/evaluated.js';
import { illTyped, isRecord } from '../source/fields.js';
import {
  type FolderSpec,
  folderField,
  type JobSpec,
  jobField,
  type NeedSpec,
  type ProjectSpec,
  projectField,
} from '../source/language.js';
import { folderOf, idOfFile, resolvePath, type Tree } from '../source/tree.js';
import { DEFAULTS } from './defaults.js';
import { madeOnce, readOnce } from './made-once.js';
import { readWorkdays } from './workdays.js';

/** A level that gives values to the jobs below it: a folder's file, or the project. */
export type Level = Readonly<{ file: string; root: Path; spec: FolderSpec }>;

/** A job as its author wrote it, with the levels above it from near to far. */
export type DraftJob = Readonly<{
  id: string;
  file: string;
  root: Path;
  spec: JobSpec;
  levels: readonly Level[];
  needs: readonly DraftNeed[];
  /** Its schedule or one of its needs could not be read, so that nobody can tell when it fires. */
  isTimeUnread: boolean;
}>;

/** `id` is null when the name as written leads out of the repository. `at` is the name, `root` the whole need. */
export type DraftNeed =
  | (JobNeedSpec & Readonly<{ id: string | null; at: At }>)
  | (Exclude<NeedSpec, JobNeedSpec> & Readonly<{ at: At }>);
type JobNeedSpec = Extract<NeedSpec, { kind: 'job' }>;

export type DraftProject = Readonly<{
  file: string;
  name: string;
  zone: string;
  machineGroups: readonly string[];
  spec: ProjectSpec;
}>;

/** All of a commit, read but not yet judged. Of jobs with the same id the first in byte order of files is kept in `byId`. */
export type Draft = Readonly<{
  tree: Tree;
  project: DraftProject;
  jobs: readonly DraftJob[];
  /** Every folder's defaults, and the project's two. */
  levels: readonly Level[];
  /** Names of workday calendars, those of files and the project's own. */
  workdays: ReadonlySet<string>;
  byId: ReadonlyMap<string, DraftJob>;
  /** Ids of files that exist but could not be read: whoever needs one of them makes no mistake of its own. */
  unread: ReadonlySet<string>;
}>;

/** The project of a tree; undefined after reporting why its name or zone cannot be known. */
export const readProject = (one: Evaluated, report: Report): DraftProject | undefined =>
  projectOnce(one, [], report, (inner) => projectOf(one, inner));

const projectOnce = readOnce<Evaluated, DraftProject | undefined>();

function projectOf(one: Evaluated, report: Report): DraftProject | undefined {
  if (!expectKind(one, 'project', report)) return undefined;
  const spec = projectField.read(one.value, { file: one.file, path: one.root, texts: one.texts, report });
  if (spec?.name === undefined || spec.zone === undefined) return undefined;
  return { file: one.file, name: spec.name, zone: spec.zone, machineGroups: spec.machineGroups ?? ['default'], spec };
}

/** Reads what folders and jobs' files define; what is wrong is reported and left out. */
export function readDraft(
  tree: Tree,
  project: DraftProject,
  evaluated: readonly Evaluated[],
  unread: Iterable<string>,
  report: Report,
): Draft {
  const folders = evaluated.filter(({ file }) => isFolderFile(file));
  const levels = readLevels(project, folders, report);
  const broken = new Set([...unread].map(idOfFile));
  const jobs = evaluated
    .filter(({ file, kind }) => kind !== 'calendar' && !isFolderFile(file))
    .flatMap((one) => readJobs(one, levels, broken, report));
  jobs.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.file < b.file ? -1 : 1));
  const byId = new Map<string, DraftJob>();
  for (const job of jobs) if (!byId.has(job.id)) byId.set(job.id, job);
  const workdays = readWorkdays(
    project,
    evaluated.filter(({ kind }) => kind === 'calendar'),
    report,
  );
  return { tree, project, jobs, levels: [...levels.values()], workdays, byId, unread: broken };
}

const isFolderFile = (file: string): boolean => /(^|\/)_folder\.[a-z]+$/.test(file);

function expectKind(one: Evaluated, kind: Evaluated['kind'], report: Report): boolean {
  if (one.kind === kind) return true;
  const [made, wanted] = [`define${capital(one.kind)}`, `define${capital(kind)}`];
  report({
    code: 'HERA1005',
    message: `\`${one.file}\` is the place of a ${kind}, but exports \`${made}\``,
    at: { file: one.file },
    help: `write \`export default ${wanted}({ … })\``,
  });
  return false;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function readLevels(project: DraftProject, folders: readonly Evaluated[], report: Report): ReadonlyMap<string, Level> {
  const levels = new Map<string, Level>();
  for (const one of folders) {
    const level = levelOnce(one, [], report, (inner) => levelOf(one, inner));
    if (level) levels.set(folderOf(one.file), level);
  }
  const [defaults, own] = projectLevelsOnce(project, [], () => projectLevels(project));
  levels.set('project defaults', defaults);
  levels.set('project', own);
  return levels;
}

const levelOnce = readOnce<Evaluated, Level | undefined>();
const projectLevelsOnce = madeOnce<DraftProject, readonly [Level, Level]>();

function levelOf(one: Evaluated, report: Report): Level | undefined {
  if (!expectKind(one, 'folder', report)) return undefined;
  const spec = folderField.read(one.value, { file: one.file, path: one.root, texts: one.texts, report });
  return spec && { file: one.file, root: one.root, spec };
}

/** Two levels for one file: `defaults` stand one step deeper in it than `vars`. */
function projectLevels({ file, spec }: DraftProject): readonly [Level, Level] {
  const given = { ...(spec.vars && { vars: spec.vars }), ...(spec.env && { env: spec.env }) };
  return [
    { file, root: ['defaults'], spec: spec.defaults ?? {} },
    { file, root: [], spec: given },
  ];
}

/** The levels above a file, from near to far. */
function levelsAbove(levels: ReadonlyMap<string, Level>, file: string): readonly Level[] {
  const found: Level[] = [];
  for (let folder = folderOf(file); ; folder = folderOf(folder)) {
    const level = levels.get(folder);
    if (level) found.push(level);
    if (folder === '') break;
  }
  return [...found, levels.get('project defaults')!, levels.get('project')!];
}

function readJobs(
  one: Evaluated,
  levels: ReadonlyMap<string, Level>,
  broken: Set<string>,
  report: Report,
): readonly DraftJob[] {
  const above = levelsAbove(levels, one.file);
  const read = jobsOnce(one, above, report, (inner) => jobsOf(one, above, inner));
  for (const id of read.broken) broken.add(id);
  return read.jobs;
}

type ReadJobs = Readonly<{ jobs: readonly DraftJob[]; broken: ReadonlySet<string> }>;
const jobsOnce = readOnce<Evaluated, ReadJobs>();

function jobsOf(one: Evaluated, above: readonly Level[], report: Report): ReadJobs {
  const broken = new Set<string>();
  return { jobs: readAll(one, above, broken, report), broken };
}

function readAll(one: Evaluated, above: readonly Level[], broken: Set<string>, report: Report): readonly DraftJob[] {
  const { file, root, texts, value } = one;
  const id = idOfFile(file);
  if (one.kind === 'job') return readJob(id, root, value);
  if (!expectSeveral(one, report)) {
    broken.add(id);
    return [];
  }
  return Object.entries(value as Record<string, unknown>).flatMap(([key, member]) =>
    readJob(`${id}/${key}`, [...root, key], member),
  );

  function readJob(id: string, root: Path, value: unknown): readonly DraftJob[] {
    const spec = jobField.read(value, { file, path: root, texts, report });
    if (spec) {
      const needs = (spec.needs ?? []).map((need) => draftNeed(file, need));
      return [{ id, file, root, spec, levels: above, needs, isTimeUnread: isTimeUnread(value, spec) }];
    }
    broken.add(id);
    return [];
  }
}

/** What is wrong with them has been reported; it is not said again as ticks that are missing. */
function isTimeUnread(value: unknown, spec: JobSpec): boolean {
  if (!isRecord(value)) return false;
  if (Object.hasOwn(value, 'schedule') && spec.schedule === undefined) return true;
  if (!Object.hasOwn(value, 'needs')) return false;
  return !Array.isArray(value.needs) || (spec.needs ?? []).length < value.needs.length;
}

function expectSeveral(one: Evaluated, report: Report): boolean {
  if (one.kind !== 'jobs') return expectKind(one, 'job', report);
  if (isRecord(one.value)) return true;
  illTyped(one.value, { file: one.file, path: one.root, texts: one.texts, report }, 'a record of jobs by key');
  return false;
}

function draftNeed(file: string, need: NeedSpec): DraftNeed {
  const at: At = { file, path: need.path };
  return need.kind === 'self' ? { ...need, at } : { ...need, id: resolvePath(file, need.written), at };
}

type Inherited = Exclude<keyof FolderSpec, 'vars' | 'env'>;

/** The nearest value of a field, and where it stands; undefined when nobody gives one. */
export function nearestValue<K extends Inherited>(
  job: DraftJob,
  key: K,
): Readonly<{ value: NonNullable<FolderSpec[K]>; at: At; file: string }> | undefined {
  for (const { file, root, spec } of [
    { file: job.file, root: job.root, spec: job.spec as FolderSpec },
    ...job.levels,
  ]) {
    const value = spec[key];
    if (value !== undefined)
      return { value: value as NonNullable<FolderSpec[K]>, at: { file, path: [...root, key] }, file };
  }
  return undefined;
}

/** Whether a job fires and may be needed. */
export const isEnabled = (job: DraftJob): boolean => nearestValue(job, 'enabled')?.value ?? DEFAULTS.enabled;
