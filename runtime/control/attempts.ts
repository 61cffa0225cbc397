import type { NeedOutputs } from '../../compiler/render/index.js';
import type { Ending } from '../../workflows/contract.js';
import { outcomeOf } from '../../workflows/contract.js';
import type {
  AttemptSpec,
  BeginAnswer,
  BeginRequest,
  EndRequest,
  KillOrder,
  Lineage,
  OrphanAnswer,
  RenewRequest,
} from '../api/worker/contract.js';
import { conflict, type Failure, forbidden, notFound } from '../errors.js';
import {
  type AttemptRow,
  contest,
  findAttempt,
  insertAttempt,
  isPinned,
  keepEvidence,
  lockAttempt,
  markEnded,
  markLost,
  type Named,
  newestAttempt,
  ordersAmong,
  type Pinned,
  type PinnedTurn,
  readPinnedTurn,
  renewAttempts,
  sealLog,
} from '../store/attempt.js';
import type { Database, Transaction } from '../store/database.js';
import { insertEvents } from '../store/event.js';
import { appendChunks, readBlob, readChunks } from '../store/log.js';
import { isExpired } from '../store/log-retention.js';
import { putTail } from '../store/log-tail.js';
import { wake } from '../store/notify.js';
import { lockRuns, type RunRow, readRun, runOfWorkflow } from '../store/run.js';
import { inTransaction } from '../store/transaction.js';
import { readTurn } from '../store/turn.js';
import { markGone, renewInstance } from '../store/worker-instance.js';
import { type LeaseTimes, leaseTimes } from '../worker/times.js';
import { renderSpec } from './attempt-spec.js';
import { stoppedBy } from './backfill-pace.js';
import { type Claim, claimAttempt } from './claim.js';
import { DeployedCache } from './deployed.js';
import { freezesOver, freezeText, heldByBackfill, heldByFreezes, holdBack } from './frozen.js';
import { givenOutputs, namesOutputs } from './given-outputs.js';
import { wakeLog } from './log.js';
import { type Machine, refuseGroup, refuseStranger, strangersInstance } from './machine-rights.js';
import type { Turnless } from './mend-turn.js';
import { move } from './states.js';
import { type Transition, transition } from './transition.js';

// The attempt row decides which process is a turn's: deliveries come at least once, from workers that may be dead, cut off, or repeating
// themselves. All decisions of one run are made under its row lock, so that two workers never hold two live attempts of it.
// Lock order: the run, then its attempt. Every call may be made twice and answers the second time what it answered first.

export type { Machine };

export interface Attempts {
  /** Asks to be the process of a turn. Throws `not-found`, `forbidden`. */
  begin(machine: Machine, request: BeginRequest): Promise<BeginAnswer>;
  /**
   * Extends the instance's leases; answers kill orders among what it holds. Throws `forbidden` for another token's instance, and for groups
   * that the token does not serve.
   */
  renew(machine: Machine, request: RenewRequest): Promise<readonly KillOrder[]>;
  /**
   * Takes log bytes that begin at `at`; bytes taken before must be the same, and count once. Answers the length now.
   * Throws `conflict` with `details.expected` for a gap and for bytes that differ; `details.sealed` when no more may come.
   */
  append(machine: Machine, attempt: AttemptOf, at: number, bytes: Buffer): Promise<number>;
  /** Shows the newest output of an attempt that is beyond the head of its log: bytes from byte `at` of all that it wrote. */
  tail(machine: Machine, attempt: AttemptOf, at: number, bytes: Buffer): Promise<void>;
  /** Records how an attempt ended and closes its log. Throws `conflict` with `details.expected` while log bytes are missing. */
  end(machine: Machine, attempt: AttemptOf, request: EndRequest): Promise<{ accepted: boolean }>;
  /** Its holder says that no process of the attempt lives and that it will not say how it ended. */
  lose(machine: Machine, attempt: AttemptOf): Promise<void>;
  /** An attempt that lives on its machine and that the database has forgotten is known again, if its turn still wants it. Repeatable. */
  claim(machine: Machine, attempt: AttemptOf, of: Lineage): Promise<Claim>;
  /** Temporal does not know the attempt's delivery any more: whether it goes on, by what a describe says of its workflow. */
  orphan(machine: Machine, attempt: AttemptOf): Promise<OrphanAnswer>;
  /** The bytes of a file of the attempt's definition. */
  file(machine: Machine, attempt: AttemptOf, sha256: string): Promise<Buffer>;
  /** Throws `forbidden` unless the instance made itself known by this token. */
  refuseStranger(machine: Machine, instance: string): Promise<void>;
  /** The instance has ended. */
  leave(machine: Machine, instance: string): Promise<void>;
}

