import type { Queryable, Transaction } from './database.js';
import { json } from './transaction.js';

// Operations: what people asked for. A backfill has members: runs whose `operation` is its number.

export type OperationRow = Readonly<{
  id: string;
  project: string;
  kind: string;
  request: Readonly<Record<string, unknown>>;
  planHash: string;
  askedBy: string;
  askedAt: Date;
  members: number;
  cursor: unknown;
  finishedAt: Date | null;
}>;

const columns = (sql: Queryable) => sql`
  id, project, kind, request, plan_hash as "planHash", asked_by as "askedBy", asked_at as "askedAt", members, cursor,
  finished_at as "finishedAt"`;

export async function insertOperation(
  tx: Transaction,
  operation: Readonly<{
    project: string;
    kind: string;
    request: unknown;
    planHash: string;
    askedBy: string;
    members: number;
  }>,
): Promise<string> {
  const [row] = await tx<{ id: string }[]>`
    insert into operation (project, kind, request, plan_hash, asked_by, members)
    values (${operation.project}, ${operation.kind}, ${json(tx, operation.request)}, ${operation.planHash}, ${operation.askedBy},
            ${operation.members})
    returning id`;
  return row!.id;
}

export async function readOperation(sql: Queryable, id: string): Promise<OperationRow | undefined> {
  const [row] = await sql<OperationRow[]>`select ${columns(sql)} from operation where id = ${id}`;
  return row;
}

/** Free places under each operation's limit. Locks the operations, in order, so that two transactions do not fill one place twice. */
export async function freePlaces(tx: Transaction, operations: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (operations.length === 0) return new Map();
  const ids = [...operations];
  await tx`select from operation where id = any(${ids}::bigint[]) order by id for update`;
  const rows = await tx<{ id: string; free: number }[]>`
    select id, greatest(0, coalesce((request->>'parallel')::int, 1000000) - (
      select count(*) from run where run.operation = operation.id and run.state in ('queued', 'running')))::int as free
    from operation where id = any(${ids}::bigint[])`;
  return new Map(rows.map((row) => [row.id, row.free]));
}

/** Keeps how far the members of an operation are made. */
export async function moveOperation(tx: Transaction, id: string, cursor: unknown): Promise<void> {
  await tx`update operation set cursor = ${json(tx, cursor)} where id = ${id}`;
}

/** The same, if it is as far as `from` and not where somebody else has sent it meanwhile; answers whether it was. */
export async function goOn(tx: Transaction, id: string, from: unknown, to: unknown): Promise<boolean> {
  const rows = await tx`
    update operation set cursor = ${json(tx, to)} where id = ${id} and cursor = ${json(tx, from)} returning id`;
  return rows.length === 1;
}

/** Locks an operation; one that has finished is open again from `cursor` on. */
export async function reopenOperation(tx: Transaction, id: string, cursor: unknown): Promise<void> {
  await tx`update operation set finished_at = null, cursor = ${json(tx, cursor)} where id = ${id}`;
}

/** Finishes an operation whose members are all made and of which none is open; answers its kind if it did so now. */
export async function finishIfDone(tx: Transaction, id: string): Promise<string | undefined> {
  // Locked in a statement before: two last members that end at once must see each other.
  await tx`select from operation where id = ${id} for update`;
  const [row] = await tx<{ kind: string }[]>`
    update operation set finished_at = now()
    where id = ${id} and finished_at is null and cursor->>'done' = 'true'
      and not exists (select from run where run.operation = ${id} and state in ('waiting', 'queued', 'running'))
    returning kind`;
  return row?.kind;
}

/** How many members an operation has and how many of them did not succeed; undefined for one that is not there. */
export async function failuresOf(
  sql: Queryable,
  id: string,
): Promise<Readonly<{ project: string; members: number; failed: number }> | undefined> {
  const [row] = await sql<{ project: string; members: number; failed: number }[]>`
    select project, members,
           (select count(*)::int from run where run.operation = operation.id and state in ('failed', 'timed_out')) as failed
    from operation where id = ${id}`;
  return row;
}

/** Finishes the operations whose last member was taken over by another one, which tells nobody; answers which. */
export async function finishAllDone(sql: Queryable): Promise<readonly Readonly<{ id: string; kind: string }>[]> {
  return sql<{ id: string; kind: string }[]>`
    update operation set finished_at = now()
    where finished_at is null and cursor->>'done' = 'true'
      and not exists (select from run where run.operation = operation.id and state in ('waiting', 'queued', 'running'))
    returning id, kind`;
}

/** Operations with members still to be made. */
export async function unmade(sql: Queryable, kind: string): Promise<readonly OperationRow[]> {
  return sql<OperationRow[]>`
    select ${columns(sql)} from operation
    where kind = ${kind} and finished_at is null and cursor->>'done' is distinct from 'true' order by id limit 100`;
}
