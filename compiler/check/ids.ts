import type { Draft, DraftJob } from '../manifest/draft.js';
import { isSame } from '../manifest/made-once.js';
import type { At, Report } from './diagnostic.js';
import { nearestPlace } from './places.js';

const MAX_ID_BYTES = 200;

/** Every id can be a key everywhere: allowed letters, short enough, and no other job has it, not even in another case. */
export function checkIds({ project, jobs }: Draft, report: Report): void {
  if (lastGood?.project === project.name && isSame(lastGood.ids, idsOf(jobs))) return;
  let isGood = true;
  judgeIds({ project, jobs }, (finding) => {
    isGood = false;
    report(finding);
  });
  if (isGood) lastGood = { project: project.name, ids: idsOf(jobs) };
}

/** The ids that were judged last and found good: most edits bring no other. */
let lastGood: Readonly<{ project: string; ids: readonly string[] }> | undefined;

const idsOf = (jobs: readonly DraftJob[]): readonly string[] => jobs.map(({ id }) => id);

function judgeIds({ project, jobs }: Pick<Draft, 'project' | 'jobs'>, report: Report): void {
  const first: First = { exact: new Map(), folded: new Map() };
  for (const job of jobs) {
    const at = nearestPlace(job);
    if (
      !/^[A-Za-z0-9._/-]+$/.test(job.id) ||
      job.id.split('/').some((name) => name === '' || name === '.' || name === '..')
    )
      report({
        code: 'HERA2001',
        message: `\`${job.id}\` cannot be a job's id`,
        at,
        help: 'use letters A–Z, digits, `.`, `_` and `-` in file names and keys; `title` holds a name in any script',
      });
    else if (job.id.split('/').includes('-'))
      report({
        code: 'HERA2001',
        message: `\`${job.id}\` cannot be a job's id: a segment is \`-\``,
        at,
        help: 'rename it',
      });
    else if (Buffer.byteLength(`${project.name}${job.id}`) > MAX_ID_BYTES)
      report({
        code: 'HERA2007',
        message: `the id of \`${job.id.slice(0, 60)}…\` is too long: with the project it has ${Buffer.byteLength(project.name + job.id)} bytes, ${MAX_ID_BYTES} are allowed`,
        at,
        help: 'shorten folders or the name',
      });
    else checkTaken(first, job, at, report);
  }
}

/** The first job of each id, and of each when case is nothing. */
type First = Readonly<{ exact: Map<string, DraftJob>; folded: Map<string, DraftJob> }>;

function checkTaken(first: First, job: DraftJob, at: At, report: Report): void {
  const folded = job.id.toLowerCase();
  const other = first.exact.get(job.id) ?? first.folded.get(folded);
  if (!first.exact.has(job.id)) first.exact.set(job.id, job);
  if (!other) {
    first.folded.set(folded, job);
    return;
  }
  const notes = [{ message: `\`${other.id}\` is defined here`, at: nearestPlace(other) }];
  if (other.id === job.id)
    report({
      code: 'HERA2002',
      message: `\`${job.id}\` is defined twice`,
      at,
      label: 'defined again',
      notes,
      help: 'rename one of the files',
    });
  else
    report({
      code: 'HERA2004',
      message: `\`${job.id}\` and \`${other.id}\` differ only in upper and lower case`,
      at,
      notes,
      help: 'rename one: some file systems take them for the same',
    });
}

/** An alias finds one job. */
export function checkAliases({ byId }: Draft, report: Report): void {
  const aliases = new Map<number, DraftJob>();
  for (const job of byId.values()) {
    const { alias } = job.spec;
    const other = alias === undefined ? undefined : aliases.get(alias);
    if (alias !== undefined && other)
      report({
        code: 'HERA2008',
        message: `\`${job.id}\` and \`${other.id}\` have the same alias ${alias}`,
        at: { file: job.file, path: [...job.root, 'alias'] },
        notes: [{ message: `\`${other.id}\` has it here`, at: { file: other.file, path: [...other.root, 'alias'] } }],
      });
    else if (alias !== undefined) aliases.set(alias, job);
  }
}

/**
 * A former name belongs to one job, and to none that exists under it, unless that one has a former name itself: then both moved in this commit,
 * in a swap (`a` was `b`, `b` was `a`) or a chain (`b` was `a`, `c` was `b`).
 */
export function checkFormerly({ jobs, byId }: Draft, report: Report): void {
  const former = new Map<string, Readonly<{ job: DraftJob; at: At }>>();
  for (const job of jobs)
    for (const [i, name] of (job.spec.formerly ?? []).entries()) {
      const at: At = { file: job.file, path: [...job.root, 'formerly', i] };
      const taken = former.get(name);
      const living = byId.get(name);
      if (name === job.id)
        report({ code: 'HERA2009', message: `\`${job.id}\` was formerly itself`, at, help: 'remove it' });
      else if (taken) reportTwice(job, name, at, taken, report);
      else if (living && (living.spec.formerly ?? []).length === 0) reportLiving(job, living, at, report);
      if (!taken) former.set(name, { job, at });
    }
}

function reportTwice(
  job: DraftJob,
  name: string,
  at: At,
  taken: Readonly<{ job: DraftJob; at: At }>,
  report: Report,
): void {
  const message =
    taken.job === job
      ? `\`${job.id}\` names \`${name}\` twice`
      : `\`${job.id}\` and \`${taken.job.id}\` were both formerly \`${name}\``;
  const notes = [{ message: `\`${taken.job.id}\` says so here`, at: taken.at }];
  report({ code: 'HERA2009', message, at, notes, help: 'remove one: number and history go with one job' });
}

function reportLiving(job: DraftJob, living: DraftJob, at: At, report: Report): void {
  report({
    code: 'HERA2009',
    message: `\`${job.id}\` was formerly \`${living.id}\`, which is a job of its own`,
    at,
    notes: [{ message: `\`${living.id}\` is defined here`, at: nearestPlace(living) }],
    help: `remove it; or, if \`${living.id}\` is another job that was renamed too, write its own former id there`,
  });
}
