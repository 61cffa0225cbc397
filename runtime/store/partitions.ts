import type { Queryable } from './database.js';

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
