import type { Client } from '../../runtime/api/client.js';
import { notFound } from '../../runtime/errors.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

export type CreateOptions = Readonly<{
  account?: string;
  role?: string;
  scope?: readonly string[];
  days?: number;
  machine?: boolean;
  group?: readonly string[];
}>;

/** Makes a token and prints its secret, once; with --machine one for workers of the given groups. */
export async function createToken(terminal: Terminal, label: string, options: CreateOptions): Promise<number> {
  const client = await connect(terminal);
  const made = options.machine
    ? await client.makeMachineToken({
        label,
        machineGroups: options.group?.length ? options.group : ['default'],
        ...(options.days ? { days: options.days } : {}),
      })
    : await client.makeToken({
        label,
        ...(options.account ? { account: options.account } : {}),
        ...(options.role ? { role: options.role } : {}),
        ...(options.scope ? { scopes: options.scope } : {}),
        ...(options.days ? { days: options.days } : {}),
      });
  terminal.json(made);
  terminal.print(made.secret);
  terminal.say(
    `kept as ${made.id}; the secret is shown only now${options.machine ? ' (HERA_MACHINE_TOKEN)' : ' (HERA_TOKEN)'}`,
  );
  return 0;
}

/** Living tokens, without their secrets: an admin's view has all, also those of machines. */
export async function listTokens(terminal: Terminal): Promise<number> {
  const { people, machines } = await living(await connect(terminal));
  terminal.json({ tokens: people, machineTokens: machines });
  const rows = [
    ...people.map((one) => [
      one.id,
      one.label,
      `${one.account} (${one.role})`,
      one.scopes?.join(', ') ?? 'all',
      one.lastUsedAt ?? 'never',
      one.expiresAt ?? '',
    ]),
    ...machines.map((one) => [
      one.id,
      one.label,
      `machine: ${one.machineGroups.join(', ')}`,
      '',
      one.lastUsedAt ?? 'never',
      one.expiresAt ?? '',
    ]),
  ];
  for (const line of table(['ID', 'LABEL', 'OF', 'MAY', 'LAST USED', 'EXPIRES'], rows, terminal.columns))
    terminal.print(line);
  return 0;
}

async function living(client: Client) {
  const isAdmin = (await client.me()).role === 'admin';
  const [people, machines] = await Promise.all([client.tokens(), isAdmin ? client.machineTokens() : []]);
  return { people, machines };
}

/** Ends a token of either kind at once. */
export async function revokeToken(terminal: Terminal, id: string): Promise<number> {
  const client = await connect(terminal);
  const { people, machines } = await living(client);
  if (people.some((one) => one.id === id)) await client.revokeToken(id);
  else if (machines.some((one) => one.id === id)) await client.revokeMachineToken(id);
  else throw notFound(`there is no living token ${id}`, { help: 'hera token list' });
  terminal.json({ id, revoked: true });
  terminal.print(`${id} is ended`);
  return 0;
}

/** Prints a link that signs a browser in, once, within ten minutes. */
export async function signInLink(terminal: Terminal, options: Readonly<{ account?: string }>): Promise<number> {
  const client = await connect(terminal);
  const made = await client.signInLink(options.account);
  const url = new URL(made.path, client.url).href;
  terminal.json({ url, expiresAt: made.expiresAt });
  terminal.print(url);
  return 0;
}
