import { invalid } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

export async function listSessions(terminal: Terminal, { account }: Readonly<{ account?: string }>): Promise<number> {
  const { items } = await (await connect(terminal)).sessions(account);
  terminal.json(items);
  const rows = items.map((one) => [
    ...[one.id, one.account, one.way, one.address ?? ''],
    ...[one.lastSeenAt, one.expiresAt, one.agent ?? ''],
  ]);
  const header = ['ID', 'ACCOUNT', 'SIGNED IN BY', 'FROM', 'LAST SEEN', 'EXPIRES', 'BROWSER'];
  for (const line of table(header, rows)) terminal.print(line);
  return 0;
}

export async function revokeSession(
  terminal: Terminal,
  id: string | undefined,
  { all = false, account }: Readonly<{ all?: boolean; account?: string }>,
): Promise<number> {
  if (all === (id !== undefined)) throw invalid('name a session, or say --all', { help: 'hera session list' });
  const client = await connect(terminal);
  const ended = id === undefined ? (await client.endSessions(account)).ended : 1;
  if (id !== undefined) await client.endSession(id);
  terminal.json({ ended });
  terminal.print(`${ended} ended`);
  return 0;
}
