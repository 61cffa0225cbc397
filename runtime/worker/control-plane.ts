import type {
  BeginAnswer,
  BeginRequest,
  ClaimAnswer,
  ClaimRequest,
  EndRequest,
  HostFacts,
  KillOrder,
  OrphanAnswer,
  RenewRequest,
} from '../api/worker/contract.js';
import { FAILURES, Failure, type FailureCode, unavailable } from '../errors.js';
import type { LeaseTimes } from './times.js';

/** Who asks: this process start of a worker. */
export type Self = Readonly<{
  instance: string;
  host: string;
  pid: number;
  machineGroups: readonly string[];
  version: string;
}>;

/**
 * An attempt by its number, and whose it is: of which turn, by which workflow (absent: not told). The second names it also to a database
 * that has forgotten it.
 */
export type AttemptKey = Readonly<{ run: string; n: number; of?: Readonly<{ turn: number; workflow: string }> }>;

/**
 * The control plane as a worker sees it. Every call rejects with a Failure: `unavailable` when there was no answer in time (try again),
 * else what the control plane decided. All of them may be repeated.
 */
export interface ControlPlane {
  begin(run: string, turn: number, workflow?: string): Promise<BeginAnswer>;
  renew(
    held: readonly (AttemptKey & { readonly pid: number | null })[],
    facts: HostFacts,
    draining: boolean,
  ): Promise<readonly KillOrder[]>;
  /** Kill orders that are not `known`; answers none after a while. */
  orders(known: readonly AttemptKey[], signal: AbortSignal): Promise<readonly KillOrder[]>;
  /** Answers the length of the log now. `as`: the instance that holds the attempt, if it is not this one (a former start of this worker). */
  append(attempt: AttemptKey, at: number, bytes: Uint8Array, as?: string): Promise<number>;
  /** Shows the newest output of an attempt whose log takes no more until it has ended; `at`: where in all that was written it begins. */
  tail(attempt: AttemptKey, at: number, bytes: Uint8Array): Promise<void>;
  end(attempt: AttemptKey, ending: EndRequest['ending'], logBytes: number, as?: string): Promise<{ accepted: boolean }>;
  lose(attempt: AttemptKey, as?: string): Promise<void>;
  /** Says whose an attempt is that the control plane does not know. */
  claim(attempt: AttemptKey, pid: number | null): Promise<ClaimAnswer>;
  /** Asks whether an attempt goes on whose delivery Temporal does not know any more. */
  orphan(attempt: AttemptKey): Promise<OrphanAnswer>;
  file(attempt: AttemptKey, sha256: string): Promise<Uint8Array>;
  leave(as?: string): Promise<void>;
}

export function connectControlPlane(url: string, token: string, self: Self, times: LeaseTimes): ControlPlane {
  const base = `${url.replace(/\/+$/, '')}/api/worker/v1`;
  const call = async (path: string, init: RequestInit, timeoutMs = times.callMs): Promise<Response> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    let answer: Response;
    try {
      answer = await fetch(base + path, { ...init, headers, signal });
      if (answer.ok) return answer;
    } catch (cause) {
      throw unavailable(`the control plane at ${url} does not answer`, { cause });
    }
    throw await failureOf(answer, url);
  };
  const json = async <T>(call: Promise<Response>): Promise<T> => {
    const answer = await call;
    try {
      return (await answer.json()) as T;
    } catch (cause) {
      throw unavailable(`the control plane at ${url} broke off its answer`, { cause });
    }
  };
  const post = <T>(path: string, body: object): Promise<T> =>
    json<T>(
      call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    );
  const { instance, host, pid, machineGroups, version } = self;
  return {
    begin: (run, turn, workflow) => post('/begin', { run, turn, instance, host, workflow } satisfies BeginRequest),
    async renew(held, facts, draining) {
      const attempts = held.map(({ run, n, of, pid }) => ({ run, n, pid, workflow: of?.workflow }));
      const report: RenewRequest = {
        instance,
        host,
        pid,
        machineGroups: [...machineGroups],
        version,
        draining,
        facts,
        attempts,
      };
      return (await post<{ orders: readonly KillOrder[] }>('/renew', report)).orders;
    },
    async orders(known, signal) {
      const list = known.map(({ run, n }) => `${run}:${n}`).join(',');
      const path = `/orders?instance=${instance}&known=${encodeURIComponent(list)}`;
      return (await json<{ orders: readonly KillOrder[] }>(call(path, { signal }, times.ordersMs + times.callMs)))
        .orders;
    },
    append: async ({ run, n, of }, at, bytes, as = instance) => {
      const path = `/attempts/${run}/${n}/log?instance=${as}&at=${at}${whose(of)}`;
      return (await json<{ length: number }>(call(path, binary(bytes)))).length;
    },
    tail: async ({ run, n, of }, at, bytes) =>
      void (await json(call(`/attempts/${run}/${n}/tail?instance=${instance}&at=${at}${whose(of)}`, binary(bytes)))),
    end: ({ run, n, of }, ending, logBytes, as = instance) =>
      post(`/attempts/${run}/${n}/end`, {
        ...{ instance: as, ending, logBytes },
        ...(of && { of: { ...of, host, pid: null } }),
      } satisfies EndRequest),
    claim: ({ run, n, of }, pid) =>
      of === undefined
        ? Promise.resolve({ claim: 'lost' })
        : post(`/attempts/${run}/${n}/claim`, { instance, of: { ...of, host, pid } } satisfies ClaimRequest),
    orphan: ({ run, n, of }) => post(`/attempts/${run}/${n}/orphan`, { instance, workflow: of?.workflow }),
    lose: async ({ run, n, of }, as = instance) =>
      void (await post(`/attempts/${run}/${n}/lose`, { instance: as, workflow: of?.workflow })),
    async file({ run, n, of }, sha256) {
      const answer = await call(`/attempts/${run}/${n}/files/${sha256}?instance=${instance}${whose(of)}`, {});
      return new Uint8Array(await answer.arrayBuffer());
    },
    leave: async (as = instance) => void (await post('/leave', { instance: as })),
  };
}

const whose = (of: AttemptKey['of']): string =>
  of === undefined ? '' : `&workflow=${encodeURIComponent(of.workflow)}`;

const binary = (bytes: Uint8Array): RequestInit => ({
  method: 'POST',
  body: bytes as Uint8Array<ArrayBuffer>,
  headers: { 'content-type': 'application/octet-stream' },
});

async function failureOf(answer: Response, url: string): Promise<Failure> {
  const problem = (await answer.json().catch(() => ({}))) as {
    error?: { code?: string; message?: string; help?: string; details?: unknown };
  };
  const { code, message, help, details } = problem.error ?? {};
  if (answer.status >= 500 || answer.status === 429 || code === undefined || !(code in FAILURES))
    return unavailable(`the control plane at ${url} answered ${answer.status}: ${message ?? answer.statusText}`);
  return new Failure(code as FailureCode, message ?? '', { ...(help !== undefined && { help }), details });
}

/** Whether asking again may help. A token may be mended while the worker waits. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Failure && (error.code === 'unavailable' || error.code === 'unauthenticated');
