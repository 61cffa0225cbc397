import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { EmittedSchedule, Range } from '../../compiler/emit/index.js';
import { WORKFLOW } from '../../workflows/contract.js';
import { type TemporalClient, within } from './connection.js';

// Schedules: one for each timetable. Their id says their content, so they are made and deleted, never changed; they know no definition.

/** A timetable as its schedule needs it: its project is in its id, its calendar in `spec`. */
export type ScheduledTimetable = Readonly<{ id: string; note: string; spec: unknown }>;

// What Temporal could not start for so long is the ledger's to catch up; the window only bounds Temporal's own memory of it.
export const CATCH_UP_SECONDS = 86_400;

/** Makes the schedule of a timetable; one that is there already stays. */
export async function createSchedule(
  temporal: TemporalClient,
  timetable: ScheduledTimetable,
  queue: string,
): Promise<void> {
  const options: ScheduleOptions = {
    scheduleId: timetable.id,
    spec: specOf(timetable.spec as EmittedSchedule),
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW.tick,
      workflowId: timetable.id,
      taskQueue: queue,
      args: [{ timetable: timetable.id }],
    },
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: CATCH_UP_SECONDS * 1000 },
    state: { note: timetable.note },
  };
  try {
    await within(temporal, () => temporal.client.schedule.create(options));
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

/** Removes a schedule; one that is not there is no error. */
export async function deleteSchedule(temporal: TemporalClient, id: string): Promise<void> {
  try {
    await within(temporal, () => temporal.client.schedule.getHandle(id).delete());
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

// The client wants names where the server has numbers.
const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

const specOf = ({ calendars, timezone }: EmittedSchedule): ScheduleOptions['spec'] => ({
  calendars: calendars.map(calendarOf),
  timezone,
});

type ClientCalendar = NonNullable<ScheduleOptions['spec']['calendars']>[number];

const calendarOf = (calendar: EmittedSchedule['calendars'][number]): ClientCalendar => ({
  second: [...calendar.second],
  minute: [...calendar.minute],
  hour: [...calendar.hour],
  ...(calendar.dayOfMonth && { dayOfMonth: [...calendar.dayOfMonth] }),
  ...(calendar.month && { month: named(calendar.month, MONTHS, 1) }),
  ...(calendar.dayOfWeek && { dayOfWeek: named(calendar.dayOfWeek, DAYS, 0) }),
  ...(calendar.year && { year: [...calendar.year] }),
});

const named = <Name extends string>(ranges: readonly Range[], names: readonly Name[], first: number) =>
  ranges.map(({ start, end, step }) => ({ start: names[start - first]!, end: names[end - first]!, step }));
