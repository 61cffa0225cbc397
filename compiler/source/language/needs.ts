import type { CalendarUnit } from '../../calendar/index.js';
import type { Path } from '../../check/diagnostic.js';
import { type Cursor, type Field, flag, illTyped, isRecord, oneOf, said, whole } from '../fields.js';
import { contradict, record } from '../records.js';
import { jobName } from './values.js';

const MOST = 10_000;
const unit = oneOf('hour', 'day', 'week', 'month', 'quarter', 'year');

/** Which of an upstream's periods a need awaits (D1–D7). */
export type Periods =
  | Readonly<{ kind: 'default' | 'nearest' | 'latest' }>
  | Readonly<{ kind: 'all'; of: 'data' | 'window' }>
  | Readonly<{ kind: 'offset'; by: number; unit?: CalendarUnit }>
  | Readonly<{ kind: 'last'; count: number; unit?: CalendarUnit; offset?: number }>;

type NeedPart = Readonly<{ path: Path; on: 'success' | 'finished'; optional: boolean; whenNone: 'met' | 'skip' }>;

/** A need as written: another job (relative or from the root), or an earlier period of my own, `offset` ticks back (-1: the one before). */
export type NeedSpec =
  | (NeedPart & Readonly<{ kind: 'job'; written: string; periods: Periods; root: Path }>)
  | (NeedPart & Readonly<{ kind: 'self'; offset: number; root: Path }>);

const back = whole(-MOST, -1, 'a whole number below 0 such as `-1`');

export const selfRecord = record(
  {
    offset: said(
      back,
      'How many of my own periods back: `-1` is the one before.',
      '向前第几个自身版本：`-1` 为上一个。',
    ),
  },
  { required: ['offset'] },
);

const self: Field<number> = {
  expects: '`previous` or `{ offset: -2 }`',
  schema: { anyOf: [{ enum: ['previous'] }, selfRecord.schema] },
  read: (value, at) =>
    value === 'previous'
      ? -1
      : isRecord(value)
        ? selfRecord.read(value, at)?.offset
        : illTyped(value, at, self.expects),
};

export const needRecord = record({
  job: said(
    jobName,
    'Another job, relative (`./load`) or from the root (`dw/orders/load`).',
    '其他任务，相对路径（`./load`）或从根开始（`dw/orders/load`）。',
  ),
  self: said(self, 'My own earlier period, instead of another job.', '自身更早的版本（自依赖），代替其他任务。'),
  periods: said(
    oneOf('default', 'all', 'last', 'nearest', 'latest'),
    'Which of its periods: `all` whose data interval ends in mine, the `last` of those, the `nearest` of the day, the `latest` that ran. Default: the latest before the end of my grain window.',
    '依赖上游的哪些版本：`all` 数据区间在我之内结束的全部，`last` 其中最后一个，`nearest` 当天最近的一个，`latest` 最近运行过的。默认：我的粒度窗口结束前最近的一个。',
  ),
  of: said(
    oneOf('data', 'window'),
    'With `periods: all`: those of my data interval (default), or of my grain window.',
    '与 `periods: all` 同用：按数据区间（默认）或按粒度窗口。',
  ),
  offset: said(
    back,
    'So many of its periods before the default one; with `unit` so many calendar units earlier.',
    '默认版本之前第几个；配合 `unit` 则提前若干个日历单位。',
  ),
  last: said(
    whole(1, MOST, 'a whole number from 1'),
    'The n latest of its periods; with `unit` all of the last n calendar units.',
    '最近 n 个版本；配合 `unit` 则为最近 n 个日历单位内的全部版本。',
  ),
  unit: said(unit, 'The calendar unit of `offset` or `last`.', '`offset` 或 `last` 的日历单位。'),
  on: said(
    oneOf('success', 'finished'),
    'Awaits its success (default), or any final state.',
    '等待成功（默认）或任意终态。',
  ),
  optional: said(
    flag,
    'Orders but never blocks: what is closed, unknown or does not come is not waited for.',
    '仅排序、不阻塞：关闭、不存在或未出现的上游不会一直等待。',
  ),
  whenNone: said(
    oneOf('met', 'skip'),
    'Where its calendar has no such period: the need is met (default), or my run is skipped.',
    '上游日历没有对应版本时：视为满足（默认），或跳过我的运行。',
  ),
});

