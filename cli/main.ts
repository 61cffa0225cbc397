// The command line: thin commands over the compiler and the API's client.
// In: arguments, the environment (`environment.ts`), the user's connections (`contexts.ts`). Out: results on standard output, talk on
// standard error, an exit code: 0 done, 1 failed, 2 usage, 3 not found, 4 not permitted, 5 unavailable, 6 stale plan.
// Never here: SQL, a decision about runs, a token in a flag. `program.ts` lists the commands, `commands/` has one file for each family.

import { CommanderError } from 'commander';
import { reportFailure } from './failure.js';
import { createProgram } from './program.js';
import { openTerminal } from './terminal.js';

const USAGE = 2;

// A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours. A full disk is: the result is not there.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: standard output cannot be written: ${error.message}\n`, () => process.exit(1));
});
// Nobody listens to our talk any more: the work goes on. Unhandled, the error would be reported to the same closed pipe, for ever.
process.stderr.on('error', () => {});

try {
  const program = createProgram((code) => {
    process.exitCode = code;
  });
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) command.exitOverride();
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  else process.exitCode = reportFailure(openTerminal({ json: process.argv.includes('--json') }), error);
}
