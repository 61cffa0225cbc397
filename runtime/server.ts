// The server: control plane, API and pages in one process, on one port. Roles can be left out, so that several processes share them.
// In: addresses and a port. Out: a url and a way to stop. This is a `main` module: it constructs what lives long; others receive it.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { startAlertSender } from './alerts/sender.js';
import type { Webhook } from './alerts/webhook.js';
import { type ApiOptions, createApi } from './api/app.js';
import type { OidcSettings } from './auth/oidc.js';
import type { Hooks } from './control/context.js';
import { type RunningControl, startControl } from './control/index.js';
import type { Log } from './log.js';
import { startPages } from './pages.js';
import { startFollowing } from './source/follow.js';
import { openDatabase } from './store/database.js';
import { migrate } from './store/migrate.js';
import { quietTemporal } from './temporal/control-worker.js';

export type ServerOptions = Readonly<{
  databaseUrl: string;
  temporalAddress: string;
  namespace: string;
  /** Keeps the server's own repositories. */
  stateDir: string;
  host?: string;
  /** 0 or absent: a free one. */
  port?: number;
  /** Without pages: the API alone (tests, a second replica). */
  pages?: boolean;
  log: Log;
  /** Output of jobs is kept at least so many days. */
  keepLogsDays?: number;
  /** Where the installation stands; null: in no region. Absent: as it was. */
  region?: string | null;
  /** Attempts, former turns and events are kept at least so many days. */
  keepHistoryDays?: number;
  /** Where alerts go; absent: they are only listed. */
  alerts?: Webhook | undefined;
  /** A part ended by itself and cannot be mended from inside: the process should end and be started again. */
  onBroken?: (why: string) => void;
  /** The OpenID provider by which people may sign in. */
  oidc?: OidcSettings | undefined;
  /** Whether the last proxy before it is ours, so that its word of a request's address counts. */
  behindProxy?: boolean;
  /** Names by which browsers may reach it, beside loopback. */
  allowedHosts?: readonly string[];
  /** Whether working trees that are no commit may be deployed: `hera up`. */
  allowDirty?: boolean;
  /** How often branches are compared with what is in force; default 30 s. */
  followMs?: number;
  /** Points at which tests stage a fault. */
  hooks?: Hooks;
}>;

export type Server = Readonly<{ url: string; port: number; control: RunningControl; stop(): Promise<void> }>;

/** Starts all roles; resolves when requests are answered. Throws when the port is taken, or database or Temporal cannot be used. */
export async function startServer(options: ServerOptions): Promise<Server> {
  quietTemporal(options.log);
  const closers: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { ...(await startParts(options, closers)), stop };
  } catch (error) {
    // What had been started must not outlive the start that failed.
    await stop();
    throw error;
  }
}

async function startParts(options: ServerOptions, closers: (() => unknown)[]): Promise<Omit<Server, 'stop'>> {
  const database = openDatabase(options.databaseUrl, { max: 10, name: 'hera-api' });
  closers.push(() => database.end({ timeout: 5 }));
  await migrate(database);
  const control = await startControl({
    databaseUrl: options.databaseUrl,
    temporal: { address: options.temporalAddress, namespace: options.namespace },
    log: options.log,
    ...(options.keepLogsDays === undefined ? {} : { keepLogsDays: options.keepLogsDays }),
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.keepHistoryDays === undefined ? {} : { keepHistoryDays: options.keepHistoryDays }),
    ...(options.onBroken ? { onBroken: options.onBroken } : {}),
    ...(options.hooks ? { hooks: options.hooks } : {}),
  });
  closers.push(() => control.stop());
  if (options.alerts !== undefined) {
    const alerts = startAlertSender(database, options.alerts, options.log);
    closers.push(() => alerts.stop());
  }
  const api = createApi(apiOptions(options, database, control));
  closers.push(() => api.stop());
  const following = startFollowing(database, api.branches, options.log, options.followMs);
  closers.push(() => following.stop());
  const pages =
    options.pages === false ? undefined : await startPages((request) => Promise.resolve(api.app.fetch(request)));
  closers.push(() => pages?.stop());
  const server = createServer(route(getRequestListener(api.app.fetch), pages?.handle));
  const port = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://${options.host ?? '127.0.0.1'}:${port}`, port, control };
}

const apiOptions = (options: ServerOptions, database: ApiOptions['database'], control: RunningControl): ApiOptions => ({
  database,
  control: control.control,
  stateDir: options.stateDir,
  allowedHosts: options.allowedHosts ?? [],
  allowDirty: options.allowDirty ?? false,
  oidc: options.oidc,
  behindProxy: options.behindProxy ?? false,
  mend: control.mend,
  log: options.log,
  hasWebhook: options.alerts !== undefined,
});

const route =
  (api: RequestListener, pages: RequestListener | undefined): RequestListener =>
  (request, response) =>
    pages === undefined || request.url === '/api' || request.url?.startsWith('/api/')
      ? api(request, response)
      : pages(request, response);

function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