const NOT_WITH_SELF = ['job', 'periods', 'of', 'offset', 'last', 'unit', 'whenNone'] as const;
/** What `checkForm` says, for editors. */
const RULES = {
  oneOf: [{ required: ['job'] }, { required: ['self'] }],
  dependencies: {
    self: { not: { anyOf: NOT_WITH_SELF.map((key) => ({ required: [key] })) } },
    unit: { anyOf: [{ required: ['offset'] }, { required: ['last'] }] },
    of: { properties: { periods: { const: 'all' } }, required: ['periods'] },
    periods: { not: { anyOf: [{ required: ['offset'] }, { required: ['last'] }] } },
    whenNone: { not: { properties: { periods: { const: 'latest' } }, required: ['periods'] } },
    last: { anyOf: [{ not: { required: ['offset'] } }, { required: ['unit'] }] },
  },
};

export const need: Field<NeedSpec> = {
  expects: 'a job, or `{ self: previous }`',
  schema: { anyOf: [{ type: 'string' }, { ...needRecord.schema, ...RULES }] },
  read(value, at) {
    if (typeof value === 'string')
      return { ...PLAIN, kind: 'job', written: value, periods: { kind: 'default' }, path: at.path, root: at.path };
    if (!isRecord(value)) return illTyped(value, at, need.expects);
    const mistakes = counting(at);
    const given = needRecord.read(value, mistakes.at);
    if (!given || mistakes.count() > 0 || !checkForm(value, at)) return undefined;
    const { on = 'success', optional = false, whenNone = 'met' } = given;
    const part = { on, optional, whenNone, root: at.path };
    if (given.self !== undefined) return { ...part, kind: 'self', offset: given.self, path: at.path };
    const { text: written, path } = given.job!;
    return { ...part, kind: 'job', written, periods: periodsOf(given), path };
  },
};

const PLAIN = { on: 'success', optional: false, whenNone: 'met' } as const;

/** A form is judged only where every part is right: one mistake, one diagnostic. */
function counting(at: Cursor): Readonly<{ at: Cursor; count: () => number }> {
  let count = 0;
  return {
    at: {
      ...at,
      report: (finding) => {
        count++;
        at.report(finding);
      },
    },
    count: () => count,
  };
}

function periodsOf(given: NonNullable<ReturnType<typeof needRecord.read>>): Periods {
  const { periods = 'default', of = 'data', offset, last, unit } = given;
  const inUnit = unit && { unit };
  if (last !== undefined) return { kind: 'last', count: last, ...inUnit, ...(offset !== undefined && { offset }) };
  if (offset !== undefined) return { kind: 'offset', by: offset, ...inUnit };
  if (periods === 'all') return { kind: 'all', of };
  return periods === 'last' ? { kind: 'last', count: 1 } : { kind: periods };
}

/** Says which fields of a need contradict each other; false after a report. */
function checkForm(value: Readonly<Record<string, unknown>>, at: Cursor): boolean {
  const has = (key: string): boolean => Object.hasOwn(value, key);
  const wrong = (key: string | undefined, message: string, help: string): false => contradict(at, message, help, key);
  if (has('job') === has('self'))
    return wrong(
      undefined,
      has('job') ? 'names both `job` and `self`' : 'names neither `job` nor `self`',
      'write one of them',
    );
  const stray = has('self') ? NOT_WITH_SELF.find(has) : undefined;
  if (stray)
    return wrong(
      stray,
      `has \`${stray}\` beside \`self\``,
      'for an earlier period of your own write `{ self: { offset: -2 } }`',
    );
  const twice = has('periods') ? ['offset', 'last'].find(has) : undefined;
  if (twice)
    return wrong(twice, `has both \`periods\` and \`${twice}\``, 'each says which periods are meant: write one');
  if (has('of') && value.periods !== 'all')
    return wrong('of', 'has `of` without `periods: all`', 'add `periods: all`, or remove `of`');
  if (has('whenNone') && value.periods === 'latest')
    return wrong(
      'whenNone',
      'has `whenNone` beside `periods: latest`',
      'the latest is awaited until there is one: remove `whenNone`, or add `optional: true`',
    );
  if (has('unit') && !has('offset') && !has('last'))
    return wrong('unit', 'has `unit` without `offset` or `last`', 'say how many: `offset: -1` or `last: 7`');
  if (has('last') && has('offset') && !has('unit'))
    return wrong(
      'offset',
      'has `offset` beside `last` without a `unit`',
      'add `unit`, by which it is moved, or remove `offset`',
    );
  return true;
}
