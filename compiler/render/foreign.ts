// Templates of other schedulers, which nobody renders here: `{{ ds }}` of Airflow and `$[yyyyMMdd-1]` of DolphinScheduler.
// In: a text. Out: where they stand and how the same is written natively. Only words that those schedulers have are taken for theirs, so that
// `{{ ref('x') }}` of dbt, `{{.Names}}` of docker and `$[a+1]` of the shell stay what they are. A day of data of theirs is the bizdate here.
import type { Place } from './expanded.js';

/** `native` is undefined where there is no one way to write it. */
export type ForeignTemplate = Place & Readonly<{ text: string; of: string; native: string | undefined }>;

/** What to write where there is no one way. */
export const NATIVE_DATES =
  'dates are `${bizdate}`, `${date-1d:yyyy-MM-dd}`, `${data.start}`; a variable of `vars` is `${name}`';

/** From left to right. */
export function foreignTemplates(text: string): readonly ForeignTemplate[] {
  const airflow = text.includes('{{') ? [...text.matchAll(JINJA)].map((found) => foreign(found, 'Airflow', jinja)) : [];
  const dolphin = text.includes('$[')
    ? [...text.matchAll(BRACKETS)].map((found) => foreign(found, DOLPHIN, dated))
    : [];
  return [...airflow, ...dolphin].sort((a, b) => a.offset - b.offset);
}

/** The text with what can be written natively written so. */
export const inNative = (text: string): string =>
  foreignTemplates(text).reduceRight(
    (all, { offset, length, native }) =>
      native === undefined ? all : all.slice(0, offset) + native + all.slice(offset + length),
    text,
  );

/** What a variable of another scheduler is here, as it is written between `${` and `}`. */
export const nativeName = (name: string): string | undefined =>
  Object.hasOwn(SYSTEM, name) ? SYSTEM[name] : undefined;

const DOLPHIN = 'DolphinScheduler';
const SYSTEM: Readonly<Record<string, string>> = {
  'system.biz.date': 'bizdate',
  'system.biz.curdate': 'date:yyyyMMdd',
  'system.datetime': 'date:yyyyMMddHHmmss',
  'system.workflow.instance.id': 'run.id',
  'system.task.instance.id': 'run.id',
  'system.task.definition.name': 'job.title',
};

const JINJA =
  /\{\{-?[ \t]*((?:ds|ts)(?:_nodash(?:_with_tz)?)?|(?:prev|next|yesterday|tomorrow)_ds(?:_nodash)?|(?:prev_|next_)?execution_date(?:_success)?|logical_date|data_interval_(?:start|end)|run_id|macros\.|params(?:\.|(?=\[))|var\.(?:value|json)\.|dag_run|dag\.dag_id|task\.task_id|ti\.|task_instance)(?:(?<=\.)|(?!\w))([^{}\n]{0,200}?)[ \t]*-?\}\}/g;
const BRACKETS =
  /\$\[((?:add_months|month_begin|month_end|week_begin|week_end|this_day|last_day|timestamp)\([^\]\n]{0,100}|[^\]\n$]{0,40}(?:yyyy|MMdd|HHmm)[^\]\n$]{0,60})\]/g;

function foreign(
  found: RegExpExecArray,
  of: string,
  native: (found: RegExpExecArray) => string | undefined,
): ForeignTemplate {
  return { offset: found.index, length: found[0].length, text: found[0], of, native: native(found) };
}

const NAMES: Readonly<Record<string, string>> = {
  ds: '${date-1d:yyyy-MM-dd}',
  ds_nodash: '${bizdate}',
  ts: '${data.start}',
  execution_date: '${data.start}',
  logical_date: '${data.start}',
  data_interval_start: '${data.start}',
  data_interval_end: '${data.end}',
  next_execution_date: '${data.end}',
  prev_ds: '${date-2d:yyyy-MM-dd}',
  prev_ds_nodash: '${date-2d:yyyyMMdd}',
  yesterday_ds: '${date-2d:yyyy-MM-dd}',
  yesterday_ds_nodash: '${date-2d:yyyyMMdd}',
  next_ds: '${date:yyyy-MM-dd}',
  next_ds_nodash: '${date:yyyyMMdd}',
  tomorrow_ds: '${date:yyyy-MM-dd}',
  tomorrow_ds_nodash: '${date:yyyyMMdd}',
  run_id: '${run.id}',
  'dag.dag_id': '${job.id}',
  'task.task_id': '${job.id}',
};

function jinja([, name = '', rest = '']: RegExpExecArray): string | undefined {
  if (rest === '') return NAMES[name];
  const [, variable] = /^(?:params|var\.value)\.$/.test(name) ? (/^([A-Za-z_]\w*)$/.exec(rest) ?? []) : [];
  if (variable !== undefined) return `\${${variable}}`;
  const [, days] = name === 'macros.' ? (/^ds_add\(ds, *([+-]?\d{1,4})\)$/.exec(rest) ?? []) : [];
  return days === undefined ? undefined : `\${date${shift(Number(days) - 1, 'd')}:yyyy-MM-dd}`;
}

const shift = (by: number, unit: string): string => (by === 0 ? '' : `${by < 0 ? '' : '+'}${by}${unit}`);
const ANCHORS: Readonly<Record<string, string>> = {
  month_begin: '.monthStart',
  month_end: '.monthEnd',
  week_begin: '.weekStart',
  week_end: '.weekEnd',
};

/** `$[yyyyMMdd-1]` in days, `/24` in hours, `/24/60` in minutes; `$[add_months(yyyyMM,-1)]`; `$[month_begin(yyyyMMdd,0)]` and days. */
function dated([, inside = '']: RegExpExecArray): string | undefined {
  const [, called = '', of, by = ''] = /^(\w+)\(([A-Za-z/:. _-]+), *(-?\d{1,4})\)$/.exec(inside) ?? [];
  if (called === 'add_months' && of) return `\${date${shift(Number(by), 'M')}:${of}}`;
  const anchor = Object.hasOwn(ANCHORS, called) ? ANCHORS[called] : undefined;
  if (anchor && of) return `\${date${anchor}${shift(Number(by), 'd')}:${of}}`;
  const [, format, sign, count, weeks, hours, minutes] =
    /^([A-Za-z][A-Za-z/:. _-]*?)(?:([+-])(\d{1,4})(\*7)?(\/24)?(\/60)?)?$/.exec(inside) ?? [];
  if (format === undefined) return undefined;
  const amount = Number(`${sign ?? '+'}${count ?? 0}`) * (weeks ? 7 : 1);
  return `\${date${shift(amount, minutes ? 'm' : hours ? 'h' : 'd')}:${format}}`;
}
