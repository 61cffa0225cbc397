// The API's shapes, once: zod schemas give validation, OpenAPI 3.1 and the types of the client that the CLI and the pages use.
// Instants are RFC 3339 UTC; ids of runs, deployments and operations are decimal strings; job ids are paths.
// Never here: how an answer is made (that is `routes/`), SQL.

import { z } from '@hono/zod-openapi';
import { SCOPES } from './access.js';
import { refusal } from './deploy-contract.js';
import { planned } from './plan-contract.js';

export type { Planned } from './plan-contract.js';

const instant = z.iso.datetime();
export const runState = z.enum([
  'waiting',
  'queued',
  'running',
  'succeeded',
  'failed',
  'timed_out',
  'cancelled',
  'skipped',
]);
export const trigger = z.enum([
  'schedule',
  'dependency',
  'catch-up',
  'manual',
  'recover',
  'cascade',
  'backfill',
  'scratch',
]);

export const freezeScope = z.enum(['project', 'folder', 'group', 'job', 'chain']);

/** Why a run waits, was skipped or failed; `kind` tells which further fields there are. Texts are made by readers, per language. */
export const reason = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('need'),
    job: z.string(),
    period: instant,
    state: z.string(),
    run: z.string().nullable(),
    /** When the upstream was first deployed, where that is later than this period, which no tick has made. */
    firstDeployed: instant.optional(),
    /** Of an optional need: until when it is awaited if no run appears. */
    until: instant.optional(),
  }),
  /** The latest of a job that has not run yet. */
  z.object({ kind: z.literal('no-run'), job: z.string() }),
  z.object({ kind: z.literal('overlap'), run: z.string(), period: instant }),
  z.object({ kind: z.literal('parallel'), operation: z.string() }),
  z.object({ kind: z.literal('manual-turn'), turn: z.number().int() }),
  /** `slots` it asks for; `free` of the pool's `size` when it was looked at. */
  z.object({
    kind: z.literal('pool'),
    pool: z.string(),
    slots: z.number().int(),
    size: z.number().int(),
    free: z.number().int(),
  }),
  z.object({
    kind: z.literal('freeze'),
    freeze: z.string(),
    scope: freezeScope,
    subject: z.string(),
    /** Why it was frozen, by whom and until when; null: until somebody ends it. */
    reason: z.string(),
    by: z.string(),
    until: instant.nullable(),
  }),
  /** A person set this state by hand. */
  z.object({ kind: z.literal('marked'), reason: z.string(), by: z.string() }),
  z.object({ kind: z.literal('retry'), at: instant, after: z.string() }),
  z.object({ kind: z.literal('re-evaluation'), deployment: z.string() }),
  z.object({ kind: z.literal('upstream-skipped'), job: z.string(), period: instant }),
  /** It was left out because that run of its job was live, or took its place. */
  z.object({ kind: z.literal('overlap-skip'), run: z.string(), period: instant }),
  /** It runs in other regions than this installation's (`here`; null: it has none). For those that need it, it succeeded. */
  z.object({ kind: z.literal('region'), here: z.string().nullable(), regions: z.array(z.string()) }),
  z.object({ kind: z.literal('no-period'), job: z.string() }),
  z.object({ kind: z.literal('catch-up'), policy: z.string() }),
  z.object({ kind: z.literal('closed') }),
  z.object({ kind: z.literal('removed'), commit: z.string() }),
  z.object({ kind: z.literal('no-longer-scheduled'), commit: z.string() }),
  /** Its job spreads its starts after the tick. */
  z.object({ kind: z.literal('jitter'), until: instant }),
  z.object({ kind: z.literal('no-worker'), machineGroup: z.string() }),
  /** How the last process ended: its exit code, or its signal and who sent it; neither where nothing was started. */
  z.object({
    kind: z.literal('ending'),
    text: z.string(),
    code: z.number().int().optional(),
    signal: z.string().optional(),
    by: z.enum(['timeout', 'cancel', 'stranger']).optional(),
  }),
  z.object({ kind: z.literal('terminated'), text: z.string() }),
]);

