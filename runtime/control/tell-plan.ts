import { ticks } from '../../compiler/calendar/index.js';
import { firingCalendar } from '../../compiler/manifest/index.js';
import type { Job, Manifest } from '../../compiler/manifest/manifest.js';
import {
  type Changes,
  type DeployedJob,
  type JobChange,
  linesBetween,
  type Outlook,
  sourceOf,
} from '../../compiler/plan/index.js';
import type { Planned } from '../api/plan-contract.js';
import type { Queryable } from '../store/database.js';
import type { DeploymentRow } from '../store/deployment.js';
import { readRegion } from '../store/installation.js';
import { readBlob } from '../store/log.js';
import { waitingRuns } from '../store/run.js';
import type { DeployRequest } from './control.js';
import type { Named } from './former-names.js';

// A plan in words that people and scripts read: values cut to what fits, scripts compared by lines, the runs it meets.

/** A longer value is cut. */
const VALUE_CHARS = 400;
/** Larger scripts, and more of them, are not compared line by line. */
const SCRIPT_BYTES = 256 * 1024;
const SCRIPTS = 100;
const WAITING = 1000;
const SKIPPED_SHOWN = 100;
const AWAITED_BY_SHOWN = 20;

type Sources = Readonly<{
  outlook: Outlook;
  before: readonly DeployedJob[];
  manifest: Manifest;
  blobs: ReadonlyMap<string, Uint8Array>;
  /** By job, the helpers by which it changes. */
  through: ReadonlyMap<string, readonly string[]>;
}>;

/** Changes with their values, the lines of their scripts, and their next fires. */
export async function tellChanges(
  sql: Queryable,
  changes: readonly JobChange[],
  { outlook, before, manifest, blobs, through }: Sources,
): Promise<Planned['changes']> {
  const old = new Map(before.map(({ id, definition }) => [id, definition]));
  const fresh = new Map(manifest.jobs.map((job) => [job.id, job]));
  const told: Planned['changes'] = [];
  let compared = 0;
  for (const change of changes) {
    const { job, kind, was, fields, categories, details, awaitedBy } = change;
    const [from, to] = [old.get(sourceOf(change) ?? ''), kind === 'remove' ? undefined : fresh.get(job)];
    const isOther = from && to && from.run.script.sha256 !== to.run.script.sha256;
    if (isOther) compared += 1;
    const next = outlook.next.get(job);
    told.push({
      ...{ job, kind, was, fields: [...fields], categories: [...categories] },
      details: details.map((detail) => ({ ...detail, before: cut(detail.before), after: cut(detail.after) })),
      script: isOther && compared <= SCRIPTS ? await scriptLines(sql, from, to, blobs) : null,
      next: next ? { before: next.before.map(print), after: next.after.map(print) } : null,
      zone: (to ?? from)?.zone ?? manifest.project.zone,
      through: [...(through.get(job) ?? [])],
      awaitedBy:
        awaitedBy.length === 0 ? null : { count: awaitedBy.length, jobs: awaitedBy.slice(0, AWAITED_BY_SHOWN) },
    });
  }
  return told;
}

const print = (instant: number): string => new Date(instant).toISOString();

function cut(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined || text.length <= VALUE_CHARS ? value : `${text.slice(0, VALUE_CHARS)}…`;
}

async function scriptLines(
  sql: Queryable,
  old: Job,
  job: Job,
  blobs: ReadonlyMap<string, Uint8Array>,
): Promise<Planned['changes'][number]['script']> {
  const [before, after] = [await readBlob(sql, old.run.script.sha256), blobs.get(job.run.script.sha256)];
  if (!before || !after || Math.max(before.length, after.length) > SCRIPT_BYTES) return null;
  const lines = linesBetween(new TextDecoder().decode(before), new TextDecoder().decode(after));
  return lines && { path: job.run.script.path, ...lines };
}

