import type { Database, Queryable, Transaction } from './database.js';

/** Tables that are dropped by the partition once they are old, and the width of a partition. */
const PARTITIONED = [
  { table: 'attempt', width: 'month' },
  { table: 'log_chunk', width: 'week' },
  { table: 'event', width: 'month' },
  { table: 'audit', width: 'month' },
] as const;

const AHEAD = 3;

/**
 * Makes the partitions of now and the next three widths where they are missing; asking again changes nothing.
 * Rows that found no partition are in the default one, and stay readable there.
 */
export async function ensurePartitions(sql: Queryable): Promise<void> {
  for (const { table, width } of PARTITIONED) {
    const spans = await sql<{ name: string; from: string; to: string }[]>`
      select ${table} || to_char(s, '_YYYYMMDD') as name, s::text as from, (s + ('1 ' || ${width})::interval)::text as to
      from generate_series(0, ${AHEAD}::int) as n,
           lateral (select date_trunc(${width}, now() at time zone 'UTC') + (n || ' ' || ${width})::interval as s) as span
      where to_regclass(${table} || to_char(s, '_YYYYMMDD')) is null`;
    for (const { name, from, to } of spans) {
      await sql.unsafe(
        `create table if not exists ${name} partition of ${table} for values from ('${from}+00') to ('${to}+00')`,
      );
    }
  }
}

/** A partition and the days it is for: from the first, up to and without the last. */
export type Partition = Readonly<{ name: string; first: string; last: string }>;

type Partitioned = (typeof PARTITIONED)[number]['table'];

/** The partitions of a table that ended more than `days` ago, the oldest first. */
export async function partitionsBefore(
  sql: Queryable,
  table: Partitioned,
  days: number,
): Promise<readonly Partition[]> {
  const width = `1 ${PARTITIONED.find((one) => one.table === table)!.width}`;
  return sql<Partition[]>`
    select name, first::date::text as first, (first + ${width}::interval)::date::text as last
    from (
      select child.relname as name, to_date(right(child.relname, 8), 'YYYYMMDD')::timestamp as first
      from pg_inherits join pg_class child on child.oid = inhrelid
      where inhparent = ${table}::regclass and child.relname ~ '_[0-9]{8}$'
    ) as partition
    where first + ${width}::interval < (now() at time zone 'UTC') - make_interval(days => ${days})
    order by 1`;
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Drops a partition, together with what `note` writes down; false when it is in use, which is left to another time. */
export async function dropPartition(
  database: Database,
  name: string,
  note: (tx: Transaction) => Promise<unknown>,
): Promise<boolean> {
  try {
    await database.begin(async (tx) => {
      // Readers and writers of all partitions wait behind a lock that waits: it must not wait long.
      await tx`set local lock_timeout = '2s'`;
      await note(tx);
      await tx.unsafe(`drop table ${name}`);
    });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}
