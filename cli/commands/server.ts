import { resolve } from 'node:path';
import { webhookOf } from '../../runtime/alerts/webhook.js';
import { type OidcSettings, oidcOf } from '../../runtime/auth/oidc.js';
import { invalid } from '../../runtime/errors.js';
import { openLog } from '../../runtime/log.js';
import { startServer } from '../../runtime/server.js';
import { endProcess, endServer, IN_ORDER_MS } from '../end-server.js';
import { firstSignIn } from '../local-server.js';
import { untilAsked } from '../signals.js';
import type { Terminal } from '../terminal.js';

export type ServerCommand = Readonly<{
  port: number;
  host: string;
  stateDir: string;
  hostName: readonly string[];
  pages: boolean;
  behindProxy?: boolean;
  keepLogs?: number;
  region?: string;
  keepHistory?: number;
}>;

const UNAVAILABLE = 5;

/** The server against a given Postgres and Temporal, until SIGTERM or Ctrl-C. */
export async function server(terminal: Terminal, options: ServerCommand): Promise<number> {
  const { databaseUrl, temporalAddress, temporalNamespace } = terminal.env;
  if (!databaseUrl)
    throw invalid('where is Postgres?', { help: 'DATABASE_URL=postgres://user:password@host:5432/hera' });
  if (!temporalAddress) throw invalid('where is Temporal?', { help: 'TEMPORAL_ADDRESS=host:7233' });
  const alerts = webhookOf(terminal.env.alertUrl, terminal.env.alertSecret);
  const oidc = oidcOf(terminal.env.oidc);
  const asked = untilAsked();
  let tellBroken: (why: string) => void = () => {};
  const broken = new Promise<string>((resolve) => {
    tellBroken = resolve;
  });
  const log = openLog({ name: 'server', level: 'info' });
  const started = await startServer({
    databaseUrl,
    temporalAddress,
    namespace: temporalNamespace,
    stateDir: resolve(terminal.cwd, options.stateDir),
    host: options.host,
    port: options.port,
    pages: options.pages,
    allowedHosts: namesOf(options.hostName, oidc),
    behindProxy: options.behindProxy ?? false,
    oidc,
    alerts,
    log,
    ...(options.keepLogs === undefined ? {} : { keepLogsDays: options.keepLogs }),
    ...(options.region === undefined ? {} : { region: options.region === 'none' ? null : options.region }),
    ...(options.keepHistory === undefined ? {} : { keepHistoryDays: options.keepHistory }),
    onBroken: tellBroken,
  });
  terminal.say(`hera answers at ${started.url}`);
  const link = await firstSignIn(databaseUrl);
  if (link)
    terminal.say(
      `nobody is known here yet; sign in as the first admin, within ten minutes:`,
      `  ${started.url}/sign-in#${link}`,
    );
  const why = await Promise.race([asked, broken.then((text) => ({ broken: text }))]);
  log.info('ending', { why });
  if (!(await endServer(started, IN_ORDER_MS))) endProcess();
  // Whoever keeps this process alive starts it again.
  return typeof why === 'object' ? UNAVAILABLE : 0;
}

/** The address to which the provider sends browsers back is a name of ours too. */
const namesOf = (given: readonly string[], oidc: OidcSettings | undefined): readonly string[] =>
  oidc === undefined ? given : [...given, oidc.redirectUri.hostname];
