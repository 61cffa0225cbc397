// The typed client of the API, for the command line, scripts and tests. It throws a Failure for every problem, with the server's words.

import { FAILURES, Failure, type FailureCode, invalid, unauthenticated, unavailable } from '../errors.js';
import type { Backfill } from './backfill-contract.js';
import type {
  Alert,
  AppliedAnswer,
  Asked,
  BackfillPlan,
  BackfillProgress,
  CancelledAnswer,
  CancelPlan,
  Cascade,
  CascadeDetail,
  Deployment,
  Freeze,
  FreezePlan,
  JobDetail,
  JobSummary,
  Machine,
  MachineToken,
  OperationPlan,
  PlanAnswer,
  Problem,
  Project,
  RepairPlan,
  RollbackPlan,
  RunDetail,
  RunWithAttempts,
  Token,
} from './contract.js';
import type { Drift, Source } from './deploy-contract.js';
import type { Explanation } from './explain-contract.js';
import type { Account, AuditLine, Grant, MeInFull, OidcGroup, Session, Team } from './people-contract.js';
import type { PreviewAnswer } from './preview-contract.js';
import type { Status } from './status-contract.js';

export type ClientOptions = Readonly<{
  url: string;
  token: string;
  fetch?: (request: Request) => Promise<Response>;
  /** How long one answer may take; streams have no such limit. Default 60 s. */
  timeoutMs?: number;
}>;

export type Page<T> = Readonly<{ items: readonly T[]; next: string | null }>;
type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;
type Project_ = Readonly<{ project?: string | undefined }>;

export type JobsQuery = Project_ &
  Readonly<{
    q?: string;
    folder?: string;
    owner?: string;
    tag?: string;
    group?: string;
    state?: string;
    limit?: number;
    cursor?: string;
  }>;
export type RunsQuery = Project_ &
  Readonly<{
    job?: string | undefined;
    state?: string | undefined;
    trigger?: string | undefined;
    operation?: string | undefined;
    from?: string | undefined;
    to?: string | undefined;
    attempts?: boolean;
    limit?: number;
    cursor?: string;
  }>;
export type Commit = Readonly<{
  project: string;
  commit: string;
  under?: string | undefined;
  /** The branch by which it comes. */
  branch?: string | undefined;
  dirty?: boolean;
  bundle: Uint8Array | null;
}>;
/** Which earlier deployment to go back to, and a bundle of its commit where the server has lost it. */
export type Rollback = Readonly<{
  project: string;
  to?: string | undefined;
  reason?: string | undefined;
  bundle?: Uint8Array | null | undefined;
}>;
export type SourceSetting = Readonly<{ project: string; repository: string | null; branch: string; under: string }>;
export type BackfillBody = Project_ &
  Readonly<{
    jobs: string | null;
    from: string;
    to: string;
    only: 'all' | 'missing' | 'failed';
    parallel: number;
    plan: string | null;
    downstream?: boolean;
    order?: 'forward' | 'backward';
    window?: string | null;
    retries?: number | null;
  }>;

/** What is to be changed of a backfill's pace; `null`: at any time, as each job says. */
export type PaceBody = Readonly<{ parallel?: number; window?: string | null; retries?: number | null }>;

/** `periods`: each JOB@PERIOD, or a run's number; or all of a range. */
export type MarkBody = Project_ &
  Readonly<{
    periods?: readonly string[];
    jobs?: string | null;
    from?: string | undefined;
    to?: string | undefined;
    state: 'succeeded' | 'failed' | 'skipped';
    reason: string;
    plan: string | null;
  }>;

/** `periods`: each JOB@PERIOD, or a run's number; or what ended so in a range. */
export type RecoverBody = Project_ &
  Readonly<{
    periods?: readonly string[];
    states?: readonly ('failed' | 'timed_out' | 'cancelled' | 'skipped')[] | undefined;
    jobs?: string | null;
    from?: string | undefined;
    to?: string | undefined;
    downstream: 'missing' | 'none';
    plan: string | null;
  }>;

export type CascadeBody = Project_ &
  Readonly<{
    periods: readonly string[];
    folders?: readonly string[];
    jobs?: string | null;
    depth?: number | null;
    until?: string | null;
    onlyFailed?: boolean;
    inFlight?: 'wait' | 'cancel';
    plan: string | null;
  }>;

