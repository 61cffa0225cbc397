import type { RecoverBody } from '../../runtime/api/client.js';
import { connect } from '../contexts.js';
import { type Agreement, doPlanned } from '../repair-plan.js';
import type { Terminal } from '../terminal.js';
import { untilOperationEnded } from '../watch.js';
import { printStates } from '../words.js';

export type RecoverOptions = Agreement &
  Readonly<{
    state?: NonNullable<RecoverBody['states']>;
    job?: string;
    from?: string;
    to?: string;
    downstream: 'missing' | 'none';
    wait?: boolean;
    project?: string;
  }>;

/** Plans a recover, and does it with --yes, --plan HASH, or a yes on the terminal. */
export async function recover(
  terminal: Terminal,
  periods: readonly string[],
  options: RecoverOptions,
): Promise<number> {
  const client = await connect(terminal);
  const { state, job, from, to, downstream, project } = options;
  const body = {
    project,
    states: state,
    jobs: job ?? null,
    from,
    to,
    downstream,
    ...(periods.length > 0 && { periods }),
  };
  const done = await doPlanned(terminal, options, (plan) => client.recover({ ...body, plan }), {
    question: (plan) => `run these ${plan.total}?`,
    nothing: 'nothing to run again: no run of that range ended so',
  });
  if (done === undefined) return 0;
  const { operation } = done;
  if (!options.wait || operation === null) {
    terminal.json(done);
    terminal.print(`operation ${operation}; see its runs with: hera runs --operation ${operation}`);
    return 0;
  }
  const states = await untilOperationEnded(client, operation);
  terminal.json({ ...done, states });
  return printStates(terminal, states);
}
