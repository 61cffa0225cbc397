import type { TestProject } from 'vitest/node';
import { openBroker } from './broker.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for the run's servers; use `servers.ts`, not this. */
    heraBroker: string;
  }
}

/** One broker for a vitest run; its teardown leaves no process and no file. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await openBroker(process.env);
  project.provide('heraBroker', broker.url);
  return broker.close;
}
