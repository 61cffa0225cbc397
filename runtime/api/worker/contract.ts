// What a machine-group worker and the control plane say to each other over HTTP (`/api/worker/v1`), once: zod schemas validate on the
// server, their types are the worker's. Every call bears a machine token; every call about an attempt names the worker instance.
// Never here: how an answer is made (`routes.ts`), or how it is asked (`runtime/worker/control-plane.ts`).

import { z } from 'zod';
import { MOST_OUTPUT_BYTES, OUTPUT_KEY, outputBytes } from './outputs.js';

const runId = z.string().regex(/^\d{1,19}$/);
const number = z.int().min(1).max(2_147_483_647);
const bytes = z.int().min(0);
export const instanceId = z.uuid();
const text = (most: number) => z.string().max(most);

/** The id of the workflow that delivered a turn: it names the run where a number may mean another run by now. */
const workflow = text(1000).optional();

const told = {
  applications: z
    .array(z.object({ id: text(100), link: text(1000).nullable() }))
    .max(100)
    .optional(),
  note: text(1000).optional(),
};

export const ending = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('exited'),
    code: z.int(),
    outputs: z
      .record(z.string().regex(OUTPUT_KEY), z.string())
      .refine((outputs) => outputBytes(outputs) <= MOST_OUTPUT_BYTES)
      .optional(),
    outputsRefused: text(300).optional(),
    denied: text(300).optional(),
    ...told,
  }),
  z.object({ kind: z.literal('killed'), signal: text(32), by: z.enum(['timeout', 'cancel', 'stranger']), ...told }),
  z.object({ kind: z.literal('refused'), reason: text(4096) }),
  z.object({ kind: z.literal('cancelled') }),
]);

export const beginRequest = z.object({
  run: runId,
  turn: number,
  instance: instanceId,
  host: text(255),
  workflow,
});

/** What a granted attempt executes. Script, arguments and environment are rendered. */
export const spec = z.object({
  project: z.string(),
  job: z.string(),
  engine: z.enum(['shell', 'python', 'java', 'hive', 'spark']),
  script: z.string(),
  /** The script's own name in the repository, for messages; null: written inline. */
  scriptName: z.string().nullable(),
  args: z.array(z.string()),
  /** Fields of the engine, rendered. */
  options: z
    .record(z.string(), z.union([z.string(), z.array(z.string()), z.record(z.string(), z.string())]))
    .optional(),
  /** The YARN of its machine group, and the tag of the run's applications there. */
  yarn: z
    .object({
      ...{ resourceManager: z.string(), tag: z.string() },
      ...{ standby: z.string().optional(), user: z.string().optional() },
      ...{ application: z.string().optional(), job: z.string().optional() },
    })
    .optional(),
  env: z.record(z.string(), z.string()),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })),
  timeoutMs: z.number(),
  graceMs: z.number(),
});

export const beginAnswer = z.discriminatedUnion('kind', [
  /** `run`: its number here, where that is not the one that was asked for. */
  z.object({ kind: z.literal('granted'), run: z.string().optional(), attempt: number, joined: z.boolean(), spec }),
  z.object({ kind: z.literal('ended'), ending: z.unknown() }),
  z.object({ kind: z.literal('wait'), ms: z.number() }),
  /** A freeze covers it: nothing begins, and the turn is delivered again when it may. */
  z.object({ kind: z.literal('held'), reason: z.string() }),
]);

const held = z.object({ run: runId, n: number, pid: z.int().nullable(), workflow });

export const facts = z.object({
  cpus: z.number(),
  memoryBytes: z.number(),
  memoryFreeBytes: z.number(),
  load: z.array(z.number()),
  slotsUsed: z.number(),
  slots: z.number(),
});

export const renewRequest = z.object({
  instance: instanceId,
  host: text(255),
  pid: z.int(),
  machineGroups: z.array(text(64)).max(100),
  version: text(64),
  draining: z.boolean(),
  facts,
  attempts: z.array(held).max(5_000),
});

export const order = z.object({ run: z.string(), n: z.number(), workflow, why: z.enum(['cancel', 'lost', 'unknown']) });

/** Whose process an attempt is: what a worker tells of one that the database has forgotten. */
const lineage = z.object({ turn: number, workflow: text(1000), host: text(255), pid: z.int().nullable() });
export const claimRequest = z.object({ instance: instanceId, of: lineage });
/** `kept`: it is known again. `wait`: its run or turn is not there (yet). `cancel`, `lost`: end it. */
export const claimAnswer = z.object({ claim: z.enum(['kept', 'wait', 'cancel', 'lost']) });
/** Temporal does not know the delivery any more; `keep`: the attempt goes on, and another delivery will join it. */
export const orphanAnswer = z.object({ keep: z.boolean() });
export const endRequest = z.object({ instance: instanceId, ending, logBytes: bytes, of: lineage.optional() });

export const loseRequest = z.object({ instance: instanceId, workflow });

export type BeginRequest = z.infer<typeof beginRequest>;
export type BeginAnswer = z.infer<typeof beginAnswer>;
export type AttemptSpec = z.infer<typeof spec>;
export type RenewRequest = z.infer<typeof renewRequest>;
export type HostFacts = z.infer<typeof facts>;
export type KillOrder = z.infer<typeof order>;
export type EndRequest = z.infer<typeof endRequest>;
export type Lineage = z.infer<typeof lineage>;
export type ClaimRequest = z.infer<typeof claimRequest>;
export type ClaimAnswer = z.infer<typeof claimAnswer>;
export type OrphanAnswer = z.infer<typeof orphanAnswer>;
