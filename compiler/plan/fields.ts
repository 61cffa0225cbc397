import { calendarWords } from '../calendar/index.js';
import type { Job } from '../manifest/manifest.js';
import { type Category, categoryOf } from './categories.js';

/** A field that differs. `field`: `timeoutMs`, or inside of one `vars.table`, `env.PATH`, `run.args`. Values are plain JSON, null where there is none. */
export type FieldChange = Readonly<{
  field: string;
  category: Category;
  before: unknown;
  after: unknown;
  /** The file that gives the value it has now, a folder's or the project's for one that is inherited; null: the built-in default. */
  from: string | null;
}>;

type Difference = Omit<FieldChange, 'from'>;

/** The fields in which two definitions of one job differ, in byte order. `nameOf` gives the present name of a former one. */
export function fieldChanges(old: Job, job: Job, nameOf: (id: string) => string): readonly FieldChange[] {
  const found: Difference[] = [];
  const [a, b] = [old, job] as unknown as readonly Readonly<Record<string, unknown>>[];
  for (const name of new Set([...Object.keys(a!), ...Object.keys(b!)])) {
    if (PLACES.has(name)) continue;
    const [before, after] = [a![name] ?? null, b![name] ?? null];
    if (!sameValue(before, after)) found.push(...(inside[name]?.(old, job, nameOf) ?? [whole(name, before, after)]));
  }
  return found
    .sort((x, y) => (x.field < y.field ? -1 : 1))
    .map((difference) => ({ ...difference, from: giverOf(job, difference.field) }));
}

/** Names under which an author writes what the manifest calls otherwise. */
const WRITTEN: Readonly<Record<string, string>> = {
  timeoutMs: 'timeout',
  graceMs: 'grace',
  lateAfterMs: 'lateAfter',
  expectedDurationMs: 'expectedDuration',
};

// Given by a level above the job, or by nobody; every other field stands in the job's own file.
const INHERITED: ReadonlySet<string> = new Set([
  ...['owner', 'tags', 'enabled', 'zone', 'machineGroup', 'retries', 'timeout', 'grace', 'overlap', 'priority'],
  ...[
    'catchUp',
    'lateAfter',
    'expectedDuration',
    'doneBy',
    'pools',
    'regions',
    'alerts',
    'vars',
    'env',
    'templates',
    'batch',
  ],
]);

function giverOf({ provenance, file }: Job, field: string): string | null {
  const [name, ...rest] = field.split('.');
  const written = [WRITTEN[name!] ?? name!, ...rest].join('.');
  return provenance[written] ?? (INHERITED.has(WRITTEN[name!] ?? name!) ? null : file);
}

const PLACES: ReadonlySet<string> = new Set(['file', 'provenance']);

const whole = (field: string, before: unknown, after: unknown, category = categoryOf(field)): Difference => ({
  field,
  category,
  before,
  after,
});

type Inside = (old: Job, job: Job, nameOf: (id: string) => string) => readonly Difference[];

const inside: Readonly<Record<string, Inside>> = {
  vars: (old, job) => {
    const found = members('vars', resolved(old.vars), resolved(job.vars));
    // The levels differ and no value does: nothing is rendered otherwise.
    return found.length > 0 ? found : [whole('vars', old.vars, job.vars, 'cosmetic')];
  },
  env: (old, job) => members('env', old.env, job.env),
  run: (old, job) => members('run', old.run, job.run),
  calendar: (old, job) => [whole('calendar', words(old), words(job))],
  crons: (old, job) => {
    // Other words for the same calendar fire at the same instants.
    const category = sameValue(old.calendar, job.calendar) ? 'cosmetic' : 'timing';
    return [whole('crons', old.crons, job.crons, category)];
  },
  needs: (old, job, nameOf) => {
    const renamed = old.needs.map((need) => (need.kind === 'job' ? { ...need, job: nameOf(need.job) } : need));
    return [whole('needs', old.needs, job.needs, sameValue(renamed, job.needs) ? 'cosmetic' : 'wiring')];
  },
  base: (old, job, nameOf) => {
    const isRenamed = old.base !== null && nameOf(old.base) === job.base;
    return [whole('base', old.base, job.base, isRenamed ? 'cosmetic' : 'timing')];
  },
};

const words = ({ calendar }: Job): string | null => calendar && `${calendarWords(calendar)}${boundsOf(calendar)}`;

function boundsOf({ start, end }: NonNullable<Job['calendar']>): string {
  const print = (instant: number): string => new Date(instant).toISOString().replace('.000Z', 'Z');
  return `${start === undefined ? '' : `, from ${print(start)}`}${end === undefined ? '' : `, until ${print(end)}`}`;
}

/** The value of each variable that a script would see. */
const resolved = (levels: Job['vars']): Readonly<Record<string, string>> => Object.assign({}, ...[...levels].reverse());

function members(field: string, before: object, after: object): readonly Difference[] {
  const [a, b] = [before, after] as readonly Readonly<Record<string, unknown>>[];
  return [...new Set([...Object.keys(a!), ...Object.keys(b!)])]
    .filter((name) => !sameValue(a![name] ?? null, b![name] ?? null))
    .map((name) => whole(`${field}.${name}`, a![name] ?? null, b![name] ?? null));
}

/** Equal as JSON, whatever the order of keys; a member that is undefined is not there. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  const [x, y] = [a, b] as readonly Readonly<Record<string, unknown>>[];
  return [...new Set([...Object.keys(x!), ...Object.keys(y!)])].every((key) => sameValue(x![key], y![key]));
}