export const attempt = z.object({
  n: z.number().int(),
  turn: z.number().int(),
  trigger,
  state: z.enum(['live', 'ended', 'lost']),
  outcome: z.string().nullable(),
  commit: z.string(),
  host: z.string(),
  machineGroup: z.string(),
  pid: z.number().int().nullable(),
  started: instant,
  ended: instant.nullable(),
  exitCode: z.number().int().nullable(),
  /** What it told those who need its run; values of secret names are `******`. Null: nothing. */
  outputs: z.record(z.string(), z.string()).nullable(),
  signal: z.string().nullable(),
  /** Why nothing was started, what the exit code means, who ended the process, or what of it could not be ended. */
  note: z.string().nullable(),
  /** Applications of YARN and jobs of MapReduce that its output named, with their pages; known when it has ended. */
  applications: z.array(z.object({ id: z.string(), link: z.string().nullable() })),
  logBytes: z.number().int(),
  /** Output is kept for a while only: whether it is gone. */
  logExpired: z.boolean(),
});

/** A row of the run list. */
export const runSummary = z.object({
  run: z.string(),
  project: z.string(),
  job: z.string(),
  period: instant,
  /** The period in the job's zone, with its offset. */
  periodLocal: z.string(),
  state: runState,
  trigger,
  reasons: z.array(reason),
  turn: z.number().int(),
  cancelling: z.boolean(),
  queuedAt: instant.nullable(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  commit: z.string().nullable(),
});

export const awaited = z.object({
  job: z.string(),
  period: instant,
  state: z.string(),
  met: z.boolean(),
  run: z.string().nullable(),
});

/** What a run by hand alone was given: variables and a machine group; values of secret names are `******`. */
export const own = z.object({ vars: z.record(z.string(), z.string()), machineGroup: z.string().nullable() });

export const turn = z.object({
  n: z.number().int(),
  trigger,
  retry: z.number().int(),
  askedBy: z.string(),
  askedAt: instant,
  commit: z.string().nullable(),
  outcome: z.string().nullable(),
  cancelRequestedAt: instant.nullable(),
  cancelRequestedBy: z.string().nullable(),
  endedAt: instant.nullable(),
  own: own.nullable(),
});

export const runDetail = runSummary.extend({
  zone: z.string(),
  owed: trigger.nullable(),
  /** `markedBy`: who set it by hand; null: nobody did. */
  fact: z
    .object({ state: z.string(), reason: z.string().nullable(), at: instant, markedBy: z.string().nullable() })
    .nullable(),
  needs: z.array(awaited),
  /** What deployments have taken from its needs while it waited, oldest first. */
  dropped: z.array(
    z.object({
      at: instant,
      deployment: z.string(),
      commit: z.string().nullable(),
      needs: z.array(z.object({ job: z.string(), period: instant })),
    }),
  ),
  downstream: z.array(awaited),
  turns: z.array(turn),
  attempts: z.array(attempt),
  /** Whether there were more, which have been dropped with their month. */
  attemptsExpired: z.boolean(),
  workflowId: z.string(),
  /** Of its last turn, or of the one to come. */
  machineGroup: z.string(),
  own: own.nullable(),
  bizdate: z.string(),
  /** The batch label; null where the job has no rule for one. */
  batch: z.string().nullable(),
  dataInterval: z.object({ start: instant, end: instant }).nullable(),
  deployment: z.object({ id: z.string(), commit: z.string(), subject: z.string(), author: z.string() }).nullable(),
  operation: z.object({ id: z.string(), kind: z.string(), by: z.string(), at: instant }).nullable(),
});

/** What people hold back: who, why, until when. */
export const freeze = z.object({
  id: z.string(),
  project: z.string(),
  scope: freezeScope,
  /** The folder's path, the group's name or the job's path; of a chain `upstream-of:JOB` or `downstream-of:JOB`; empty for a project. */
  subject: z.string(),
  reason: z.string(),
  by: z.string(),
  at: instant,
  until: instant.nullable(),
  endedAt: instant.nullable(),
  /** `hera`: its time was over. */
  endedBy: z.string().nullable(),
});

export const jobSummary = z.object({
  job: z.string(),
  project: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  owner: z.string().nullable(),
  tags: z.array(z.string()),
  enabled: z.boolean(),
  machineGroup: z.string(),
  zone: z.string(),
  /** Cron texts of its own, or null. */
  crons: z.array(z.string()),
  /** The job whose ticks it takes. */
  base: z.string().nullable(),
  nextRuns: z.array(instant),
  /** Its last runs, oldest first, at most 14. */
  last: z.array(z.object({ run: z.string(), period: instant, state: runState, reasons: z.array(reason) })),
});

export const jobDetail = jobSummary.extend({
  file: z.string(),
  commit: z.string(),
  needs: z.array(z.object({ job: z.string(), what: z.string() })),
  downstream: z.array(z.string()),
  run: z.object({ engine: z.string(), path: z.string().nullable(), script: z.string(), args: z.array(z.string()) }),
  retries: z.object({ times: z.number().int(), waitMs: z.number() }),
  timeoutMs: z.number(),
  overlap: z.string(),
  priority: z.string(),
  /** Variables as they resolve, and the file that gave each. */
  vars: z.array(z.object({ name: z.string(), value: z.string(), from: z.string() })),
  /** What a run by hand may be given; `required`: must be. */
  params: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['string', 'int', 'number', 'boolean', 'date', 'enum']),
      /** Of an `enum`. */
      values: z.array(z.string()),
      default: z.string().nullable(),
      required: z.boolean(),
      description: z.string().nullable(),
    }),
  ),
  /** Groups by which a run by hand may be run instead. */
  machineGroups: z.array(z.string()),
  /** Every field as it resolved, in the words of the language; `from`: job, folder, project, base or default; `file` gave it. */
  resolved: z.array(z.object({ field: z.string(), value: z.unknown(), from: z.string(), file: z.string().nullable() })),
  /** Fields that may be inherited: which file gave each. */
  provenance: z.record(z.string(), z.string()),
  env: z.record(z.string(), z.string()),
  /** Freezes in force that hold its runs back. */
  freezes: z.array(freeze),
});

