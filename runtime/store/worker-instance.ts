import type { Queryable } from './database.js';
import { json } from './transaction.js';

// Worker instances: one row per process start of a worker, renewed while it lives.

export type InstanceReport = Readonly<{
  instance: string;
  token: string;
  host: string;
  pid: number;
  machineGroups: readonly string[];
  version: string;
  facts: unknown;
  draining: boolean;
}>;

/** Makes or renews an instance's row; false when the number is another token's. One that has left stays gone: a late renewal revives nobody. */
export async function renewInstance(sql: Queryable, report: InstanceReport): Promise<boolean> {
  const rows = await sql`
    insert into worker_instance as w (id, token, host, pid, machine_groups, version, facts, draining)
    values (${report.instance}, ${report.token}, ${report.host}, ${report.pid}, ${[...report.machineGroups]}, ${report.version},
            ${json(sql, report.facts)}, ${report.draining})
    on conflict (id) do update
    set renewed_at = clock_timestamp(), facts = excluded.facts, draining = excluded.draining
    where w.token = excluded.token
    returning id`;
  return rows.length > 0;
}

/** The token by which an instance made itself known; undefined for one that never did. */
export async function tokenOfInstance(sql: Queryable, instance: string): Promise<string | undefined> {
  const [row] = await sql<{ token: string }[]>`select token from worker_instance where id = ${instance}`;
  return row?.token;
}

/** Notes that an instance has ended; a second call keeps the first time. */
export async function markGone(sql: Queryable, instance: string): Promise<void> {
  await sql`update worker_instance set gone_at = coalesce(gone_at, clock_timestamp()) where id = ${instance}`;
}
