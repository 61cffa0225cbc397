import { z } from '@hono/zod-openapi';

// Shapes of backfills, beside those of `contract.ts`.

const instant = z.iso.datetime();

/**
 * How far a backfill is. `making`: its runs are being made; `going`; `paused`; `closed`: its time of day has not come; `stopped`: what is left waits
 * for members that failed; `cancelling`: it is being ended; `ended`.
 */
export const backfill = z.object({
  operation: z.string(),
  project: z.string(),
  progress: z.enum(['making', 'going', 'paused', 'closed', 'stopped', 'cancelling', 'ended']),
  /** What was asked: a glob over job ids (null: all), from inclusive to exclusive. */
  jobs: z.string().nullable(),
  from: instant,
  to: instant,
  only: z.enum(['all', 'missing', 'failed']),
  downstream: z.boolean(),
  order: z.enum(['forward', 'backward']),
  /** How it goes, and may be changed. `window`: of the day, by `zone`; null: at any time. `retries` null: as each job says. */
  parallel: z.number().int(),
  window: z.string().nullable(),
  zone: z.string(),
  retries: z.number().int().nullable(),
  askedBy: z.string(),
  askedAt: instant,
  pausedBy: z.string().nullable(),
  pausedAt: instant.nullable(),
  cancelledBy: z.string().nullable(),
  cancelledAt: instant.nullable(),
  finishedAt: instant.nullable(),
  /** How often its failed members were asked again. */
  rounds: z.number().int(),
  members: z.number().int(),
  /** Members by state: `planned` (not made yet), waiting, queued, running, how they ended, `withdrawn` (given up), `left` (another operation has them). */
  states: z.record(z.string(), z.number().int()),
  /** How many have ended, of `members`. */
  done: z.number().int(),
  /** While its time of day has not come: when it comes. */
  opensAt: instant.nullable(),
  /** When it will have ended, as it goes now; null: nobody can say. */
  endsAt: instant.nullable(),
});

export type Backfill = z.infer<typeof backfill>;
