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

/** Runs of `operation` that are open; not one that it has given up, where somebody's turn by hand is live yet. */
const openMembers = (sql: Queryable) => sql`
  select from run
  where run.operation = operation.id and run.state in ('waiting', 'queued', 'running')
    and not exists (
      select from member
      where member.operation = operation.id and member.job = run.job and member.period = run.period and member.state not in ('planned', 'made'))`;

/** An operation that was finished just now. */
export type Finished = Readonly<{ id: string; project: string; kind: string }>;

/** Finishes an operation whose members are all made and of which none is open; answers it if it did so now. */
export async function finishIfDone(tx: Transaction, id: string): Promise<Finished | undefined> {
  // Locked in a statement before: two last members that end at once must see each other.
  await tx`select from operation where id = ${id} for update`;
  const [row] = await tx<Finished[]>`
    update operation set finished_at = now()
    where id = ${id} and finished_at is null and cursor->>'done' = 'true'
      and not exists (${openMembers(tx)})
    returning id, project, kind`;
  return row;
}

/** Finishes the operations whose last member was taken over by another one, which tells nobody; answers which. */
export async function finishAllDone(sql: Queryable): Promise<readonly Finished[]> {
  return sql<Finished[]>`
    update operation set finished_at = now()
    where finished_at is null and cursor->>'done' = 'true'
      and not exists (${openMembers(sql)})
    returning id, project, kind`;
}

/** Operations with members still to be made. */
export async function unmade(sql: Queryable, kind: string): Promise<readonly OperationRow[]> {
  return sql<OperationRow[]>`
    select ${columns(sql)} from operation
    where kind = ${kind} and finished_at is null and cursor->>'done' is distinct from 'true' order by id limit 100`;
}