export type AttemptOf = Named;

export type AttemptsOptions = Readonly<{
  database: Database;
  /** The workers' lease. Default: unscaled. */
  times?: LeaseTimes;
  /** Asks Temporal what became of a turn's workflow, and mends the turn by it. Default: nobody asks, and the ledger does. */
  mend?: (of: Turnless) => Promise<unknown>;
  /** Deployments that are in memory already. */
  deployed?: DeployedCache;
  /** Since when this control plane lives, by `performance.now()`: silence before it is not a worker's fault. Default: since this call. */
  aliveSince?: number;
}>;

export function createAttempts({
  database,
  times = leaseTimes(),
  aliveSince = performance.now(),
  mend = async () => {},
  deployed = new DeployedCache(),
}: AttemptsOptions): Attempts {
  const mayGrantAway = (silentMs: number): boolean =>
    silentMs >= times.contestMs && performance.now() - aliveSince >= times.contestMs;
  return {
    async begin(machine, request) {
      await refuseStranger(database, machine, request.instance);
      const answer = await inTransaction(database, (tx) =>
        begin(tx, machine, request, { mayGrantAway, contestRetryMs: times.contestRetryMs, deployed }),
      );
      wake(database, 'hera_event');
      return answer;
    },
    async renew(machine, request) {
      for (const group of request.machineGroups) refuseGroup(machine, group);
      if (!(await renewInstance(database, { ...request, token: machine.id })))
        throw strangersInstance(request.instance);
      await renewAttempts(database, request.instance, request.attempts);
      return ordersAmong(database, request.instance, request.attempts);
    },
    async append(machine, attempt, at, bytes) {
      await refuseStranger(database, machine, attempt.instance);
      const length = await inTransaction(database, (tx) => append(tx, attempt, at, bytes));
      wakeLog(database, attempt.run, attempt.n);
      return length;
    },
    async tail(machine, attempt, at, bytes) {
      await refuseStranger(database, machine, attempt.instance);
      const found = await findAttempt(database, attempt);
      const of = found && { ...attempt, run: found.run, n: found.n };
      if (of && (await putTail(database, of, { at, bytes }))) wakeLog(database, of.run, of.n);
    },
    async end(machine, attempt, request) {
      await refuseStranger(database, machine, attempt.instance);
      const answer = await inTransaction(database, (tx) => end(tx, machine, attempt, request));
      wake(database, 'hera_event');
      wakeLog(database, attempt.run, attempt.n);
      return answer;
    },
    async lose(machine, attempt) {
      await refuseStranger(database, machine, attempt.instance);
      await inTransaction(database, (tx) => lose(tx, attempt));
      wake(database, 'hera_event');
    },
    async claim(machine, attempt, of) {
      await refuseStranger(database, machine, attempt.instance);
      const answer = await inTransaction(database, (tx) => claimAttempt(tx, machine, attempt, of));
      wake(database, 'hera_event');
      return answer;
    },
    async orphan(machine, attempt) {
      await refuseStranger(database, machine, attempt.instance);
      return orphan(database, attempt, mend);
    },
    async file(machine, attempt, sha256) {
      await refuseStranger(database, machine, attempt.instance);
      return inTransaction(database, (tx) => fileOf(tx, attempt, sha256));
    },
    refuseStranger: (machine, instance) => refuseStranger(database, machine, instance),
    async leave(machine, instance) {
      await refuseStranger(database, machine, instance);
      await markGone(database, instance);
    },
  };
}

