// Fields that a job may set, and a folder or the project for all jobs below: the nearest wins, `vars` and `env` name by name.
import { count, duration, type Field, flag, illTyped, isRecord, listOf, oneOf, said, text, whole } from '../fields.js';
import { mapOf, record } from '../records.js';
import { batch } from './batch.js';
import { catchUp } from './schedule.js';
import { byEnvironmentName, env, NAME, name, timeOfDay, vars, words, zone } from './values.js';

const MAX_RETRIES = 100;
const MOST_SLOTS = 10_000;

export const retryRecord = record(
  {
    times: said(count(MAX_RETRIES), 'How many retries after the first failure.', '首次失败后重试几次。'),
    wait: said(duration, 'How long to wait before each. Default: not at all.', '每次重试前等待多久。默认不等待。'),
  },
  { required: ['times'] },
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

const channels = listOf(name('an alert channel'));
export const alertsRecord = record({
  onFailure: said(channels, 'Told when a run has failed for good.', '运行最终失败时通知。'),
  onSuccess: said(channels, 'Told when a run has succeeded.', '运行成功时通知。'),
  onLong: said(
    channels,
    'Told when a run takes longer than `expectedDuration`.',
    '运行时间超过 `expectedDuration` 时通知。',
  ),
  onLate: said(channels, 'Told when the job is not done by `doneBy`.', '到 `doneBy` 仍未完成时通知。'),
  onRetry: said(channels, 'Told when an attempt fails and a retry follows.', '尝试失败并将重试时通知。'),
});

/** Pools by name, and how many slots of each a run takes. */
const pools: Field<Readonly<Record<string, number>>> = {
  expects: 'a list of pools, or a record of pools and slots',
  schema: {
    anyOf: [
      { type: 'array', items: name('a pool').schema },
      mapOf(whole(1, MOST_SLOTS, 'a whole number from 1'), NAME).schema,
    ],
  },
  read(value, at) {
    if (isRecord(value)) return mapOf(whole(1, MOST_SLOTS, 'a whole number from 1'), NAME).read(value, at);
    if (!Array.isArray(value)) return illTyped(value, at, pools.expects);
    return Object.fromEntries((listOf(name('a pool')).read(value, at) ?? []).map((one) => [one, 1]));
  },
};

export const sharedShape = {
  owner: said(text, 'Who answers for the job: a team or a person.', '负责人：团队或个人。'),
  tags: said(listOf(text), 'Words by which lists are filtered.', '用于筛选的标签。'),
  enabled: said(
    flag,
    '`false`: the job is closed; it never fires and may be run by hand.',
    '`false` 表示关闭：不自动触发，可手动执行。',
  ),
  machineGroup: said(
    name('a machine group'),
    'Which hosts run it; the project lists the groups. Default: `default`.',
    '在哪个机器组执行；机器组在项目中列出。默认 `default`。',
  ),
  retries: said(
    retries,
    'Retries after a failure: a number, or `{ times, wait }`. Default: 0.',
    '失败后重试：次数，或 `{ times, wait }`。默认 0。',
  ),
  timeout: said(
    duration,
    'How long a process may take; then TERM, and KILL after `grace`. Default: `24h`.',
    '进程最长运行时间；到时发 TERM，`grace` 之后 KILL。默认 `24h`。',
  ),
  grace: said(duration, 'From TERM to KILL. Default: `10s`.', '从 TERM 到 KILL 的时间。默认 `10s`。'),
  expectedDuration: said(
    duration,
    'How long a run usually takes; for people and for `onLong`.',
    '预计时长；供人参考，并用于 `onLong` 告警。',
  ),
  doneBy: said(
    timeOfDay,
    'The time of day by which the job’s run of the day must be done.',
    '预计结束时间：当天的运行应在此时刻前完成。',
  ),
  overlap: said(
    oneOf('wait', 'allow', 'skip', 'cancel-old'),
    'What a run does while another run of its job is live: `wait` (default), run beside it (`allow`), be skipped, or cancel the old one.',
    '同一任务已有运行时：等待（默认 `wait`）、并行（`allow`）、跳过（`skip`）或取消旧的（`cancel-old`）。',
  ),
  priority: said(
    oneOf('highest', 'high', 'normal', 'low', 'lowest'),
    'Which run goes first where hosts are busy. Default: `normal`.',
    '资源紧张时的优先级。默认 `normal`。',
  ),
  pools: said(
    pools,
    'Pools of the project whose slots a run takes: names, or names and slots.',
    '运行占用的资源池：名称列表，或名称与槽位数。',
  ),
  regions: said(
    listOf(name('a region')),
    'Regions in which it runs; elsewhere its runs succeed at once.',
    '在哪些区域执行；其他区域直接视为成功。',
  ),
  user: said(words, 'The user of the operating system as whom it runs.', '执行所用的操作系统用户。'),
  secrets: said(
    byEnvironmentName(words),
    'Secrets by environment variable: `{ DB_PASSWORD: name-of-the-secret }`.',
    '密钥：环境变量名到密钥名，如 `{ DB_PASSWORD: 密钥名 }`。',
  ),
  alerts: said(alertsRecord, 'Whom to tell, and when.', '何时通知谁。'),
  templates: said(
    oneOf('native', 'hera'),
    'The dialect of `${…}`: `native` (default), or `hera` for jobs of the old scheduler.',
    '`${…}` 的方言：`native`（默认），或旧调度系统任务用的 `hera`。',
  ),
  batch: said(
    batch,
    'The batch label of a run, `${run.batch}`: a unit, or `{ unit, offset }`. Default: the period’s minute, `202611230230`.',
    '批次号，即 `${run.batch}`：单位，或 `{ unit, offset }`。默认是周期的分钟，如 `202611230230`。',
  ),
  catchUp: said(
    catchUp,
    'What to do about ticks that were missed: `all`, `latest`, `none` or `{ policy, within }`. Default: `all` within a day.',
    '错过的时刻如何补跑：`all`、`latest`、`none` 或 `{ policy, within }`。默认一天内全部补跑。',
  ),
  lateAfter: said(
    duration,
    'A tick that is started later than this counts as missed. Default: `5m`.',
    '晚于此时间启动视为错过。默认 `5m`。',
  ),
} as const;

export const levelShape = {
  ...sharedShape,
  zone: said(
    zone,
    'The IANA zone of schedules and templates. Default: the project’s.',
    '调度和模板所用的 IANA 时区。默认用项目的。',
  ),
  vars: said(
    vars,
    'Variables for `${name}` in scripts, arguments and environment.',
    '变量：在脚本、参数和环境变量中以 `${name}` 引用。',
  ),
  env: said(env, 'Environment variables of the process.', '进程的环境变量。'),
} as const;
