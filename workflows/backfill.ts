import { continueAsNew, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { ControlActivities } from './control-activities.js';

// Makes the members of a backfill, page by page. The runs themselves are jobRuns; this workflow ends when the last member is made.

const control = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '30s', localRetryThreshold: '1m' });

export async function backfill(input: Readonly<{ operation: string }>): Promise<void> {
  while (!(await control.backfillPage(input))) {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof backfill>(input);
  }
}