/** Open runs of some jobs, in some states (absent: all that are open), in a range. */
export type CancelRunsBody = Project_ &
  Readonly<{
    jobs: string | null;
    states?: readonly string[] | undefined;
    from?: string | null;
    to?: string | null;
    plan: string | null;
  }>;

export type FreezeBody = Project_ &
  Readonly<{ scope: string; reason: string; until: string | null; plan: string | null }>;

export type AuditFilter = Project_ &
  Readonly<{
    who?: string | undefined;
    what?: string | undefined;
    subject?: string | undefined;
    from?: string | undefined;
    to?: string | undefined;
    limit?: number;
    cursor?: string;
  }>;

/** What is absent stays as it is. */
export type AccountSetting = Readonly<{
  role?: string;
  title?: string | null;
  password?: string;
  disabled?: boolean;
  unlock?: boolean;
}>;

/** Bytes of a log; or, `isShown`, what a job prints that has filled the head of its log: `at` then counts all that it wrote. */
export type LogPiece = Readonly<{ at: number; bytes: Uint8Array; isShown: boolean }>;
export type LogPart = Readonly<{ from: number; bytes: Uint8Array; length: number; sealed: boolean }>;

export type Client = ReturnType<typeof createClient>;

/** A client of one server as one account. */
export function createClient(options: ClientOptions) {
  const call = caller(options);
  const get = <T>(path: string, query: Query = {}): Promise<T> => call.json<T>('GET', path, query);
  const post = <T>(path: string, body: unknown): Promise<T> => call.json<T>('POST', path, {}, body);
  const commitQuery = ({ project, commit, under, branch, dirty }: Commit): Query => ({
    project,
    commit,
    under,
    branch,
    dirty,
  });
  const sources = '/api/v1/sources';
  const bytesOf = ({ bundle }: Pick<Rollback, 'bundle'>): Uint8Array => bundle ?? new Uint8Array();
  const run = (name: string): string => `/api/v1/runs/${encodeURIComponent(name)}`;
  return {
    url: options.url,
    health: () => get<{ ok: true; version: string }>('/api/health'),
    me: () => get<MeInFull>('/api/v1/me'),
    projects: () => get<readonly Project[]>('/api/v1/projects'),
    jobs: (query: JobsQuery = {}) => get<Page<JobSummary>>('/api/v1/jobs', query),
    job: (job: string, project?: string) => get<JobDetail>('/api/v1/job', { job, project }),
    /** The script of a job as a run of `period` would have it; `fragment`: that text instead. */
    previewJob: (query: Project_ & Readonly<{ job: string; period: string; fragment?: string | undefined }>) =>
      get<PreviewAnswer>('/api/v1/job/preview', query),
    runs: (query: RunsQuery = {}) => get<Page<RunWithAttempts>>('/api/v1/runs', query),
    /** A run by its number or `JOB@PERIOD`. */
    run: (name: string, project?: string) => get<RunDetail>(run(name), { project }),
    /** The script of a run as an attempt of it had it; the last one unless given. */
    previewRun: (name: string, attempt?: number, project?: string) =>
      get<PreviewAnswer>(`${run(name)}/preview`, { attempt, project }),
    /** Bytes of an attempt's log: the last `tail`, or `[from, to)` (at most 4 MiB at once). */
    log: (name: string, n: number, range: Readonly<{ tail?: number; from?: number; to?: number }>): Promise<LogPart> =>
      readPart(call, `${run(name)}/attempts/${n}/log`, range),
    /** The log as it grows, from byte `from` on; ends when it is whole. Goes on where it was after a lost connection. */
    followLog: (name: string, n: number, from = 0, signal?: AbortSignal): AsyncGenerator<LogPiece> =>
      follow(call, `${run(name)}/attempts/${n}/log/stream`, from, signal),
    deployments: (query: Project_ & Readonly<{ limit?: number; cursor?: string }> = {}) =>
      get<Page<Deployment>>('/api/v1/deployments', query),
    machines: () => get<Page<Machine>>('/api/v1/machines'),
    alerts: (query: Project_ & Readonly<{ limit?: number; cursor?: string }> = {}) =>
      get<Page<Alert>>('/api/v1/alerts', query),
    /** Sends a test to the webhook; answers what became of it. */
    testAlert: () => post<Alert>('/api/v1/alerts/test', undefined),
    operation: (id: string) => get<BackfillProgress>(`/api/v1/operations/${id}`),
    plan: (commit: Commit) =>
      call.json<PlanAnswer>('POST', '/api/v1/deployments/plan', commitQuery(commit), bytesOf(commit)),
    apply: (commit: Commit, on: string | null, allowPrune: boolean, markMissing?: boolean) =>
      call.json<AppliedAnswer>(
        'POST',
        '/api/v1/deployments',
        { ...commitQuery(commit), plannedOn: on, allowPrune, markMissing },
        bytesOf(commit),
      ),
    planRollback: ({ bundle, ...query }: Rollback) =>
      call.json<RollbackPlan>('POST', '/api/v1/deployments/rollback/plan', query, bytesOf({ bundle })),
    rollback: ({ bundle, ...query }: Rollback & Readonly<{ plannedOn: string; allowPrune: boolean }>) =>
      call.json<AppliedAnswer>('POST', '/api/v1/deployments/rollback', query, bytesOf({ bundle })),
    sources: () => get<readonly Source[]>(sources),
    setSource: (body: SourceSetting) => call.json<Source>('PUT', sources, {}, body),
    removeSource: (project: string) => call.json<object>('DELETE', sources, { project }),
    checkSource: (project: string) => call.json<Source>('POST', `${sources}/check`, { project }),
    drift: (project?: string) => get<Drift>('/api/v1/drift', { project }),
    healDrift: (project?: string) => call.json<Drift>('POST', '/api/v1/drift', { project }),
    /** `vars`, `machineGroup`: for this run only. */
    runJob: (
      body: Project_ &
        Readonly<{
          job: string;
          period: string | null;
          vars?: Readonly<Record<string, string>>;
          machineGroup?: string;
        }>,
    ) => post<Asked>('/api/v1/operations/run', body),
    backfill: (body: BackfillBody) => post<BackfillPlan>('/api/v1/operations/backfill', body),
    backfills: (query: Project_ & Readonly<{ open?: boolean; limit?: number; cursor?: string }> = {}) =>
      get<Page<Backfill>>('/api/v1/backfills', query),
    backfillOf: (id: string) => get<Backfill>(`/api/v1/backfills/${id}`),
    pauseBackfill: (id: string) => post<Backfill>(`/api/v1/backfills/${id}/pause`, {}),
    resumeBackfill: (id: string) => post<Backfill>(`/api/v1/backfills/${id}/resume`, {}),
    setBackfill: (id: string, pace: PaceBody) => post<Backfill>(`/api/v1/backfills/${id}/set`, pace),
    /** Plans, or does, another round of what failed, or the end of the whole. */
    stepBackfill: (id: string, verb: 'retry' | 'cancel', plan: string | null) =>
      post<OperationPlan>(`/api/v1/backfills/${id}/${verb}`, { plan }),
    mark: (body: MarkBody) => post<OperationPlan>('/api/v1/operations/mark', body),
    recover: (body: RecoverBody) => post<RepairPlan>('/api/v1/operations/recover', body),
    cascade: (body: CascadeBody) => post<RepairPlan>('/api/v1/operations/cascade', body),
    /** Cascades, newest first. */
    cascades: (query: Project_ & Readonly<{ limit?: number }> = {}) =>
      get<Readonly<{ items: readonly Cascade[] }>>('/api/v1/cascades', query),
    cascadeOf: (id: string, query: Readonly<{ from?: number; limit?: number }> = {}) =>
      get<CascadeDetail>(`/api/v1/cascades/${id}`, query),
    /** Resumes or cancels a whole cascade. */
    changeCascade: (id: string, verb: 'resume' | 'cancel', plan: string | null) =>
      post<RepairPlan>(`/api/v1/cascades/${id}/${verb}`, { plan }),
    cancel: (body: Project_ & Readonly<{ run: string; owed: boolean }>) =>
      post<CancelledAnswer>('/api/v1/operations/cancel', body),
    cancelRuns: (body: CancelRunsBody) => post<CancelPlan>('/api/v1/operations/cancel-runs', body),
    /** What is late, waiting, missed, restored and expected. */
    status: (query: Project_ & Readonly<{ hours?: number; ahead?: number }> = {}) =>
      get<Status>('/api/v1/status', query),
    /** Why a period of a job runs, waits or has no run. */
    explain: (query: Project_ & Readonly<{ job: string; period: string }>) =>
      get<Explanation>('/api/v1/explain', query),
    freezes: (query: Project_ & Readonly<{ ended?: boolean }> = {}) =>
      get<Readonly<{ items: readonly Freeze[] }>>('/api/v1/freezes', query),
    freeze: (body: FreezeBody) => post<FreezePlan>('/api/v1/operations/freeze', body),
    unfreeze: (body: Project_ & Readonly<{ scope: string; plan: string | null }>) =>
      post<FreezePlan>('/api/v1/operations/unfreeze', body),
    accounts: () => get<Readonly<{ items: readonly Account[] }>>('/api/v1/accounts'),
    addAccount: (body: Readonly<{ account: string; role: string; title?: string; password?: string }>) =>
      post<Account>('/api/v1/accounts', body),
    setAccount: (account: string, change: AccountSetting) =>
      call.json<Account>('PATCH', `/api/v1/accounts/${encodeURIComponent(account)}`, {}, change),
    removeAccount: (account: string) => call.json<object>('DELETE', `/api/v1/accounts/${encodeURIComponent(account)}`),
    setOwnPassword: (body: Readonly<{ current?: string; password: string }>) =>
      call.json<object>('PUT', '/api/v1/me/password', {}, body),
    sessions: (account?: string) => get<Readonly<{ items: readonly Session[] }>>('/api/v1/sessions', { account }),
    endSession: (id: string) => call.json<object>('DELETE', `/api/v1/sessions/${encodeURIComponent(id)}`),
    endSessions: (account?: string) => call.json<{ ended: number }>('DELETE', '/api/v1/sessions', { account }),
    teams: () => get<Readonly<{ items: readonly Team[] }>>('/api/v1/teams'),
    addMember: (team: string, account: string) => call.json<object>('PUT', memberPath(team, account)),
    removeMember: (team: string, account: string) => call.json<object>('DELETE', memberPath(team, account)),
    oidcGroups: () => get<Readonly<{ items: readonly OidcGroup[] }>>('/api/v1/oidc-groups'),
    setOidcGroup: (body: Readonly<{ group: string; team?: string; role?: string }>) =>
      post<OidcGroup>('/api/v1/oidc-groups', body),
    removeOidcGroup: (id: string) => call.json<object>('DELETE', `/api/v1/oidc-groups/${encodeURIComponent(id)}`),
    audit: (query: AuditFilter = {}) => get<Page<AuditLine>>('/api/v1/audit', query),
    grants: (project?: string) => get<Readonly<{ items: readonly Grant[] }>>('/api/v1/grants', { project }),
    grant: (body: Project_ & Readonly<{ folder: string; role: string; account?: string; team?: string }>) =>
      post<Grant>('/api/v1/grants', body),
    removeGrant: (id: string) => call.json<object>('DELETE', `/api/v1/grants/${encodeURIComponent(id)}`),
    tokens: () => get<readonly Token[]>('/api/v1/tokens'),
    makeToken: (
      body: Readonly<{
        label: string;
        account?: string;
        role?: string;
        days?: number | null;
        scopes?: readonly string[];
      }>,
    ) => post<Token & { secret: string }>('/api/v1/tokens', body),
    revokeToken: (id: string) => call.json<object>('DELETE', `/api/v1/tokens/${id}`),
    machineTokens: () => get<readonly MachineToken[]>('/api/v1/machine-tokens'),
    makeMachineToken: (body: Readonly<{ label: string; machineGroups: readonly string[]; days?: number | null }>) =>
      post<MachineToken & { secret: string }>('/api/v1/machine-tokens', body),
    revokeMachineToken: (id: string) => call.json<object>('DELETE', `/api/v1/machine-tokens/${id}`),
    signInLink: (account?: string) =>
      post<{ link: string; path: string; expiresAt: string }>('/api/v1/sign-in-links', { account }),
  };
}

