// The fields of the language, once for TypeScript and YAML: what an author may write and how it is read.
// In: the plain value of a file. Out: specs, still as the author meant them (ids relative, crons as text, defaults not applied).
// A field that the manifest will have later stands in a `notYet` table, so that nobody's wish is silently ignored.
import { isZone } from '../calendar/index.js';
import { type Path, suggest } from '../check/diagnostic.js';
import {
  atOf,
  type Cursor,
  count,
  duration,
  type Field,
  field,
  flag,
  illTyped,
  isRecord,
  listOf,
  mapOf,
  nameOf,
  oneOf,
  type Read,
  record,
  spelled,
  text,
  within,
} from './fields.js';

const MAX_RETRIES = 100;
const VARIABLE = { pattern: /^[A-Za-z_][A-Za-z0-9_.]*$/, expects: 'letters, digits, `_` and `.`' };
const ENVIRONMENT = { pattern: /^[A-Za-z_][A-Za-z0-9_]*$/, expects: 'letters, digits and `_`' };
const GROUP = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const vars = mapOf(spelled, VARIABLE);
const env = mapOf(spelled, ENVIRONMENT);

const zone: Field<string> = {
  expects: 'an IANA zone such as `Asia/Shanghai`',
  schema: { type: 'string' },
  read(value, at) {
    if (typeof value !== 'string') return illTyped(value, at, zone.expects);
    if (isZone(value)) return value;
    const help = suggest(value, Intl.supportedValuesOf('timeZone'));
    at.report({
      code: 'HERA3003',
      message: `\`${value}\` is not a time zone`,
      at: atOf(at),
      label: `expected ${zone.expects}`,
      help,
    });
    return undefined;
  },
};

const group = field('the name of a machine group', { type: 'string', pattern: GROUP.source }, (value) =>
  typeof value === 'string' && GROUP.test(value) ? value : undefined,
);

const retryRecord = record(
  { times: count(MAX_RETRIES), wait: duration },
  { required: ['times'], notYet: { backoff: 'write a fixed `wait`' } },
);
const retries: Field<Readonly<{ times: number; waitMs: number }>> = {
  expects: 'a number or `{ times, wait }`',
  schema: { anyOf: [count(MAX_RETRIES).schema, retryRecord.schema] },
  read(value, at) {
    const given = isRecord(value) ? retryRecord.read(value, at) : { times: count(MAX_RETRIES).read(value, at) };
    return given?.times === undefined
      ? undefined
      : { times: given.times, waitMs: ('wait' in given ? given.wait : undefined) ?? 0 };
  },
};

const policy = oneOf('all', 'latest', 'none');
const catchUpRecord = record({ policy, within: duration }, { required: ['policy'] });
const catchUp: Field<Readonly<{ policy: 'all' | 'latest' | 'none'; withinMs?: number }>> = {
  expects: '`all`, `latest`, `none` or `{ policy, within }`',
  schema: { anyOf: [policy.schema, catchUpRecord.schema] },
  read(value, at) {
    const given = isRecord(value) ? catchUpRecord.read(value, at) : { policy: policy.read(value, at) };
    if (given?.policy === undefined) return undefined;
    const withinMs = 'within' in given ? given.within : undefined;
    return { policy: given.policy, ...(withinMs !== undefined && { withinMs }) };
  },
};

/** Fields that folders and the project may give to jobs below. */
const shared = {
  owner: text,
  tags: listOf(text),
  enabled: flag,
  machineGroup: group,
  retries,
  timeout: duration,
  grace: duration,
  overlap: oneOf('wait', 'allow'),
  priority: oneOf('highest', 'high', 'normal', 'low', 'lowest'),
  catchUp,
  lateAfter: duration,
} as const;

const sharedNotYet = {
  alerts: 'watch runs by `hera runs`',
  pools: 'use `overlap: wait`, or a machine group of its own',
  regions: 'use a machine group',
  expectedDuration: 'use `timeout`',
  doneBy: 'use `timeout`',
  templates: 'the native dialect is the only one',
  user: 'jobs run as the worker',
  weight: 'use `priority`',
  secrets: 'set the environment of the worker',
  jitter: 'runs start at their tick',
} as const;

/** A cron as written, with its place. */
export type CronText = Readonly<{ text: string; path: Path }>;
export type ScheduleSpec = Readonly<{ crons: readonly CronText[]; zone?: string; catchUp?: Read<typeof catchUp> }>;

