import type { Queryable, Transaction } from './database.js';
import type { FactKey, FactState } from './fact.js';
import type { Owed, RunState, WaitsOn } from './run.js';
import { json } from './transaction.js';

// How periods stand that a person wants to mark or to repair: their fact, their run where there is one, and its live turn.

export type Standing = Readonly<{
  fact: FactState;
  markedBy: string | null;
  /** The turn that wrote the fact; null: none did. */
  factTurn: number | null;
  run: string | null;
  state: RunState | null;
  owed: Owed | null;
  waitsOn: WaitsOn | null;
  reasons: readonly Readonly<{ kind: string }>[] | null;
  operation: string | null;
  /** The live turn; null: none. `sleeps`: an execution waits for its time. */
  turn: number | null;
  trigger: string | null;
  sleeps: boolean;
  turnOperation: string | null;
}>;

/** How each period stands, in the order of `keys`. Nothing is locked: a caller who decides by it has the facts and the runs locked. */
export async function standingsOf(sql: Queryable, keys: readonly FactKey[]): Promise<readonly Standing[]> {
  return sql<Standing[]>`
    select coalesce(fact.state, 'none') as fact, fact.marked_by as "markedBy", fact.turn as "factTurn",
      run.id as run, run.state, run.owed, run.waits_on as "waitsOn", run.reasons, run.operation,
      live.n as turn, live.trigger, live.temporal_run_id is not null as sleeps, live.operation as "turnOperation"
    from jsonb_to_recordset(${json(
      sql as Transaction,
      keys.map(({ project, job, period }, ord) => ({ ord, project, job, period })),
    )}) as k(ord int, project text, job bigint, period timestamptz)
    left join fact on fact.project = k.project and fact.job = k.job and fact.period = k.period
    left join run on run.project = k.project and run.job = k.job and run.period = k.period
    left join turn live on live.run = run.id and live.ending is null
    order by k.ord`;
}

/** Which of these facts some need awaits, by its period or as the latest of its job. */
export async function awaitedAmong<K extends FactKey>(tx: Transaction, keys: readonly K[]): Promise<readonly K[]> {
  const rows = await tx<{ ord: number }[]>`
    select k.ord from jsonb_to_recordset(${json(
      tx,
      keys.map(({ project, job, period }, ord) => ({ ord, project, job, period })),
    )}) as k(ord int, project text, job bigint, period timestamptz)
    where exists (select from need where need.project = k.project and need.job = k.job and need.period = k.period)
       or exists (select from need where need.project = k.project and need.job = k.job and need.form = 'latest')
    order by k.ord`;
  return rows.map(({ ord }) => keys[ord]!);
}
