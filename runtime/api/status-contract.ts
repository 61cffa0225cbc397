import { z } from '@hono/zod-openapi';
import { freeze, reason, runState } from './contract.js';

// What somebody asks first when something seems wrong: what is late, what waits for what, what was missed, what was made up for, what comes.

const instant = z.iso.datetime();

/** A run that should have begun. */
const lateRun = z.object({
  run: z.string(),
  job: z.string(),
  period: instant,
  periodLocal: z.string(),
  state: runState,
  /** When it became late. */
  since: instant,
  reasons: z.array(reason),
});

/** What runs wait for: those that have this first reason are counted together. */
const cause = z.object({
  reason,
  runs: z.number().int(),
  /** Since when the first of them waits, and which it is. */
  since: instant,
  run: z.string(),
  job: z.string(),
  period: instant,
});

export const status = z.object({
  project: z.string(),
  at: instant,
  /** Not begun although their time was longer ago than the job's `lateAfter`; lowest period first. */
  late: z.array(lateRun),
  /** Ticks that nobody has made, later than five minutes: what a ledger would do by now. */
  notMade: z.array(z.object({ timetable: z.string(), period: instant, jobs: z.number().int() })),
  /** By what they wait for, most first. */
  waiting: z.array(cause),
  /** Left out by catch-up. */
  missed: z.array(
    z.object({
      run: z.string(),
      job: z.string(),
      period: instant,
      periodLocal: z.string(),
      at: instant,
      policy: z.string(),
    }),
  ),
  /** Ticks that were missed and made afterwards. */
  restored: z.array(
    z.object({ timetable: z.string(), note: z.string(), period: instant, at: instant, finished: z.boolean() }),
  ),
  /** By the deployment in force, in order of time. */
  expected: z.array(z.object({ job: z.string(), period: instant, periodLocal: z.string() })),
  /** Workday calendars that list no days of a year that has begun or begins within sixty days, and how many jobs keep to each. */
  unlistedYears: z.array(z.object({ calendar: z.string(), years: z.array(z.number().int()), jobs: z.number().int() })),
  freezes: z.array(freeze),
  pools: z.array(
    z.object({ name: z.string(), size: z.number().int(), taken: z.number().int(), waiting: z.number().int() }),
  ),
  /** How many there are of each; a list shows the first of them. `atLeast`: not all were looked at. */
  counts: z.object({
    late: z.number().int(),
    waiting: z.number().int(),
    missed: z.number().int(),
    restored: z.number().int(),
    expected: z.number().int(),
    atLeast: z.boolean(),
  }),
});

export type Status = z.infer<typeof status>;
