import { insertAudit, insertEvents } from '../store/event.js';
import { dueTimetables, markScheduled, type TimetableRow } from '../store/timetable.js';
import { inTransaction } from '../store/transaction.js';
import type { TemporalClient } from '../temporal/connection.js';
import {
  isTickSchedule,
  type ListedSchedule,
  listSchedules,
  looksChanged,
  scheduleDifferences,
  scheduleExists,
} from '../temporal/schedule-drift.js';
import { createSchedule, deleteSchedule } from '../temporal/schedules.js';
import { type ControlContext, reach } from './context.js';

// Drift: the schedules that Temporal has and those that were deployed are compared, and what differs is made as it was deployed. A changed
// schedule is deleted and made anew, for its id says its content; ticks that it missed meanwhile are the ledger's to make.

export type DriftedSchedule = Readonly<{ id: string; kind: 'missing' | 'changed' | 'stray'; what: readonly string[] }>;

// The list shows a pause and a change of few calendars. Everything else is seen by asking one by one: so many in each round, in turn.
const CLOSER_LOOKS = 20;
const AT_ONCE = 20;

/** How the schedules in Temporal differ from those of the timetables in use. `closely`: each one is asked, not only what looks wrong. */
export async function findDrift(
  context: ControlContext,
  temporal: TemporalClient,
  queue: string,
  closely: (timetable: TimetableRow) => boolean,
): Promise<readonly DriftedSchedule[]> {
  // Listed before read: a timetable is committed before its schedule is made, so what is listed and not known is nobody's.
  const listed = new Map((await listSchedules(temporal)).map((schedule) => [schedule.id, schedule]));
  const timetables = await dueTimetables(context.database);
  const used = timetables.filter((timetable) => timetable.usedSince !== null);
  const suspects = used.filter((timetable) => {
    const there = listed.get(timetable.id);
    return there === undefined || closely(timetable) || looksChanged(timetable, there);
  });
  const found = await mapAtOnce(suspects, async (timetable): Promise<DriftedSchedule | undefined> => {
    const what = await scheduleDifferences(temporal, timetable, queue);
    if (what === null) return { id: timetable.id, kind: 'missing', what: [] };
    return what.length === 0 ? undefined : { id: timetable.id, kind: 'changed', what };
  });
  const unknown = await strays(temporal, [...listed.values()], timetables);
  return [...found.filter((one) => one !== undefined), ...unknown];
}

async function strays(
  temporal: TemporalClient,
  listed: readonly ListedSchedule[],
  timetables: readonly TimetableRow[],
): Promise<readonly DriftedSchedule[]> {
  const known = new Set(timetables.map((timetable) => timetable.id));
  const unknown = listed.filter((schedule) => isTickSchedule(schedule) && !known.has(schedule.id));
  // The list lags: one that was just deleted is still shown there.
  const there = await mapAtOnce(unknown, async ({ id }) => ((await scheduleExists(temporal, id)) ? id : undefined));
  return there
    .filter((id) => id !== undefined)
    .map((id) => ({ id, kind: 'stray', what: ['no deployment has this timetable'] }));
}

/** Makes schedules as they were deployed. Twice is harmless; killed between, the next round makes what is missing. */
export async function healDrift(
  context: ControlContext,
  temporal: TemporalClient,
  queue: string,
  drifted: readonly DriftedSchedule[],
): Promise<void> {
  const timetables = new Map((await dueTimetables(context.database)).map((timetable) => [timetable.id, timetable]));
  await mapAtOnce(drifted, async ({ id, kind }) => {
    if (kind !== 'missing') await deleteSchedule(temporal, id);
    const timetable = timetables.get(id);
    if (timetable === undefined || timetable.usedSince === null) return;
    await createSchedule(temporal, timetable, queue);
    await reach(context, 'schedule.made', { id });
    await markScheduled(context.database, [id], true);
  });
  await tell(context, drifted, timetables);
}

/** A schedule that was there and is not, or is another, was touched by somebody: that is told. One that was never made is no news. */
async function tell(
  context: ControlContext,
  drifted: readonly DriftedSchedule[],
  timetables: ReadonlyMap<string, TimetableRow>,
): Promise<void> {
  const touched = drifted.filter(({ id, kind }) => kind !== 'missing' || timetables.get(id)?.scheduled === true);
  if (touched.length === 0) return;
  context.log.warn(`${touched.length} schedules were not as deployed and are made anew`, {
    schedules: touched.slice(0, 20),
  });
  await inTransaction(context.database, async (tx) => {
    for (const { id, kind, what } of touched.slice(0, 100)) {
      const project = timetables.get(id)?.project ?? null;
      await insertAudit(tx, {
        project,
        who: 'hera',
        via: 'ledger',
        what: `schedule-${kind}`,
        subject: id,
        body: { what },
      });
      if (project !== null) await insertEvents(tx, [{ project, kind: 'drift', run: null, body: { id, kind, what } }]);
    }
  });
}

/** Chooses of all timetables those that a round asks about closely. */
export type CloserLooks = (timetables: readonly string[]) => ReadonlySet<string>;

/** A chooser that, round after round, takes the next few timetables for a closer look. */
export function closerLooks(): CloserLooks {
  let at = '';
  return (timetables) => {
    const sorted = [...timetables].sort();
    const later = sorted.filter((id) => id > at);
    const chosen = (later.length > 0 ? later : sorted).slice(0, CLOSER_LOOKS);
    at = chosen.at(-1) ?? '';
    return new Set(chosen);
  };
}

async function mapAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const take = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
  return results;
}
