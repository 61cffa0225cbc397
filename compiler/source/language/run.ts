// What a job runs: one engine with its own fields. A string is a script's text; a record names a file, a text, a jar or a class.
import type { Path } from '../../check/diagnostic.js';
import {
  type Cursor,
  duration,
  type Field,
  illTyped,
  isRecord,
  listOf,
  oneOf,
  said,
  spelled,
  text,
} from '../fields.js';
import { inline } from '../inline.js';
import { meantIn } from '../other-words.js';
import { contradict, type RecordField, record, type Shape } from '../records.js';
import { conf, env, matching, type Named, vars, words } from './values.js';

export type ScriptEngine = 'shell' | 'python' | 'hive' | 'spark';
export type Engine = ScriptEngine | 'java' | 'external' | 'probe';

/** What is executed: a file of the repository, a text, a jar (a file or an address), a class of the class path, or a module of Python. */
export type RunSource = Readonly<{ kind: 'file' | 'inline' | 'jar' | 'main' | 'module'; text: string; path: Path }>;

/** A file that is laid beside the script: of the repository or, with an address, fetched from elsewhere. `as`: under another name. */
export type FileSpec = Named & Readonly<{ as?: string }>;

export type RunSpecification = Readonly<{
  engine: Engine;
  /** Null where there is nothing of ours to execute: `external`. */
  source: RunSource | null;
  args: readonly string[];
  vars: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
  files: readonly FileSpec[];
  /** Fields of the engine alone, as read: `conf`, `queue`, `every` … */
  options: Readonly<Record<string, unknown>>;
  path: Path;
}>;

const ADDRESS = /^(hdfs|s3|oss|https):\/\/\S+$/;
export const isAddress = (written: string): boolean => ADDRESS.test(written);

export const fileRecord = record(
  {
    from: said(
      text,
      'A file of the repository, or an address (`hdfs:`, `s3:`, `oss:`, `https:`).',
      '仓库内的文件，或地址（`hdfs:`、`s3:`、`oss:`、`https:`）。',
    ),
    as: said(
      matching('a file name', /^[^/\\\s]+$/),
      'Its name beside the script. Default: the last part of `from`.',
      '在脚本旁的文件名。默认取 `from` 的最后一段。',
    ),
  },
  { required: ['from'] },
);
const fileItem: Field<FileSpec> = {
  expects: 'a file, or `{ from, as }`',
  schema: { anyOf: [{ type: 'string' }, fileRecord.schema] },
  read(value, at) {
    if (typeof value === 'string') return { text: value, path: at.path };
    const given = isRecord(value) ? fileRecord.read(value, at) : illTyped(value, at, fileItem.expects);
    if (given?.from === undefined) return undefined;
    return { text: given.from, path: [...at.path, 'from'], ...(given.as !== undefined && { as: given.as }) };
  },
};

const args = said(listOf(spelled), 'Arguments, templates rendered.', '命令行参数，可含模板。');
const beside = {
  args,
  vars: said(vars, 'Variables of this run; they win over the job’s.', '本次执行的变量，优先于任务变量。'),
  env: said(env, 'Environment of the process; wins over the job’s.', '进程环境变量，优先于任务的。'),
  files: said(listOf(fileItem), 'Files that are laid beside the script.', '放在脚本旁边的文件。'),
};
const file = said(
  text,
  'The script: a file of the repository, relative to the definition or, with `/`, from the root.',
  '脚本文件：相对定义文件的路径，或以 `/` 从仓库根开始。',
);
const script = said(text, 'The script’s text, instead of a file.', '脚本内容，代替文件。');
const settings = said(conf, 'Settings of the engine (`key: value`).', '引擎参数（`key: value`）。');

