import { z } from '@hono/zod-openapi';
import { reason } from './contract.js';

const instant = z.iso.datetime();

/** Why there is no run of a period. */
export const absence = z.discriminatedUnion('kind', [
  /** The job never fires then; the ticks before and after. */
  z.object({ kind: z.literal('no-tick'), nearest: z.array(instant) }),
  /** A day off of that workday calendar; `moved`: the period to which its tick was moved, null: left out. */
  z.object({ kind: z.literal('day-off'), calendar: z.string(), moved: instant.nullable() }),
  /** Its periods begin and end there. */
  z.object({ kind: z.literal('out-of-bounds'), start: instant.nullable(), end: instant.nullable() }),
  /** It has no ticks, and nobody has asked for it. */
  z.object({ kind: z.literal('manual') }),
  z.object({ kind: z.literal('closed') }),
  z.object({ kind: z.literal('not-due') }),
  z.object({ kind: z.literal('not-deployed'), firstDeployed: instant }),
  /** Its time has come, and no tick has made it yet; within a minute the ledger does. */
  z.object({ kind: z.literal('not-made') }),
]);
export type Absence = z.infer<typeof absence>;

/** One period that a run awaits, or a need without any. */
export const explainedNeed = z.object({
  job: z.string(),
  /** Null: none, as `why` says. */
  period: instant.nullable(),
  /** Of the fact; where there is none yet, of the run; `none` without either. */
  state: z.string(),
  since: instant.nullable(),
  /** Null: decided when the run is admitted (a need on the latest). */
  met: z.boolean().nullable(),
  optional: z.boolean(),
  run: z.string().nullable(),
  owner: z.string().nullable(),
  why: z.enum(['no-period', 'before-start', 'closed', 'unknown', 'latest', 'before-deployment']).nullable(),
  /** What ends the wait; null where nothing is to be done. */
  help: z.string().nullable(),
});

export const explanation = z.object({
  project: z.string(),
  job: z.string(),
  period: instant,
  periodLocal: z.string(),
  zone: z.string(),
  run: z.string().nullable(),
  /** `none`: there is no run. */
  state: z.string(),
  since: instant.nullable(),
  reasons: z.array(reason),
  absent: absence.nullable(),
  needs: z.array(explainedNeed),
});
export type Explanation = z.infer<typeof explanation>;
