// The shape of a preview: a job's texts as they run for one period.

import { z } from '@hono/zod-openapi';

export const preview = z.object({
  job: z.string(),
  period: z.iso.datetime(),
  zone: z.string(),
  templates: z.enum(['native', 'hera']),
  /** The batch label of the period. */
  batch: z.string(),
  /** The run and the attempt whose texts these are; null: nobody's yet. */
  run: z.string().nullable(),
  attempt: z.number().int().nullable(),
  commit: z.string(),
  engine: z.enum(['shell', 'python', 'java', 'hive', 'spark']),
  script: z.string(),
  /** Its path in the repository; null: it was written inline, or is the fragment. */
  scriptName: z.string().nullable(),
  args: z.array(z.string()),
  /** The command line, the program first, as a worker finds it on its PATH, with the names of files instead of their paths, and as a person would type it; null for a fragment. */
  command: z.object({ words: z.array(z.string()), text: z.string() }).nullable(),
  /** What lies beside the script, by name. */
  files: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  /** Stretches, in UTF-16 units, that come from the real time of the attempt. `in`: `script`, `args.0`, `env.NAME`, `run.conf.NAME`. */
  realTime: z.array(z.object({ in: z.string(), offset: z.number().int(), length: z.number().int() })),
  /** Built-ins that only a run has: left as written until it runs. */
  later: z.array(z.string()),
  /** Names that nobody defines: left for the shell. */
  left: z.array(z.string()),
  /** Names whose values are shown as `******`. */
  masked: z.array(z.string()),
  /** What cannot be rendered: such a run fails before anything is executed. */
  faults: z.array(z.string()),
});

export type PreviewAnswer = z.infer<typeof preview>;
