import { deploymentInForce } from '../store/deployment.js';
import type { FactKey } from '../store/fact.js';
import { dependentsOf } from '../store/need.js';
import { noteSettled } from '../store/need-settled.js';
import { dropTaken, moveCursor, type OutboxRow, type StartFacts, startFacts, takeDue } from '../store/outbox.js';
import { evaluatedBefore, readCandidates } from '../store/run.js';
import { readTurn } from '../store/turn.js';
import type { TemporalClient } from '../temporal/connection.js';
import { cancelExecution, startJobRun } from '../temporal/starts.js';
import { admit } from './admit.js';
import { type ControlContext, reach } from './context.js';
import { hasRunAlready, mendTurn } from './mend-turn.js';
import { replaceOlder } from './overlap.js';
import { reevaluate } from './reevaluate.js';
import { skipRun } from './skip.js';
import { SKIP, type SkipReason } from './skip-reason.js';
import { thaw, wakePlaces } from './wake-waiters.js';

// The sender pays what the outbox owes: starts and cancels to Temporal, pages of release and re-evaluation to the database.
// It never deletes a start or a cancel: only their effect does. It looks when it is kicked after a commit, and every second.

const BATCH = 40;
const PAGE = 500;
const EVERY_MS = 1000;
// A cancel is obeyed within a moment; after so many sends (1, 2, 4 … s apart) somebody looks whether its execution is there at all.
const PATIENT_SENDS = 3;

export type Sender = Readonly<{ kick(): void; stop(): Promise<void> }>;

/** Starts the loop. Failures are logged and tried again with the row's own wait. */
export function startSender(context: ControlContext, temporal: TemporalClient, queue: string): Sender {
  let wakeUp: () => void = () => {};
  let kicked = false;
  let stopped = false;
  const kick = (): void => {
    kicked = true;
    wakeUp();
  };
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, EVERY_MS);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
      if (kicked || stopped) wakeUp();
    });
  const loop = async (): Promise<void> => {
    while (!stopped) {
      kicked = false;
      if ((await sweep(context, temporal, queue)) < BATCH && !kicked) await idle();
    }
  };
  const running = loop();
  return {
    kick,
    stop: async () => {
      stopped = true;
      wakeUp();
      await running;
    },
  };
}

/** Sends one batch; how many rows it took. */
export async function sweep(context: ControlContext, temporal: TemporalClient, queue: string): Promise<number> {
  try {
    const rows = await takeDue(context.database, BATCH);
    await reach(context, 'outbox.stamped', { rows: rows.length });
    const facts = await startFacts(
      context.database,
      rows.filter((row) => row.kind === 'start').map((row) => row.run!),
    );
    await Promise.all(
      rows.map((row) =>
        send(row).catch((error: unknown) =>
          context.log.warn(`could not send ${row.kind} of run ${row.run}; it is tried again`, { error: String(error) }),
        ),
      ),
    );
    return rows.length;

    async function send(row: OutboxRow): Promise<void> {
      if (row.kind !== 'start') return pay(context, temporal, row);
      const about = facts.get(row.run!);
      if (about === undefined) return dropTaken(context.database, row);
      await start(context, temporal, queue, about, row);
    }
  } catch (error) {
    context.log.warn('the outbox cannot be read; it is tried again', { error: String(error) });
    return 0;
  }
}

/**
 * The first start of a run's first turn meets no closed execution; and a start that is old may be one that a database which was set back
 * owes again. In both cases what has run is settled by what Temporal knows of it, and only what has not is started.
 */
async function start(
  context: ControlContext,
  temporal: TemporalClient,
  queue: string,
  about: StartFacts,
  row: OutboxRow,
): Promise<void> {
  const of = { run: about.run, turn: about.turn, project: about.project, workflowId: about.workflowId };
  const first = about.turn === 1 && !about.opened;
  if (first && (await startJobRun(temporal, queue, about, 'unless-closed'))) return;
  if ((first || row.aged) && (await hasRunAlready(context, temporal, of))) return;
  await startJobRun(temporal, queue, about);
}

