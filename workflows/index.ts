// Workflow code: deterministic and tiny. In: ids. Out: calls of activities in the right order, timers, cancellation.
// Logic of jobs is data and lives in the control plane; here is only what must survive a crash between two steps.
// Never here: a clock, a random number, module state, an import of anything but `@temporalio/workflow` and the contracts.
// This file is the bundle's entry. Start with `job-run.ts`.

export { backfill } from './backfill.js';
export { cascade } from './cascade.js';
export { jobRun } from './job-run.js';
export { tick } from './tick.js';
