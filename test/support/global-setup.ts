import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { openBroker } from './broker.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for the run's servers; use `servers.ts`, not this. */
    heraBroker: string;
  }
}

const BUILD = fileURLToPath(new URL('../../scripts/build.js', import.meta.url));

/** The command line, built where its sources have changed, and one broker for a vitest run; its teardown leaves no process and no file. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, [BUILD, 'code', 'workflows'], { stdio: 'inherit' });
  const broker = await openBroker(process.env);
  project.provide('heraBroker', broker.url);
  return broker.close;
}
