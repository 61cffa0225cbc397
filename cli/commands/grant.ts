import { invalid } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

export type AddOptions = Readonly<{ role: string; account?: string; team?: string; project?: string }>;

export async function listGrants(terminal: Terminal, { project }: Readonly<{ project?: string }>): Promise<number> {
  const { items } = await (await connect(terminal)).grants(project);
  terminal.json(items);
  const rows = items.map((one) => [
    ...[one.id, one.folder || '(the project)', one.role],
    ...[one.account ?? `team ${one.team}`, one.grantedBy, one.grantedAt],
  ]);
  for (const line of table(['ID', 'FOLDER', 'ROLE', 'TO', 'BY', 'SINCE'], rows)) terminal.print(line);
  return 0;
}

export async function addGrant(terminal: Terminal, folder: string, options: AddOptions): Promise<number> {
  const { role, account, team, project } = options;
  if ((account === undefined) === (team === undefined))
    throw invalid('a role is given to an account or to a team', { help: '--account NAME, or --team NAME' });
  const to = { ...(account ? { account } : {}), ...(team ? { team } : {}), ...(project ? { project } : {}) };
  const made = await (await connect(terminal)).grant({ folder, role, ...to });
  terminal.json(made);
  terminal.print(`${account ?? `team ${team}`} is ${role} on ${made.folder || made.project}`);
  return 0;
}

export async function removeGrant(terminal: Terminal, id: string): Promise<number> {
  await (await connect(terminal)).removeGrant(id);
  terminal.json({ id, removed: true });
  terminal.print(`${id} is taken back`);
  return 0;
}
