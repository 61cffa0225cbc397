import type { Source } from '../runtime/api/deploy-contract.js';
import type { Colors } from './terminal.js';

/** Whether somebody must do something about a branch that is not in force. */
export const isAlarm = ({ state }: Pick<Source, 'state'>): boolean =>
  state === 'broken' || state === 'refused' || state === 'unreachable';

/** What the last look at a branch found, in a line or two. */
export function sourceLines(colors: Colors, source: Source): readonly string[] {
  const { project, repository, branch, state, commit, reason, help } = source;
  const paint = isAlarm(source) ? colors.red : state === 'in-force' ? colors.green : colors.yellow;
  const from = repository === null ? `branch ${branch}` : `${branch} of ${repository}`;
  const word = repository === null ? 'read by nobody here: commits come by push or from CI' : state;
  return [
    `${project}: ${from}${commit === null ? '' : ` at ${commit.slice(0, 12)}`}: ${paint(word)}`,
    ...(reason === null ? [] : [`  ${reason}`]),
    ...(help === null ? [] : [`  ${colors.cyan('help')}: ${help}`]),
  ];
}
