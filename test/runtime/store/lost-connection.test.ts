import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../runtime/store/database.js';
import { asLeader } from '../../../runtime/store/ledger.js';
import { freshDatabase, type TestDatabase } from '../../support/servers.js';

// A connection that PostgreSQL closes under a transaction, or under the leader: the statement fails, and the process lives. An exception that
// nobody can catch ends the test run.

let base: TestDatabase;
let database: Database;
let other: Database;
beforeAll(async () => {
  base = await freshDatabase();
  database = openDatabase(base.url, { max: 2 });
  other = openDatabase(base.url, { max: 1 });
});
afterAll(async () => {
  await database.end({ timeout: 5 });
  await other.end({ timeout: 5 });
  await base.drop();
});

/** Ends a backend, and waits until it is gone. */
async function end(pid: number): Promise<void> {
  await other`select pg_terminate_backend(${pid}, 5000)`;
}
const pidOf = async (sql: Pick<Database, 'unsafe'>): Promise<number> =>
  ((await sql.unsafe('select pg_backend_pid() as pid')) as unknown as { pid: number }[])[0]!.pid;

describe('a connection that is lost', () => {
  test('in a transaction fails its next statement and the transaction, and the pool goes on', async () => {
    for (let i = 0; i < 5; i += 1) {
      const work = database.begin(async (tx) => {
        await end(await pidOf(tx));
        await tx`select 1`;
      });
      await expect(work).rejects.toThrow();
    }
    const rows = await Promise.all(Array.from({ length: 4 }, () => untilAnswered(() => database`select 1 as one`)));
    expect(rows.map(([row]) => row!.one)).toEqual([1, 1, 1, 1]);
  });

  test('by the leader does not end its work, and leaves the lock to the next one', async () => {
    const done = await asLeader(database, async () => {
      const [leader] = await other<{ pid: number }[]>`select pid from pg_locks where locktype = 'advisory' and granted`;
      await end(leader!.pid);
    });
    expect(done).toBe(true);
    let led = false;
    expect(
      await asLeader(database, async () => {
        led = await asLeader(database, async () => {});
      }),
    ).toBe(true);
    expect(led).toBe(false);
  });
});

/** A connection that has just been lost is refused for a moment. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
