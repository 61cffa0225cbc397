// An engine composes a command line from an attempt's definition; nothing here starts a process.
// In: the rendered spec, where its script was laid, the PATH it will have. Out: a command, or why this machine cannot run it.
// Never here: the environment, the work directory, signals (that is `../process.ts`). One engine a file, all of them in `index.ts`.

import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** What to execute, or why nothing can be: a sentence with the remedy. */
export type Composed = Readonly<{ command: string; args: readonly string[] }> | Readonly<{ refused: string }>;

export type Engine = Readonly<{
  /** The name under which the script is laid into the work directory. */
  scriptFile: string;
  compose(script: string, args: readonly string[], path: string): Composed;
}>;

/** The first of `names` that is an executable file on `path`. */
export function findProgram(names: readonly string[], path: string): string | undefined {
  for (const name of names)
    for (const folder of path.split(':').filter(Boolean)) {
      const candidate = join(folder, name);
      if (isExecutable(candidate)) return candidate;
    }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
