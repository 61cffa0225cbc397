import type { Job } from '../manifest/manifest.js';

/**
 * What kind of change a field makes. `cosmetic` reaches no run; `timing` changes when there are runs; `script` what a process executes;
 * `wiring` what a run awaits; `execution` where, how often and how long it may run; `breaking`
 * that jobs downstream await other periods than before, whatever they say themselves.
 */
export type Category = 'cosmetic' | 'timing' | 'script' | 'wiring' | 'execution' | 'breaking';

/** In the order in which people read them. */
export const CATEGORIES: readonly Category[] = ['breaking', 'timing', 'wiring', 'script', 'execution', 'cosmetic'];

/** Where a definition was written: no change of the job, and part of no hash. */
export type PlaceField = 'file' | 'provenance';

/** Every field of the manifest has its category here: the compiler refuses a new field until somebody has thought about it. */
export const CATEGORY: Readonly<Record<Exclude<keyof Job, PlaceField>, Category>> = {
  id: 'cosmetic',
  title: 'cosmetic',
  description: 'cosmetic',
  alias: 'cosmetic',
  formerly: 'cosmetic',
  owner: 'cosmetic',
  tags: 'cosmetic',
  expectedDurationMs: 'cosmetic',
  doneBy: 'cosmetic',
  alerts: 'cosmetic',
  enabled: 'timing',
  zone: 'timing',
  calendar: 'timing',
  crons: 'timing',
  base: 'timing',
  start: 'timing',
  end: 'timing',
  timetable: 'timing',
  grain: 'timing',
  catchUp: 'timing',
  lateAfterMs: 'timing',
  needs: 'wiring',
  run: 'script',
  vars: 'script',
  env: 'script',
  params: 'script',
  templates: 'script',
  batch: 'script',
  locale: 'script',
  weekStart: 'script',
  machineGroup: 'execution',
  retries: 'execution',
  timeoutMs: 'execution',
  graceMs: 'execution',
  overlap: 'execution',
  priority: 'execution',
  pools: 'execution',
  jitterMs: 'execution',
  regions: 'execution',
};

/** The category of a field as a plan names it: `retries`, `vars.table`, `run.args`. An unknown one is taken for a change of execution. */
export const categoryOf = (field: string): Category =>
  (CATEGORY as Readonly<Record<string, Category>>)[field.split('.')[0]!] ?? 'execution';
