import { nextTick, printPeriod } from '../../compiler/calendar/index.js';
import { type Job, type Need, needFields, resolvedFields } from '../../compiler/manifest/index.js';
import type { DeployedJob } from '../store/deployment.js';
import type { LastRun } from '../store/read-run.js';
import { type Catalogue, calendarOf } from './catalogue.js';
import type { JobDetail, JobSummary, Reason } from './contract.js';
import { printDate } from './run-view.js';

// Jobs as the API shows them: the definition in force, its next ticks from `compiler/calendar`, its last runs.

export const LAST_RUNS = 14;
const NEXT_IN_LIST = 1;
const NEXT_IN_DETAIL = 5;

export function viewJob(
  catalogue: Catalogue,
  job: DeployedJob,
  last: readonly LastRun[],
  now: Date,
  next = NEXT_IN_LIST,
): JobSummary {
  const { body } = job;
  return {
    job: job.path,
    project: catalogue.project,
    title: body.title,
    description: body.description,
    owner: body.owner,
    tags: [...body.tags],
    enabled: body.enabled,
    machineGroup: body.machineGroup,
    zone: body.zone,
    crons: [...body.crons],
    base: body.base,
    nextRuns: nextRuns(catalogue, body, now.getTime(), next),
    last: last.map((run) => ({
      run: run.run,
      period: printDate(run.period),
      state: run.state as JobSummary['last'][number]['state'],
      reasons: run.reasons as unknown as Reason[],
    })),
  };
}

function nextRuns(catalogue: Catalogue, job: Job, now: number, count: number): string[] {
  const calendar = job.enabled ? calendarOf(catalogue, job) : null;
  const found: string[] = [];
  for (let at: number | undefined = now; calendar && found.length < count; ) {
    at = nextTick(calendar, at);
    if (at === undefined) break;
    found.push(printPeriod(at));
  }
  return found;
}

export function viewJobDetail(
  catalogue: Catalogue,
  job: DeployedJob,
  last: readonly LastRun[],
  now: Date,
  commit: string,
  script: string,
): Omit<JobDetail, 'freezes'> {
  const { body } = job;
  return {
    ...viewJob(catalogue, job, last, now, NEXT_IN_DETAIL),
    file: body.file,
    commit,
    needs: body.needs.map((need) => ({ job: need.kind === 'self' ? job.path : need.job, what: whatOf(need) })),
    downstream: (catalogue.downstream.get(job.path) ?? []).map((one) => one.path),
    run: { engine: body.run.engine, path: body.run.script.path, script, args: [...body.run.args] },
    retries: body.retries,
    timeoutMs: body.timeoutMs,
    overlap: body.overlap,
    priority: body.priority,
    vars: resolvedVars(body),
    params: body.params.map((param) => ({ ...param, values: [...param.values] })),
    machineGroups: [...catalogue.machineGroups],
    resolved: [...resolvedFields(body)],
    provenance: { ...body.provenance },
    env: { ...body.env },
  };
}

/** What is awaited of a need: a word where it is one of the usual ones, else as its author writes it. */
function whatOf(need: Need): string {
  const fields = needFields(need);
  const written = JSON.stringify(fields);
  if (need.kind === 'self' && need.offset !== -1) return wordsOf({ self: need.offset, ...fields });
  if (written === '{}') return need.kind === 'self' ? 'previous' : 'success';
  return written === '{"on":"finished"}' && need.kind === 'job' ? 'end' : wordsOf(fields);
}

const wordsOf = (fields: Readonly<Record<string, unknown>>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');

/** Each variable once, as the nearest level gives it. */
function resolvedVars(job: Job): JobDetail['vars'] {
  const found = new Map<string, JobDetail['vars'][number]>();
  for (const level of job.vars)
    for (const [name, value] of Object.entries(level))
      if (!found.has(name)) found.set(name, { name, value, from: job.provenance[`vars.${name}`] ?? job.file });
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export type JobFilter = Readonly<{
  q?: string | undefined;
  folder?: string | undefined;
  owner: readonly string[];
  tag: readonly string[];
  group: readonly string[];
}>;

/** The jobs that a list's filter keeps, by path. All words of `q` must be in id, title, description, owner, tags or alias. */
export function filterJobs(catalogue: Catalogue, filter: JobFilter): readonly DeployedJob[] {
  const words = (filter.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const below = filter.folder === undefined ? undefined : `${filter.folder.replace(/\/+$/, '')}/`;
  const among = (wanted: readonly string[], has: readonly (string | null)[]): boolean =>
    wanted.length === 0 || has.some((one) => one !== null && wanted.includes(one));
  return catalogue.jobs.filter(
    ({ path, body }) =>
      (below === undefined || path.startsWith(below)) &&
      among(filter.owner, [body.owner]) &&
      among(filter.tag, body.tags) &&
      among(filter.group, [body.machineGroup]) &&
      words.every((word) => isAbout(path, body, word)),
  );
}

function isAbout(path: string, { title, description, owner, tags, alias }: Job, word: string): boolean {
  const text = [path, title, description, owner, ...tags, alias].join('\n').toLowerCase();
  return text.includes(word) || isSubsequence(word, path.toLowerCase());
}

/** Whether the letters of `word` come in this order, all of them after the beginnings of segments: `dol` finds `dw/orders/load`. */
function isSubsequence(word: string, path: string): boolean {
  const initials = path.split(/[/._-]/).map((segment) => segment[0] ?? '');
  return word.length > 1 && initials.join('').includes(word);
}
