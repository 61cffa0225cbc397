import { setTimeout as delay } from 'node:timers/promises';
import type { Ending, ExecuteInput, ExecuteResult, HeartbeatDetails } from '../../workflows/contract.js';
import type { AttemptSpec, HostFacts, KillOrder } from '../api/worker/contract.js';
import type { Log } from '../log.js';
import { type Attempt, type AttemptContext, type AttemptOver, persist, startAttempt, untilKnown } from './attempt.js';
import { bootMs } from './lease.js';

// What a worker does beside Temporal: holds its attempts, renews them, obeys kill orders, ends what it may no longer keep.

/** One delivery of a turn, as Temporal sees it. */
export type Delivery = Readonly<{
  /** Aborts when Temporal wants this delivery to end. */
  signal: AbortSignal;
  /** The id of the workflow that has delivered it; absent where there is none. */
  workflow?: string | undefined;
  /** After an abort: whether the workflow was cancelled. Else the delivery is void. */
  isCancelled(): boolean;
  /** After an abort: whether Temporal does not know the delivery any more (its workflow has ended, or another delivery has taken over). */
  isUnknown(): boolean;
  /** Tells Temporal that we live. */
  heartbeat(details: HeartbeatDetails | undefined): void;
  /** Resolves when Temporal has accepted that this delivery is ours; rejects when it has not, or in time. */
  prove(details: HeartbeatDetails | undefined): Promise<void>;
}>;

export type Machine = Readonly<{
  /** Executes a turn. Rejects with TurnLost when its attempt was given up, and with the delivery's reason when it is cancelled before. */
  execute(input: ExecuteInput, delivery: Delivery): Promise<ExecuteResult>;
  /** From now on, says that it takes no more. */
  drain(): void;
  /** Gives up all attempts: their processes end. Resolves when no process is left; what could not be told is told by the next start. */
  leave(): Promise<void>;
  running(): number;
}>;

/** The turn's attempt was given up (lease, shutdown, superseded): deliver it again. */
export class TurnLost extends Error {
  override readonly name = 'TurnLost';
}

export type MachineOptions = Readonly<{
  context: Omit<AttemptContext, 'leaving'>;
  facts(slotsUsed: number): HostFacts;
  log: Log;
}>;

/** Announces the instance to the control plane and begins to renew; rejects when the control plane refuses it. */
export async function startMachine({ context: given, facts, log }: MachineOptions): Promise<Machine> {
  const leaving = new AbortController();
  const stopLoops = new AbortController();
  const context: AttemptContext = { ...given, leaving: leaving.signal };
  const { controlPlane, times } = context;
  const attempts = new Map<string, Attempt>();
  let draining = false;

  /** What an order is about. The database may have numbered anew what it was told of: then its workflow says which. */
  const meant = (order: KillOrder): Attempt | undefined => {
    const held = [...attempts.values()];
    return held.find((attempt) => isNamed(attempt, order)) ?? held.find((attempt) => isOfWorkflow(attempt, order));
  };
  const obey = (orders: readonly KillOrder[]): void => {
    for (const order of orders) meant(order)?.stop(order.why === 'cancel' ? 'cancel' : 'release');
  };
  /** The database was set back and does not know what lives here: it is told, and says what is to become of it. */
  const claim = async (order: KillOrder): Promise<void> => {
    const attempt = meant(order);
    if (attempt === undefined) return;
    const sentAt = bootMs();
    const answer = (await controlPlane.claim(attempt.key, attempt.pid())).claim;
    if (answer === 'kept') attempt.lease.prove(sentAt);
    if (answer === 'cancel') attempt.stop('cancel');
    if (answer === 'lost') attempt.stop('release');
  };
  const renew = async (): Promise<void> => {
    const sentAt = bootMs();
    const held = [...attempts.values()];
    const orders = await controlPlane.renew(
      held.map(({ key, pid }) => ({ ...key, pid: pid() })),
      facts(attempts.size),
      draining,
    );
    const denied = new Set(orders.filter((order) => order.why !== 'cancel').map(meant));
    for (const attempt of held) if (!denied.has(attempt)) attempt.lease.prove(sentAt);
    obey(orders.filter((order) => order.why !== 'unknown'));
    await Promise.all(orders.filter((order) => order.why === 'unknown').map(claim));
  };
  const checkLeases = (): void => {
    for (const attempt of attempts.values()) {
      if (!attempt.lease.isOver() || attempt.isStopping()) continue;
      log.warn('neither Temporal nor the control plane confirms an attempt: its processes are ended', attempt.key);
      attempt.stop('release', times.leaseGraceMs);
    }
  };
  const askForOrders = async (): Promise<void> => {
    const known = [...attempts.values()].filter((attempt) => attempt.isStopping()).map((attempt) => attempt.key);
    obey(await controlPlane.orders(known, stopLoops.signal));
  };

  const begin = (run: string, turn: number, { workflow, signal }: Delivery) => {
    const asking = { times, leaving: AbortSignal.any([leaving.signal, signal]) };
    return untilKnown(asking, () => persist(asking, () => controlPlane.begin(run, turn, workflow)));
  };
  /** What lives here of the turn, by whatever number: the control plane may have given it another one since. */
  const living = (turn: number, { workflow }: Delivery): Attempt | undefined =>
    [...attempts.values()].find(
      ({ key }) => workflow !== undefined && key.of?.workflow === workflow && key.of.turn === turn,
    );
  const orphaned = async (attempt: Attempt): Promise<void> => {
    const ask = () => controlPlane.orphan(attempt.key);
    if (!(await persist({ times, leaving: leaving.signal }, ask)).keep) attempt.stop('cancel');
  };
  const hold = (key: Attempt['key'], spec: AttemptSpec): Attempt => {
    const attempt = startAttempt(context, key, spec);
    attempts.set(nameOf(key), attempt);
    const forget = (): void => void attempts.delete(nameOf(key));
    attempt.over.then(forget, forget);
    return attempt;
  };

  await persist({ times, leaving: leaving.signal }, renew);
  const loops = [
    repeat(times.renewMs, renew, stopLoops.signal),
    repeat(Math.min(1_000, times.renewMs), async () => checkLeases(), stopLoops.signal),
    // An answered question is asked again at once: the server has waited.
    repeat(1, askForOrders, stopLoops.signal, times.retryMs),
  ];

  return {
    async execute({ run, turn }, delivery) {
      const aborted = new AbortController();
      const beating = repeat(times.heartbeatMs, async () => delivery.heartbeat(undefined), aborted.signal);
      try {
        for (;;) {
          const answer = await begin(run, turn, delivery);
          if (answer.kind === 'ended') return { kind: 'ended', ending: answer.ending as Ending };
          if (answer.kind === 'held') return answer;
          if (answer.kind === 'wait') {
            await delay(answer.ms, undefined, { signal: delivery.signal });
            continue;
          }
          const { workflow } = delivery;
          const key = { run: answer.run ?? run, n: answer.attempt, ...(workflow && { of: { turn, workflow } }) };
          const attempt = attempts.get(nameOf(key)) ?? living(turn, delivery) ?? hold(key, answer.spec);
          aborted.abort();
          const over = await attend(attempt, delivery, times, orphaned);
          if (over.kind === 'released') throw new TurnLost(`attempt ${key.n} of run ${run} was given up`);
          return over;
        }
      } finally {
        aborted.abort();
        await beating;
      }
    },
    drain() {
      draining = true;
      renew().catch(() => {});
    },
    async leave() {
      const over = [...attempts.values()].map((attempt) => {
        attempt.stop('release');
        return attempt.over.catch(() => {});
      });
      // The control plane may be away for ever; the processes are not waited for in vain, they end by KILL.
      const patience = setTimeout(() => leaving.abort(new TurnLost('the worker leaves')), times.leaseMs);
      await Promise.all(over);
      clearTimeout(patience);
      leaving.abort(new TurnLost('the worker leaves'));
      stopLoops.abort();
      await Promise.all(loops);
      await controlPlane.leave().catch(() => {});
    },
    running: () => attempts.size,
  };
}

