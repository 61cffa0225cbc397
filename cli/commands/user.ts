import type { Account } from '../../runtime/api/people-contract.js';
import { connect } from '../contexts.js';
import { readSecret } from '../secret-line.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

export type AddOptions = Readonly<{ role: string; title?: string; password?: boolean }>;
export type SetOptions = Partial<AddOptions> & Readonly<{ disable?: boolean; enable?: boolean; unlock?: boolean }>;

/** Accounts with their roles, teams and ways to sign in. */
export async function listUsers(terminal: Terminal): Promise<number> {
  const client = await connect(terminal);
  const [{ items }, teams] = await Promise.all([client.accounts(), client.teams()]);
  const teamsOf = ({ account }: Account): string[] => [
    ...new Set(teams.items.filter((one) => one.members.some((it) => it.account === account)).map((one) => one.team)),
  ];
  terminal.json(items.map((one) => ({ ...one, teams: teamsOf(one) })));
  const rows = items.map((one) => [
    ...[one.account, one.title ?? '', one.disabled ? `${one.role} (disabled)` : one.role],
    ...[teamsOf(one).join(', '), waysOf(one), one.lastSignInAt ?? 'never'],
  ]);
  for (const line of table(['ACCOUNT', 'NAME', 'ROLE', 'TEAMS', 'SIGNS IN BY', 'LAST'], rows)) terminal.print(line);
  return 0;
}

const waysOf = ({ hasPassword, isOidc }: Account): string =>
  [...(hasPassword ? ['password'] : []), ...(isOidc ? ['provider'] : [])].join(', ') || 'link';

export async function addUser(terminal: Terminal, account: string, options: AddOptions): Promise<number> {
  const client = await connect(terminal);
  const made = await client.addAccount({ account, role: options.role, ...(await given(terminal, options)) });
  terminal.json(made);
  terminal.print(`${made.account} is added as ${made.role}`);
  if (!made.hasPassword) terminal.say(`for a first sign-in: hera token link --account ${made.account}`);
  return 0;
}

export async function setUser(terminal: Terminal, account: string, options: SetOptions): Promise<number> {
  const client = await connect(terminal);
  const { role, disable, enable, unlock } = options;
  const changed = await client.setAccount(account, {
    ...(await given(terminal, options)),
    ...(role === undefined ? {} : { role }),
    ...(disable ? { disabled: true } : enable ? { disabled: false } : {}),
    ...(unlock ? { unlock } : {}),
  });
  terminal.json(changed);
  terminal.print(`${changed.account} is ${changed.role}${changed.disabled ? ', disabled' : ''}`);
  return 0;
}

export async function removeUser(terminal: Terminal, account: string): Promise<number> {
  await (await connect(terminal)).removeAccount(account);
  terminal.json({ account, removed: true });
  terminal.print(`${account} is removed`);
  return 0;
}

async function given(
  terminal: Terminal,
  { title, password }: Partial<AddOptions>,
): Promise<Readonly<{ title?: string; password?: string }>> {
  return {
    ...(title === undefined ? {} : { title }),
    ...(password ? { password: await readSecret(terminal, 'password') } : {}),
  };
}