const shellFields = { file, script, ...beside };
const pythonFields = {
  file,
  script,
  module: said(
    words,
    'A module that is run (`python -m`), instead of a file.',
    '运行的模块（`python -m`），代替文件。',
  ),
  ...beside,
  interpreter: said(
    words,
    'The Python: a name or a path of the machine. Default: that of the machine group.',
    'Python 解释器：机器上的命令名或路径。默认用机器组的。',
  ),
  venv: said(
    words,
    'A virtual environment of the machine, whose Python it is.',
    '机器上的虚拟环境目录，使用其中的 Python。',
  ),
  requirements: said(
    text,
    'A file of requirements that must be installed there, or the run fails before it begins.',
    'requirements 文件：其中的包必须已安装，否则在开始前失败。',
  ),
};
const hiveFields = {
  file,
  script,
  ...beside,
  conf: settings,
  hivevars: said(vars, 'Given as `--hivevar`.', '以 `--hivevar` 传入。'),
  init: said(listOf(text), 'SQL files that are run first.', '先执行的 SQL 文件。'),
  url: said(
    words,
    'The JDBC address for beeline. Default: that of the machine group.',
    'beeline 的 JDBC 地址。默认用机器组的。',
  ),
};
const sparkFields = {
  file,
  script,
  jar: said(words, 'A jar to submit: a file of the repository or an address.', '要提交的 jar：仓库内文件或地址。'),
  main: said(words, 'The class of `jar` that is run.', '`jar` 中运行的主类。'),
  ...beside,
  conf: settings,
  master: said(
    words,
    'Where it runs: `yarn`, `local[2]` … Default: that of the machine group.',
    '运行位置：`yarn`、`local[2]` 等。默认用机器组的。',
  ),
  deployMode: said(oneOf('client', 'cluster'), 'Where the driver runs.', 'driver 运行的位置。'),
  queue: said(words, 'The queue of YARN.', 'YARN 队列。'),
  jars: said(listOf(text), 'Further jars.', '附加 jar。'),
  pyFiles: said(listOf(text), 'Python files and archives for the job.', '作业需要的 Python 文件或压缩包。'),
};
const javaFields = {
  jar: said(
    words,
    'A jar that is run, or in which `main` is: a file of the repository or an address.',
    '运行的 jar（或 `main` 所在的 jar）：仓库内文件或地址。',
  ),
  main: said(words, 'The class that is run.', '运行的主类。'),
  classpath: said(listOf(text), 'Jars and folders of the class path.', 'classpath 中的 jar 和目录。'),
  jvmOptions: said(listOf(spelled), 'Options of the virtual machine (`-Xmx1g`).', 'JVM 参数（`-Xmx1g`）。'),
  ...beside,
};
const scriptRules = { oneOf: [{ required: ['file'] }, { required: ['script'] }] };
const scriptCheck = (value: Readonly<Record<string, unknown>>, at: Cursor): boolean =>
  exactlyOne(value, at, ['file', 'script']);

/** What a Python run is: exactly one of these. */
const PYTHON_ENTRIES = ['file', 'script', 'module'];
export const pythonRecord = record(pythonFields, {
  rules: { oneOf: PYTHON_ENTRIES.map((name) => ({ required: [name] })), not: { required: ['interpreter', 'venv'] } },
  check: (value, at) => exactlyOne(value, at, PYTHON_ENTRIES) && oneInterpreter(value, at),
});
export const shellRecord = record(shellFields, { rules: scriptRules, check: scriptCheck });
export const hiveRecord = record(hiveFields, { rules: scriptRules, check: scriptCheck });
export const sparkRecord = record(sparkFields, {
  rules: {
    oneOf: [{ required: ['file'] }, { required: ['script'] }, { required: ['jar'] }],
    dependencies: { main: ['jar'] },
  },
  check: (value, at) => exactlyOne(value, at, ['file', 'script', 'jar']) && mainHasJar(value, at),
});
export const javaRecord = record(javaFields, {
  rules: { anyOf: [{ required: ['jar'] }, { required: ['main'] }] },
  check: (value, at) =>
    'jar' in value || 'main' in value || contradict(at, 'has neither `jar` nor `main`', 'write one of them'),
});

const list = (all: readonly string[], last: string): string =>
  all
    .map((name) => `\`${name}\``)
    .join(', ')
    .replace(/, ([^,]*)$/, ` ${last} $1`);

function exactlyOne(value: Readonly<Record<string, unknown>>, at: Cursor, names: readonly string[]): boolean {
  const given = names.filter((name) => Object.hasOwn(value, name));
  if (given.length === 1) return true;
  // A name that another scheduler has for one of them has been reported.
  if (given.length === 0 && meantIn(value, [...names, ...Object.keys(beside)], at).some((name) => names.includes(name)))
    return false;
  if (given.length > 1)
    return contradict(at, `has ${given.length === 2 ? 'both ' : ''}${list(given, 'and')}`, 'write one of them');
  return contradict(
    at,
    names.length === 2 ? `has neither ${list(names, 'nor')}` : `has none of ${list(names, 'and')}`,
    'write one of them',
  );
}

const oneInterpreter = (value: Readonly<Record<string, unknown>>, at: Cursor): boolean =>
  !(Object.hasOwn(value, 'interpreter') && Object.hasOwn(value, 'venv')) ||
  contradict(at, 'has both `interpreter` and `venv`', 'write one of them', 'venv');

const mainHasJar = (value: Readonly<Record<string, unknown>>, at: Cursor): boolean =>
  !Object.hasOwn(value, 'main') ||
  Object.hasOwn(value, 'jar') ||
  contradict(at, 'has `main` without a `jar`', 'name the jar in which the class is');

/** How one engine is written: its record and, where a text is enough, what the text means. */
type Form = Readonly<{ record: RecordField<Shape>; isScript: boolean }>;
const FORMS: Readonly<Record<ScriptEngine | 'java', Form>> = {
  shell: { record: shellRecord, isScript: true },
  python: { record: pythonRecord, isScript: true },
  java: { record: javaRecord, isScript: false },
  hive: { record: hiveRecord, isScript: true },
  spark: { record: sparkRecord, isScript: true },
};
const ENTRIES = { file: 'file', script: 'inline', jar: 'jar', main: 'main', module: 'module' } as const;
const BESIDE = new Set(['file', 'script', 'args', 'vars', 'env', 'files']);

