import { createInterface } from 'node:readline/promises';
import { createClient } from '../../runtime/api/client.js';
import { invalid } from '../../runtime/errors.js';
import { keepContext } from '../contexts.js';
import type { Terminal } from '../terminal.js';

/** Keeps address and token of a server for later commands. The token comes from HERA_TOKEN or from standard input, never from a flag. */
export async function login(terminal: Terminal, url: string): Promise<number> {
  const token = terminal.env.token ?? (await readToken(terminal));
  const who = await createClient({ url, token }).me();
  keepContext(terminal.env, new URL(url).host, { url, token });
  terminal.json({ url, account: who.account, role: who.role });
  terminal.print(`${who.account} (${who.role}) at ${url}; kept in ${terminal.env.configDir}`);
  return 0;
}

async function readToken(terminal: Terminal): Promise<string> {
  if (terminal.isInteractive) terminal.say('token (from `hera token create`):');
  const reader = createInterface({ input: process.stdin });
  for await (const line of reader) {
    reader.close();
    if (line.trim() !== '') return line.trim();
  }
  throw invalid('no token came on standard input', { help: 'hera login URL < token-file, or set HERA_TOKEN' });
}