const scheduleNotYet = {
  on: 'workday calendars come later; write the days into the cron',
  otherwise: 'workday calendars come later',
  jitter: 'runs start at their tick',
};
const scheduleRecord = record(
  { cron: field('a cron', {}, (value) => value), zone, catchUp },
  { required: ['cron'], notYet: scheduleNotYet },
);
const CRON_SCHEMA = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] };

const schedule: Field<ScheduleSpec> = {
  expects: 'a cron, a list of crons, or `{ cron, zone }`',
  schema: {
    anyOf: [
      ...CRON_SCHEMA.anyOf,
      { ...scheduleRecord.schema, properties: { cron: CRON_SCHEMA, zone: zone.schema, catchUp: catchUp.schema } },
    ],
  },
  read(value, at) {
    if (!isRecord(value)) return cronTexts(value, at) && { crons: cronTexts(value, at, false)! };
    const given = scheduleRecord.read(value, at);
    const crons = given?.cron === undefined ? undefined : cronTexts(given.cron, within(at, 'cron'));
    if (!given || !crons) return undefined;
    return {
      crons,
      ...(given.zone !== undefined && { zone: given.zone }),
      ...(given.catchUp && { catchUp: given.catchUp }),
    };
  },
};

function cronTexts(value: unknown, at: Cursor, loud = true): readonly CronText[] | undefined {
  const expects = 'a cron such as `30 2 * * *`';
  if (typeof value === 'string') return [{ text: value, path: at.path }];
  if (!Array.isArray(value) || value.length === 0) return loud ? illTyped(value, at, expects) : undefined;
  const found = value.flatMap((one, i) => {
    if (typeof one === 'string') return [{ text: one, path: [...at.path, i] }];
    if (loud) illTyped(one, within(at, i), expects);
    return [];
  });
  return found.length > 0 ? found : undefined;
}

/** A need as written: another job (relative or from the root), or my own previous period. */
export type NeedSpec = Readonly<{ kind: 'job'; written: string; path: Path }> | Readonly<{ kind: 'self'; path: Path }>;

const needNotYet = {
  periods: 'the latest period before the end of my day (hour, minute) is awaited',
  offset: 'only the default period is supported',
  last: 'only the default period is supported',
  unit: 'only the default period is supported',
  of: 'only the default period is supported',
  whenNone: 'a need without a period is met',
};
const needRecord = record(
  { job: text, self: oneOf('previous'), on: oneOf('success', 'finished'), optional: flag },
  { notYet: needNotYet },
);

const need: Field<NeedSpec> = {
  expects: 'a job, or `{ self: previous }`',
  schema: { anyOf: [{ type: 'string' }, needRecord.schema] },
  read(value, at) {
    if (typeof value === 'string') return { kind: 'job', written: value, path: at.path };
    const given = isRecord(value) ? needRecord.read(value, at) : illTyped(value, at, need.expects);
    if (!given) return undefined;
    if (given.on === 'finished')
      return refuse(within(at, 'on'), '`on: finished` is not supported yet', 'needs await success');
    if (given.optional === true)
      return refuse(within(at, 'optional'), '`optional: true` is not supported yet', 'remove it');
    if (given.self !== undefined && given.job === undefined) return { kind: 'self', path: at.path };
    if (given.job !== undefined && given.self === undefined)
      return { kind: 'job', written: given.job, path: [...at.path, 'job'] };
    // A wrong `job` or an unknown field has been reported already.
    const blamed = isRecord(value) && ('job' in value || 'self' in value) && !('job' in value && 'self' in value);
    return blamed || hasUnknown(value) ? undefined : illTyped(value, at, need.expects);
  },
};

const hasUnknown = (value: unknown): boolean =>
  isRecord(value) && Object.keys(value).some((key) => !['job', 'self', 'on', 'optional'].includes(key));

function refuse(at: Cursor, message: string, help: string): undefined {
  at.report({ code: 'HERA1004', message, at: atOf(at), help });
  return undefined;
}

/** A name with its place. */
export type Named = Readonly<{ text: string; path: Path }>;

export type RunSpecification = Readonly<{
  engine: 'shell' | 'python';
  source: Readonly<{ kind: 'file' | 'inline'; text: string; path: Path }>;
  args: readonly string[];
  vars: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
  files: readonly Named[];
  path: Path;
}>;

const script = record({ file: text, script: text, args: listOf(spelled), vars, env, files: listOf(text) });
const ENGINES = ['shell', 'python'] as const;
const enginesNotYet: Readonly<Record<string, string>> = Object.fromEntries(
  ['java', 'hive', 'spark', 'external', 'probe'].map((engine) => [
    engine,
    'use `shell` or `python`, which can start any program of the machine',
  ]),
);
const scriptField = field(
  'a script, or `{ file … }` or `{ script … }`',
  { anyOf: [{ type: 'string' }, script.schema] },
  (value) => value,
);
const engines = record({ shell: scriptField, python: scriptField }, { notYet: enginesNotYet });

