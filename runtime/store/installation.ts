import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';

/** This installation's id: written by the first start, the same for ever. */
export async function installationId(database: Database): Promise<string> {
  await database`insert into installation (id) values (${randomUUID()}) on conflict do nothing`;
  const [row] = await database<{ id: string }[]>`select id from installation`;
  return row!.id;
}
