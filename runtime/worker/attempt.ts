import { setTimeout as delay } from 'node:timers/promises';
import { scriptFile } from '../../compiler/engines/index.js';
import type { Ending } from '../../workflows/contract.js';
import { outcomeOf } from '../../workflows/contract.js';
import type { AttemptSpec } from '../api/worker/contract.js';
import { Failure, unavailable } from '../errors.js';
import { applicationsIn, onYarn } from './applications.js';
import { type AttemptKey, type ControlPlane, isPassing } from './control-plane.js';
import { namesApplications, withApplications, withVerdict } from './engine-ending.js';
import { compose } from './engines/compose.js';
import type { Gate } from './gate.js';
import type { Growth } from './growth.js';
import { Lease } from './lease.js';
import { withOutputs } from './outputs.js';
import { type Household, type JobProcess, type ProcessEnd, type StopReason, startProcess } from './process.js';
import { NO_GROUP } from './processes.js';
import { endApplications } from './resource-manager.js';
import { type Shipped, ship } from './shipper.js';
import type { Spool, SpoolEnding, SpoolEntry } from './spool.js';
import { SpooledOutput } from './spooled-output.js';
import { KEEP_FAILURE_MS, KEEP_SUCCESS_MS, type LeaseTimes } from './times.js';
import { environmentOf, makeWorkDirectory } from './work-directory.js';

// An attempt on this machine, from the granted begin to the accepted ending. Whoever holds one awaits `over`; deliveries come and go.

// A ledger makes a lost tick within a round or two.
const PATIENT_LEASES = 10;

/** What an attempt works with. */
export type AttemptContext = Readonly<{
  controlPlane: ControlPlane;
  household: Household;
  spool: Spool;
  /** What of all outputs is on its way at once. */
  gate: Gate;
  times: LeaseTimes;
  instance: string;
  /** The worker's own addition to the environment of jobs. */
  env: Readonly<Record<string, string>>;
  /** Aborts when the worker leaves at once: what is not told is told by its next start. */
  leaving: AbortSignal;
}>;

/** `released`: no process lives, and there is no verdict that counts; the turn needs another attempt. */
export type AttemptOver = Readonly<{ kind: 'ended'; ending: Ending }> | Readonly<{ kind: 'released' }>;

export type Attempt = Readonly<{
  key: AttemptKey;
  lease: Lease;
  /** Null until a process began. */
  pid(): number | null;
  shipped(): number;
  /** Ends the processes; the first reason counts. Once they have ended, nothing. */
  stop(reason: StopReason, graceMs?: number): void;
  /** Whether somebody has asked to end it. */
  isStopping(): boolean;
  /** Resolves when the control plane knows the ending, or the attempt was given up. Rejects only when the worker leaves first. */
  over: Promise<AttemptOver>;
}>;

/** Starts an attempt that begin has granted. */
export function startAttempt(context: AttemptContext, key: AttemptKey, spec: AttemptSpec): Attempt {
  const lease = new Lease(context.times.leaseMs);
  const state: State = { lease, shipped: 0 };
  const stop = (reason: StopReason, graceMs?: number): void => {
    state.stop ??= { reason, ...(graceMs !== undefined && { graceMs }) };
    state.process?.stop(reason, graceMs);
  };
  return {
    key,
    lease,
    pid: () => pidOf(state),
    shipped: () => state.shipped,
    stop,
    isStopping: () => state.stop !== undefined,
    over: carryOut(context, key, spec, state),
  };
}

type State = {
  readonly lease: Lease;
  process?: JobProcess;
  stop?: Readonly<{ reason: StopReason; graceMs?: number }>;
  shipped: number;
};

const pidOf = ({ process }: State): number | null =>
  process === undefined || process.group.pgid === NO_GROUP ? null : process.group.pgid;

async function carryOut(
  context: AttemptContext,
  key: AttemptKey,
  spec: AttemptSpec,
  state: State,
): Promise<AttemptOver> {
  const entry = context.spool.open({ ...key, project: spec.project, instance: context.instance });
  const prepared = await prepare(context, key, spec, state, entry);
  if ('ending' in prepared) {
    if (state.stop?.reason === 'release') return giveUp(context, key, entry, prepared.ending, NOTHING);
    await entry.recordEnding(prepared.ending);
    return report(context, key, entry, prepared.ending, await NOTHING);
  }
  const output = outputOf(context, entry, prepared.output);
  const shipping = shipOutput(context, key, output, prepared.output, state);
  // Awaited below; until then a rejection (the worker leaves) must not count as unhandled.
  shipping.catch(() => {});
  const end = verdictOf(await prepared.ended, state.lease, context.times);
  const { kind } = end;
  // Before anything of what it wrote may be removed.
  const ending = kind === 'ended' ? await judged(context, spec, end.ending, entry.output, prepared.output) : end.ending;
  if (kind === 'ended') await entry.recordEnding(ending as SpoolEnding, output.shippedTo);
  if (kind === 'released') return giveUp(context, key, entry, ending as SpoolEnding, shipping);
  return report(context, key, entry, ending as SpoolEnding, await shipping);
}

