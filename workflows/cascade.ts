import { continueAsNew, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { ControlActivities } from './control-activities.js';

// Makes the members of a cascade, page by page, or withdraws them when the whole is cancelled. Who runs after whom is no matter of this workflow: each
// member waits for its needs like any other run.

const control = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '60s', localRetryThreshold: '2m' });

export async function cascade(input: Readonly<{ operation: string }>): Promise<void> {
  while (!(await control.cascadePage(input)))
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof cascade>(input);
}