function engineField(engine: ScriptEngine | 'java'): Field<RunSpecification> {
  const form = FORMS[engine];
  const expects = form.isScript ? 'a script, or `{ file … }` or `{ script … }`' : '`{ jar … }` or `{ main … }`';
  return {
    expects,
    schema: form.isScript ? { anyOf: [{ type: 'string' }, form.record.schema] } : form.record.schema,
    read(value, at) {
      const bare = { engine, args: [], vars: {}, env: {}, files: [], options: {}, path: at.path };
      if (form.isScript && typeof value === 'string')
        return { ...bare, source: { kind: 'inline', text: value, path: at.path } };
      if (!isRecord(value)) return illTyped(value, at, expects);
      const given = form.record.read(value, at) as
        | (Partial<RunSpecification> & Partial<Record<Entry, string>>)
        | undefined;
      const entry = given && (Object.keys(ENTRIES) as Entry[]).find((name) => given[name] !== undefined);
      if (!given || !entry) return undefined;
      const { args = [], vars = {}, env = {}, files = [] } = given;
      const source = { kind: ENTRIES[entry], text: given[entry]!, path: [...at.path, entry] };
      const options = Object.fromEntries(Object.entries(given).filter(([name]) => !BESIDE.has(name)));
      return { ...bare, source, args, vars, env, files, options };
    },
  };
}

type Entry = keyof typeof ENTRIES;

const shell = engineField('shell');
const external: Field<RunSpecification> = {
  expects: 'true',
  schema: { const: true },
  read: (value, at) =>
    value === true
      ? { engine: 'external', source: null, args: [], vars: {}, env: {}, files: [], options: {}, path: at.path }
      : illTyped(value, at, external.expects),
};

export const probeRecord = record(
  {
    shell: said(shell, 'The script that looks: exit code 0 means it is there.', '检查脚本：退出码 0 表示已就绪。'),
    every: said(duration, 'How long to wait between two looks.', '两次检查的间隔。'),
    giveUp: said(duration, 'How long to look before the run fails.', '多久之后放弃并失败。'),
  },
  { required: ['shell', 'every', 'giveUp'] },
);
const probe: Field<RunSpecification> = {
  expects: '`{ shell, every, giveUp }`',
  schema: probeRecord.schema,
  read(value, at) {
    const given = isRecord(value) ? probeRecord.read(value, at) : illTyped(value, at, probe.expects);
    if (!given?.shell || given.every === undefined || given.giveUp === undefined) return undefined;
    return { ...given.shell, engine: 'probe', options: { everyMs: given.every, giveUpMs: given.giveUp } };
  },
};

const engines = {
  shell: said(
    shell,
    'A shell script: its text, or `{ file or script, … }`.',
    'shell 脚本：内容，或 `{ file 或 script, … }`。',
  ),
  python: said(
    engineField('python'),
    'A Python script: its text, or `{ file, script or module, … }`.',
    'Python 脚本：内容，或 `{ file、script 或 module, … }`。',
  ),
  java: said(engineField('java'), 'A Java program: a jar or a class.', 'Java 程序：jar 或主类。'),
  hive: said(
    engineField('hive'),
    'SQL for Hive: its text, or `{ file or script, … }`.',
    'Hive SQL：内容，或 `{ file 或 script, … }`。',
  ),
  spark: said(engineField('spark'), 'SQL, a Python file or a jar for Spark.', 'Spark：SQL、Python 文件或 jar。'),
  external: said(
    external,
    'Nothing is executed: the run waits until a caller marks its period (`external: true`).',
    '不执行任何进程：等待外部系统标记该版本（`external: true`）。',
  ),
  probe: said(
    probe,
    'Looks again and again until something of the outside world is there.',
    '反复检查，直到外部条件就绪。',
  ),
} as const;

export const runRecord = record(engines, { rules: { minProperties: 1, maxProperties: 1 } });

export const run: Field<RunSpecification> = {
  expects: 'an engine such as `{ shell: … }`',
  schema: runRecord.schema,
  read(value, at) {
    if (!isRecord(value))
      return illTyped(
        value,
        at,
        run.expects,
        typeof value === 'string' ? `write \`run: ${asRun(value, at.file)}\`` : undefined,
      );
    const names = Object.keys(value);
    const known = names.filter((name) => Object.hasOwn(engines, name));
    // An unknown engine is reported by the record; it is not also a missing one.
    if (names.length === 0) return illTyped(value, at, run.expects);
    if (known.length > 1) {
      contradict(at, `names ${known.length} engines: ${list(known, 'and')}`, 'write one of them');
      return undefined;
    }
    const given = runRecord.read(value, at);
    return names.length === 1 ? given?.[known[0] as Engine] : undefined;
  },
};

/** A text that stands for a run: a script's file by its ending, else a text for the shell. */
function asRun(text: string, file: string): string {
  const [, ending] = /^[\w./-]+\.(sh|bash|py|sql|hql)$/.exec(text) ?? [];
  const engine = ending === 'py' ? 'python' : ending === 'sql' || ending === 'hql' ? 'hive' : 'shell';
  const given = ending === undefined ? inline(text, file) : `{ file: ${inline(text, file)} }`;
  return file.endsWith('.ts') ? `${engine}(${given})` : `{ ${engine}: ${given} }`;
}
