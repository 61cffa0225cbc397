import type { Queryable, Transaction } from './database.js';
import { json } from './transaction.js';

// Pools: slots by name, of a project. All pools of a project are locked together, in the order of their names, by whoever takes or gives
// back: so a pool that looked full under the lock is full, and whoever gives back sees everybody who came to wait before.

/** A pool's size, and how many of its slots nobody has; negative where it was made smaller meanwhile. */
export type PoolRow = Readonly<{ project: string; name: string; size: number; free: number }>;

const readPools = (sql: Queryable, projects: readonly string[]) => sql<PoolRow[]>`
  select pool.project, pool.name, pool.size,
         (pool.size - coalesce((select sum(slots) from slot where slot.project = pool.project and slot.pool = pool.name), 0))::int as free
  from pool where pool.project = any(${[...projects]}) order by pool.project, pool.name`;

/** The pools of some projects, locked until the transaction ends. */
export async function lockPools(tx: Transaction, projects: readonly string[]): Promise<readonly PoolRow[]> {
  if (projects.length === 0) return [];
  // Counted in a statement of its own: the locking one would see the snapshot from before the wait.
  await tx`select from pool where project = any(${[...projects]}) order by project, name for update`;
  return readPools(tx, projects);
}

/** Takes slots for runs; the pools are locked and have them. A run that has slots of a pool takes no others of it. */
export async function takeSlots(
  tx: Transaction,
  wanted: readonly Readonly<{ run: string; project: string; pool: string; slots: number }>[],
): Promise<void> {
  if (wanted.length === 0) return;
  await tx`
    insert into slot (run, project, pool, slots)
    select run, project, pool, slots from jsonb_to_recordset(${json(tx, wanted)}) as w(run bigint, project text, pool text, slots int)
    on conflict (run, pool) do nothing`;
}

/** Gives back all slots of a run; answers the names of their pools. Locks the pools of its project, if it had any. */
export async function releaseSlots(
  tx: Transaction,
  of: Readonly<{ id: string; project: string }>,
): Promise<readonly string[]> {
  const had = await tx`select from slot where run = ${of.id} limit 1`;
  if (had.length === 0) return [];
  await tx`select from pool where project = ${of.project} order by name for update`;
  const rows = await tx<{ pool: string }[]>`delete from slot where run = ${of.id} returning pool`;
  return rows.map((row) => row.pool).sort();
}

/** The first that wait for what a run has of its pools: by priority, then period; as many as it has slots, and one. */
export async function waitingForSlotsOf(sql: Queryable, run: string): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select next.id from slot,
    lateral (
      select id from run
      where run.project = slot.project and run.waits_on = 'pool' and run.waits_for = slot.pool
      order by priority, period, id limit slot.slots + 1
    ) as next
    where slot.run = ${run}`;
  return rows.map((row) => row.id);
}

/** Where a page of those that wait for a pool ended. */
export type PoolCursor = Readonly<{ priority: number; period: Date; id: string }>;

/** Those that wait for a pool, first by priority, then by period, after `after`. */
export async function waitingForPool(
  sql: Queryable,
  of: Readonly<{ project: string; pool: string; after: PoolCursor | null; limit: number }>,
): Promise<readonly PoolCursor[]> {
  const { project, pool, after, limit } = of;
  return sql<PoolCursor[]>`
    select priority, period, id from run
    where project = ${project} and waits_on = 'pool' and waits_for = ${pool}
      and (${after === null} or (priority, period, id) > (${after?.priority ?? 0}::smallint, ${after?.period ?? null}::timestamptz, ${after?.id ?? null}::bigint))
    order by priority, period, id limit ${limit}`;
}

/** Which of these pools have a free slot, or are gone, while somebody waits for one. */
export async function poolsToFill(
  sql: Queryable,
  project: string,
  pools: readonly string[],
): Promise<readonly string[]> {
  const rows = await sql<{ name: string }[]>`
    select asked.name from unnest(${[...pools]}::text[]) as asked(name)
    left join pool on pool.project = ${project} and pool.name = asked.name
    where coalesce(pool.size > (select coalesce(sum(slots), 0) from slot where slot.project = ${project} and slot.pool = asked.name), true)
      and exists (select from run where run.project = ${project} and run.waits_on = 'pool' and run.waits_for = asked.name)
    order by asked.name`;
  return rows.map((row) => row.name);
}

/** Makes the pools of a project those of a deployment; answers which have become larger or are gone. */
export async function putPools(
  tx: Transaction,
  project: string,
  sizes: Readonly<Record<string, number>>,
): Promise<readonly string[]> {
  const before = await tx<{ name: string; size: number }[]>`
    select name, size from pool where project = ${project} order by name for update`;
  const names = Object.keys(sizes);
  await tx`delete from pool where project = ${project} and name <> all(${names})`;
  await tx`
    insert into pool (project, name, size)
    select ${project}, key, value::int from jsonb_each_text(${json(tx, sizes)}) order by key
    on conflict (project, name) do update set size = excluded.size where pool.size <> excluded.size`;
  return before.filter(({ name, size }) => (sizes[name] ?? Number.POSITIVE_INFINITY) > size).map(({ name }) => name);
}
