import type { Queryable, Transaction } from './database.js';

// What was settled of runs that await many others. Who settles one of a thousand does not look at the run that awaits them all, which would
// make all the thousand wait for each other at its row: he says that there is something to see, and whoever looks sees it for all of them.

/** A run with more open needs than this is looked at by itself, not by each that settles one of them. */
export const MANY_NEEDS = 20;

/** Says that a need of each of these runs was settled. Called with the fact or after it: whoever reads the row sees the fact. */
export async function noteSettled(tx: Queryable, runs: readonly string[]): Promise<void> {
  if (runs.length === 0) return;
  await tx`insert into need_settled (run) select unnest(${[...runs]}::bigint[])`;
}

/** Runs of which something was settled, what was said first first, at most `limit`. */
export async function runsToLookAt(sql: Queryable, limit: number): Promise<readonly string[]> {
  const rows = await sql<{ run: string }[]>`
    select run from need_settled group by run order by min(id) limit ${limit}`;
  return rows.map((row) => row.run);
}

/**
 * Takes what was said of a run so far; answers whether there was anything that nobody else has taken. The caller looks in statements after
 * this one: what commits later has a row of its own, which stays.
 */
export async function takeSettled(tx: Transaction, run: string): Promise<boolean> {
  const rows = await tx`
    delete from need_settled where id in (select id from need_settled where run = ${run} for update skip locked) returning id`;
  return rows.length > 0;
}
