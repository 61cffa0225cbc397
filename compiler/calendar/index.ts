// The calendar answers one question: at which instants does a job fire, and what is each of those periods about?
// In: the text of a cron, a zone, an instant. Out: plain values (Cron, Calendar) and UTC instants in milliseconds.
// Pure: no clock, no I/O, no zone database but Intl's. Nothing else in the project may compute a tick.
// This file is the door; read on: `parse-cron.ts` (text to Cron), `ticks.ts` (Calendar to instants, the rules of clock changes),
// `zone.ts` (local time), `workdays.ts` and `nominal.ts` (days off), `grain.ts` (windows and data intervals), `needed.ts` (which upstream periods), `base.ts`.
// Rule numbers (A2, C3 …) are those of the project's rules of time, docs/time.md.

export { type Candidate, chooseBase, type ReferenceTicks, referenceTicks } from './base.js';
export { type CalendarName, calendarName } from './calendar-name.js';
export { calendarWords } from './calendar-words.js';
export { type Coverage, coversSeveral } from './covered.js';
export {
  type Calendar,
  type Cron,
  type CronProblem,
  type DayRule,
  type OnWorkdays,
  secondsApart,
  type Values,
} from './cron.js';
export { firesOnSomeDay } from './day-match.js';
export { daysOfRule } from './day-rule.js';
export {
  bizdateOf,
  dataInterval,
  type Grain,
  grainOf,
  grainWindow,
  type Interval,
  type JobTime,
  referenceSpan,
} from './grain.js';
export {
  type CalendarForm,
  type NeedForm,
  type Needing,
  neededPeriods,
  ownPeriod,
} from './needed.js';
export { needingPeriods } from './needing.js';
export { nominalCalendar, nominalTicks } from './nominal.js';
export { type ParsedCron, parseCron } from './parse-cron.js';
export { parsePeriod, printPeriod, printPeriodIn, type TypedPeriod } from './period.js';
export { countTicks, hasTicks, nextTick, previousTick, ticks, ticksBefore, ticksFrom } from './ticks.js';
export {
  afterOpenTime,
  closesAt,
  isOpen,
  opensAt,
  parseTimeWindow,
  printTimeWindow,
  type TimeWindow,
} from './time-window.js';
export type { CalendarUnit } from './unit.js';
export { type Workdays, yearsMissing } from './workdays.js';
export {
  instantOf,
  isZone,
  type Local,
  localMs,
  localOf,
  nextDay,
  offsetAt,
  startOfDay,
  stretchesNear,
} from './zone.js';
