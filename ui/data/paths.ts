// The addresses of the API that the pages read, made in one place for server and browser.

type Query = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** `path?a=1&b=x,y`: empty values are left out, lists are joined by commas. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text !== null && text !== undefined && text !== '') search.set(key, String(text));
  }
  const tail = search.toString();
  return tail === '' ? path : `${path}?${tail}`;
}

const V1 = '/api/v1';

export const api = {
  me: `${V1}/me`,
  session: `${V1}/session`,
  signInWays: `${V1}/sign-in-ways`,
  oidc: `${V1}/session/oidc`,
  ownPassword: `${V1}/me/password`,
  sessions: `${V1}/sessions`,
  sessionOf: (id: string) => `${V1}/sessions/${id}`,
  tokens: (query: Query) => address(`${V1}/tokens`, query),
  tokenOf: (id: string) => `${V1}/tokens/${id}`,
  accounts: `${V1}/accounts`,
  accountOf: (account: string) => `${V1}/accounts/${encodeURIComponent(account)}`,
  teams: `${V1}/teams`,
  audit: (query: Query) => address(`${V1}/audit`, query),
  projects: `${V1}/projects`,
  events: (project: string) => address(`${V1}/events`, { project }),
  jobs: (query: Query) => address(`${V1}/jobs`, query),
  facets: (project: string | null) => address(`${V1}/jobs/facets`, { project }),
  job: (project: string, job: string) => address(`${V1}/job`, { project, job }),
  runs: (query: Query) => address(`${V1}/runs`, query),
  run: (run: string) => `${V1}/runs/${encodeURIComponent(run)}`,
  preview: (run: string, attempt: number | null) =>
    address(`${V1}/runs/${encodeURIComponent(run)}/preview`, { attempt }),
  log: (run: string, attempt: number, query: Query = {}) =>
    address(`${V1}/runs/${encodeURIComponent(run)}/attempts/${attempt}/log`, query),
  logLengths: (run: string, attempt: number) =>
    address(`${V1}/runs/${encodeURIComponent(run)}/attempts/${attempt}/log/stream`, { lengths: 1 }),
  deployments: (query: Query) => address(`${V1}/deployments`, query),
  status: (project: string) => address(`${V1}/status`, { project }),
  sources: `${V1}/sources`,
  machines: (query: Query) => address(`${V1}/machines`, query),
  backfills: (query: Query) => address(`${V1}/backfills`, query),
  backfill: (id: string) => `${V1}/backfills/${encodeURIComponent(id)}`,
  backfillStep: (id: string, verb: 'pause' | 'resume' | 'set' | 'retry' | 'cancel') =>
    `${V1}/backfills/${encodeURIComponent(id)}/${verb}`,
  operation: (kind: 'run' | 'cancel') => `${V1}/operations/${kind}`,
} as const;

/** The addresses of our own pages. A job's id keeps its slashes: `/jobs/dw/orders/load`. */
export const page = {
  job: (job: string, project?: string) =>
    address(`/jobs/${job.split('/').map(encodeURIComponent).join('/')}`, { project }),
  jobs: (query: Query = {}) => address('/jobs', query),
  run: (run: string, attempt?: number) => address(`/runs/${encodeURIComponent(run)}`, { attempt }),
  runs: (query: Query = {}) => address('/runs', query),
  backfill: (id: string) => `/backfills/${encodeURIComponent(id)}`,
} as const;
