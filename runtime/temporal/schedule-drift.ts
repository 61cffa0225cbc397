import { ScheduleNotFoundError } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import type { EmittedCalendar, EmittedSchedule, Range } from '../../compiler/emit/index.js';
import { hashOf } from '../../compiler/manifest/canonical.js';
import { WORKFLOW } from '../../workflows/contract.js';
import { type TemporalClient, within } from './connection.js';
import { CATCH_UP_SECONDS, type ScheduledTimetable } from './schedules.js';

// Somebody with Temporal's own tools can change, pause or delete a schedule of ours. The server gives calendars back in a form of its
// own, so both sides are brought into one form and compared by its hash.

type Spec = proto.api.schedule.v1.IScheduleSpec;

/** A schedule as the list of the server shows it: by visibility, so a moment behind, and with ten calendars at most. */
export type ListedSchedule = Readonly<{ id: string; workflowType: string; paused: boolean; spec: Spec }>;

/** Every schedule of the namespace. */
export async function listSchedules(temporal: TemporalClient): Promise<readonly ListedSchedule[]> {
  const found: ListedSchedule[] = [];
  for (let page: Uint8Array = new Uint8Array(); ; ) {
    const request = { namespace: temporal.namespace, maximumPageSize: 1000, nextPageToken: page };
    const answer = await within(temporal, () => temporal.connection.workflowService.listSchedules(request));
    for (const { scheduleId, info } of answer.schedules ?? [])
      found.push({
        id: scheduleId ?? '',
        workflowType: info?.workflowType?.name ?? '',
        paused: info?.paused === true,
        spec: info?.spec ?? {},
      });
    page = answer.nextPageToken ?? new Uint8Array();
    if (page.length === 0) return found;
  }
}

/** Whether a schedule is one of ours by what it starts, or by its id. */
export const isTickSchedule = ({ id, workflowType }: ListedSchedule): boolean =>
  workflowType === WORKFLOW.tick || /^[a-z0-9-]{1,30}\/tick\//.test(id);

const LISTED_CALENDARS = 10;

/** Whether the list gives a reason to look closer: cheap, and sure only when it says yes. */
export function looksChanged(timetable: ScheduledTimetable, listed: ListedSchedule): boolean {
  if (listed.paused || listed.workflowType !== WORKFLOW.tick) return true;
  const { calendars } = timetable.spec as EmittedSchedule;
  return calendars.length <= LISTED_CALENDARS && specDifferences(timetable, listed.spec).length > 0;
}

/** How the schedule of a timetable differs from what was deployed, in words; null: there is none. Empty: it is ours. */
export async function scheduleDifferences(
  temporal: TemporalClient,
  timetable: ScheduledTimetable,
  queue: string,
): Promise<readonly string[] | null> {
  const schedule = await readSchedule(temporal, timetable.id);
  return schedule === null ? null : differencesOf(timetable, queue, schedule);
}

export const scheduleExists = async (temporal: TemporalClient, id: string): Promise<boolean> =>
  (await readSchedule(temporal, id)) !== null;

async function readSchedule(temporal: TemporalClient, id: string): Promise<proto.api.schedule.v1.ISchedule | null> {
  try {
    const { raw } = await within(temporal, () => temporal.client.schedule.getHandle(id).describe());
    return raw.schedule ?? {};
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** The same of a schedule that is at hand. */
function differencesOf(
  timetable: ScheduledTimetable,
  queue: string,
  schedule: proto.api.schedule.v1.ISchedule,
): readonly string[] {
  const { spec, action, policies, state } = schedule;
  const start = action?.startWorkflow;
  const OVERLAP_ALLOW_ALL = 6;
  const isOurAction =
    start?.workflowType?.name === WORKFLOW.tick &&
    start.workflowId === timetable.id &&
    start.taskQueue?.name === queue &&
    inputOf(start) === JSON.stringify({ timetable: timetable.id });
  const isOurPolicy =
    policies?.overlapPolicy === OVERLAP_ALLOW_ALL &&
    Number(policies.catchupWindow?.seconds ?? 0) === CATCH_UP_SECONDS &&
    policies.pauseOnFailure !== true;
  return [
    ...(state?.paused ? ['paused'] : []),
    ...(state?.limitedActions ? ['limited to a number of actions'] : []),
    ...specDifferences(timetable, spec ?? {}),
    ...(isOurAction ? [] : ['action']),
    ...(isOurPolicy ? [] : ['policies']),
  ];
}

function specDifferences(timetable: ScheduledTimetable, spec: Spec): readonly string[] {
  const ours = timetable.spec as EmittedSchedule;
  const more = [spec.interval, spec.cronString, spec.excludeStructuredCalendar, spec.excludeCalendar, spec.calendar];
  return [
    ...(calendarsHash(ours.calendars) === calendarsHash((spec.structuredCalendar ?? []) as readonly Calendar[])
      ? []
      : ['calendars']),
    ...((spec.timezoneName || 'UTC') === ours.timezone ? [] : ['time zone']),
    ...(more.some((list) => (list ?? []).length > 0) ? ['further times'] : []),
    ...(spec.startTime || spec.endTime ? ['start or end'] : []),
    ...(Number(spec.jitter?.seconds ?? 0) > 0 || (spec.jitter?.nanos ?? 0) > 0 ? ['jitter'] : []),
  ];
}

type Calendar = Readonly<{ [field in keyof EmittedCalendar]?: readonly Partial<Range>[] | null }>;

// What each field holds when it admits everything: the server fills it in, we leave it out.
const WHOLE = { dayOfMonth: [1, 31], month: [1, 12], dayOfWeek: [0, 6] } as const;
const FIELDS = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'] as const;

const calendarsHash = (calendars: readonly Calendar[]): string =>
  hashOf(calendars.map((calendar) => JSON.stringify(FIELDS.map((field) => normalField(calendar, field)))).sort());

function normalField(calendar: Calendar, field: (typeof FIELDS)[number]): readonly (readonly number[])[] {
  const ranges = (calendar[field] ?? []).map((range) => normalRange(range));
  const whole = field in WHOLE ? WHOLE[field as keyof typeof WHOLE] : undefined;
  const isWhole =
    whole && ranges.length === 1 && ranges[0]?.[0] === whole[0] && ranges[0][1] === whole[1] && ranges[0][2] === 1;
  return isWhole ? [] : ranges;
}

/** An end before the start means the start, a step of 0 means 1, and the step of a single value means nothing. */
function normalRange({ start, end, step }: Partial<Range>): readonly number[] {
  const [from, to] = [start ?? 0, Math.max(start ?? 0, end ?? 0)];
  return [from, to, from === to ? 1 : step || 1];
}

const inputOf = (start: proto.api.workflow.v1.INewWorkflowExecutionInfo): string => {
  const [payload, ...others] = start.input?.payloads ?? [];
  return others.length === 0 && payload?.data ? Buffer.from(payload.data).toString('utf8') : '';
};