const run: Field<RunSpecification> = {
  expects: '`{ shell: … }` or `{ python: … }`',
  schema: { ...engines.schema, minProperties: 1, maxProperties: 1 },
  read(value, at) {
    if (!isRecord(value)) return illTyped(value, at, run.expects);
    const given = engines.read(value, at) ?? {};
    const named = ENGINES.filter((engine) => given[engine] !== undefined);
    if (named.length === 1) return readScript(named[0]!, given[named[0]!], within(at, named[0]!));
    // An unknown or unsupported engine has been reported already.
    return named.length === 0 && Object.keys(value).length > 0
      ? undefined
      : illTyped(value, at, `exactly one engine: ${run.expects}`);
  },
};

function readScript(engine: 'shell' | 'python', value: unknown, at: Cursor): RunSpecification | undefined {
  const none = { engine, args: [], vars: {}, env: {}, files: [], path: at.path };
  if (typeof value === 'string') return { ...none, source: { kind: 'inline', text: value, path: at.path } };
  const given = script.read(value, at);
  if (!given || !isRecord(value)) return undefined;
  if ('file' in value === 'script' in value) {
    const message = `\`${nameOf(at.path)}\` ${'file' in value ? 'has both `file` and `script`' : 'has neither `file` nor `script`'}`;
    at.report({ code: 'HERA1002', message, at: atOf(at), help: 'write one of them' });
    return undefined;
  }
  const kind = given.file !== undefined ? 'file' : 'script';
  const text = given.file ?? given.script;
  if (text === undefined) return undefined;
  const files = (given.files ?? []).map((one, i) => ({ text: one, path: [...at.path, 'files', i] }));
  const source = { kind: kind === 'file' ? ('file' as const) : ('inline' as const), text, path: [...at.path, kind] };
  return { ...none, source, args: given.args ?? [], vars: given.vars ?? {}, env: given.env ?? {}, files };
}

const day = field('a day such as `2026-01-31`, or an instant in RFC 3339', { type: 'string' }, (value) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/.test(value)
    ? value
    : undefined,
);

/** `alias` is a number of the old scheduler. */
const alias = field('a whole number from 1', { type: 'integer', minimum: 1 }, (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : undefined,
);

const jobRef: Field<Named> = {
  expects: 'a job',
  schema: { type: 'string' },
  read(value, at) {
    if (typeof value === 'string') return { text: value, path: at.path };
    const job = isRecord(value) && Object.keys(value).length === 1 ? value.job : undefined;
    return typeof job === 'string' ? { text: job, path: at.path } : illTyped(value, at, jobRef.expects);
  },
};

const defaultsShape = { ...shared, zone, vars, env };
const jobNotYet = {
  ...sharedNotYet,
  params: 'use `vars`',
  name: 'the id is the path; `title` holds a name',
  on: scheduleNotYet.on,
};

export const jobField = record(
  {
    ...defaultsShape,
    title: text,
    description: text,
    alias,
    formerly: listOf(text),
    schedule,
    needs: listOf(need),
    base: jobRef,
    run,
    start: day,
    end: day,
  },
  { required: ['run'], notYet: jobNotYet },
);
export type JobSpec = Read<typeof jobField>;

export const folderField = record(defaultsShape, {
  notYet: { ...sharedNotYet, start: 'write it into the job', end: 'write it into the job' },
});
export type FolderSpec = Read<typeof folderField>;

const projectName = field(
  'a name of at most 30 letters `a-z`, digits and `-`',
  { type: 'string', pattern: '^[a-z0-9-]{1,30}$' },
  (value) => (typeof value === 'string' && /^[a-z0-9-]{1,30}$/.test(value) ? value : undefined),
);

export const projectField = record(
  {
    name: projectName,
    zone,
    machineGroups: listOf(group),
    vars,
    env,
    ignore: listOf(text),
    defaults: record(shared, { notYet: sharedNotYet }),
  },
  {
    required: ['name', 'zone'],
    notYet: {
      teams: 'name people in `owner`',
      calendars: 'workday calendars come later',
      pools: 'use `overlap: wait`',
      alerts: 'watch runs by `hera runs`',
      regions: 'use machine groups',
      weekStart: 'weeks start on Monday',
      locale: 'texts of dates are English',
    },
  },
);
export type ProjectSpec = Read<typeof projectField>;
