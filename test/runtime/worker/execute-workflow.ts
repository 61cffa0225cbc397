import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';

/** The smallest workflow around the activity of machine-group workers. */
export async function executeOnce(input: { run: string; turn: number }): Promise<unknown> {
  const { execute } = proxyActivities<{ execute(input: { run: string; turn: number }): Promise<unknown> }>({
    taskQueue: 'mg-default',
    startToCloseTimeout: '10m',
    heartbeatTimeout: '3s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '100ms', backoffCoefficient: 1 },
  });
  return execute(input);
}
