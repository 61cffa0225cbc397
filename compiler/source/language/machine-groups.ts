// Machine groups: the hosts that jobs may name, and what the engines are on them: which client, which addresses, which programs.
// A list of names, or names with settings. A job's own fields win over its group's.
import { type Field, isRecord, listOf, oneOf, type Read, said, text } from '../fields.js';
import { mapOf, record } from '../records.js';
import { conf, matching, NAME, name, words } from './values.js';

const webAddress = matching('an http address', /^https?:\/\/[^\s/]+\S*$/);
/** A link holds the place of the id; without it every id would lead to the same page. */
const link = matching('an http address with `{id}`', /^https?:\/\/\S*\{id\}\S*$/);

export const pythonGroupRecord = record({
  interpreter: said(
    words,
    'The Python of these hosts: a name or a path. Default: `python3`.',
    '这些主机上的 Python：命令名或路径。默认 `python3`。',
  ),
});

export const javaGroupRecord = record({
  program: said(words, 'The `java` of these hosts: a name or a path.', '这些主机上的 `java`：命令名或路径。'),
});

export const hiveGroupRecord = record({
  client: said(
    oneOf('hive', 'beeline'),
    'How SQL reaches Hive: by `beeline -u url`, or by `hive -f`. Default: `beeline` where there is a `url`, else `hive`.',
    'SQL 如何提交给 Hive：`beeline -u url` 或 `hive -f`。有 `url` 时默认 `beeline`，否则 `hive`。',
  ),
  program: said(words, 'That client: a name or a path.', '该客户端：命令名或路径。'),
  url: said(words, 'The JDBC address for beeline.', 'beeline 的 JDBC 地址。'),
  user: said(words, 'The user for beeline (`-n`).', 'beeline 的用户（`-n`）。'),
  conf: said(conf, 'Settings of all Hive jobs (`key: value`).', '所有 Hive 任务的参数（`key: value`）。'),
});

export const sparkGroupRecord = record({
  sql: said(words, 'The `spark-sql` of these hosts: a name or a path.', '这些主机上的 `spark-sql`：命令名或路径。'),
  submit: said(
    words,
    'The `spark-submit` of these hosts: a name or a path.',
    '这些主机上的 `spark-submit`：命令名或路径。',
  ),
  master: said(
    words,
    'Where jobs run that do not say it, such as `yarn` or `local[2]`.',
    '任务未指定时的运行位置：`yarn`、`local[2]` 等。',
  ),
  deployMode: said(
    oneOf('client', 'cluster'),
    'Where the driver runs of jobs that do not say it.',
    '任务未指定时 driver 运行的位置。',
  ),
  queue: said(words, 'The queue of YARN of jobs that do not say it.', '任务未指定时的 YARN 队列。'),
  conf: said(conf, 'Settings of all Spark jobs (`key: value`).', '所有 Spark 任务的参数（`key: value`）。'),
});

export const yarnRecord = record(
  {
    resourceManager: said(
      webAddress,
      'The web address of the ResourceManager, by which applications are ended: `http://rm:8088`.',
      'ResourceManager 的网页地址，用于结束应用：`http://rm:8088`。',
    ),
    standby: said(
      webAddress,
      'The address of the second ResourceManager of a pair.',
      '主备模式下第二个 ResourceManager 的地址。',
    ),
    user: said(
      words,
      'As whom applications are ended. Default: the user of the worker.',
      '以谁的身份结束应用。默认是 worker 的用户。',
    ),
    application: said(
      link,
      'The page of an application, with `{id}`. Default: that of the ResourceManager.',
      '应用的页面地址，含 `{id}`。默认用 ResourceManager 的页面。',
    ),
    job: said(
      link,
      'The page of a MapReduce job, with `{id}`. Default: that of its application.',
      'MapReduce 作业的页面地址，含 `{id}`。默认用其应用的页面。',
    ),
  },
  { required: ['resourceManager'] },
);

export const machineGroupRecord = record({
  description: said(text, 'Which hosts these are.', '这些主机的说明。'),
  python: said(pythonGroupRecord, 'Python on these hosts.', '这些主机上的 Python。'),
  java: said(javaGroupRecord, 'Java on these hosts.', '这些主机上的 Java。'),
  hive: said(hiveGroupRecord, 'Hive as these hosts reach it.', '这些主机如何使用 Hive。'),
  spark: said(sparkGroupRecord, 'Spark as these hosts reach it.', '这些主机如何使用 Spark。'),
  yarn: said(yarnRecord, 'The YARN on which jobs of these hosts start applications.', '这些主机上的任务所用的 YARN。'),
});

export type MachineGroupSpec = Read<typeof machineGroupRecord>;

const names = listOf(name('a machine group'));
const settings = mapOf(machineGroupRecord, NAME);

/** Groups by name, in the author's order. */
export const machineGroups: Field<Readonly<Record<string, MachineGroupSpec>>> = {
  expects: 'a list of names, or names with settings',
  schema: { anyOf: [names.schema, settings.schema] },
  read(value, at) {
    if (isRecord(value)) return settings.read(value, at);
    const listed = names.read(value, at);
    return listed && Object.fromEntries(listed.map((group) => [group, {}]));
  },
};
