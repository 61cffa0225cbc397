// From what was granted to what this machine executes: the command line is composed by `compiler/engines`, as every preview shows it; here its
// program is looked for. Nothing here starts a process.
// Never here: the environment, the work directory, signals (that is `../process.ts`).

import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../../../compiler/engines/index.js';
import type { AttemptSpec } from '../../api/worker/contract.js';

/** What to execute, or why nothing can be: a sentence with the remedy. */
export type Composed = Readonly<{ command: string; args: readonly string[] }> | Readonly<{ refused: string }>;

/** The command of an attempt whose files lie in `directory`; `path`: the PATH that it will have. */
export function compose(spec: AttemptSpec, directory: string, path: string): Composed {
  const { engine, scriptName, args, options = {}, yarn } = spec;
  const line = commandLine({ engine, scriptName, args, options, tag: yarn?.tag ?? null }, (name) =>
    join(directory, name),
  );
  const command = findProgram(line.programs, path);
  return command === undefined ? { refused: missing(line.programs, path) } : { command, args: line.args };
}

/** The first of `names` that is an executable file: a path by itself, or a name on `path`. */
function findProgram(names: readonly string[], path: string): string | undefined {
  for (const name of names) {
    if (name.includes('/')) {
      if (isExecutable(name)) return name;
      continue;
    }
    for (const folder of path.split(':').filter(Boolean)) {
      const candidate = join(folder, name);
      if (isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

function missing(programs: readonly string[], path: string): string {
  const [first = '', ...others] = programs;
  if (first.includes('/'))
    return `this machine has no program ${first}: install it, or name another one in the project`;
  const what = others.length === 0 ? `no ${first}` : `neither ${programs.join(' nor ')}`;
  return `this machine has ${what} on its PATH (${path}): install ${first}, or start the worker with --env PATH=…`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
