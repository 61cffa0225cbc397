// A real server on a port, over the run's Postgres and Temporal: what the command line, hooks and CI speak to.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '../../runtime/api/client.js';
import { newToken } from '../../runtime/auth/tokens.js';
import { openLog } from '../../runtime/log.js';
import { type Server, type ServerOptions, startServer } from '../../runtime/server.js';
import { ensureAccount, insertToken } from '../../runtime/store/access.js';
import { type Database, openDatabase } from '../../runtime/store/database.js';
import { migrated } from './hera.js';
import { temporalForTests } from './servers.js';

export type ServerForTests = Readonly<{
  url: string;
  token: string;
  /** As the admin of `token`. */
  client: Client;
  database: Database;
  databaseUrl: string;
  temporal: Readonly<{ address: string; namespace: string }>;
  stateDir: string;
  server: Server;
  /** HERA_URL and HERA_TOKEN. */
  env: Readonly<Record<string, string>>;
  /** Ends the server and starts it again on the same port. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}>;

export async function openServer(
  options: Partial<Pick<ServerOptions, 'followMs' | 'hooks' | 'allowDirty' | 'pages'>> = {},
): Promise<ServerForTests> {
  const base = await migrated();
  const temporal = await temporalForTests();
  const stateDir = await mkdtemp(join(tmpdir(), 'hera-server-'));
  const database = openDatabase(base.url, { max: 3, name: 'test' });
  const log = openLog({ name: 'test', level: process.env.HERA_TEST_LOG === undefined ? 'silent' : 'info' });
  const start = (port: number): Promise<Server> =>
    startServer({
      databaseUrl: base.url,
      temporalAddress: temporal.address,
      namespace: temporal.namespace,
      stateDir,
      port,
      pages: false,
      log,
      ...options,
    });
  let server = await start(0);
  let isUp = true;
  const { secret, hash } = newToken('hera');
  await ensureAccount(database, 'ada', 'admin');
  await insertToken(database, { hash, account: 'ada', label: 'test', days: null, scopes: null });
  const { url, port } = server;
  const down = async (): Promise<void> => {
    if (isUp) await server.stop();
    isUp = false;
  };
  return {
    url,
    token: secret,
    client: createClient({ url, token: secret }),
    database,
    databaseUrl: base.url,
    temporal: { address: temporal.address, namespace: temporal.namespace },
    stateDir,
    get server() {
      return server;
    },
    env: { HERA_URL: url, HERA_TOKEN: secret },
    down,
    up: async () => {
      server = await start(port);
      isUp = true;
    },
    stop: async () => {
      await down();
      await database.end({ timeout: 5 });
      await temporal.close();
      await base.drop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
