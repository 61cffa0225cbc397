// The shape of a plan: what putting a commit in force would change, and what to know before.

import { z } from '@hono/zod-openapi';

const instant = z.iso.datetime();
const category = z.enum(['breaking', 'timing', 'wiring', 'script', 'execution', 'cosmetic']);

export const change = z.object({
  job: z.string(),
  kind: z.enum(['add', 'change', 'remove']),
  /** The id it is deployed under, when it is renamed. */
  was: z.string().nullable(),
  /** Names of the fields that differ; empty for what is added or removed. */
  fields: z.array(z.string()),
  /** What kinds of change: `breaking`, that jobs downstream await other periods; `timing` … `cosmetic`, that no run is touched. */
  categories: z.array(category),
  /** The same fields with their values, long ones cut, and the file that gives each now (null: the built-in default). */
  details: z.array(
    z.object({
      field: z.string(),
      category,
      before: z.unknown(),
      after: z.unknown(),
      from: z.string().nullable(),
    }),
  ),
  /** Lines of the script that come and go; null: the same bytes, or too large to compare. */
  script: z.object({ path: z.string().nullable(), added: z.number().int(), removed: z.number().int() }).nullable(),
  /** The next fires by the definition in force and by this one, where they may differ. */
  next: z.object({ before: z.array(instant), after: z.array(instant) }).nullable(),
  zone: z.string(),
  /** Changed files that the job imports, where its own file is the same: by those it changes. */
  through: z.array(z.string()),
  /** Of a breaking change, how many jobs need this one and so await other periods, and the first of them. */
  awaitedBy: z.object({ count: z.number().int(), jobs: z.array(z.string()) }).nullable(),
});

export const planned = z.object({
  project: z.string(),
  commit: z.string(),
  /** The deployment it was made on: apply names it, and is refused (exit 6) if another came between. */
  on: z.string().nullable(),
  changes: z.array(change),
  /** Settings of the project itself that differ from those in force; none before the first deployment. */
  projectChanges: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })),
  schedules: z.array(z.object({ id: z.string(), kind: z.enum(['create', 'retire']) })),
  /** Jobs downstream of what changes. */
  reach: z.number().int(),
  /** The same, by how many needs they are away; of each level the first names. */
  levels: z.array(z.object({ level: z.number().int(), count: z.number().int(), jobs: z.array(z.string()) })),
  inFlight: z.array(
    z.object({
      run: z.string(),
      job: z.string(),
      period: instant,
      state: z.enum(['waiting', 'queued', 'running']),
    }),
  ),
  /** Runs that wait and are evaluated anew; those of them whose job or tick is gone are skipped. */
  waiting: z.object({
    reevaluated: z.number().int(),
    /** Whether there are more than were looked at. */
    more: z.boolean(),
    skipped: z.array(
      z.object({ run: z.string(), job: z.string(), period: instant, why: z.enum(['removed', 'closed', 'no-tick']) }),
    ),
  }),
  /** What to know before: see the kinds in docs/gitops.md. */
  warnings: z.array(
    z.object({
      kind: z.enum([
        'second-period',
        'window-without',
        'never-again',
        'never-run',
        'awaits-later',
        'renamed-file',
        'history-kept',
        'no-region',
        'year-missing',
      ]),
      job: z.string(),
      message: z.string(),
      help: z.string().nullable(),
    }),
  ),
  diagnostics: z.array(z.unknown()),
  hash: z.string(),
});

export type Planned = z.infer<typeof planned>;
