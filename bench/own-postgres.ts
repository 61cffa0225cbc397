import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embedPostgres, openStateDir } from '../runtime/embedded/index.js';
import { type Database, openDatabase } from '../runtime/store/database.js';
import { migrate } from '../runtime/store/migrate.js';

/** Runs `work` on a PostgreSQL of its own with our tables, on at most `max` connections, and with its address; nothing of it is left afterwards. */
export async function withPostgres(
  name: string,
  max: number,
  work: (database: Database, url: string) => Promise<void>,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), `hera-bench-${name}-`));
  const stateDir = await openStateDir(home);
  const postgres = await embedPostgres({ stateDir, env: process.env, progress: () => {}, survives: 'crash' });
  const database = openDatabase(postgres.url, { name: 'bench', max });
  try {
    await migrate(database);
    await work(database, postgres.url);
  } finally {
    await database.end({ timeout: 5 });
    await postgres.child.stop();
    stateDir.release();
    await rm(home, { recursive: true, force: true });
  }
}
