import type { Job } from './manifest.js';

/** The job that a name means: by its id, else by its number of the old scheduler or an id it had before. */
export const jobNamed = (jobs: readonly Job[], name: string): Job | undefined =>
  jobs.find(({ id }) => id === name) ??
  jobs.find(({ alias, formerly }) => (alias !== null && String(alias) === name) || formerly.includes(name));
