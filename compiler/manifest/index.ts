// The door of the manifest room for those who run jobs: the types, the bytes and hashes, and what a run awaits. No file is read here.
export { type Awaited, awaited, awaiting, firingCalendar, previousPeriod } from './awaited.js';
export { canonicalJson, definitionHash, hashOf } from './canonical.js';
export * from './manifest.js';
export { jobNamed } from './named.js';
export { needFields } from './need-fields.js';
export { nameFaults, type Own, type OwnFault, paramFaults, withOwn } from './own.js';
export { type Mark, type Preview, previewOf, withoutSecrets, withoutSecretVars } from './preview.js';
export { type Occasion, type RenderedJob, renderFor, renderJob } from './rendered-job.js';
export { optionsOf, textsOfOptions } from './rendered-options.js';
export { type ResolvedField, resolvedFields } from './resolved.js';
export { type SimulatedNeed, type SimulatedRun, simulate } from './simulate.js';