type BeginRules = Readonly<{
  mayGrantAway: (silentMs: number) => boolean;
  contestRetryMs: number;
  deployed: DeployedCache;
}>;

async function begin(
  tx: Transaction,
  machine: Machine,
  request: BeginRequest,
  { mayGrantAway, contestRetryMs, deployed }: BeginRules,
): Promise<BeginAnswer> {
  const meant = await runOfWorkflow(tx, request.run, request.workflow);
  if (!meant) throw notKnown(request);
  // Sent together, and done one after the other: turn and attempt are read when the run is locked.
  const [[run], turn, newest] = await Promise.all([
    lockRuns(tx, [meant.id]),
    readPinnedTurn(tx, meant.id, request.turn),
    newestAttempt(tx, meant.id, request.turn),
  ]);
  if (!run || !turn) throw notKnown(request);
  if (!isPinned(turn)) {
    if (turn.ending) return { kind: 'ended', ending: turn.ending };
    throw notKnown(request);
  }
  const group = turn.job.machineGroup;
  refuseGroup(machine, group);
  if (turn.ending) return { kind: 'ended', ending: turn.ending };
  if (newest?.state === 'ended') return { kind: 'ended', ending: newest.ending };
  if (newest?.state === 'live' && newest.instance === request.instance) return joined(tx, run, turn, newest);
  if (newest?.state === 'live') {
    if (!mayGrantAway(await contest(tx, run.id, newest.n))) return { kind: 'wait', ms: contestRetryMs };
    await giveUp(tx, newest, 'silent');
  }
  if (turn.cancelRequested) return { kind: 'ended', ending: { kind: 'cancelled' } };
  const held = await heldBy(tx, run, turn, request.turn);
  if (held !== undefined) return { kind: 'held', reason: held };
  return grant(tx, run, turn, request, deployed);
}

/**
 * A workflow asks only for what was admitted: a database that does not know it was set back, and what makes it again is under way. Without
 * a workflow it may never have been.
 */
const notKnown = ({ run, turn, workflow }: BeginRequest): Failure =>
  notFound(`there is no admitted turn ${turn} of run ${run}`, {
    ...(workflow !== undefined && { details: { wait: true } }),
  });

/** Why a turn that was queued may not begin now: a freeze covers it, or its backfill is stopped, and it waits again. What runs already goes on. */
async function heldBy(tx: Transaction, run: RunRow, turn: PinnedTurn & Pinned, n: number): Promise<string | undefined> {
  if (!turn.admitted && run.state === 'waiting') return 'it waits again; it is started when it may go on';
  if (run.state !== 'queued') return undefined;
  const { id: path, machineGroup } = turn.job;
  const of = { id: run.id, project: run.project, job: run.job, path, machineGroup, trigger: turn.trigger };
  const freezes = (await freezesOver(tx, [of])).get(run.id);
  if (freezes !== undefined) {
    await holdBack(tx, run, n, heldByFreezes(freezes));
    return freezeText(freezes);
  }
  const stopped = await stoppedBy(tx, turn);
  if (stopped !== undefined) await holdBack(tx, run, n, heldByBackfill(turn.operation!));
  return stopped;
}

async function grant(
  tx: Transaction,
  run: RunRow,
  turn: PinnedTurn & Pinned,
  request: BeginRequest,
  deployed: DeployedCache,
): Promise<BeginAnswer> {
  const to = move(run.state, 'begin');
  if (!to) throw forbidden(`run ${run.id} is ${run.state}: nothing of it may begin`);
  const begun: readonly Transition[] =
    run.state === to ? [] : [{ run: run.id, project: run.project, from: run.state, event: 'begin', started: true }];
  const [script] = await Promise.all([readBlob(tx, turn.job.run.script.sha256), transition(tx, begun)]);
  const given = script === undefined ? null : await givenTo(tx, run, turn, script, deployed);
  const attempt = await insertAttempt(tx, {
    ...{ run: run.id, turn: request.turn, project: run.project, job: run.job },
    ...{ instance: request.instance, host: request.host, machineGroup: turn.job.machineGroup },
    ...{ deployment: turn.deployment, commit: turn.commit, definition: turn.hash, inputs: turn.inputs },
    given,
  });
  const { n } = attempt;
  await note(tx, run, 'attempt-begun', { attempt: n, turn: request.turn, host: request.host });
  const rendered = await rendering(run, turn, { ...attempt, given }, script);
  if ('refused' in rendered) {
    const ending: Ending = { kind: 'refused', reason: rendered.refused };
    await markEnded(tx, run.id, n, ending, outcomeOf(ending));
    await sealLog(tx, run.id, n, 0);
    return { kind: 'ended', ending };
  }
  return { kind: 'granted', run: run.id, attempt: n, joined: false, spec: rendered };
}

