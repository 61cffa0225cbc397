// What other schedulers call the fields of this language. In: an unknown name, its value and the names that stand where it was written.
// Out: the field that is meant and the text to write instead. Nothing is translated silently: the author writes the word of this language.
// Sources of the words: Airflow 2 (DAG and operator arguments), Dagster, DolphinScheduler (task definitions), Kestra, and Hera's job page.
import { inNative } from '../render/index.js';
import type { Cursor } from './fields.js';
import { inline, listed } from './inline.js';
import { runTogether } from './run-together.js';

/** An unknown field where it stands. `beside`: the record that holds it. */
export type Foreign = Readonly<{
  key: string;
  value: unknown;
  beside: Readonly<Record<string, unknown>>;
  names: readonly string[];
  file: string;
}>;

/** The field that another scheduler's word means, and the remedy. */
export type Meant = Readonly<{ field: string; help: string }>;

type Write = (given: Foreign, means: string) => string;
/** A field, the words for it in lower case without `_`, `-` and `.`, and what to write; without that, the same value under the right name. */
type Row = readonly [means: string, words: string, write?: Write];

/** A word means only a field that the record has, so the same word may mean something else elsewhere. */
export function meantBy(given: Foreign): Meant | undefined {
  const word = given.key.toLowerCase().replace(/[_.-]/g, '');
  const row = BY_WORD.get(word)?.find(([means]) => given.names.includes(means));
  if (row) return { field: row[0], help: (row[2] ?? same)(given, row[0]) };
  return runTogether(given) ?? misplaced(given);
}

const same: Write = ({ value, file }, means) => `write \`${means}: ${inline(value, file)}\``;
const list: Write = ({ value, file }, means) => `write \`${means}: ${inline(listed(value), file)}\``;

/** Jobs of the old scheduler are numbers, tables of others have ids. */
const jobs: Write = (given, means) =>
  [given.value].flat().some((one) => typeof one === 'number')
    ? `jobs are named by their paths: \`needs: ${inline(['dw/orders/load'], given.file)}\``
    : list({ ...given, value: unreferred(given.value) }, means);
