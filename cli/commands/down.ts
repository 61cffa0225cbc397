import { identify, waitUntilGone } from '../../runtime/embedded/process-identity.js';
import { stateDirHolder } from '../../runtime/embedded/state-dir.js';
import { unavailable } from '../../runtime/errors.js';
import { stateDirOf } from '../state-dir.js';
import type { Terminal } from '../terminal.js';

const PATIENCE_MS = 90_000;

/** Ends the `hera up` of a state directory and waits until it is gone; nothing runs there: exit 0. */
export async function down(terminal: Terminal, dir: string, options: Readonly<{ stateDir?: string }>): Promise<number> {
  const state = stateDirOf(terminal, dir, options.stateDir);
  const holder = stateDirHolder(state);
  if (!holder) {
    terminal.json({ stateDir: state, ended: false });
    terminal.print(`nothing runs in ${state}`);
    return 0;
  }
  const identity = identify(holder.pid);
  if (identity) {
    process.kill(holder.pid, 'SIGTERM');
    if (!(await waitUntilGone(identity, PATIENCE_MS)))
      throw unavailable(`pid ${holder.pid} does not end`, {
        help: `look into ${state}/logs, then: kill -9 ${holder.pid}`,
      });
  }
  terminal.json({ stateDir: state, ended: true, pid: holder.pid });
  terminal.print(`ended pid ${holder.pid}`);
  return 0;
}
