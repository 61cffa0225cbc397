import { FAILURES, Failure } from '../runtime/errors.js';
import { sayDifference } from './plan-difference.js';
import type { Terminal } from './terminal.js';

/** Says what went wrong and what to do, on standard error; answers the exit code (DESIGN: 1 to 6). */
export function reportFailure(terminal: Terminal, error: unknown): number {
  const { red, cyan } = terminal.colors;
  if (isOfTheSystem(error)) {
    sayIndented(terminal, `${red('error')}: `, error.message);
    return 1;
  }
  if (!(error instanceof Failure)) {
    sayIndented(terminal, `${red('error')}: `, error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
  sayIndented(terminal, `${red(`error[${error.code}]`)}: `, error.message);
  if (error.more.help !== undefined) sayIndented(terminal, `  ${cyan('help')}: `, error.more.help);
  if (error.code === 'stale') sayDifference(terminal, error.more.details);
  return FAILURES[error.code].exit;
}

/** A refusal of the operating system about a file: its words name the file, and a stack would only hide them. */
const isOfTheSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'path' in error && 'code' in error;

/** A text of several lines (what git said, a stack): those after the first stand to the right, where none of them looks like a line of ours. */
function sayIndented(terminal: Terminal, head: string, text: string): void {
  const [first = '', ...others] = text.trimEnd().split('\n');
  terminal.say(`${head}${first}`, ...others.map((line) => `    ${line}`));
}