/** A page of a list: `next` is the cursor to go on with, null at the end. */
export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });

/** What somebody on call must hear of. */
export const alert = z.object({
  id: z.string(),
  kind: z.enum(['run-failed', 'backfill-failed', 'ticks-missed', 'group-idle', 'year-missing', 'bug', 'test']),
  /** One sentence that stands alone. */
  text: z.string(),
  project: z.string().nullable(),
  run: z.string().nullable(),
  job: z.string().nullable(),
  period: instant.nullable(),
  owner: z.string().nullable(),
  raisedAt: instant,
  /** When the webhook took it. */
  deliveredAt: instant.nullable(),
  /** When it had become too old to be sent. */
  givenUpAt: instant.nullable(),
  sends: z.number().int(),
  lastError: z.string().nullable(),
});

export const deployment = z.object({
  id: z.string(),
  project: z.string(),
  commit: z.string(),
  subject: z.string(),
  author: z.string(),
  dirty: z.boolean(),
  appliedBy: z.string(),
  inForceAt: instant,
  branch: z.string().nullable(),
  /** The earlier deployment that a rollback put in force again, and why. */
  restores: z.string().nullable(),
  reason: z.string().nullable(),
  changes: z.object({ added: z.number().int(), changed: z.number().int(), removed: z.number().int() }),
});

/** An operation's plan, and, when it was done, its number. */
export const operationPlan = z.object({
  kind: z.string(),
  hash: z.string(),
  runs: z.array(z.object({ job: z.string(), period: instant, action: z.string(), why: z.string() })),
  /** How many there are; `runs` lists the first 1,000. */
  total: z.number().int(),
  first: instant.nullable(),
  last: instant.nullable(),
  operation: z.string().nullable(),
});

const plannedPeriod = z.object({ job: z.string(), period: instant, action: z.string() });

/** By what a plan of now differs from the one that was named: `error.details.difference` of a stale plan. Each list has the first 200. */
export const planDifference = z.object({
  counts: z.object({ came: z.number().int(), went: z.number().int(), changed: z.number().int() }),
  came: z.array(plannedPeriod),
  went: z.array(plannedPeriod),
  changed: z.array(plannedPeriod.extend({ before: z.string() })),
});

