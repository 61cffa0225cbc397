import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Client } from '../runtime/api/client.js';
import { unauthenticated, unavailable } from '../runtime/errors.js';
import type { Environment } from './environment.js';
import type { Terminal } from './terminal.js';

// The user's own file of connections, `contexts.json` (0600). `hera up` writes one while it runs, `hera login` one that stays.
// A command takes HERA_URL and HERA_TOKEN; else the context whose directory holds the working directory; else the last one written.

export type Connection = Readonly<{
  url: string;
  token: string;
  /** Commands below this directory use it. */
  directory?: string;
}>;

type Contexts = Readonly<{ current: string | null; contexts: Readonly<Record<string, Connection>> }>;

const EMPTY: Contexts = { current: null, contexts: {} };
const fileOf = (env: Environment): string => join(env.configDir, 'contexts.json');

export function readContexts(env: Environment): Contexts {
  try {
    return { ...EMPTY, ...(JSON.parse(readFileSync(fileOf(env), 'utf8')) as Partial<Contexts>) };
  } catch {
    return EMPTY;
  }
}

/** Keeps a connection under a name and makes it the current one. */
export function keepContext(env: Environment, name: string, connection: Connection): void {
  const { contexts } = readContexts(env);
  write(env, { current: name, contexts: { ...contexts, [name]: connection } });
}

/** Forgets a connection; the current one is then any that is left. */
export function dropContext(env: Environment, name: string): void {
  const { current, contexts } = readContexts(env);
  const left = Object.fromEntries(Object.entries(contexts).filter(([one]) => one !== name));
  write(env, { current: current === name ? (Object.keys(left).at(-1) ?? null) : current, contexts: left });
}

function write(env: Environment, contexts: Contexts): void {
  mkdirSync(env.configDir, { recursive: true, mode: 0o700 });
  const file = fileOf(env);
  writeFileSync(`${file}.new`, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The connection a command uses. HERA_URL alone takes the token that is kept for that address. */
export function chooseConnection(env: Environment, cwd: string): Connection | undefined {
  const { current, contexts } = readContexts(env);
  const all = Object.values(contexts);
  if (env.url) {
    const token = env.token ?? all.find((one) => sameUrl(one.url, env.url!))?.token;
    return token === undefined ? undefined : { url: env.url, token };
  }
  const holds = (directory: string | undefined): boolean =>
    directory !== undefined && `${resolve(cwd)}${sep}`.startsWith(`${directory}${sep}`);
  const nearest = all
    .filter((one) => holds(one.directory))
    .sort((a, b) => b.directory!.length - a.directory!.length)[0];
  const chosen = nearest ?? (current === null ? undefined : contexts[current]);
  return chosen && { ...chosen, token: env.token ?? chosen.token };
}

const sameUrl = (a: string, b: string): boolean => a.replace(/\/+$/, '') === b.replace(/\/+$/, '');

/** A client of the server this command means. Throws `unavailable` or `unauthenticated` with the way out. */
export async function connect(terminal: Terminal): Promise<Client> {
  const connection = chooseConnection(terminal.env, terminal.cwd);
  if (!connection) {
    if (terminal.env.url)
      throw unauthenticated(`there is no token for ${terminal.env.url}`, {
        help: 'set HERA_TOKEN, or run `hera login`',
      });
    throw unavailable('no server is known here', {
      help: 'start one with `hera up`, or set HERA_URL and HERA_TOKEN, or run `hera login`',
    });
  }
  const { createClient } = await import('../runtime/api/client.js');
  return createClient(connection);
}
