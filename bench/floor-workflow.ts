import { proxyActivities } from '@temporalio/workflow';

// The floor: what Temporal alone does with one activity for each workflow, on the same server and the same machine.

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({
  startToCloseTimeout: '1m',
  taskQueue: 'floor-activities',
});

export async function floor(): Promise<void> {
  await nothing();
}
