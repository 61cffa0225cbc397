import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import { WORKFLOW } from '../../workflows/contract.js';
import type { TickInput } from '../../workflows/control-activities.js';
import type { StartFacts } from '../store/outbox.js';
import { type TemporalClient, within } from './connection.js';
import { workflowIdOfBackfill, workflowIdOfCascade, workflowIdOfTick } from './ids.js';

// Starts and cancels. A start that meets a running execution of the same id is answered with that one: harmless, because every
// workflow of ours asks Postgres what to do, and never proof that something new runs (`open` is).

const { ALLOW_DUPLICATE, REJECT_DUPLICATE } = WorkflowIdReusePolicy;

const SAME_ID = {
  workflowIdReusePolicy: ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
} as const;

/**
 * Starts a run's workflow. `unless-closed`: not when one of this id has closed; answers false then. Else true, which proves nothing: it may
 * be the answer of one that runs.
 */
export async function startJobRun(
  temporal: TemporalClient,
  queue: string,
  facts: StartFacts,
  when: 'always' | 'unless-closed' = 'always',
): Promise<boolean> {
  try {
    await sendStart(temporal, queue, facts, when === 'always' ? ALLOW_DUPLICATE : REJECT_DUPLICATE);
    return true;
  } catch (error) {
    if (when === 'unless-closed' && error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

const sendStart = (
  temporal: TemporalClient,
  queue: string,
  facts: StartFacts,
  workflowIdReusePolicy: WorkflowIdReusePolicy,
): Promise<unknown> =>
  within(temporal, () =>
    temporal.client.workflow.start(WORKFLOW.jobRun, {
      ...SAME_ID,
      workflowIdReusePolicy,
      taskQueue: queue,
      workflowId: facts.workflowId,
      args: [{ run: facts.run }],
      searchAttributes: {
        HeraProject: [facts.project],
        HeraJob: [facts.job],
        HeraTrigger: [facts.trigger],
        HeraMachineGroup: [facts.machineGroup],
        HeraPeriod: [facts.period],
        ...(facts.owner === null ? {} : { HeraTeam: [facts.owner] }),
      },
    }),
  );

export const startTick = (
  temporal: TemporalClient,
  queue: string,
  input: TickInput & Readonly<{ instant: string }>,
): Promise<unknown> =>
  within(temporal, () =>
    temporal.client.workflow.start(WORKFLOW.tick, {
      ...SAME_ID,
      taskQueue: queue,
      workflowId: workflowIdOfTick(input.timetable, new Date(input.instant)),
      args: [input],
    }),
  );

type StartOperation = (temporal: TemporalClient, queue: string, project: string, operation: string) => Promise<unknown>;

const operationStart =
  (workflow: string, idOf: (project: string, operation: string) => string): StartOperation =>
  (temporal, queue, project, operation) =>
    within(temporal, () =>
      temporal.client.workflow.start(workflow, {
        ...SAME_ID,
        taskQueue: queue,
        workflowId: idOf(project, operation),
        args: [{ operation }],
      }),
    );

export const startBackfill = operationStart(WORKFLOW.backfill, workflowIdOfBackfill);

export const startCascade = operationStart(WORKFLOW.cascade, workflowIdOfCascade);

/** Asks one execution of a workflow to end, and no later one of the same id; one that has closed, or is unknown, is no error. */
export async function cancelExecution(temporal: TemporalClient, workflowId: string, runId: string): Promise<void> {
  try {
    await within(temporal, () => temporal.client.workflow.getHandle(workflowId, runId).cancel());
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** How Temporal sees the newest execution of an id. */
export type Seen =
  | Readonly<{ kind: 'running' }>
  | Readonly<{ kind: 'unknown' }>
  | Readonly<{
      kind: 'closed';
      execution: string;
      how: 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out' | 'continued';
    }>;

const CLOSED: Readonly<Record<string, Extract<Seen, { kind: 'closed' }>['how']>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
  CONTINUED_AS_NEW: 'continued',
};

/** From a describe, never from visibility. */
export async function describeWorkflow(temporal: TemporalClient, workflowId: string): Promise<Seen> {
  try {
    const seen = await within(temporal, () => temporal.client.workflow.getHandle(workflowId).describe());
    const how = CLOSED[seen.status.name];
    return how === undefined ? { kind: 'running' } : { kind: 'closed', execution: seen.runId, how };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'unknown' };
    throw error;
  }
}

/** The result of an execution that has completed. */
export const resultOf = <T>(temporal: TemporalClient, workflowId: string, execution: string): Promise<T> =>
  within(temporal, () => temporal.client.workflow.getHandle(workflowId, execution).result() as Promise<T>);

/** Ids of the workflows of a type that run, by the visibility store: seconds behind, so each must be confirmed by a describe. */
export async function runningWorkflows(temporal: TemporalClient, type: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running'`;
  for await (const execution of temporal.client.workflow.list({ query, pageSize: 1000 })) ids.add(execution.workflowId);
  return ids;
}