/** The same answer again: the former may never have arrived. */
async function joined(
  tx: Transaction,
  run: RunRow,
  turn: PinnedTurn & Pinned,
  attempt: AttemptRow,
): Promise<BeginAnswer> {
  const { n } = attempt;
  const rendered = await rendering(run, turn, attempt, await readBlob(tx, turn.job.run.script.sha256));
  if ('refused' in rendered)
    throw conflict(`attempt ${n} was granted and can no longer be rendered: ${rendered.refused}`);
  return { kind: 'granted', run: run.id, attempt: n, joined: true, spec: rendered };
}

/** What its needs have told, where its texts name that. */
async function givenTo(
  tx: Transaction,
  run: RunRow,
  turn: PinnedTurn & Pinned,
  script: Buffer,
  deployed: DeployedCache,
): Promise<NeedOutputs | null> {
  if (!namesOutputs(turn.job, script.toString('utf8'))) return null;
  return givenOutputs(tx, await deployed.readIn(tx, run.project, turn.deployment), turn.job, run.period);
}

function rendering(
  run: RunRow,
  turn: PinnedTurn & Pinned,
  { n, begunAt, given }: Pick<AttemptRow, 'n' | 'begunAt' | 'given'>,
  script: Buffer | undefined,
): AttemptSpec | { refused: string } {
  if (!script)
    return { refused: `the script ${turn.job.run.script.path ?? '(inline)'} is not stored: deploy its commit again` };
  const { project, id, period } = run;
  const { job, calendar, commit, installation, region } = turn;
  return renderSpec({
    project,
    run: id,
    period,
    attempt: n,
    begunAt,
    commit,
    installation,
    region,
    job,
    calendar,
    script,
    given,
  });
}

async function append(tx: Transaction, of: AttemptOf, at: number, bytes: Buffer): Promise<number> {
  const attempt = await lockAttempt(tx, of);
  refuseOther(attempt, of);
  const { logBytes: length, logSealed } = attempt;
  if (at > length)
    throw conflict(`the log has ${length} bytes, and these begin at ${at}`, { details: { expected: length } });
  const key = { run: attempt.run, n: attempt.n, begunAt: attempt.begunAt };
  const known = Math.min(length - at, bytes.length);
  const stored = await readChunks(tx, key, at, at + known);
  if (!stored.equals(bytes.subarray(0, known)))
    throw conflict('these bytes differ from those taken before', { details: { expected: length, differs: true } });
  if (known === bytes.length) return length;
  if (logSealed !== null) throw conflict('the log is closed', { details: { expected: length, sealed: true } });
  if (await isExpired(tx, attempt.begunAt))
    throw conflict('the log has expired', { details: { expected: length, sealed: true } });
  await appendChunks(tx, key, length, bytes.subarray(known));
  return at + bytes.length;
}