/** Runs that wait: evaluated anew behind the deployment, and skipped where their job is gone or closed, or has no such tick any more. */
export async function tellWaiting(
  sql: Queryable,
  project: string,
  manifest: Manifest,
  changes: Changes,
  deployed: readonly Named[],
): Promise<Planned['waiting']> {
  const found = await waitingRuns(sql, project, WAITING + 1);
  const jobs = new Map(manifest.jobs.map((job) => [job.id, job]));
  const present = new Map(
    changes.jobs.flatMap((change) => (change.was === null ? [] : [[change.was, change.job] as const])),
  );
  const names = new Map(deployed.map(({ number, name }) => [number, present.get(name) ?? name]));
  const gone = new Set(changes.jobs.filter(({ kind }) => kind === 'remove').map(({ job }) => job));
  const skipped = found.slice(0, WAITING).flatMap(({ run, number, job: path, period, operation }) => {
    const name = names.get(number) ?? path;
    const why = whySkipped(jobs, gone.has(name) ? undefined : jobs.get(name), period, operation);
    return why === undefined ? [] : [{ run, job: path, period: period.toISOString(), why }];
  });
  const reevaluated = Math.min(found.length, WAITING) - skipped.length;
  return { reevaluated, more: found.length > WAITING, skipped: skipped.slice(0, SKIPPED_SHOWN) };
}

function whySkipped(
  jobs: ReadonlyMap<string, Job>,
  job: Job | undefined,
  period: Date,
  operation: string | null,
): Planned['waiting']['skipped'][number]['why'] | undefined {
  if (job === undefined) return 'removed';
  if (operation !== null) return undefined;
  if (!job.enabled) return 'closed';
  const calendar = firingCalendar(jobs, job);
  const at = period.getTime();
  return calendar !== null && ticks(calendar, at, at + 1).length === 0 ? 'no-tick' : undefined;
}

/** A job that goes and one that comes, whose file git takes for renamed: without `formerly` its history begins anew. */
export async function renamedFileWarnings(
  changes: Changes,
  before: readonly DeployedJob[],
  manifest: Manifest,
  force: DeploymentRow | undefined,
  { renamedSince }: Pick<DeployRequest, 'renamedSince'>,
): Promise<Planned['warnings']> {
  const removed = new Set(changes.jobs.filter(({ kind }) => kind === 'remove').map(({ job }) => job));
  const added = new Set(changes.jobs.filter(({ kind }) => kind === 'add').map(({ job }) => job));
  if (force === undefined || renamedSince === undefined || removed.size === 0 || added.size === 0) return [];
  const gone = before.filter(({ id }) => removed.has(id)).map(({ definition }) => definition);
  const come = manifest.jobs.filter(({ id }) => added.has(id));
  const found: Planned['warnings'] = [];
  for (const { from, to } of await renamedSince(force.commit)) {
    for (const old of gone.filter(({ file }) => file === from)) {
      // Of several in one file, the one with the same key.
      const key = old.id.slice(old.id.lastIndexOf('/') + 1);
      const heirs = come.filter(({ file }) => file === to);
      const job = heirs.length === 1 ? heirs[0] : heirs.find(({ id }) => id.endsWith(`/${key}`));
      if (job === undefined) continue;
      found.push({
        kind: 'renamed-file',
        job: job.id,
        message: `git says that \`${from}\` became \`${to}\`, yet \`${old.id}\` is removed and \`${job.id}\` is new: it gets no history, and awaits periods that never ran`,
        help: `write \`formerly: [${old.id}]\` into \`${to}\``,
      });
    }
  }
  return found;
}

/** New and changed jobs that run in some regions only, where this installation is in none: each run of theirs would be a success at once. */
export async function regionWarnings(
  sql: Queryable,
  changes: Changes,
  manifest: Manifest,
): Promise<Planned['warnings']> {
  const touched = new Set(changes.jobs.map(({ job }) => job));
  const [first, ...others] = manifest.jobs.filter((job) => job.regions !== undefined && touched.has(job.id));
  if (first === undefined || (await readRegion(sql)) !== null) return [];
  const also = others.length === 0 ? '' : `, and so are ${others.length} more`;
  return [
    {
      kind: 'no-region',
      job: first.id,
      message: `\`${first.id}\` is for the regions ${first.regions!.join(', ')}${also}, and this installation is in none: their runs are skipped, and a success for what needs them`,
      help: 'say where it stands: hera server --region NAME',
    },
  ];
}