/** A backfill's plan: what it meets, how long it may take, and what to know before. */
export const backfillPlan = operationPlan.extend({
  counts: z.object({
    /** Periods of the range, and those that await them. */
    chosen: z.number().int(),
    downstream: z.number().int(),
    /** Of all these: runs that are queued or running, whose end is awaited; and that wait, and are taken over. */
    underWay: z.number().int(),
    takenOver: z.number().int(),
    /** Runs of production that wait again, for the new data. */
    production: z.number().int(),
  }),
  /** By what the jobs took before; null: they never succeeded. A time of day to keep to is not reckoned in. */
  estimateMs: z.number().int().nullable(),
  notes: z.array(z.string()),
});

/** A freeze's plan, or an unfreeze's: what it meets now, how many jobs it is about; `freezes`: what was put in force, or ended, once it is done. */
export const freezePlan = operationPlan.extend({
  jobs: z.number().int(),
  freezes: z.array(freeze),
  /** What to know before: who outside of it will wait, or what of it will wait all the same. */
  notes: z.array(z.string()),
});

/** The plan of a cancel of many; once it is done, how many were cancelled, and how many had ended by themselves. */
export const cancelPlan = operationPlan.extend({ cancelled: z.number().int(), ended: z.number().int() });

/** The plan of a recover or a cascade: `runs` in the order in which they go. */
export const repairPlan = operationPlan.extend({
  /** How many periods there are of each action. */
  counts: z.record(z.string(), z.number().int()),
  /**
   * By the median of each job's last successes: `workMs` one after the other, `longestMs` along the longest way through, with free machines;
   * `unknown`: jobs of which nobody knows how long they take.
   */
  estimate: z.object({ workMs: z.number(), longestMs: z.number(), unknown: z.number().int() }),
  /** Runs under way among the periods: their end is awaited, or they are cancelled, as `runs` says. */
  inFlight: z.array(z.object({ run: z.string(), job: z.string(), period: instant, state: runState })),
  /** Runs of production that are no part of it and will wait for its results. */
  waiting: z.array(z.object({ run: z.string(), job: z.string(), period: instant })),
  notes: z.array(z.string()),
});

/** How far a cascade is. `progress`: it goes on; it is stopped: what is open waits for something that failed; it has ended; it was cancelled. */
export const cascade = z.object({
  operation: z.string(),
  project: z.string(),
  starts: z.array(z.object({ job: z.string(), period: instant })),
  askedBy: z.string(),
  askedAt: instant,
  members: z.number().int(),
  /** Members by how they stand now: a run's state, or `planned` or `withdrawn`. */
  states: z.record(z.string(), z.number().int()),
  progress: z.enum(['going', 'stopped', 'ended', 'cancelled']),
  finishedAt: instant.nullable(),
});
export const cascadeDetail = cascade.extend({
  items: z.array(
    z.object({
      ord: z.number().int(),
      job: z.string(),
      period: instant,
      action: z.string(),
      why: z.string(),
      state: z.string(),
      run: z.string().nullable(),
    }),
  ),
});

export const backfillProgress = z.object({
  operation: z.string(),
  askedBy: z.string(),
  askedAt: instant,
  members: z.number().int(),
  states: z.record(z.string(), z.number().int()),
  finishedAt: instant.nullable(),
});

export const machine = z.object({
  instance: z.string(),
  host: z.string(),
  pid: z.number().int(),
  machineGroups: z.array(z.string()),
  version: z.string(),
  startedAt: instant,
  renewedAt: instant,
  alive: z.boolean(),
  facts: z.record(z.string(), z.unknown()),
  running: z.number().int(),
});

export const project = z.object({
  name: z.string(),
  zone: z.string(),
  /** The deployment in force; null before the first. */
  deployment: z.string().nullable(),
});

/** A run list's row with its attempts, for scripts. */
export const runWithAttempts = runSummary.extend({ attempts: z.array(attempt).optional() });

