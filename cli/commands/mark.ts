import { counted } from '../../compiler/check/counted.js';
import type { OperationPlan } from '../../runtime/api/contract.js';
import { connect } from '../contexts.js';
import type { Terminal } from '../terminal.js';
import { stateWord } from '../words.js';
import { printOperation } from './operate.js';

export type MarkOptions = Readonly<{
  as: 'succeeded' | 'failed' | 'skipped';
  reason: string;
  job?: string;
  from?: string;
  to?: string;
  plan?: string;
  yes?: boolean;
  project?: string;
}>;

/** Plans marks, and writes them with --yes, --plan HASH, or a yes on the terminal. */
export async function mark(terminal: Terminal, periods: readonly string[], options: MarkOptions): Promise<number> {
  const client = await connect(terminal);
  const { as: state, reason, job, from, to, project } = options;
  const body = { project, jobs: job ?? null, from, to, state, reason, ...(periods.length > 0 && { periods }) };
  const seen = await client.mark({ ...body, plan: null });
  printOperation(terminal, seen);
  const hash = options.plan ?? (await agreed(terminal, seen, options));
  if (hash === null) {
    terminal.json(seen);
    return 0;
  }
  const done = await client.mark({ ...body, plan: hash });
  terminal.json(done);
  terminal.print(`${counted(done.total, 'period')} marked ${stateWord(terminal.colors, state)}`);
  return 0;
}

/** The hash of the plan to be done; null: it was only looked at. */
async function agreed(terminal: Terminal, seen: OperationPlan, options: MarkOptions): Promise<string | null> {
  if (seen.total === 0) {
    terminal.say('nothing to mark: these jobs have no period in that range');
    return null;
  }
  if (options.yes) return seen.hash;
  if (terminal.isInteractive && !terminal.isJson)
    return (await terminal.confirm(`mark ${counted(seen.total, 'period')} ${options.as}?`)) ? seen.hash : null;
  terminal.say(`nothing is done yet; to do it: --plan ${seen.hash}`);
  return null;
}
