import { ApplicationFailure, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { ControlActivities, TickInput } from './control-activities.js';

// One firing of a timetable: pages of runs, made and admitted, until the last. The instant is fixed here, once, and is the input of every
// page from then on, so a replay or a second start makes nothing twice.

const control = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '30s', localRetryThreshold: '1m' });

export async function tick(input: TickInput): Promise<string> {
  const instant = input.instant ?? scheduledInstant();
  while (!(await control.tickPage({ ...input, instant })));
  return instant;
}

function scheduledInstant(): string {
  // The SDK's typed search attributes know only registered ones of ours; this one is Temporal's own.
  const at = workflowInfo().searchAttributes.TemporalScheduledStartTime?.[0];
  if (at instanceof Date) return at.toISOString();
  throw ApplicationFailure.nonRetryable(
    'this tick was started by hand without an instant: give {"timetable": "…", "instant": "2026-01-01T00:00:00Z"}',
  );
}