/** dbt's `ref('orders')`, also between double braces, is the name in it. */
const unreferred = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(unreferred);
  if (typeof value !== 'string') return value;
  return value.replace(/(?:\{\{ *)?\bref\( *(['"])([\w./-]+)\1 *\)(?: *\}\})?/g, '$2');
};
const group: Write = (given, means) =>
  typeof given.value === 'string'
    ? same(given, means)
    : 'write `machineGroup: name`, one of `machineGroups` of the project';
const words =
  (text: string): Write =>
  () =>
    text;

/** How a script is run, from whatever stands under another scheduler's word. */
const script: Write = ({ key, value, file }) => {
  const engine = /py/i.test(key) ? 'python' : /hive|hql/i.test(key) ? 'hive' : /spark/i.test(key) ? 'spark' : 'shell';
  return `write \`run: { ${engine}: ${inline(typeof value === 'string' ? inNative(value) : '…', file)} }\``;
};

const container = words(
  'jobs are processes on the hosts of a machine group: write `run: { shell: "docker run …" }`, and name hosts that have docker in `machineGroup`',
);

const times: Write = ({ value, beside, file }) => {
  const count = typeof value === 'number' ? value : undefined;
  const [key, wait] = Object.entries(beside).find(([name]) => /delay|interval|wait/i.test(name)) ?? [];
  return key === undefined && count !== undefined
    ? `write \`retries: ${count}\``
    : `write \`retries: { times: ${count ?? 3}, wait: ${inline(waitOf(key ?? '', wait), file)} }\``;
};

/** DolphinScheduler's `failRetryInterval` counts minutes, and so does the old `roll.back.wait.time`; others count seconds. */
const MINUTES = /min|failretryinterval|rollbackwaittime/i;
const unitOf = (key: string): string | undefined =>
  /ms$|milli/i.test(key) ? undefined : MINUTES.test(key.replace(/[_.-]/g, '')) ? 'm' : 's';

function waitOf(key: string, value: unknown): string {
  const unit = unitOf(key);
  return lengthOf(value) ?? (typeof value === 'number' && unit !== undefined ? `${value}${unit}` : '5m');
}

const wait: Write = ({ value, beside, file, key }) => {
  const count = Object.entries(beside).find(([name, one]) => /retr|times|count/i.test(name) && typeof one === 'number');
  return `write \`retries: { times: ${count?.[1] ?? 3}, wait: ${inline(waitOf(key, value), file)} }\``;
};

const lengthOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d+[smhd]$/.test(value) ? value : undefined;

const length: Write = ({ value, file, key }, means) => {
  const unit = unitOf(key);
  const text = lengthOf(value) ?? (typeof value === 'number' && unit !== undefined ? `${value}${unit}` : '10m');
  return `write \`${means}: ${inline(text, file)}\`: a number with a unit, s, m, h or d`;
};

const onOff =
  (whenTrue: boolean): Write =>
  ({ value }) =>
    `write \`enabled: ${value === false ? !whenTrue : whenTrue}\``;

const alert =
  (occasion: string): Write =>
  () =>
    `write \`alerts: { ${occasion}: [oncall] }\`, where \`oncall\` is a channel in \`alerts\` of the project`;

/** When a task runs by how those before it ended; a need of this language awaits a success unless it says otherwise. */
const ends: Write = ({ key, value, file }) => {
  const word = String(value).toLowerCase();
  if (/^(all_?)?success(es)?$|^end$/.test(word)) return `remove \`${key}\`: a need awaits a success`;
  return /^all_done|^always$|continue|finished|completed/.test(word)
    ? `say it of each need: \`needs: ${inline([{ job: 'dw/load', on: 'finished' }], file)}\` awaits its end, however it ends`
    : 'say it of each need: `{ job: dw/load, on: finished }` awaits its end, `optional: true` does not wait for what does not come';
};

const LEVELS = ['highest', 'high', 'normal', 'low', 'lowest'];

/** DolphinScheduler says MEDIUM for what is `normal`; other numbers than the old scheduler's mean more here and less there. */
const priority: Write = ({ key, value }) => {
  const word = /^run\W?priority\W?level$/i.test(key)
    ? (['low', 'normal', 'high'][Number(value) - 1] ?? '')
    : String(value).toLowerCase().replace('medium', 'normal');
  return LEVELS.includes(word)
    ? `write \`priority: ${word}\``
    : 'write `priority: high`, or one of `highest`, `normal`, `low` and `lowest`';
};

const several = words(
  'a file is one job, and what waits for another says so in `needs`; several jobs of one file stand under `jobs:` alone, each by its key',
);

export const ROWS: readonly Row[] = [
  // Jobs, folders and defaults.
  [
    'retries',
    'retry retrytimes retrycount retriescount maxretries maxretry maxattempts failretrytimes numretries attempts rollbacktimes retrypolicy',
    times,
  ],
  [
    'retries',
    'retrydelay retrydelaysec retrydelayseconds retrydelayms retryinterval failretryinterval retrywait waitseconds rollbackwaittime',
    wait,
  ],
  ['zone', 'timezone tz timezoneid executiontimezone crontimezone'],
  [
    'needs',
    'dependson depends dependencies dependency deps upstream upstreams upstreamtasks requires after pretasks parents prerequisites',
    jobs,
  ],
  [
    'needs',
    'downstream downstreams downstreamtasks triggersjobs',
    words('write it in the other job: `needs` there names this one'),
  ],
  ['needs', 'dependsonpast waitfordownstream selfdependent', words('write `needs: [{ self: previous }]`')],
  ['needs', 'triggerrule failurestrategy runon runcondition', ends],
  [
    'schedule',
    'cron crons cronexpression cronschedule crontab scheduleinterval schedules timetable expression cronexpr',
  ],
  [
    'schedule',
    'trigger triggers on when every interval frequency runat at time',
    words('write a cron: `schedule: "30 2 * * *"` (minute hour day month weekday)'),
  ],
  ['start', 'startdate starttime startat validfrom'],
  ['end', 'enddate endtime endat validto'],
  [
    'run',
    'bash bashcommand command commands cmd script scripts shell sh exec rawscript python pythonscript py pythoncallable hive hql hivesql spark sparksql sql code entrypoint',
    script,
  ],
  ['run', 'image docker container dockerimage pod', container],
  [
    'run',
    'operator type tasktype jobtype runtype action plugin',
    words('an engine is a field of `run`: `run: { shell: "…" }`, or `python`, `hive`, `spark`, `java`'),
  ],
  [
    'run',
    'args arguments file filename scriptfile scriptpath files',
    words('it stands below the engine: `run: { shell: { file: ./load.sh, args: ["${bizdate}"] } }`'),
  ],
  ['run', 'tasks task steps step stages dag dags workflow flow nodes ops assets', several],
  [
    'machineGroup',
    'queue queues hostgroup hostgroupid workergroup worker workers executor executorqueue machine host hosts node nodeselector agent runson group cluster',
    group,
  ],
  ['machineGroup', 'resources cpu memory mem', words('name hosts that have as much: `machineGroup: big`')],
  ['pools', 'pool resourcepool', list],
  [
    'overlap',
    'concurrency maxactiveruns maxactivetis maxactivetasks parallelism allowconcurrent concurrent concurrencypolicy executiontype maxinstances singleton',
    words(
      'one run of a job at a time is the default (`overlap: wait`); `overlap: allow` lets them run side by side, and `pools` limit several jobs',
    ),
  ],
  ['env', 'environment environments envvars envs environ environmentvariables'],
  ['vars', 'variables variable var config configs configuration localparams properties'],
  [
    'params',
    'parameters parameter inputs globalparams param',
    (given, means) =>
      Array.isArray(given.value)
        ? 'write each by its name: `params: { day: { type: date, default: "${bizdate}" } }`'
        : same(given, means),
  ],
  [
    'catchUp',
    'catchup backfill misfire misfirepolicy',
    ({ value }) =>
      `write \`catchUp: ${value === false || value === 'none' ? 'latest' : 'all'}\`: \`all\` missed ticks, the \`latest\` alone, or \`none\``,
  ],
  [
    'doneBy',
    'sla slas deadline mustendat expectedfinish',
    words('write the time of day by which it must be done: `doneBy: "06:30"`'),
  ],
  [
    'timeout',
    'executiontimeout dagruntimeout timeoutseconds timeoutsec timeoutms timeoutminutes maxruntime maxduration ttl killafter',
    length,
  ],
  ['expectedDuration', 'mustendminute expectedminutes duration', length],
  [
    'alerts',
    'email emails emailonfailure onfailurecallback onfailure notifications notification notify alert alarm warningtype warninggroupid oncall onerror errors',
    alert('onFailure'),
  ],
  ['alerts', 'onsuccesscallback onsuccess emailonsuccess', alert('onSuccess')],
  ['alerts', 'onretrycallback onretry emailonretry', alert('onRetry')],
  ['alerts', 'slamisscallback onsla onlate', alert('onLate')],
  ['enabled', 'disabled disable paused ispaused ispauseduponcreation skip', onOff(false)],
  ['enabled', 'active isactive enable auto status', onOff(true)],
  [
    'title',
    'name id dagid dagdisplayname taskid jobname jobid key displayname taskname',
    ({ value, file }) =>
      `a job’s id is the path of its file; write \`title: ${inline(value, file)}\` for a name beside it`,
  ],
  ['description', 'desc doc docmd docs comment comments note notes remark summary'],
  ['owner', 'author owners maintainer team creator responsible'],
  ['tags', 'labels label tag groups groupname categories category', list],
  ['priority', 'priorityweight weight level runprioritylevel taskpriority', priority],
  ['user', 'tenant tenantcode runas runasuser username'],
  ['secrets', 'secret credentials connections connid', words('write `secrets: { DB_PASSWORD: name-of-the-secret }`')],
  ['lateAfter', 'gracetime misfiregracetime startingdeadlineseconds', length],
  ['grace', 'graceperiod terminationgraceperiod killgrace', length],
  [
    'vars',
    'include includes extends template inherits defaultargs',
    words(
      'what jobs of a folder share stands in its `_folder.yaml`, what several files compute in a helper `_name.ts`',
    ),
  ],
  ['title', 'namespace project folder', words('a job belongs to the folder in which its file lies: remove it')],
  ['title', 'version apiversion kind revision metadata spec', words('remove it: git knows the versions of a job')],
  // Retries.
  ['times', 'count max maximum attempts maxattempts maxattempt number retries retry limit n maxretries maxretry'],
  [
    'wait',
    'delay interval backoff waitseconds seconds sleep delayseconds delaysec pause retrydelay retryinterval waittime',
    length,
  ],
  // Schedules.
  ['cron', 'expression cronexpression crons crontab schedule scheduleinterval'],
  ['cron', 'interval time at every', words('write a cron: `cron: "*/5 * * * *"` (minute hour day month weekday)')],
  [
    'cron',
    'start end startdate enddate',
    ({ key }) => `\`${/^end/i.test(key) ? 'end' : 'start'}\` stands in the job, beside \`schedule\``,
  ],
  ['on', 'calendar workdays workday holidays businessdays'],
  // Needs.
  ['job', 'name id task taskid dag dagid externaldagid externaltaskid upstream path ref jobid flowid'],
  ['self', 'previous dependsonpast', words('write `{ self: previous }`')],
  ['on', 'triggerrule status condition state states dependresult', words('write `on: success` or `on: finished`')],
  ['offset', 'delta executiondelta lag shift', words('write `offset: -1`, with `unit: day` by the calendar')],
  ['periods', 'cycle datevalue window mode', words('write `periods: all`, `last`, `nearest` or `latest`')],
  // Engines and their fields.
  [
    'shell',
    'bash sh command commands cmd script bashcommand exec rawscript',
    ({ value, file }) => `write \`run: { shell: ${inline(typeof value === 'string' ? value : '…', file)} }\``,
  ],
  ['shell', 'docker image container', container],
  [
    'shell',
    'type task tasktype operator',
    ({ value, beside, file }) => {
      const text = Object.entries(beside).find(
        ([key, one]) => /command|script|cmd/i.test(key) && typeof one === 'string',
      )?.[1];
      const engine =
        typeof value === 'string' && ['python', 'hive', 'spark', 'java'].includes(value.toLowerCase())
          ? value.toLowerCase()
          : 'shell';
      return `an engine is a field: write \`run: { ${engine}: ${inline(text ?? '…', file)} }\``;
    },
  ],
  [
    'shell',
    'file path filename args vars env files arguments',
    ({ value, file, key }) => {
      const engine = /\.py$/.test(String(value)) ? 'python' : /\.(sql|hql)$/.test(String(value)) ? 'hive' : 'shell';
      return `it stands below the engine: write \`run: { ${engine}: { ${/file|path/i.test(key) ? `file: ${inline(value, file)}` : 'file: ./load.sh, …'} } }\``;
    },
  ],
  ['shell', 'http curl url webhook', words('write `run: { shell: "curl -fsS …" }`')],
  ['python', 'py pythonscript python3 pythoncallable'],
  ['hive', 'sql hql hivesql query'],
  ['spark', 'sparksql pyspark sparksubmit'],
  ['java', 'jar'],
  ['file', 'path filename filepath scriptfile scriptpath src source'],
  ['script', 'command commands cmd code text content inline body query sql rawscript exec bash'],
  ['args', 'arguments argv params parameters applicationargs'],
  ['env', 'environment envvars environ'],
  ['files', 'resources resourcelist attachments', list],
  [
    'files',
    'cwd workdir workingdir workingdirectory',
    words('each attempt has a work directory of its own: list what it needs in `files`, or begin the script with `cd`'),
  ],
  ['every', 'interval pokeinterval poll period'],
  ['giveUp', 'timeout deadline'],
  // Alerts, pools, channels.
  ['onFailure', 'failure failed onfailed error onerror onfailurecallback fail email', list],
  ['onSuccess', 'success succeeded onsucceeded onsuccesscallback', list],
  ['onLate', 'late sla onsla onsladelay', list],
  ['onLong', 'timeout long ontimeout slow', list],
  ['onRetry', 'retry retrying onretrycallback', list],
  ['slots', 'size capacity limit max count total'],
  ['mail', 'email emails mails to recipients', list],
  ['webhook', 'url uri address hook endpoint'],
  ['chat', 'type kind provider'],
  ['phone', 'sms mobile tel phones', list],
  // The project.
  ['name', 'id project title projectname'],
  ['machineGroups', 'groups hosts hostgroups workergroups workers queues machines machinegroup', list],
  ['ignore', 'exclude excludes ignores ignored excluded', list],
  ['defaults', 'default defaultargs'],
  ['alerts', 'channels notifications'],
  ['calendars', 'holidays workdays calendar'],
];

const BY_WORD: ReadonlyMap<string, readonly Row[]> = (() => {
  const rows = new Map<string, Row[]>();
  for (const row of ROWS) for (const word of row[1].split(' ')) rows.set(word, [...(rows.get(word) ?? []), row]);
  return rows;
})();

/** A field of this language that stands in another record. */
function misplaced({ key, names, value, file }: Foreign): Meant | undefined {
  const field = `\`${key}: ${inline(value, file)}\``;
  if (
    names.includes('defaults') &&
    [
      'retries',
      'timeout',
      'machineGroup',
      'owner',
      'priority',
      'overlap',
      'catchUp',
      'tags',
      'pools',
      'user',
      'secrets',
      'lateAfter',
      'grace',
    ].includes(key)
  )
    return {
      field: 'defaults',
      help: `what all jobs have by default stands below \`defaults\`: \`defaults: { ${key}: ${inline(value, file)} }\``,
    };
  if (
    !names.includes('run') &&
    names.includes('machineGroup') &&
    ['run', 'schedule', 'needs', 'params', 'base', 'start', 'end', 'title', 'alias'].includes(key)
  )
    return { field: key, help: `a folder gives defaults; ${field} stands in each job` };
  return undefined;
}

/** What the words of a record that it does not know mean, for those who look for names that are missing. */
export const meantIn = (
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  { file }: Pick<Cursor, 'file'>,
): readonly string[] =>
  Object.entries(value).flatMap(([key, one]) =>
    names.includes(key) ? [] : (meantBy({ key, value: one, beside: value, names, file })?.field ?? []),
  );
