// Decisions of the control plane on a real database, without Temporal: the test plays the workflow's hands, so that it can stop between any
// two steps. What it asks (tick, open, settle) are the same functions that workflows ask.

import { randomUUID } from 'node:crypto';
import type { ControlContext, Hooks } from '../../runtime/control/context.js';
import type { Applied } from '../../runtime/control/control.js';
import { applyDeployment } from '../../runtime/control/deploy.js';
import { DeployedCache } from '../../runtime/control/deployed.js';
import { lookAtJoins } from '../../runtime/control/joins.js';
import { open } from '../../runtime/control/open.js';
import { sweepPages } from '../../runtime/control/sender.js';
import { settle } from '../../runtime/control/settle.js';
import { tickPage } from '../../runtime/control/tick.js';
import { openLog } from '../../runtime/log.js';
import { type Database, openDatabase } from '../../runtime/store/database.js';
import { takeDue } from '../../runtime/store/outbox.js';
import type { Ending } from '../../workflows/contract.js';
import { migrated } from './hera.js';

export type PlainRun = Readonly<{
  id: string;
  state: string;
  owed: string | null;
  turn: number;
  trigger: string;
  reasons: readonly Readonly<Record<string, unknown>>[];
  fact: string;
  live: number | null;
}>;

export type PlainControl = Readonly<{
  database: Database;
  context: ControlContext;
  apply(
    files: Readonly<Record<string, string>>,
    options?: Readonly<{ on?: string | null; allowPrune?: boolean; commit?: string; markMissing?: boolean }>,
  ): Promise<Applied>;
  /** Fires every timetable of the project that has this instant. */
  tick(instant: string, missed?: Readonly<{ newest: boolean }>): Promise<void>;
  run(job: string, period: string): Promise<PlainRun>;
  /** Opens the live turn and ends it so. */
  end(job: string, period: string, ending: Ending): Promise<void>;
  /** Pays all pages and skips that are owed, and looks at the joins of which something was settled, until nothing is left. */
  payPages(): Promise<void>;
  stop(): Promise<void>;
}>;

export const OK: Ending = { kind: 'exited', code: 0 };
export const FAILED: Ending = { kind: 'exited', code: 1 };

export async function plainControl(hooks: Hooks = {}): Promise<PlainControl> {
  const base = await migrated();
  const database = openDatabase(base.url, { max: 8 });
  const context: ControlContext = {
    database,
    deployed: new DeployedCache(),
    kick: () => {},
    log: openLog({ name: 'test', level: 'silent' }),
    hooks,
  };
  let last: string | null = null;
  const run = async (job: string, period: string): Promise<PlainRun> => {
    const [row] = await database<PlainRun[]>`
      select run.id, run.state, run.owed, run.turn, run.trigger, run.reasons, coalesce(fact.state, 'none') as fact,
             (select n from turn where turn.run = run.id and ending is null) as live
      from run join job on job.id = run.job
      left join fact on fact.project = run.project and fact.job = run.job and fact.period = run.period
      where job.path = ${job} and run.period = ${period}`;
    if (row === undefined) throw new Error(`there is no run ${job}@${period}`);
    return row;
  };
  return {
    database,
    context,
    run,
    apply: async (files, options = {}) => {
      const applied = await applyDeployment(context, {
        tree: new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)])),
        info: { commit: options.commit ?? randomUUID(), subject: 's', author: 'a', committedAt: null, dirty: false },
        plannedOn: options.on === undefined ? last : options.on,
        allowPrune: options.allowPrune ?? true,
        markMissing: options.markMissing ?? false,
        by: 'tester',
        via: 'test',
        isDescendantOf: async () => true,
      });
      last = applied.deployment;
      return applied;
    },
    tick: async (instant, missed) => {
      const rows = await database<{ id: string }[]>`select id from timetable where used_since is not null order by id`;
      for (const { id } of rows) await tickPage(context, { timetable: id, instant, ...(missed ? { missed } : {}) });
    },
    end: async (job, period, ending) => {
      const { id } = await run(job, period);
      const opened = await open(context, { run: id, temporalRunId: 'w' });
      if (opened.kind !== 'go') throw new Error(`${job}@${period} opened as ${JSON.stringify(opened)}`);
      await database`update run set state = 'running' where id = ${id} and state = 'queued'`;
      await settle(context, id, opened.turn, ending);
    },
    payPages: async () => {
      const kinds = ['skip', 'release', 'reevaluate', 'thaw', 'places', 'replace', 'due'] as const;
      const pay = async () =>
        (await sweepPages(context, await takeDue(database, 100, kinds))) + (await lookAtJoins(context));
      while ((await pay()) > 0);
    },
    stop: async () => {
      await database.end({ timeout: 5 });
      await base.drop();
    },
  };
}
