import { createClient } from '../../runtime/api/client.js';
import { keepContext } from '../contexts.js';
import { readSecret } from '../secret-line.js';
import type { Terminal } from '../terminal.js';

/** Keeps address and token of a server for later commands. The token comes from HERA_TOKEN or from standard input, never from a flag. */
export async function login(terminal: Terminal, url: string): Promise<number> {
  const token = terminal.env.token ?? (await readSecret(terminal, 'token'));
  const who = await createClient({ url, token }).me();
  keepContext(terminal.env, new URL(url).host, { url, token });
  terminal.json({ url, account: who.account, role: who.role });
  terminal.print(`${who.account} (${who.role}) at ${url}; kept in ${terminal.env.configDir}`);
  return 0;
}
