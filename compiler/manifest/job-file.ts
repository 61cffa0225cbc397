import type { At, Finding, Path, Report } from '../check/diagnostic.js';
import type { Evaluated } from '../source/evaluated.js';
import { illTyped, isRecord } from '../source/fields.js';
import { type JobSpec, jobField, type NeedSpec } from '../source/language.js';
import { whatElse } from '../source/no-job.js';
import { idOfFile, resolvePath } from '../source/tree.js';
import { readOnce } from './made-once.js';
import { readNoting, type Unread } from './unread.js';

/** A job as its author wrote it in its own file. */
export type WrittenJob = Readonly<{
  id: string;
  file: string;
  root: Path;
  spec: JobSpec;
  needs: readonly DraftNeed[];
  unread: Unread;
  /** Its schedule or one of its needs could not be read, so that nobody can tell when it fires. */
  isTimeUnread: boolean;
}>;

/** `id` is null when the name as written leads out of the repository. `at` is the name, `root` the whole need. */
export type DraftNeed =
  | (JobNeedSpec & Readonly<{ id: string | null; at: At }>)
  | (Exclude<NeedSpec, JobNeedSpec> & Readonly<{ at: At }>);
type JobNeedSpec = Extract<NeedSpec, { kind: 'job' }>;

/** `broken`: ids of what stands in the file and is no job that could be read. */
export type JobFile = Readonly<{ jobs: readonly WrittenJob[]; broken: readonly string[] }>;

/** The jobs of a file, which nothing but the file decides. */
export const readJobFile = (one: Evaluated, report: Report): JobFile =>
  jobFileOnce(one, [], report, (inner) => jobFile(one, inner));

const jobFileOnce = readOnce<Evaluated, JobFile>();

/** Reads a file whose turn comes later, while there is nothing else to do. What is wrong with it is reported then, and what throws, thrown. */
export function readJobFileAhead(one: Evaluated): void {
  if (one.kind !== 'job' && one.kind !== 'jobs') return;
  try {
    readJobFile(one, () => undefined);
  } catch {}
}

function jobFile(one: Evaluated, report: Report): JobFile {
  const { file, root, texts, value } = one;
  const id = idOfFile(file);
  const broken: string[] = [];
  if (one.kind === 'job') return { jobs: readJob(id, root, value), broken };
  if (!expectSeveral(one, report)) return { jobs: [], broken: [id] };
  const jobs = Object.entries(value as Record<string, unknown>).flatMap(([key, member]) =>
    readJob(`${id}/${key}`, [...root, key], member),
  );
  return { jobs, broken };

  function readJob(id: string, root: Path, value: unknown): readonly WrittenJob[] {
    const other = root.length === 0 && !file.endsWith('.ts') ? whatElse(value, file, JOB_FIELDS) : undefined;
    if (other !== undefined) {
      report(noJob(file, other));
      broken.push(id);
      return [];
    }
    const { spec, unread } = readNoting(jobField, { file, value, root, texts }, report);
    if (spec) {
      const needs = (spec.needs ?? []).map((need) => draftNeed(file, need));
      return [{ id, file, root, spec, needs, unread, isTimeUnread: isTimeUnread(value, spec) }];
    }
    broken.push(id);
    return [];
  }
}

const JOB_FIELDS = Object.keys(jobField.shape);

const noJob = (file: string, what: string): Finding => ({
  code: 'HERA1005',
  message: what === '' ? `\`${file}\` has no field of a job` : `\`${file}\` is no job, but ${what}`,
  at: { file },
  help: `a file that is no job is named in \`ignore\` of the project (\`ignore: [${file}]\`), or its name begins with \`_\` or \`.\``,
});

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

/** Whether a file exports the kind that belongs at its place; false after a report. */
export function expectKind(one: Evaluated, kind: Evaluated['kind'], report: Report): boolean {
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
