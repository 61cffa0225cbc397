import type { Log } from '../log.js';
import type { Database } from '../store/database.js';
import type { DeployedCache } from './deployed.js';

/** Points at which tests stage a fault or an interleaving. Absent outside tests. */
export type Hooks = Readonly<
  Partial<Record<HookPoint, (facts: Readonly<Record<string, unknown>>) => Promise<void> | void>>
>;
export type { Log };

export type HookPoint =
  | 'tick.inserted'
  | 'tick.admitted'
  | 'settle.before-commit'
  | 'settle.committed'
  | 'outbox.stamped'
  | 'apply.told'
  | 'apply.locked'
  | 'apply.inserted'
  | 'apply.defined'
  | 'apply.in-force'
  | 'apply.timetables'
  | 'apply.written'
  | 'apply.committed'
  | 'reevaluate.page'
  | 'schedule.made'
  | 'cancel.sent';

/** What every decision of the control plane works with. */
export type ControlContext = Readonly<{
  database: Database;
  deployed: DeployedCache;
  /** Says that rows are owed to Temporal: the sender looks at once, not at its next second. */
  kick(): void;
  log: Log;
  hooks: Hooks;
  /** Output is kept at least so many days; absent: as the store says. */
  keepLogsDays?: number;
  /** Attempts, former turns and events are kept at least so many days; absent: as the store says. */
  keepHistoryDays?: number;
}>;

/** Reaches a named point. */
export const reach = async (
  context: ControlContext,
  point: HookPoint,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  await context.hooks[point]?.(facts);
};
