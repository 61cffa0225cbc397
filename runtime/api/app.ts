// The API is how people, scripts and pages reach Hera over HTTP: one definition gives validation, OpenAPI 3.1 and the client's types.
// In: requests with a session cookie or a bearer token. Out: the shapes of `contract.ts`, or a `problem`.
// Every path below /api passes `guard.ts` (names, who asks, may they); `access.ts` is the table. Reading is bounded and by index.
// Never here: SQL (`runtime/store/read-*.ts`), a decision about runs (`runtime/control`), a page.
// Read `contract.ts`, `guard.ts`, then `routes/`. The workers' own protocol is in `worker/`.

import { join } from 'node:path';
import { createOidc, type OidcSettings } from '../auth/oidc.js';
import { type AttemptsOptions, createAttempts } from '../control/attempts.js';
import type { Log } from '../control/context.js';
import type { Control } from '../control/control.js';
import { Failure, notFound } from '../errors.js';
import { openRepositories } from '../git/repository.js';
import { createLooker, type Looker } from '../source/look.js';
import type { Database } from '../store/database.js';
import { VERSION } from '../version.js';
import { type LeaseTimes, leaseTimes } from '../worker/times.js';
import { createCatalogues } from './catalogue.js';
import { describeApi } from './document.js';
import { authorize, checkNames, numberRequests } from './guard.js';
import { answerOnce } from './idempotency.js';
import { answerProblem } from './problem.js';
import { type Api, limitBody, newApi, type Parts } from './route.js';
import { accountRoutes } from './routes/accounts.js';
import { alertRoutes } from './routes/alerts.js';
import { auditRoutes } from './routes/audit.js';
import { backfillRoutes } from './routes/backfills.js';
import { deployRoutes } from './routes/deploy.js';
import { estateRoutes } from './routes/estate.js';
import { eventRoutes } from './routes/events.js';
import { explainRoutes } from './routes/explain.js';
import { freezeRoutes } from './routes/freezes.js';
import { grantRoutes } from './routes/grants.js';
import { jobRoutes } from './routes/jobs.js';
import { logRoutes } from './routes/logs.js';
import { markRoutes } from './routes/marks.js';
import { oidcRoutes } from './routes/oidc.js';
import { cancelRunsRoutes, operationRoutes } from './routes/operations.js';
import { previewRoutes } from './routes/previews.js';
import { repairRoutes } from './routes/repairs.js';
import { rollbackRoutes } from './routes/rollback.js';
import { runRoutes } from './routes/runs.js';
import { sessionRoutes } from './routes/session.js';
import { sessionsRoutes } from './routes/sessions.js';
import { sourceRoutes } from './routes/sources.js';
import { statusRoutes } from './routes/status.js';
import { teamRoutes } from './routes/teams.js';
import { tokenRoutes } from './routes/tokens.js';
import { createStandings } from './standing.js';
import { noteVisitor } from './visitor.js';
import { workerRoutes } from './worker/routes.js';

export type ApiOptions = Readonly<{
  database: Database;
  control: Control;
  /** Keeps the server's own repositories, in `repositories/`. */
  stateDir: string;
  /** Names by which it may be asked, beside loopback. */
  allowedHosts: readonly string[];
  /** What a worker asks whose delivery Temporal does not know any more; default: nobody asks. */
  mend?: NonNullable<AttemptsOptions['mend']>;
  log: Log;
  /** Whether alerts are delivered anywhere; default false. */
  hasWebhook?: boolean;
  /** Whether working trees may be deployed; default false. */
  allowDirty?: boolean;
  /** Whether the last proxy before us is ours, so that its word of a request's address counts; default false. */
  behindProxy?: boolean;
  /** The OpenID provider by which people may sign in. */
  oidc?: OidcSettings | undefined;
  /** Lease times of the workers; default those of production. */
  times?: LeaseTimes;
}>;

/** The API as one handler. `stop` ends its live streams. */
export function createApi(options: ApiOptions): Readonly<{ app: Api; branches: Looker; stop(): void }> {
  const { database, log } = options;
  const times = options.times ?? leaseTimes();
  const stopping = new AbortController();
  const repositories = openRepositories(join(options.stateDir, 'repositories'));
  const branches = createLooker({ database, control: options.control, repositories, log });
  const catalogues = createCatalogues(database);
  const parts: Parts = {
    branches,
    database,
    control: options.control,
    catalogues,
    standings: createStandings(database, catalogues),
    oidc: options.oidc && createOidc(database, options.oidc),
    repositories,
    log,
    version: VERSION,
    allowDirty: options.allowDirty ?? false,
    hasWebhook: options.hasWebhook ?? false,
    aliveSeconds: times.leaseMs / 1000,
    stopping: stopping.signal,
  };
  const app = newApi();
  app.onError((error, c) => answerProblem(error, c, log));
  app.notFound((c) =>
    answerProblem(notFound(`there is no ${c.req.method} ${c.req.path}`, { help: 'see /api/v1/openapi.json' }), c, log),
  );
  app.use('*', numberRequests, noteVisitor(options.behindProxy ?? false), checkNames(options.allowedHosts));
  const attempts = createAttempts({ database, times, ...(options.mend ? { mend: options.mend } : {}) });
  // The workers' protocol has its own credentials, and is mounted before those of people are asked for.
  app.route('/api/worker/v1', workerRoutes({ database, attempts, log, times }));
  app.all('/api/worker/*', () => {
    throw new Failure('not-found', 'the worker protocol has no such call');
  });
  app.use('/api/*', authorize(database, parts.standings), limitBody, answerOnce(database));
  for (const add of [
    sessionRoutes,
    jobRoutes,
    runRoutes,
    previewRoutes,
    logRoutes,
    eventRoutes,
    estateRoutes,
    alertRoutes,
    deployRoutes,
    rollbackRoutes,
    sourceRoutes,
    operationRoutes,
    cancelRunsRoutes,
    backfillRoutes,
    markRoutes,
    repairRoutes,
    freezeRoutes,
    statusRoutes,
    explainRoutes,
    oidcRoutes,
    sessionsRoutes,
    accountRoutes,
    teamRoutes,
    tokenRoutes,
    grantRoutes,
    auditRoutes,
  ])
    add(app, parts);
  describeApi(app);
  return { app, branches, stop: () => stopping.abort() };
}
