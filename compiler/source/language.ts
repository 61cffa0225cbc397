// The fields of the language, once for TypeScript and YAML: what an author may write, how it is read and what editors say of it.
// In: the plain value of a file. Out: specs, still as the author meant them (ids relative, crons as text, defaults not applied).
// The language knows more than this version's scheduler does: `check/not-yet.ts` says what, and refuses it.
// The records are in `language/`, one file a subject; begin with `shared.ts`.
import { listOf, type Read, said, text, whole } from './fields.js';
import { need } from './language/needs.js';
import { params } from './language/params.js';
import { projectRecord } from './language/project.js';
import { run } from './language/run.js';
import { schedule } from './language/schedule.js';
import { levelShape } from './language/shared.js';
import { day, jobId, jobName } from './language/values.js';
import { record } from './records.js';

export type { MachineGroupSpec } from './language/machine-groups.js';
export type { NeedSpec, Periods } from './language/needs.js';
export type { ParamSpec } from './language/params.js';
export type { FileSpec, RunSpecification } from './language/run.js';
export { isAddress } from './language/run.js';
export type { CronText, ScheduleSpec } from './language/schedule.js';
export { type WorkdaysSpec, workdayCalendar } from './language/workdays.js';

export const jobField = record(
  {
    run: said(run, 'What is executed: exactly one engine.', '执行什么：恰好一种引擎。'),
    schedule: said(
      schedule,
      'When it fires: a cron of five fields (Unix) or six to seven (Quartz), a list of them, or `{ cron, zone, … }`. Without it the job fires with what it needs.',
      '何时触发：五字段 cron（Unix）或六至七字段（Quartz）、列表，或 `{ cron, zone, … }`。不写则随依赖触发。',
    ),
    needs: said(
      listOf(need),
      'What must have happened first: other jobs, or my own previous period.',
      '依赖：其他任务，或自身的上一版本。',
    ),
    base: said(
      jobName,
      'Which of the needs gives the ticks of a job without a schedule.',
      '没有调度的任务以哪个依赖的时刻为准。',
    ),
    start: said(day, 'The first day or instant of its periods.', '第一个版本的日期或时刻。'),
    end: said(
      day,
      'The last day or instant of its periods; a day is included.',
      '最后一个版本的日期或时刻；日期包含当天。',
    ),
    params: said(
      params,
      'Parameters: typed variables with defaults, which a run by hand may be given.',
      '参数：带类型和默认值的变量，手动执行时可指定。',
    ),
    title: said(text, 'A name in any script, shown beside the id.', '任意文字的名称，显示在标识旁。'),
    description: said(text, 'What it does.', '任务说明。'),
    alias: said(
      whole(1, Number.MAX_SAFE_INTEGER, 'a whole number from 1'),
      'The job’s number in the old scheduler; keeps finding it.',
      '旧调度系统中的任务编号，仍可用它查找。',
    ),
    formerly: said(
      listOf(jobId),
      'Ids it had before: number, facts and history stay.',
      '曾用标识：编号、状态和历史保留。',
    ),
    ...levelShape,
  },
  { required: ['run'] },
);
export type JobSpec = Read<typeof jobField>;

export const folderField = record(levelShape);
export type FolderSpec = Read<typeof folderField>;

export const projectField = projectRecord;
export type ProjectSpec = Read<typeof projectField>;