/** The values that filters of the job list may take. */
export const jobFacets = z.object({
  folders: z.array(z.string()),
  owners: z.array(z.string()),
  tags: z.array(z.string()),
  groups: z.array(z.string()),
});

/** `planned` is null when a diagnostic is an error. */
export const planAnswer = z.object({
  planned: planned.nullable(),
  diagnostics: z.array(z.unknown()),
  /** Why apply would refuse it now. */
  refusals: z.array(refusal),
  /** What to know before applying it, although it may be done. */
  cautions: z.array(z.string()),
});
export const rollbackPlan = planAnswer.extend({
  /** The deployment that would be restored, and its commit. */
  to: z.string(),
  commit: z.string(),
  subject: z.string(),
});
/** `marked`: how many never-run periods were marked succeeded with it. */
export const applied = z.object({
  deployment: z.string(),
  planned,
  already: z.boolean(),
  marked: z.number().int(),
});

export const asked = z.object({
  run: z.string(),
  turn: z.number().int(),
  job: z.string(),
  period: instant,
  state: runState,
});
export const cancelled = z.object({
  run: z.string(),
  state: z.string(),
  cancelling: z.boolean(),
  note: z.string().nullable(),
});

export const token = z.object({
  id: z.string(),
  account: z.string(),
  role: z.enum(['viewer', 'operator', 'admin']),
  label: z.string(),
  /** To what it is narrowed; null: to nothing, it may what its account may. */
  scopes: z.array(z.enum(SCOPES)).nullable(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
});
export const machineToken = z.object({
  id: z.string(),
  label: z.string(),
  machineGroups: z.array(z.string()),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
});
/** The secret is shown once: only its hash is kept. */
export const newToken = token.extend({ secret: z.string() });
export const newMachineToken = machineToken.extend({ secret: z.string() });
export const signInLink = z.object({ link: z.string(), path: z.string(), expiresAt: instant });

/** Every error, by RFC 9457: what is wrong, where, and what to do. */
export const problem = z.object({
  /** `urn:hera:problem:<code>` */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  error: z.object({
    code: z.enum([
      'not-found',
      'forbidden',
      'unauthenticated',
      'conflict',
      'stale',
      'invalid',
      'limited',
      'unavailable',
      'internal',
    ]),
    message: z.string(),
    help: z.string().optional(),
    details: z.unknown().optional(),
    requestId: z.string().optional(),
  }),
});

export type Reason = z.infer<typeof reason>;
export type RunSummary = z.infer<typeof runSummary>;
export type RunDetail = z.infer<typeof runDetail>;
export type JobSummary = z.infer<typeof jobSummary>;
export type JobDetail = z.infer<typeof jobDetail>;
export type Attempt = z.infer<typeof attempt>;
export type Alert = z.infer<typeof alert>;
export type Deployment = z.infer<typeof deployment>;
export type OperationPlan = z.infer<typeof operationPlan>;
export type RepairPlan = z.infer<typeof repairPlan>;
export type Cascade = z.infer<typeof cascade>;
export type CascadeDetail = z.infer<typeof cascadeDetail>;
export type BackfillPlan = z.infer<typeof backfillPlan>;
export type Freeze = z.infer<typeof freeze>;
export type FreezePlan = z.infer<typeof freezePlan>;
export type PlanDifference = z.infer<typeof planDifference>;
export type CancelPlan = z.infer<typeof cancelPlan>;
export type Problem = z.infer<typeof problem>;
export type RunWithAttempts = z.infer<typeof runWithAttempts>;
export type Project = z.infer<typeof project>;
export type PlanAnswer = z.infer<typeof planAnswer>;
export type RollbackPlan = z.infer<typeof rollbackPlan>;
export type AppliedAnswer = z.infer<typeof applied>;
export type Asked = z.infer<typeof asked>;
export type CancelledAnswer = z.infer<typeof cancelled>;
export type BackfillProgress = z.infer<typeof backfillProgress>;
export type Machine = z.infer<typeof machine>;
export type Token = z.infer<typeof token>;
export type MachineToken = z.infer<typeof machineToken>;
