import { duration } from './duration.js';
import type { Job } from './manifest.js';
import { writtenNeed } from './need-fields.js';

/**
 * A field as it resolved, in the words and units of the language (`timeout: 2h`); `vars.<name>` and `env.<name>` are fields of their own.
 * `from`: the job itself, a folder, the project, the job whose ticks it takes, or the built-in default; `file` gave it, null for a default.
 */
export type ResolvedField = Readonly<{
  field: string;
  value: unknown;
  from: 'job' | 'folder' | 'project' | 'base' | 'default';
  file: string | null;
}>;

/** Every field of a job with its value and who gave it, in the order of the documentation; what nobody gives and has no default is left out. */
export function resolvedFields(job: Job): readonly ResolvedField[] {
  const own = ownFields(job).map(([field, value]) => ({ field, value, from: 'job' as const, file: job.file }));
  const inherited = inheritedFields(job).map(([field, value]): ResolvedField => {
    const file = job.provenance[field] ?? null;
    return { field, value, from: levelOf(job, file), file };
  });
  return [...own, ...inherited].filter(({ value }) => !isNothing(value));
}

function levelOf({ file: own }: Job, file: string | null): ResolvedField['from'] {
  if (file === null) return 'default';
  if (file === own) return 'job';
  if (/(^|\/)_folder\.[a-z]+$/.test(file)) return 'folder';
  return /^hera\.project\.[a-z]+$/.test(file) ? 'project' : 'base';
}

type Values = readonly (readonly [string, unknown])[];

const ownFields = (job: Job): Values => [
  ['title', job.title],
  ['description', job.description],
  ['alias', job.alias],
  ['formerly', job.formerly],
  ['schedule', job.crons.length === 1 ? job.crons[0] : job.crons],
  ['needs', job.needs.map(writtenNeed)],
  ['start', instant(job.calendar?.start ?? job.start ?? undefined)],
  ['end', instant(job.calendar?.end ?? job.end ?? undefined)],
  ['run', runOf(job)],
  ['params', job.params.map(({ name }) => name)],
];

const inheritedFields = (job: Job): Values => [
  ['base', job.base],
  ['enabled', job.enabled],
  ['owner', job.owner],
  ['tags', job.tags],
  ['zone', job.zone],
  ['machineGroup', job.machineGroup],
  ['retries', { times: job.retries.times, wait: duration(job.retries.waitMs) }],
  ['timeout', duration(job.timeoutMs)],
  ['grace', duration(job.graceMs)],
  ['expectedDuration', job.expectedDurationMs === null ? null : duration(job.expectedDurationMs)],
  ['doneBy', job.doneBy],
  ['overlap', job.overlap],
  ['priority', job.priority],
  ['pools', job.pools],
  ['regions', job.regions],
  ['alerts', job.alerts],
  ['catchUp', { policy: job.catchUp.policy, within: duration(job.catchUp.withinMs) }],
  ['lateAfter', duration(job.lateAfterMs)],
  ['templates', job.templates],
  ['batch', job.batch],
  ...variables(job),
  ...named('env', job.env),
];

const runOf = ({ run }: Job) => ({
  [run.engine]: { ...entryOf(run), ...run.options },
});

function entryOf({ script: { path }, options }: Job['run']): Readonly<Record<string, string>> {
  if (path !== null) return { file: `/${path}` };
  return options?.jar === undefined && options?.main === undefined && options?.module === undefined
    ? { script: '(inline)' }
    : {};
}

/** Each variable once, as the nearest level gives it. */
const variables = ({ vars }: Job): Values => named('vars', Object.assign(Object.create(null), ...[...vars].reverse()));

const named = (what: string, values: Readonly<Record<string, string>>): Values =>
  Object.keys(values)
    .sort()
    .map((name) => [`${what}.${name}`, values[name]]);

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

const instant = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z');
