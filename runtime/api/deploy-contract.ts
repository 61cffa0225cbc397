// The shapes of deploying beside plan and apply: the branch a project is deployed from, and what drifted from what is deployed.

import { z } from '@hono/zod-openapi';

const instant = z.iso.datetime();

/** The branch from which a project is deployed, and what the server's last look at it found. */
export const source = z.object({
  project: z.string(),
  /** What the server reads itself; null: nothing, commits come by push or from CI. */
  repository: z.string().nullable(),
  branch: z.string(),
  under: z.string(),
  setBy: z.string(),
  setAt: instant,
  /**
   * `behind`: the branch has not got what is in force yet; `rolled-back`: its head was rolled back on purpose; `broken`: it does not
   * compile; `refused`: it may not be put in force; `unreachable`: it cannot be read; `unknown`: nobody has looked, or there is no
   * such branch yet.
   */
  state: z.enum(['unknown', 'in-force', 'behind', 'rolled-back', 'broken', 'refused', 'unreachable']),
  /** The branch's head at that look. */
  commit: z.string().nullable(),
  reason: z.string().nullable(),
  help: z.string().nullable(),
  /** Since when it is so. */
  since: instant,
  lookedAt: instant.nullable(),
});

/** Why a commit may not be put in force now. */
export const refusal = z.object({
  kind: z.enum(['branch', 'not-descendant', 'rolled-back', 'prune']),
  message: z.string(),
  help: z.string(),
});

/** A schedule in Temporal that is not as it was deployed. */
export const driftedSchedule = z.object({
  id: z.string(),
  kind: z.enum(['missing', 'changed', 'stray']),
  /** What differs, in words: `paused`, `calendars`, `action` … */
  what: z.array(z.string()),
});

export const drift = z.object({
  project: z.string(),
  schedules: z.array(driftedSchedule),
  /** Null: no branch is set for this project. */
  source: source.nullable(),
  /** Whether anything is not as it should be. */
  drifted: z.boolean(),
});

export type Source = z.infer<typeof source>;
export type Drift = z.infer<typeof drift>;