async function pay(context: ControlContext, temporal: TemporalClient, row: OutboxRow): Promise<void> {
  if (row.kind === 'cancel') return cancel(context, temporal, row);
  await payPage(context, row);
}

/** Pays rows that are owed to the database alone (skips, pages); how many there were. */
export async function sweepPages(context: ControlContext, rows: readonly OutboxRow[]): Promise<number> {
  for (const row of rows) await payPage(context, row);
  return rows.length;
}

async function payPage(context: ControlContext, row: OutboxRow): Promise<void> {
  switch (row.kind) {
    case 'skip':
      return skipRun(context, row.run!, (row.body.reason as SkipReason | undefined) ?? (await whySkip(context, row)));
    case 'release':
      return release(context, row);
    case 'reevaluate':
      return reevaluatePage(context, row);
    case 'thaw':
      return thaw(context, row);
    case 'places':
      return wakePlaces(context, row);
    case 'replace':
      return replaceOlder(context, row);
    case 'due':
      return startDue(context, row);
    case 'start':
    case 'cancel':
      throw new Error(`a ${row.kind} is owed to Temporal`);
    default:
      return row.kind satisfies never;
  }
}

/**
 * A cancel is sent until the turn has ended: to the one execution that has it, so that it never reaches the next turn, which another one
 * of the same id may have by now. An execution that is gone has ended nothing: what Temporal knows of it does.
 */
async function cancel(context: ControlContext, temporal: TemporalClient, row: OutboxRow): Promise<void> {
  const turn = await readTurn(context.database, row.run!, row.turn!);
  const execution = turn?.temporalRunId ?? null;
  const workflowId = row.workflowId!;
  if (execution !== null) await cancelExecution(temporal, workflowId, execution);
  await reach(context, 'cancel.sent', { run: row.run, turn: row.turn });
  if (turn === undefined || turn.ending !== null) return dropTaken(context.database, row);
  // Temporal accepts a cancel of an execution that has closed long ago, so its answer says nothing.
  if (row.sends > PATIENT_SENDS)
    await mendTurn(context, temporal, { run: row.run!, turn: row.turn!, project: row.project, workflowId });
}

async function whySkip(context: ControlContext, row: OutboxRow): Promise<SkipReason> {
  const force = await deploymentInForce(context.database, row.project);
  const [candidate] = await context.database.begin((tx) => readCandidates(tx, [row.run!]));
  return candidate?.inForce === null ? SKIP.removed(force?.commit ?? '') : SKIP.closed;
}

/** A run whose start was spread after its tick: it takes its places now, or waits for what it lacks. */
async function startDue(context: ControlContext, row: OutboxRow): Promise<void> {
  await admit(context, [row.run!]);
  await dropTaken(context.database, row);
}

type ReleaseBody = Readonly<{ project: string; job: string; period: string; after: string }>;

async function release(context: ControlContext, row: OutboxRow): Promise<void> {
  const body = row.body as ReleaseBody;
  const key: FactKey = { project: body.project, job: body.job, period: new Date(body.period) };
  const page = await dependentsOf(context.database, key, body.after, PAGE);
  // Before the others are admitted, so that it is said as soon as can be; it may be said twice.
  await noteSettled(
    context.database,
    page.filter(({ many }) => many).map(({ run }) => run),
  );
  await admit(
    context,
    page.filter(({ many }) => !many).map(({ run }) => run),
  );
  if (page.length < PAGE) return dropTaken(context.database, row);
  await moveCursor(context.database, row.id, { ...body, after: page.at(-1)!.run });
}

async function reevaluatePage(context: ControlContext, row: OutboxRow): Promise<void> {
  const { deployment, after } = row.body as Readonly<{ deployment: string; after: string }>;
  const page = await evaluatedBefore(context.database, row.project, deployment, after, PAGE);
  await reevaluate(context, page);
  await reach(context, 'reevaluate.page', { runs: page.length });
  await admit(context, page);
  if (page.length < PAGE) return dropTaken(context.database, row);
  await moveCursor(context.database, row.id, { deployment, after: page.at(-1) });
}
