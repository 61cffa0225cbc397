import type { Path } from '../../check/diagnostic.js';
import {
  type Cursor,
  duration,
  type Field,
  field,
  illTyped,
  isRecord,
  nameOf,
  oneOf,
  said,
  within,
} from '../fields.js';
import { contradict, record } from '../records.js';
import { name, zone } from './values.js';

export type CatchUpSpec = Readonly<{ policy: 'all' | 'latest' | 'none'; withinMs?: number }>;

const policy = oneOf('all', 'latest', 'none');
export const catchUpRecord = record(
  {
    policy: said(policy, 'Which missed ticks are made up for.', '补跑哪些错过的时刻。'),
    within: said(duration, 'How far back `all` goes. Default `1d`.', '`all` 向前追溯多久。默认 `1d`。'),
  },
  { required: ['policy'] },
);

export const catchUp: Field<CatchUpSpec> = {
  expects: '`all`, `latest`, `none` or `{ policy, within }`',
  schema: { anyOf: [policy.schema, catchUpRecord.schema] },
  read(value, at) {
    const given = isRecord(value) ? catchUpRecord.read(value, at) : { policy: policy.read(value, at) };
    if (given?.policy === undefined) return undefined;
    const withinMs = 'within' in given ? given.within : undefined;
    return { policy: given.policy, ...(withinMs !== undefined && { withinMs }) };
  },
};

/** A cron as written, with its place, and what it does on days off. */
export type CronText = Readonly<{
  text: string;
  path: Path;
  on?: Readonly<{ calendar: string; otherwise: 'skip' | 'previous' | 'next'; path: Path }>;
}>;

/** Something the schedule says for the whole job, and where. */
type Placed<T> = Readonly<{ value: T; path: Path }>;

/** One calendar, the union of `crons`; a job has one zone, one policy for missed ticks and one jitter, whichever of several says it. */
export type ScheduleSpec = Readonly<{
  crons: readonly CronText[];
  zone?: Placed<string>;
  catchUp?: Placed<CatchUpSpec>;
  jitterMs?: Placed<number>;
}>;

const CRON = 'a cron such as `30 2 * * *`';
const cronSchema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] };

const checkOtherwise = (value: Readonly<Record<string, unknown>>, at: Cursor): boolean =>
  !Object.hasOwn(value, 'otherwise') ||
  Object.hasOwn(value, 'on') ||
  contradict(at, 'has `otherwise` without `on`', 'name the workday calendar in `on`', 'otherwise');

export const scheduleRecord = record(
  {
    cron: said(
      field(CRON, cronSchema, (value) => value),
      'When it fires: five fields (minute, hour, day, month, weekday), or six to seven as Quartz has them (seconds first); a list is a union.',
      '触发时刻：五个字段（分 时 日 月 周），或六至七个字段的 Quartz 写法（秒在前）；列表取并集。',
    ),
    zone: said(
      zone,
      'The IANA zone of this schedule; wins over the folder’s and the project’s.',
      '该调度的 IANA 时区，优先于目录和项目。',
    ),
    on: said(
      name('a workday calendar'),
      'A workday calendar: ticks on its days off are left out or moved, as `otherwise` says.',
      '工作日历：落在休息日的时刻按 `otherwise` 跳过或移动。',
    ),
    otherwise: said(
      oneOf('skip', 'previous', 'next'),
      'What becomes of a tick on a day off: left out (default), or moved to the workday before or after.',
      '休息日的时刻如何处理：跳过（默认），或移到前一个、后一个工作日。',
    ),
    catchUp: said(
      catchUp,
      'What to do about ticks that were missed. Default: `all` within a day.',
      '错过的时刻如何补跑。默认：一天之内全部补跑。',
    ),
    jitter: said(
      duration,
      'Starts are spread over so long after the tick, each job at its own constant moment; the period stays the same.',
      '启动时间在触发后这段时间内分散，每个任务的偏移固定；版本不变。',
    ),
  },
  { required: ['cron'], rules: { dependencies: { otherwise: ['on'] } }, check: checkOtherwise },
);

const oneSchema = { anyOf: [{ type: 'string' }, scheduleRecord.schema] };

export const schedule: Field<ScheduleSpec> = {
  expects: 'a cron, `{ cron, zone … }`, or a list of these',
  schema: { anyOf: [...oneSchema.anyOf, { type: 'array', items: oneSchema, minItems: 1 }] },
  read(value, at) {
    if (!Array.isArray(value)) return readOne(value, at);
    if (value.length === 0) return illTyped(value, at, schedule.expects);
    const read = value.flatMap((one, i) => readOne(one, within(at, i)) ?? []);
    return read.length === value.length && agree(read, at) ? united(read) : undefined;
  },
};

function readOne(value: unknown, at: Cursor): ScheduleSpec | undefined {
  if (typeof value === 'string') return { crons: [{ text: value, path: at.path }] };
  if (!isRecord(value)) return illTyped(value, at, schedule.expects);
  const given = scheduleRecord.read(value, at);
  if (given?.cron === undefined) return undefined;
  const { on: calendar, otherwise = 'skip' } = given;
  const crons = cronTexts(given.cron, within(at, 'cron'));
  const on = calendar === undefined ? undefined : { calendar, otherwise, path: [...at.path, 'on'] };
  return (
    crons && {
      crons: on ? crons.map((cron) => ({ ...cron, on })) : crons,
      ...(given.zone !== undefined && { zone: { value: given.zone, path: [...at.path, 'zone'] } }),
      ...(given.catchUp && { catchUp: { value: given.catchUp, path: [...at.path, 'catchUp'] } }),
      ...(given.jitter !== undefined && { jitterMs: { value: given.jitter, path: [...at.path, 'jitter'] } }),
    }
  );
}

function cronTexts(value: unknown, at: Cursor): readonly CronText[] | undefined {
  if (typeof value === 'string') return [{ text: value, path: at.path }];
  if (!Array.isArray(value) || value.length === 0) return illTyped(value, at, CRON);
  const found = value.flatMap((one, i) => {
    if (typeof one === 'string') return [{ text: one, path: [...at.path, i] }];
    illTyped(one, within(at, i), CRON);
    return [];
  });
  return found.length === value.length ? found : undefined;
}

const ONCE = ['zone', 'catchUp', 'jitterMs'] as const;

/** Of several schedules no two say different things about what a job has once (A1, B1). */
function agree(read: readonly ScheduleSpec[], at: Cursor): boolean {
  let isOne = true;
  for (const key of ONCE) {
    const [first, ...others] = read.flatMap((one) => one[key] ?? []);
    const other = others.find(({ value }) => JSON.stringify(value) !== JSON.stringify(first!.value));
    if (!other) continue;
    const field = String(other.path.at(-1));
    at.report({
      code: 'HERA3007',
      message: `\`${nameOf(other.path)}\` says another \`${field}\` than \`${nameOf(first!.path)}\``,
      at: { file: at.file, path: other.path },
      label: 'another one',
      notes: [{ message: 'the first is here', at: { file: at.file, path: first!.path } }],
      help: `several schedules of a job are one calendar: it has one \`${field}\``,
    });
    isOne = false;
  }
  return isOne;
}

const united = (read: readonly ScheduleSpec[]): ScheduleSpec =>
  Object.assign({}, ...[...read].reverse(), { crons: read.flatMap(({ crons }) => crons) }) as ScheduleSpec;
