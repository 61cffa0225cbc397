import { invalid } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

const SOURCES = { file: 'project file', admin: 'admin', oidc: 'group' } as const;

/** Teams with their members and what put each into it. */
export async function listTeams(terminal: Terminal): Promise<number> {
  const { items } = await (await connect(terminal)).teams();
  terminal.json(items);
  const rows = items.map(({ team, title, project, members }) => [
    ...[team, title ?? '', project ?? ''],
    members.map(({ account, source }) => `${account} (${SOURCES[source]})`).join(', '),
  ]);
  for (const line of table(['TEAM', 'NAME', 'PROJECT', 'MEMBERS'], rows)) terminal.print(line);
  return 0;
}

export async function changeTeam(
  terminal: Terminal,
  verb: 'add' | 'remove',
  team: string,
  account: string,
): Promise<number> {
  const client = await connect(terminal);
  await (verb === 'add' ? client.addMember(team, account) : client.removeMember(team, account));
  terminal.json({ team, account, member: verb === 'add' });
  terminal.print(verb === 'add' ? `${account} is in ${team}` : `${account} is in ${team} no more`);
  return 0;
}

/** What groups of the provider give. */
export async function listGroups(terminal: Terminal): Promise<number> {
  const { items } = await (await connect(terminal)).oidcGroups();
  terminal.json(items);
  const rows = items.map(({ id, group, team, role }) => [id, group, team === null ? `role ${role}` : `team ${team}`]);
  for (const line of table(['ID', 'GROUP', 'GIVES'], rows)) terminal.print(line);
  return 0;
}

export async function mapGroup(
  terminal: Terminal,
  group: string,
  { team, role }: Readonly<{ team?: string; role?: string }>,
): Promise<number> {
  if ((team === undefined) === (role === undefined))
    throw invalid('a group gives a team or a role', { help: '--team NAME, or --role viewer|operator|admin' });
  const rule = await (await connect(terminal)).setOidcGroup({
    group,
    ...(team ? { team } : {}),
    ...(role ? { role } : {}),
  });
  terminal.json(rule);
  terminal.print(`who is in ${group} gets ${team ? `into ${team}` : `the role ${role}`} from the next sign-in on`);
  return 0;
}

export async function unmapGroup(terminal: Terminal, id: string): Promise<number> {
  await (await connect(terminal)).removeOidcGroup(id);
  terminal.json({ id, removed: true });
  terminal.print(`${id} is gone`);
  return 0;
}
