// The shapes of people: accounts, teams, grants, sessions, the audit.

import { z } from '@hono/zod-openapi';
import { GRANTED } from '../auth/rights.js';

const instant = z.iso.datetime();

/** A role on a folder, for an account or a team. */
export const grant = z.object({
  id: z.string(),
  project: z.string(),
  /** Empty: the whole project. */
  folder: z.string(),
  role: z.enum(GRANTED),
  account: z.string().nullable(),
  team: z.string().nullable(),
  grantedBy: z.string(),
  grantedAt: instant,
});

export type Grant = z.infer<typeof grant>;
