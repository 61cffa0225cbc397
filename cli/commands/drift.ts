import { connect } from '../contexts.js';
import { sourceLines } from '../source-line.js';
import type { Terminal } from '../terminal.js';

export type DriftOptions = Readonly<{ heal?: boolean; detailedExitcode?: boolean; project?: string }>;

/** Says what differs from what is deployed: schedules in Temporal, and the branch. With --detailed-exitcode 2 when something does. */
export async function drift(terminal: Terminal, options: DriftOptions): Promise<number> {
  const client = await connect(terminal);
  const found = await (options.heal ? client.healDrift(options.project) : client.drift(options.project));
  terminal.json(found);
  const { yellow, green } = terminal.colors;
  for (const { id, kind, what } of found.schedules)
    terminal.print(`${yellow(kind)} schedule ${id}${what.length > 0 ? `: ${what.join(', ')}` : ''}`);
  if (found.source) for (const line of sourceLines(terminal.colors, found.source)) terminal.print(line);
  if (!found.drifted) terminal.print(`${green('ok')}: ${found.project} is as it was deployed`);
  else if (found.schedules.length > 0)
    terminal.say(
      options.heal
        ? 'the schedules are as deployed again'
        : 'the server heals schedules by itself; now: hera drift --heal',
    );
  const isBranchBehind = found.source !== null && found.source.repository !== null && found.source.state !== 'in-force';
  const isLeft = isBranchBehind || (found.schedules.length > 0 && !options.heal);
  return options.detailedExitcode && isLeft ? 2 : 0;
}