const memberPath = (team: string, account: string): string =>
  `/api/v1/teams/${encodeURIComponent(team)}/members/${encodeURIComponent(account)}`;

type Caller = Readonly<{
  json<T>(method: string, path: string, query?: Query, body?: unknown): Promise<T>;
  raw(path: string, query: Query, headers: Record<string, string>, signal: AbortSignal): Promise<Response>;
  timeoutMs: number;
}>;

function caller({ url, token, fetch: send = fetch, timeoutMs = 60_000 }: ClientOptions): Caller {
  refuseUnsendable(url, token);
  const headers = { authorization: `Bearer ${token}`, 'x-hera-client': 'cli', accept: 'application/json' };
  const ask = async (path: string, query: Query, init: RequestInit): Promise<Response> => {
    const request = new Request(addressOf(url, path, query), { ...init, headers: { ...headers, ...init.headers } });
    const response = await send(request).catch((cause: unknown) => {
      throw unreachable(url, cause);
    });
    if (!response.ok) throw await failureOf(response);
    return response;
  };
  return {
    timeoutMs,
    async json<T>(method: string, path: string, query: Query = {}, body?: unknown) {
      const isBytes = body instanceof Uint8Array;
      const content =
        body === undefined ? {} : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' };
      const bytes = body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) };
      const response = await ask(path, query, {
        method,
        headers: content,
        signal: AbortSignal.timeout(timeoutMs),
        ...bytes,
      });
      return (await response.json()) as T;
    },
    raw: (path, query, more, signal) => ask(path, query, { headers: more, signal }),
  };
}

