import {
  type Calendar,
  nextTick,
  nominalCalendar,
  nominalTicks,
  previousTick,
  printPeriod,
  ticks,
} from '../../compiler/calendar/index.js';
import type { DeployedJob } from '../store/deployment.js';
import type { Absence } from './explain-contract.js';

/** A stretch in which a typed period lies, `to` exclusive; an instant is a stretch of one millisecond. UTC milliseconds. */
export type Span = Readonly<{ from: number; to: number }>;

/** Why a job has no run at `period`, one of its ticks. */
export function whyNotRun({ body, firstInForceAt }: DeployedJob, period: number, now: number): Absence {
  if (!body.enabled) return { kind: 'closed' };
  if (period > now) return { kind: 'not-due' };
  if (period < firstInForceAt.getTime())
    return { kind: 'not-deployed', firstDeployed: printPeriod(firstInForceAt.getTime()) };
  return { kind: 'not-made' };
}

/** Why a job has no tick in a stretch; `calendar` is the one it fires by. */
export function whyNoTick(calendar: Calendar | null, { from, to }: Span): Absence {
  if (!calendar) return { kind: 'manual' };
  const { crons, zone, start, end } = calendar;
  if (ticks({ crons, zone }, from, to).length > 0)
    return { kind: 'out-of-bounds', start: printed(start), end: printed(end) };
  const [nominal] = ticks(nominalCalendar(calendar), from, to);
  const on = crons.find((cron) => cron.on)?.on;
  if (nominal !== undefined && on)
    return { kind: 'day-off', calendar: on.workdays.name, moved: printed(movedTo(calendar, nominal)) };
  const near = [previousTick(calendar, from), nextTick(calendar, to - 1)];
  return { kind: 'no-tick', nearest: near.flatMap((tick) => (tick === undefined ? [] : [printPeriod(tick)])) };
}

const printed = (at: number | undefined): string | null => (at === undefined ? null : printPeriod(at));

/** The period for which the nominal tick is run; undefined when it was left out. */
const movedTo = (calendar: Calendar, nominal: number): number | undefined =>
  [previousTick(calendar, nominal), nextTick(calendar, nominal)].find((period) => {
    const stands = period === undefined ? undefined : nominalTicks(calendar, period);
    return stands !== undefined && stands.first <= nominal && nominal <= stands.last;
  });
