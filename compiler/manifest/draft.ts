import type { Workdays } from '../calendar/index.js';
import type { At, Path, Report } from '../check/diagnostic.js';
import type { Evaluated } from '../source/evaluated.js';
import { sharedShape } from '../source/language/shared.js';
import { type FolderSpec, folderField, type ProjectSpec, projectField } from '../source/language.js';
import { findOtherLinks, folderOf, idOfFile, isJobFile, type Tree } from '../source/tree.js';
import { DEFAULTS } from './defaults.js';
import { expectKind, type JobFile, readJobFile, type WrittenJob } from './job-file.js';
import { madeOnce, readOnce } from './made-once.js';
import { ALL_UNREAD, isUnread, readNoting, type Unread } from './unread.js';
import { readWorkdays } from './workdays.js';

/** A level that gives values to the jobs below it: a folder's file, or the project. */
export type Level = Readonly<{ file: string; root: Path; spec: FolderSpec; unread: Unread }>;

/** A job as its author wrote it, with the levels above it from near to far. */
export type DraftJob = WrittenJob & Readonly<{ levels: readonly Level[] }>;

/** Where something of it is `unread`, a stand-in takes its place, so that everything else can be judged. */
export type DraftProject = Readonly<{
  file: string;
  name: string;
  zone: string;
  /** Names, in the author's order; what the engines are there is in `spec`. */
  machineGroups: readonly string[];
  spec: ProjectSpec;
  unread: Unread;
}>;

/** All of a commit, read but not yet judged. Of jobs with the same id the first in byte order of files is kept in `byId`. */
export type Draft = Readonly<{
  tree: Tree;
  project: DraftProject;
  jobs: readonly DraftJob[];
  /** Every folder's defaults, and the project's two. */
  levels: readonly Level[];
  /** Workday calendars by name, those of files and the project's own. */
  workdays: ReadonlyMap<string, Workdays>;
  byId: ReadonlyMap<string, DraftJob>;
  /** Ids of files that exist but could not be read: whoever needs one of them makes no mistake of its own. */
  unread: ReadonlySet<string>;
}>;

/** The project of a tree; what is wrong with it is reported. */
export const readProject = (one: Evaluated, report: Report): DraftProject =>
  projectOnce(one, [], report, (inner) => projectOf(one, inner));

const projectOnce = readOnce<Evaluated, DraftProject>();

function projectOf(one: Evaluated, report: Report): DraftProject {
  if (!expectKind(one, 'project', report)) return unknownProject(one.file);
  const { spec, unread } = readNoting(projectField, one, report);
  if (!spec) return unknownProject(one.file);
  const { name = UNKNOWN.name, zone = UNKNOWN.zone } = spec;
  const machineGroups = spec.machineGroups ? Object.keys(spec.machineGroups) : UNKNOWN.machineGroups;
  const missing = (['name', 'zone'] as const).filter((key) => spec[key] === undefined);
  return { file: one.file, name, zone, machineGroups, spec, unread: new Set([...unread, ...missing]) };
}

const UNKNOWN = { name: '', zone: 'UTC', machineGroups: ['default'] } as const;

/** The stand-in for a project whose file could not be read; its diagnostics have been reported. */
export const unknownProject = (file: string): DraftProject => ({ file, ...UNKNOWN, spec: {}, unread: ALL_UNREAD });

/** Reads what folders and jobs' files define; what is wrong is reported and left out. `unread`: files that could not be read at all. */
export function readDraft(
  tree: Tree,
  project: DraftProject,
  evaluated: readonly Evaluated[],
  unread: readonly string[],
  report: Report,
): Draft {
  const folders = evaluated.filter(({ file }) => isFolderFile(file));
  const levels = readLevels(project, folders, unread.filter(isFolderFile), report);
  const broken = new Set([...unread.filter(isJobFile), ...findOtherLinks(tree)].map(idOfFile));
  const above = levelsAbove(levels);
  const jobs = evaluated
    .filter(({ file, kind }) => kind !== 'calendar' && !isFolderFile(file))
    .flatMap((one) => readJobs(one, above(one.file), broken, report));
  jobs.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.file < b.file ? -1 : 1));
  const byId = new Map<string, DraftJob>();
  for (const job of jobs) if (!byId.has(job.id)) byId.set(job.id, job);
  const workdays = readWorkdays(
    project,
    evaluated.filter(({ kind }) => kind === 'calendar'),
    unread.filter((file) => file.startsWith('calendars/')),
    report,
  );
  return { tree, project, jobs, levels: [...levels.values()], workdays, byId, unread: broken };
}

