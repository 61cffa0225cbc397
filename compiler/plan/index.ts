// The plan says what applying a manifest would change in what is deployed, before anything is done.
// In: the deployed jobs, a manifest, and for the outlook an instant. Out: changes by job with their fields, what is reached downstream, next fires, warnings, a hash.
// Pure: no clock, no database, no git. Runs in flight and schedules in Temporal are the control plane's to add.
// Read `changes.ts` (what is decided), `renames.ts` (which job goes on which), then `outlook.ts` (what people should know of it).

export { CATEGORY, type Category } from './categories.js';
export { type Changes, type DeployedJob, type JobChange, planChanges, sourceOf } from './changes.js';
export type { FieldChange } from './fields.js';
export { linesBetween } from './lines.js';
export { type Known, type NextFires, type Outlook, outlookOf, type Warning } from './outlook.js';
export { type ProjectChange, projectChanges } from './project.js';
export { type UnlistedYears, unlistedWords, unlistedYears } from './unlisted-years.js';
