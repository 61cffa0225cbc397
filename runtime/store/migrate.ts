import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Database } from './database.js';
import { ensurePartitions } from './partitions.js';

/** What a migration run did. */
export type Migrated = Readonly<{ applied: readonly string[]; already: number }>;

// Any constant: what matters is that all of Hera's processes take the same lock.
const LOCK = 4853;

const folder = (): URL => new URL('./migrations/', import.meta.url);

const files = (): readonly Readonly<{ name: string; text: string; checksum: string }>[] =>
  readdirSync(fileURLToPath(folder()))
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(new URL(name, folder()), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    });

/**
 * Brings the schema up to date: numbered files, forward only, one transaction each, under an advisory lock, so that several
 * processes may call it at once. Throws when an applied file has changed since, or when the database knows migrations that this
 * version does not (it is older than the database).
 */
export async function migrate(database: Database): Promise<Migrated> {
  const connection = await database.reserve();
  try {
    await connection`select pg_advisory_lock(${LOCK})`;
    await connection`
      create table if not exists migration (
        name text primary key, checksum text not null, applied_at timestamptz not null default now())`;
    const known = new Map(
      (await connection<{ name: string; checksum: string }[]>`select name, checksum from migration`).map((row) => [
        row.name,
        row.checksum,
      ]),
    );
    const all = files();
    refuseForeign(known, all);
    const missing = all.filter((file) => !known.has(file.name));
    for (const file of missing) {
      await connection.unsafe(
        `begin; ${file.text}; insert into migration (name, checksum) values ('${file.name}', '${file.checksum}'); commit`,
      );
    }
    await ensurePartitions(connection);
    return { applied: missing.map((file) => file.name), already: known.size };
  } finally {
    await connection`select pg_advisory_unlock(${LOCK})`.catch(() => {});
    connection.release();
  }
}

function refuseForeign(
  known: ReadonlyMap<string, string>,
  all: readonly { readonly name: string; readonly checksum: string }[],
): void {
  const byName = new Map(all.map((file) => [file.name, file.checksum]));
  for (const [name, checksum] of known) {
    const ours = byName.get(name);
    if (ours === undefined)
      throw new Error(
        `the database has migration ${name}, which this version of Hera does not know: start a newer Hera`,
      );
    if (ours !== checksum)
      throw new Error(
        `migration ${name} was changed after it was applied: restore the file, and add a new migration instead`,
      );
  }
}
