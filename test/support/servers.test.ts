import { Client } from '@temporalio/client';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestTemporal, temporalForTests } from './servers.js';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await temporalForTests();
});
afterAll(() => temporal.close());

const onDatabase = async <T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return work(sql).finally(() => sql.end());
};

test('a fresh namespace starts workflows with search attributes at once', async () => {
  const client = new Client({ connection: temporal.connection, namespace: temporal.namespace });
  const handle = await client.workflow.start('nothing', {
    workflowId: 'w',
    taskQueue: 'nobody-polls',
    searchAttributes: { HeraProject: ['p'], HeraPeriod: [new Date(0)] },
  });
  expect((await handle.describe()).searchAttributes.HeraProject).toEqual(['p']);
  await handle.terminate();
});

test('migrate runs once for all databases, and what one writes no other sees', async () => {
  let migrations = 0;
  const migrate = (url: string) => {
    migrations++;
    return onDatabase(url, (sql) => sql`create table a (b int)`);
  };
  const [one, two] = await Promise.all([1, 2].map(() => freshDatabase({ migrate, template: 'support_test' })));
  if (!one || !two) throw new Error('no database');
  await onDatabase(one.url, (sql) => sql`insert into a values (1)`);
  expect(await onDatabase(one.url, (sql) => sql`select b from a`)).toEqual([{ b: 1 }]);
  expect(await onDatabase(two.url, (sql) => sql`select b from a`)).toEqual([]);
  expect(migrations).toBe(1);
  await Promise.all([one.drop(), two.drop()]);
});

test('a dropped database is gone, also with connections open', async () => {
  const database = await freshDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  const held = await sql.reserve();
  await database.drop();
  await expect(onDatabase(database.url, (again) => again`select 1`)).rejects.toThrow(/does not exist/);
  held.release();
  await sql.end({ timeout: 1 });
});
