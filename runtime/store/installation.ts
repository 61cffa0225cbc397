import { randomUUID } from 'node:crypto';
import type { Database, Queryable } from './database.js';

/** This installation's id: written by the first start, the same for ever. */
export async function installationId(database: Database): Promise<string> {
  await database`insert into installation (id) values (${randomUUID()}) on conflict do nothing`;
  const [row] = await database<{ id: string }[]>`select id from installation`;
  return row!.id;
}

/** Where this installation stands; null: in no region. */
export async function readRegion(sql: Queryable): Promise<string | null> {
  const [row] = await sql<{ region: string | null }[]>`select region from installation`;
  return row?.region ?? null;
}

/** Says where this installation stands, for all its processes. */
export async function writeRegion(sql: Queryable, region: string | null): Promise<void> {
  await sql`update installation set region = ${region} where region is distinct from ${region}`;
}