/** What an engine's ending means and tells; when it resolves, no application of the run lives that is not to outlive it. */
async function judged(
  { times, leaving }: AttemptContext,
  spec: AttemptSpec,
  ending: Ending,
  output: string,
  { length }: Growth,
): Promise<Ending> {
  if (ending.kind !== 'exited' && ending.kind !== 'killed') return ending;
  const judgedOne = await withVerdict(spec, ending, output, length);
  if (!namesApplications(spec)) return withOutputs(judgedOne, output, length);
  const ids = await applicationsIn(output, length);
  const isWhole = outcomeOf(judgedOne) === 'succeeded';
  // A client that ends well has seen its application end, or was told not to wait for it.
  const left = isWhole || !spec.yarn ? undefined : await endApplications(spec.yarn, onYarn(ids), times, leaving);
  const told = withApplications(judgedOne, ids, spec.yarn, left);
  return withOutputs(told, output, length);
}

/**
 * Ends what former attempts of the run have left on YARN: their hosts may be gone, and their applications live. Resolves with why nobody can
 * say that they are over.
 */
const endFormer = ({ times, leaving }: AttemptContext, { n }: AttemptKey, { yarn }: AttemptSpec) =>
  n === 1 || !yarn ? undefined : endApplications(yarn, [], times, leaving);

const outputOf = ({ spool }: AttemptContext, entry: SpoolEntry, growth: Growth): SpooledOutput =>
  new SpooledOutput({
    ...{ folder: entry.output, growth, quota: spool.quota, cuts: entry.cuts(), recordCuts: entry.recordCuts },
  });

/**
 * A process that was killed while nobody confirmed the attempt was most likely ended by our own keeper (this worker hung, or the host
 * slept): that is no verdict on the job.
 */
function verdictOf(end: ProcessEnd, lease: Lease, times: LeaseTimes): ProcessEnd {
  const byStranger = end.ending.kind === 'killed' && end.ending.by === 'stranger';
  return byStranger && lease.isOver(2 * times.pulseMs) ? { kind: 'released', ending: end.ending } : end;
}

const NOTHING: Promise<Shipped> = Promise.resolve({ bytes: 0, refused: false });

type Prepared = JobProcess | Readonly<{ ending: SpoolEnding }>;

/** Lays out the work directory and starts the process; an ending when nothing was started. */
async function prepare(
  context: AttemptContext,
  key: AttemptKey,
  spec: AttemptSpec,
  state: State,
  entry: SpoolEntry,
): Promise<Prepared> {
  const refused = (reason: string): Prepared => ({ ending: { kind: 'refused', reason } });
  const fetch = (sha256: string) => persist(context, () => context.controlPlane.file(key, sha256));
  let directory: Awaited<ReturnType<typeof makeWorkDirectory>>;
  try {
    directory = await makeWorkDirectory(entry.directory, scriptFile(spec), spec, {
      cached: context.spool.cached,
      fetch,
    });
  } catch (error) {
    context.leaving.throwIfAborted();
    return refused(`the work directory could not be made: ${error instanceof Error ? error.message : error}`);
  }
  const env = environmentOf(spec, context.env, directory, entry.mark);
  const composed = compose(spec, directory.path, env.PATH ?? '');
  if ('refused' in composed) return refused(composed.refused);
  if (state.stop) return { ending: { kind: 'cancelled' } };
  const former = await endFormer(context, key, spec);
  if (former !== undefined) return refused(`a former attempt may live: ${former}`);
  if (state.stop) return { ending: { kind: 'cancelled' } };
  const process = await startProcess(
    {
      ...{
        run: key.run,
        attempt: key.n,
        worker: entry.mark,
        command: composed.command,
        args: composed.args,
        env,
        cwd: directory.path,
      },
      ...{ output: entry.output, timeoutMs: spec.timeoutMs, graceMs: spec.graceMs },
    },
    context.household,
    entry.recordGroup,
  );
  if ('refused' in process) return refused(process.refused);
  state.process = process;
  return process;
}

