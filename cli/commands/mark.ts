import { counted } from '../../compiler/check/counted.js';
import { connect } from '../contexts.js';
import { agreedHash, printOperation } from '../operation-plan.js';
import type { Terminal } from '../terminal.js';
import { stateWord } from '../words.js';

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
  if (seen.total === 0) terminal.say('nothing to mark: these jobs have no period in that range');
  const question = `mark ${counted(seen.total, 'period')} ${state}?`;
  const hash = await agreedHash(terminal, seen, options, question);
  if (hash === null) {
    terminal.json(seen);
    return 0;
  }
  const done = await client.mark({ ...body, plan: hash });
  terminal.json(done);
  terminal.print(`${counted(done.total, 'period')} marked ${stateWord(terminal.colors, state)}`);
  return 0;
}
