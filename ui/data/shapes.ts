// The API's shapes as the pages see them: types only, so that no validation library reaches the browser.

import type { z } from 'zod';
import type * as contract from '../../runtime/api/contract';

export type { Backfill } from '../../runtime/api/backfill-contract';
export type {
  Asked,
  Attempt,
  Deployment,
  JobDetail,
  JobSummary,
  Machine,
  OperationPlan,
  Project,
  Reason,
  RunDetail,
  RunSummary,
  Token,
} from '../../runtime/api/contract';

export type { Source } from '../../runtime/api/deploy-contract';
export type { Account, AuditLine, MeInFull as Me, Session, SignInWays, Team } from '../../runtime/api/people-contract';
export type { PreviewAnswer as Preview } from '../../runtime/api/preview-contract';
export type { Status } from '../../runtime/api/status-contract';

export type RunState = z.infer<typeof contract.runState>;
export type Trigger = z.infer<typeof contract.trigger>;
export type JobFacets = z.infer<typeof contract.jobFacets>;
export type Awaited = z.infer<typeof contract.awaited>;
export type Turn = z.infer<typeof contract.turn>;
export type Problem = z.infer<typeof contract.problem>['error'];

/** A page of a list; `next` is the cursor to go on with, null at the end. */
export type Page<T> = Readonly<{ items: readonly T[]; next: string | null }>;

/** Every call of the API ends in a value or in a problem with its status; 0 when nobody answered. */
export type Answer<T> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; status: number; problem: Problem }>;

export const RUN_STATES: readonly RunState[] = [
  'failed',
  'timed_out',
  'running',
  'queued',
  'waiting',
  'succeeded',
  'cancelled',
  'skipped',
];

export const TRIGGERS: readonly Trigger[] = [
  'schedule',
  'dependency',
  'catch-up',
  'manual',
  'recover',
  'cascade',
  'backfill',
  'scratch',
];
