import { CONTROL_QUEUE } from '../../workflows/contract.js';
import type { Log } from '../log.js';
import { type Database, openDatabase } from '../store/database.js';
import { installationId, writeRegion } from '../store/installation.js';
import { connectTemporal, type TemporalClient, type TemporalTarget } from '../temporal/connection.js';
import { type ControlWorker, startControlWorker } from '../temporal/control-worker.js';
import { claimNamespace } from '../temporal/installation.js';
import { startBackfill, startCascade } from '../temporal/starts.js';
import { controlActivities } from './activities.js';
import { forgetCompilers } from './compilers.js';
import type { ControlContext, Hooks } from './context.js';
import type { Control } from './control.js';
import { applyDeployment } from './deploy.js';
import { DeployedCache } from './deployed.js';
import { findDrift, healDrift } from './drift.js';
import { startJoins } from './joins.js';
import { LEDGER, type Ledger, type LedgerTimes, startLedger } from './ledger.js';
import { cautionsOf, refusalsOf } from './may-apply.js';
import { mendTurn, type Turnless } from './mend-turn.js';
import { backfill } from './operations/backfill.js';
import {
  cancelBackfill,
  pauseBackfill,
  resumeBackfill,
  retryBackfill,
  type StartedBackfill,
  setBackfill,
} from './operations/backfill-control.js';
import { cancelRun } from './operations/cancel.js';
import { cancelRuns } from './operations/cancel-runs.js';
import { freeze, unfreeze } from './operations/freeze.js';
import { mark } from './operations/mark.js';
import { cascade } from './operations/repair/cascade.js';
import { resumeCascade } from './operations/repair/cascade-resume.js';
import { cancelCascade } from './operations/repair/cascade-withdraw.js';
import { recover } from './operations/repair/recover.js';
import { askRun } from './operations/run.js';
import { planDeployment } from './plan-deployment.js';
import { startSender } from './sender.js';

export type ControlOptions = Readonly<{
  databaseUrl: string;
  temporal: TemporalTarget;
  log: Log;
  /** Tests give their own queue and times. */
  queue?: string;
  ledgerTimes?: LedgerTimes;
  hooks?: Hooks;
  keepLogsDays?: number;
  /** Where the installation stands, from now on and for all its processes; null: in no region. Absent: as it was. */
  region?: string | null;
  keepHistoryDays?: number;
  /** The part that runs workflows has ended by itself: nothing goes on until this process is started again. */
  onBroken?: (why: string) => void;
}>;

/** A running control plane: its operations, and what it runs on. */
export type RunningControl = Readonly<{
  control: Control;
  database: Database;
  temporal: TemporalClient;
  ledger: Ledger;
  context: ControlContext;
  /** Asks Temporal what became of a turn's workflow, and mends the turn by it. */
  mend(of: Turnless): Promise<unknown>;
  stop(): Promise<void>;
}>;

/**
 * Starts control worker, sender and ledger in this process. The schema must be migrated. Throws when Temporal does not answer, or when
 * its namespace belongs to another installation.
 */
export async function startControl(options: ControlOptions): Promise<RunningControl> {
  const queue = options.queue ?? CONTROL_QUEUE;
  const database = openDatabase(options.databaseUrl, { max: 20, name: 'hera-control' });
  const temporal = await connectTemporal(options.temporal);
  await claimNamespace(await installationId(database), temporal);
  if (options.region !== undefined) await writeRegion(database, options.region);
  let kick = (): void => {};
  const context: ControlContext = {
    database,
    deployed: new DeployedCache(),
    kick: () => kick(),
    log: options.log,
    hooks: options.hooks ?? {},
    ...(options.keepLogsDays === undefined ? {} : { keepLogsDays: options.keepLogsDays }),
    ...(options.keepHistoryDays === undefined ? {} : { keepHistoryDays: options.keepHistoryDays }),
  };
  const sender = startSender(context, temporal, queue);
  kick = sender.kick;
  const joins = startJoins(context);
  const worker: ControlWorker = await startControlWorker(options.temporal, queue, controlActivities(context));
  worker.running.catch((error: unknown) => {
    options.log.error('the control worker has ended by itself', { error: String(error) });
    options.onBroken?.(`the control worker ended by itself (${String(error)})`);
  });
  const ledger = startLedger(context, temporal, options.ledgerTimes ?? LEDGER, queue);
  return {
    control: createControl(context, temporal, queue, ledger),
    database,
    temporal,
    ledger,
    context,
    mend: (of) => mendTurn(context, temporal, of),
    stop: async () => {
      await ledger.stop();
      await worker.stop();
      await sender.stop();
      await joins.stop();
      await temporal.close();
      forgetCompilers();
      await database.end({ timeout: 5 });
    },
  };
}

/** The operations as API and pages ask them. */
function createControl(context: ControlContext, temporal: TemporalClient, queue: string, ledger: Ledger): Control {
  return {
    plan: (request) => planDeployment(context, request),
    apply: async (request) => {
      const applied = await applyDeployment(context, request);
      // Schedules are made at once; what fails here is made by the ledger's next round, and no tick is lost meanwhile.
      await ledger
        .round()
        .catch((error: unknown) => context.log.warn('schedules are made by the next round', { error: String(error) }));
      return applied;
    },
    judge: async (info, origin, planned) => ({
      refusals: await refusalsOf(context.database, { info, origin }, planned),
      cautions: await cautionsOf(context.database, { info, origin }, planned.project),
    }),
    drift: async (heal) => {
      const drifted = await findDrift(context, temporal, queue, () => true);
      if (heal) await healDrift(context, temporal, queue, drifted);
      return drifted;
    },
    run: (request) => askRun(context, request),
    backfill: (request) => backfill(context, request, startBackfillSoon),
    pauseBackfill: (request) => pauseBackfill(context, request),
    resumeBackfill: (request) => resumeBackfill(context, request),
    setBackfill: (request) => setBackfill(context, request),
    retryBackfill: (step) => retryBackfill(context, step, startBackfillSoon),
    cancelBackfill: (step) => cancelBackfill(context, step, startBackfillSoon),
    mark: (request) => mark(context, request),
    recover: (request) => recover(context, request),
    cascade: (request) => cascade(context, request, (operation) => startCascadeSoon(operation, request.project)),
    resumeCascade: (request) => resumeCascade(context, request),
    cancelCascade: (request) => cancelCascade(context, request, startCascadeSoon),
    freeze: (request) => freeze(context, request),
    unfreeze: (request) => unfreeze(context, request),
    cancel: (request) => cancelRun(context, request),
    cancelRuns: (request) => cancelRuns(context, request),
  };

  async function startCascadeSoon(operation: string, project: string): Promise<void> {
    await startCascade(temporal, queue, project, operation).catch((error: unknown) =>
      context.log.warn('the cascade is started by the next round of the ledger', { operation, error: String(error) }),
    );
  }

  async function startBackfillSoon({ operation, project }: StartedBackfill): Promise<void> {
    await startBackfill(temporal, queue, project, operation).catch((error: unknown) =>
      context.log.warn('the backfill is started by the next round of the ledger', { operation, error: String(error) }),
    );
  }
}
