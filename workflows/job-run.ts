import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Ending, ExecuteResult, JobRunInput, JobRunResult, MachineActivities } from './contract.js';
import { machineGroupQueue } from './contract.js';
import type { ControlActivities, Opened } from './control-activities.js';

// One run, from its admission to the end of its turn and of the retries of that turn: open → execute → settle → perhaps wait, again.
// It holds no state of its own: what it is told by `open` and `settle` is in Postgres, so an execution that is lost, doubled or reset
// only asks again.

const control = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '10s', localRetryThreshold: '1m' });

export async function jobRun(input: JobRunInput): Promise<JobRunResult> {
  const { workflowId: workflow, runId: temporalRunId } = workflowInfo();
  for (;;) {
    const opened = await never(() => control.open({ ...input, temporalRunId, workflow }));
    if (opened.kind === 'none') return { run: opened.run, result: opened.result };
    const ending = opened.kind === 'wait' ? await waitFor(opened.waitMs) : await execute(opened);
    if (ending === 'waited' || ending === 'held') continue;
    const settled = await never(() => control.settle({ run: opened.run, turn: opened.turn, ending, workflow }));
    if (settled.kind === 'done') return { run: opened.run, turn: opened.turn, ending, result: settled.outcome };
    const slept = await waitFor(settled.waitMs);
    if (slept === 'waited') continue;
    const cancelled = await never(() =>
      control.settle({ run: opened.run, turn: settled.turn, ending: slept, workflow }),
    );
    return {
      run: opened.run,
      turn: settled.turn,
      ending: slept,
      result: cancelled.kind === 'done' ? cancelled.outcome : 'cancelled',
    };
  }
}

/** open and settle are never cancelled: a cancelled workflow still ends its turn. */
const never = <T>(work: () => Promise<T>): Promise<T> => CancellationScope.nonCancellable(work);

async function waitFor(ms: number): Promise<'waited' | Ending> {
  try {
    await sleep(Math.max(1, ms));
    return 'waited';
  } catch (error) {
    if (isCancellation(error)) return { kind: 'cancelled' };
    throw error;
  }
}

async function execute(opened: Extract<Opened, { kind: 'go' }>): Promise<Ending | 'held'> {
  const machine = proxyActivities<MachineActivities>({
    taskQueue: machineGroupQueue(opened.machineGroup),
    startToCloseTimeout: opened.limitMs,
    heartbeatTimeout: '60s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // The loss of a worker is Temporal's to repair, without end; a job's own exit is a value and never comes here.
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
    priority: { priorityKey: opened.priority, fairnessKey: opened.fairness },
    summary: opened.summary,
  });
  try {
    return endingOf(await machine.execute({ run: opened.run, turn: opened.turn }));
  } catch (error) {
    if (isCancellation(error)) return { kind: 'cancelled' };
    if (error instanceof ActivityFailure) return { kind: 'refused', reason: messageOf(error.cause ?? error) };
    throw error;
  }
}

const endingOf = (result: ExecuteResult): Ending | 'held' => (result.kind === 'held' ? 'held' : result.ending);

const messageOf = (error: Error): string =>
  error instanceof ApplicationFailure ? error.message : `the activity failed: ${error.message}`;