const shipOutput = (
  { controlPlane, leaving, times, gate }: AttemptContext,
  key: AttemptKey,
  output: SpooledOutput,
  growth: Growth,
  state: State,
): Promise<Shipped> =>
  ship({
    ...{ output, growth, gate, leaving, times },
    append: async (at, bytes) => {
      state.shipped = await appendKnown(controlPlane, key, state.process?.group.pgid ?? null, at, bytes);
      return state.shipped;
    },
    show: (at, bytes) => controlPlane.tail(key, at, bytes),
  }).finally(() => output.close());

/** Appends; a control plane that has forgotten the attempt is told whose it is, and says from where it wants the log. */
async function appendKnown(
  controlPlane: ControlPlane,
  key: AttemptKey,
  pid: number | null,
  at: number,
  bytes: Uint8Array,
): Promise<number> {
  try {
    return await controlPlane.append(key, at, bytes);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'not-found' || key.of === undefined) throw error;
    const { claim } = await controlPlane.claim(key, pid);
    if (claim === 'wait') throw unavailable('the control plane does not know the run yet', { cause: error });
    if (claim === 'lost') throw error;
    return controlPlane.append(key, at, bytes);
  }
}

/** Tells the control plane how an attempt ended, until it has heard it. `as`: the former instance whose attempt it was. */
export async function report(
  context: Pick<AttemptContext, 'controlPlane' | 'leaving' | 'times'>,
  key: AttemptKey,
  entry: SpoolEntry,
  ending: SpoolEnding,
  shipped: Shipped,
  as?: string,
): Promise<AttemptOver> {
  const accepted = await untilKnown(context, () => tellEnd(context, key, ending, shipped.bytes, as)).catch(notOurs);
  const succeeded = outcomeOf(ending as Ending) === 'succeeded';
  entry.close(Date.now() + (succeeded ? KEEP_SUCCESS_MS : KEEP_FAILURE_MS));
  return accepted ? { kind: 'ended', ending: ending as Ending } : { kind: 'released' };
}

/** False when the attempt was given up: its ending decides nothing. */
async function tellEnd(
  context: Pick<AttemptContext, 'controlPlane' | 'leaving' | 'times'>,
  key: AttemptKey,
  ending: SpoolEnding,
  bytes: number,
  as: string | undefined,
): Promise<boolean> {
  try {
    return (await persist(context, () => context.controlPlane.end(key, ending, bytes, as))).accepted;
  } catch (error) {
    const details = error instanceof Failure ? (error.more.details as EndRefused | undefined) : undefined;
    // The log there is not ours (refused bytes): the ending counts, with the log as it is.
    if (details?.expected !== undefined && details.expected !== bytes)
      return tellEnd(context, key, ending, details.expected, as);
    throw error;
  }
}

/** A control plane that refuses to hear an ending has given the attempt up. */
function notOurs(error: unknown): false {
  if (!(error instanceof Failure)) throw error;
  return false;
}

type EndRefused = Readonly<{ expected?: number }>;

/** Says that no process of the attempt lives, so that its turn may have another; then what it wrote and how it ended, as evidence. */
async function giveUp(
  context: AttemptContext,
  key: AttemptKey,
  entry: SpoolEntry,
  ending: SpoolEnding,
  shipping: Promise<Shipped>,
): Promise<AttemptOver> {
  try {
    await persist(context, () => context.controlPlane.lose(key));
  } catch (error) {
    context.leaving.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
  }
  await tellEnd(context, key, ending, (await shipping).bytes, undefined).catch(notOurs);
  entry.close(Date.now() + KEEP_FAILURE_MS);
  return { kind: 'released' };
}

/**
 * Asks again while the control plane does not know the run: its database was set back, and the lost tick or admission is made anew. At most
 * as long as that may take; then what was answered last counts.
 */
export async function untilKnown<T>(
  { leaving, times }: Pick<AttemptContext, 'leaving' | 'times'>,
  ask: () => Promise<T>,
): Promise<T> {
  for (let leftMs = PATIENT_LEASES * times.leaseMs; ; leftMs -= times.retryMostMs) {
    try {
      return await ask();
    } catch (error) {
      if (!isUnknownYet(error) || leftMs <= 0) throw error;
    }
    await delay(times.retryMostMs, undefined, { signal: leaving });
  }
}

const isUnknownYet = (error: unknown): boolean =>
  error instanceof Failure && (error.more.details as Readonly<{ wait?: boolean }> | undefined)?.wait === true;

/** Asks again while the control plane is away, until the worker leaves. */
export async function persist<T>(
  { leaving, times }: Pick<AttemptContext, 'leaving' | 'times'>,
  ask: () => Promise<T>,
): Promise<T> {
  for (let waitMs = times.retryMs; ; waitMs = Math.min(waitMs * 2, times.retryMostMs)) {
    leaving.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await delay(waitMs, undefined, { signal: leaving });
  }
}
