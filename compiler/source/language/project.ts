// The project: its name and zone, and the things that jobs name (machine groups, pools, channels, regions, workday calendars).
import { type Cursor, type Field, illTyped, isRecord, listOf, oneOf, said, text, whole } from '../fields.js';
import { contradict, mapOf, record } from '../records.js';
import { machineGroups } from './machine-groups.js';
import { sharedShape } from './shared.js';
import { env, matching, NAME, name, vars, words, zone } from './values.js';
import { workdayCalendar } from './workdays.js';

export const teamRecord = record({
  title: said(text, 'A name in any script.', '任意文字的名称。'),
  members: said(listOf(words), 'Accounts of its people.', '成员账号。'),
});

const slots = whole(1, 10_000, 'a whole number from 1');
export const poolRecord = record(
  {
    slots: said(slots, 'How many slots it has.', '槽位数。'),
    description: said(text, 'What it protects.', '用途说明。'),
  },
  { required: ['slots'] },
);
const pool: Field<Readonly<{ slots?: number; description?: string }>> = {
  expects: 'a number of slots, or `{ slots, description }`',
  schema: { anyOf: [slots.schema, poolRecord.schema] },
  read(value, at) {
    if (isRecord(value)) return poolRecord.read(value, at);
    const given = typeof value === 'number' ? slots.read(value, at) : illTyped(value, at, pool.expects);
    return given === undefined ? undefined : { slots: given };
  },
};

export const channelRecord = record(
  {
    mail: said(listOf(matching('a mail address', /^[^@\s]+@[^@\s]+$/)), 'Mail addresses.', '邮件地址。'),
    webhook: said(
      matching('an https address', /^https?:\/\/\S+$/),
      'An address that is called with the alert.',
      '接收告警的 HTTP 地址。',
    ),
    chat: said(
      oneOf('wecom', 'dingtalk', 'feishu', 'slack', 'teams'),
      'The chat whose robot `webhook` is.',
      '`webhook` 所属的聊天工具：企业微信、钉钉、飞书等。',
    ),
    phone: said(listOf(words), 'Numbers to call or to send messages to.', '电话或短信号码。'),
  },
  { rules: { minProperties: 1, dependencies: { chat: ['webhook'] } }, check: checkChannel },
);

function checkChannel(value: Readonly<Record<string, unknown>>, at: Cursor): boolean {
  if (Object.keys(value).length === 0) return contradict(at, 'leads nowhere', 'give it `mail`, `webhook` or `phone`');
  if (!Object.hasOwn(value, 'chat') || Object.hasOwn(value, 'webhook')) return true;
  return contradict(at, 'has `chat` without `webhook`', 'give the address of its robot', 'chat');
}

export const projectRecord = record(
  {
    name: said(
      matching('a name of at most 30 letters `a-z`, digits and `-`', /^[a-z0-9-]{1,30}$/),
      'Its name: `a-z`, digits and `-`, at most 30; begins every key of the installation.',
      '项目名：`a-z`、数字和 `-`，最长 30；所有标识以它开头。',
    ),
    zone: said(
      zone,
      'The IANA zone of schedules and templates, such as `Asia/Shanghai`.',
      '调度和模板所用的 IANA 时区，如 `Asia/Shanghai`。',
    ),
    machineGroups: said(
      machineGroups,
      'The groups of machines that jobs may name: a list, or names with what engines are there. Default: `default` alone.',
      '任务可用的机器组：列表，或带引擎设置的名称。默认只有 `default`。',
    ),
    teams: said(mapOf(teamRecord, NAME), 'Teams that own jobs.', '拥有任务的团队。'),
    calendars: said(
      mapOf(workdayCalendar, NAME),
      'Workday calendars by name, beside those in `calendars/`.',
      '工作日历，与 `calendars/` 目录中的并列。',
    ),
    pools: said(
      mapOf(pool, NAME),
      'Pools: named numbers of slots that runs share.',
      '资源池：多个运行共享的命名槽位。',
    ),
    alerts: said(mapOf(channelRecord, NAME), 'Channels of alerts by name.', '告警渠道。'),
    regions: said(
      listOf(name('a region')),
      'Regions in which installations stand; a variable `eu.table` is `table` in the region `eu`.',
      '安装所在的区域；变量 `eu.table` 即区域 `eu` 中的 `table`。',
    ),
    weekStart: said(
      oneOf('monday', 'sunday'),
      'The first day of a week. Default: `monday`.',
      '一周的第一天。默认 `monday`。',
    ),
    locale: said(
      oneOf('en', 'zh-CN'),
      'The language of month and weekday names in dates. Default: `en`.',
      '日期中月份和星期名称的语言。默认 `en`。',
    ),
    vars: said(vars, 'Variables of all jobs.', '所有任务的变量。'),
    env: said(env, 'Environment variables of all jobs.', '所有任务的环境变量。'),
    ignore: said(listOf(text), 'Globs of files that are no jobs.', '不是任务的文件（通配符）。'),
    defaults: said(
      record(sharedShape),
      'Defaults of all jobs; folders and jobs say otherwise.',
      '所有任务的默认值，可被目录和任务覆盖。',
    ),
  },
  { required: ['name', 'zone'] },
);