/** A url that is none, or a token that no header may carry: both come from a person's hands. */
function refuseUnsendable(url: string, token: string): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw invalid(`${JSON.stringify(url)} is no address of a server`, { help: 'write it as http://host:8620' });
  if (!/^[\x21-\x7e]+$/.test(token))
    throw unauthenticated('the token has characters that no token has', { help: 'copy it again: hera_…' });
}

function addressOf(url: string, path: string, query: Query): string {
  const address = new URL(path, url);
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '')
      address.searchParams.set(key, Array.isArray(value) ? value.join(',') : String(value));
  return address.href;
}

function unreachable(url: string, cause: unknown): Failure {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = inner instanceof Error ? inner.message || inner.name : String(inner);
  return unavailable(`no server answers at ${url}: ${why}`, {
    help: 'is it running? `hera up` starts one, `hera doctor` looks',
    cause,
  });
}

async function failureOf(response: Response): Promise<Failure> {
  const body = (await response.json().catch(() => undefined)) as Problem | undefined;
  const { code, message, help, details, requestId } = body?.error ?? {};
  if (code !== undefined && message !== undefined && code in FAILURES)
    return new Failure(code as FailureCode, message, {
      ...(help === undefined ? {} : { help }),
      ...(details === undefined ? {} : { details }),
    });
  return unavailable(message ?? `the server answers HTTP ${response.status}`, { details: { requestId } });
}

