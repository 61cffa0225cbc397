import type { Queryable } from './database.js';
import { type Packed, pack, unpack } from './pack.js';

// Plans as people saw them, kept for a day by their hash.

/** A period of a plan: its job, when (milliseconds), and what is done to it. */
export type SeenPeriod = readonly [job: string, period: number, action: string];

/** Keeps a plan, and forgets those of yesterday. Again it is the same row, which is then a day longer there. */
export async function keepSeenPlan(sql: Queryable, hash: string, periods: readonly SeenPeriod[]): Promise<void> {
  const { bytes, unpacked } = await pack(Buffer.from(JSON.stringify(periods)));
  await sql`
    insert into seen_plan (hash, periods, unpacked) values (${hash}, ${bytes}, ${unpacked})
    on conflict (hash) do update set at = now()`;
  await sql`
    delete from seen_plan where hash in (
      select hash from seen_plan where at < now() - interval '1 day' order by at limit 100 for update skip locked)`;
}

/** The periods of a plan that was shown within a day; undefined: nobody was shown such a plan. */
export async function readSeenPlan(sql: Queryable, hash: string): Promise<readonly SeenPeriod[] | undefined> {
  const [row] = await sql<Packed[]>`select periods as bytes, unpacked from seen_plan where hash = ${hash}`;
  return row && (JSON.parse((await unpack(row)).toString()) as readonly SeenPeriod[]);
}