const isFolderFile = (file: string): boolean => /(^|\/)_folder\.[a-z]+$/.test(file);

function readLevels(
  project: DraftProject,
  folders: readonly Evaluated[],
  unread: readonly string[],
  report: Report,
): ReadonlyMap<string, Level> {
  const levels = new Map<string, Level>();
  for (const file of unread) levels.set(folderOf(file), unknownLevel(file));
  for (const one of folders) {
    const level = levelOnce(one, [], report, (inner) => levelOf(one, inner));
    levels.set(folderOf(one.file), level);
  }
  const [defaults, own] = projectLevelsOnce(project, [], () => projectLevels(project));
  levels.set('project defaults', defaults);
  levels.set('project', own);
  return levels;
}

const levelOnce = readOnce<Evaluated, Level>();
const projectLevelsOnce = madeOnce<DraftProject, readonly [Level, Level]>();

function levelOf(one: Evaluated, report: Report): Level {
  if (!expectKind(one, 'folder', report)) return unknownLevel(one.file);
  const { spec, unread } = readNoting(folderField, one, report);
  return spec ? { file: one.file, root: one.root, spec, unread } : unknownLevel(one.file);
}

const unknownLevel = (file: string): Level => ({ file, root: [], spec: {}, unread: ALL_UNREAD });

/** Two levels for one file: `defaults` stand one step deeper in it than `vars`. */
function projectLevels({ file, spec, unread }: DraftProject): readonly [Level, Level] {
  const given = { ...(spec.vars && { vars: spec.vars }), ...(spec.env && { env: spec.env }) };
  const defaults = Object.keys(sharedShape).filter(
    (key) => isUnread({ unread }, 'defaults') || unread.has(`defaults.${key}`),
  );
  return [
    { file, root: ['defaults'], spec: spec.defaults ?? {}, unread: new Set(defaults) },
    { file, root: [], spec: given, unread },
  ];
}

/** The levels above a file, from near to far; one list for the files of a folder. */
function levelsAbove(levels: ReadonlyMap<string, Level>): (file: string) => readonly Level[] {
  const ofProject = [levels.get('project defaults')!, levels.get('project')!];
  const known = new Map<string, readonly Level[]>();
  const aboveFolder = (folder: string): readonly Level[] => {
    const before = known.get(folder);
    if (before) return before;
    const own = levels.get(folder);
    const above = folder === '' ? ofProject : aboveFolder(folderOf(folder));
    const all = own ? [own, ...above] : above;
    known.set(folder, all);
    return all;
  };
  return (file) => aboveFolder(folderOf(file));
}

function readJobs(one: Evaluated, above: readonly Level[], broken: Set<string>, report: Report): readonly DraftJob[] {
  const read = readJobFile(one, report);
  for (const id of read.broken) broken.add(id);
  return jobsOnce(read, above, () => read.jobs.map((job) => ({ ...job, levels: above })));
}

const jobsOnce = madeOnce<JobFile, readonly DraftJob[]>();

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

/** Whether a value that a job would have could not be read, in its own file or in the nearest level that gives it. */
export function isValueUnread(job: DraftJob, key: keyof FolderSpec): boolean {
  const levels: readonly Pick<Level, 'spec' | 'unread'>[] = [{ spec: job.spec, unread: job.unread }, ...job.levels];
  const nearest = levels.find((level) => isUnread(level, key) || level.spec[key] !== undefined);
  return nearest !== undefined && isUnread(nearest, key);
}

/** Whether a job fires and may be needed. */
export const isEnabled = (job: DraftJob): boolean => nearestValue(job, 'enabled')?.value ?? DEFAULTS.enabled;