async function readPart(call: Caller, path: string, range: Query): Promise<LogPart> {
  const response = await call.raw(path, range, {}, AbortSignal.timeout(call.timeoutMs));
  const header = (name: string): string => response.headers.get(name) ?? '';
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    bytes,
    from: Number(header('x-hera-log-from')),
    length: Number(header('x-hera-log-length')),
    sealed: header('x-hera-log-sealed') === 'true',
  };
}

const RECONNECT_MS = 1_000;

async function* follow(
  call: Caller,
  path: string,
  from: number,
  signal = new AbortController().signal,
): AsyncGenerator<LogPiece> {
  for (let at = from, seen = 0; ; ) {
    try {
      const response = await call.raw(path, { from: at, seen }, { accept: 'text/event-stream' }, signal);
      for await (const { event, data } of events(response)) {
        if (event === 'end') return;
        const piece = JSON.parse(data) as { at: number; base64: string };
        const bytes = new Uint8Array(Buffer.from(piece.base64, 'base64'));
        const isShown = event === 'shown';
        yield { at: piece.at, bytes, isShown };
        if (isShown) seen = piece.at + bytes.length;
        else [at, seen] = [piece.at + bytes.length, 0];
      }
    } catch (error) {
      if (signal.aborted) return;
      // What the server refuses it refuses again; a lost connection is made anew.
      if (error instanceof Failure && error.code !== 'unavailable') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

/** Server-sent events of a response, as they come. */
async function* events(response: Response): AsyncGenerator<Readonly<{ event: string; data: string }>> {
  const decoder = new TextDecoder();
  let buffered = '';
  for await (const chunk of response.body ?? []) {
    buffered += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = buffered.indexOf('\n\n'); end >= 0; end = buffered.indexOf('\n\n')) {
      const lines = buffered.slice(0, end).split('\n');
      buffered = buffered.slice(end + 2);
      const field = (name: string): string =>
        lines
          .flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).trimStart()] : []))
          .join('\n');
      yield { event: field('event'), data: field('data') };
    }
  }
}