/** Keeps a delivery alive while its attempt goes on, and hands a cancel on to it. */
async function attend(
  attempt: Attempt,
  delivery: Delivery,
  times: AttemptContext['times'],
  orphaned: (attempt: Attempt) => Promise<void>,
): Promise<AttemptOver> {
  const details = (): HeartbeatDetails | undefined => {
    const pid = attempt.pid();
    return pid === null ? undefined : { attempt: attempt.key.n, pid, pgid: pid, logBytes: attempt.shipped() };
  };
  const aborted = (): void => {
    if (delivery.isCancelled()) attempt.stop('cancel');
    // Not a reason to end it: what was forgotten is joined by another delivery, what was terminated ends by the answer.
    else if (delivery.isUnknown()) void orphaned(attempt).catch(() => {});
  };
  if (delivery.signal.aborted) aborted();
  delivery.signal.addEventListener('abort', aborted);
  const over = new AbortController();
  const beat = async (): Promise<void> => {
    delivery.heartbeat(details());
    const sentAt = bootMs();
    await delivery.prove(details());
    attempt.lease.prove(sentAt);
  };
  void repeat(times.heartbeatMs, beat, over.signal);
  try {
    return await attempt.over;
  } finally {
    // A heartbeat under way is not waited for: it has no say any more.
    over.abort();
    delivery.signal.removeEventListener('abort', aborted);
  }
}

/** A database that was set back gives numbers anew: only with its workflow is an attempt's name its own. */
const nameOf = ({ run, n, of }: Attempt['key']): string => `${run}:${n}:${of?.workflow ?? ''}`;

const isNamed = ({ key }: Attempt, { run, n, workflow }: KillOrder): boolean =>
  key.run === run && key.n === n && (workflow === undefined || (key.of?.workflow ?? workflow) === workflow);

const isOfWorkflow = ({ key }: Attempt, { workflow }: KillOrder): boolean =>
  workflow !== undefined && key.of?.workflow === workflow;

/** Does `work` every `everyMs`, one at a time, until `stop`; a failed turn is tried again after `afterFailureMs`. */
async function repeat(
  everyMs: number,
  work: () => Promise<void>,
  stop: AbortSignal,
  afterFailureMs = everyMs,
): Promise<void> {
  let waitMs = everyMs;
  while (!stop.aborted) {
    await delay(waitMs, undefined, { signal: stop, ref: false }).catch(() => {});
    if (stop.aborted) return;
    waitMs = await work().then(
      () => everyMs,
      () => afterFailureMs,
    );
  }
}