async function end(
  tx: Transaction,
  machine: Machine,
  asked: AttemptOf,
  { ending, logBytes, of: lineage }: EndRequest,
): Promise<{ accepted: boolean }> {
  const of = lineage === undefined ? asked : await known(tx, machine, asked, lineage);
  // Sent together, and locked one after the other.
  const [[run], attempt] = await Promise.all([lockRuns(tx, [of.run]), lockAttempt(tx, of)]);
  refuseOther(attempt, of);
  if (!run) throw notFound(`there is no run ${of.run}`);
  if (attempt.state === 'ended') return { accepted: true };
  if (logBytes !== attempt.logBytes)
    throw conflict(`the log has ${attempt.logBytes} bytes, not ${logBytes}`, {
      details: { expected: attempt.logBytes },
    });
  // Not what it told: whoever may see events may not see all outputs.
  const { outputs: _, ...told } = ending as Extract<Ending, { kind: 'exited' }>;
  const body = { attempt: of.n, turn: attempt.turn, ending: told };
  const sealed = sealLog(tx, of.run, of.n, logBytes);
  if (attempt.state === 'live') {
    const ended = markEnded(tx, of.run, of.n, ending as Ending, outcomeOf(ending as Ending));
    await Promise.all([sealed, ended, note(tx, run, 'attempt-ended', body)]);
    return { accepted: true };
  }
  const [, kept] = await Promise.all([sealed, keepEvidence(tx, of.run, of.n, ending as Ending)]);
  if (kept) await note(tx, run, 'late-ending', body);
  return { accepted: false };
}

/** The attempt as the database knows it; one that it has forgotten is claimed first, for its ending counts as well. */
async function known(tx: Transaction, machine: Machine, asked: AttemptOf, lineage: Lineage): Promise<AttemptOf> {
  const attempt = await findAttempt(tx, { ...asked, workflow: lineage.workflow });
  if (attempt?.turn === lineage.turn) return { ...asked, run: attempt.run, n: attempt.n };
  const claim = await claimAttempt(tx, machine, asked, lineage);
  if (claim.claim === 'wait') throw notFound(`run ${asked.run} is not known yet`, { details: { wait: true } });
  return claim.as === undefined ? asked : { ...asked, ...claim.as };
}

async function orphan(
  database: Database,
  of: AttemptOf,
  mend: (of: Turnless) => Promise<unknown>,
): Promise<OrphanAnswer> {
  const attempt = await findAttempt(database, of);
  const run = attempt && (await readRun(database, attempt.run));
  // What the database does not know either is claimed by the next renewal.
  if (!attempt || !run || attempt.instance !== of.instance) return { keep: true };
  const hasEnded = async () => (await readTurn(database, run.id, attempt.turn))?.ending !== null;
  if (await hasEnded()) return { keep: false };
  await mend({ run: run.id, turn: attempt.turn, project: run.project, workflowId: run.workflowId });
  return { keep: !(await hasEnded()) };
}

async function lose(tx: Transaction, of: AttemptOf): Promise<void> {
  const found = await findAttempt(tx, of);
  await lockRuns(tx, found ? [found.run] : []);
  const attempt = await lockAttempt(tx, of);
  refuseOther(attempt, of);
  if (attempt.state === 'live') await giveUp(tx, attempt, 'released');
}

async function giveUp(tx: Transaction, attempt: AttemptRow, why: 'silent' | 'released'): Promise<void> {
  if (!(await markLost(tx, attempt.run, attempt.n))) return;
  const body = { attempt: attempt.n, turn: attempt.turn, host: attempt.host, why };
  await insertEvents(tx, [{ project: attempt.project, kind: 'attempt-lost', run: attempt.run, body }]);
}

async function fileOf(tx: Transaction, of: AttemptOf, sha256: string): Promise<Buffer> {
  const attempt = await findAttempt(tx, of);
  refuseOther(attempt, of);
  const turn = await readPinnedTurn(tx, attempt.run, attempt.turn);
  const named = attempt.state === 'live' && turn?.job?.run.files.some((file) => file.sha256 === sha256);
  const bytes = named ? await readBlob(tx, sha256) : undefined;
  if (!bytes) throw notFound(`attempt ${of.n} of run ${of.run} has no such file`);
  return bytes;
}

function refuseOther(attempt: AttemptRow | undefined, of: AttemptOf): asserts attempt is AttemptRow {
  if (!attempt) throw notFound(`there is no attempt ${of.n} of run ${of.run}`);
  if (attempt.instance !== of.instance) throw forbidden(`attempt ${of.n} of run ${of.run} is another worker's`);
}

const note = (tx: Transaction, run: RunRow, kind: string, body: object): Promise<void> =>
  insertEvents(tx, [{ project: run.project, kind, run: run.id, body }]);
