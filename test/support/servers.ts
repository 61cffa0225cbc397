// The real servers of a test run: one PostgreSQL and one Temporal for all files, started when the first file asks.
// Each test file makes its own database and its own namespace, so that files neither see nor wait for each other.
// Use: `beforeAll(async () => { database = await freshDatabase({ migrate }); temporal = await temporalForTests(); })`
// and `afterAll(async () => { await database.drop(); await temporal.close(); })`.

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import postgres from 'postgres';
import { inject } from 'vitest';
import { prepareNamespace, registerNamespace } from '../../runtime/temporal/server-namespace.js';
import './global-setup.js';

export type TestDatabase = Readonly<{
  /** postgres://…, a superuser of this database. */
  url: string;
  name: string;
  /** Removes the database, ending whatever is still connected to it. */
  drop(): Promise<void>;
}>;

export type FreshDatabaseOptions = Readonly<{
  /** Brings an empty database to the wished schema. Run once per test run; every database is then a copy of the result. */
  migrate?: (url: string) => Promise<unknown>;
  /** Names the result of `migrate`: two different functions need two names. Default `template`. */
  template?: string;
}>;

/** A new database: empty, or a copy of the one `migrate` has made. */
export async function freshDatabase(options: FreshDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await postgresUrl();
  const name = `t_${randomBytes(8).toString('hex')}`;
  await administer(server, async (sql) => {
    const { migrate } = options;
    const template = migrate ? await templateMadeBy(sql, server, options.template ?? 'template', migrate) : 'template0';
    await sql.unsafe(`create database ${name} template ${template}`);
  });
  const drop = () => administer(server, (sql) => sql.unsafe(`drop database if exists ${name} with (force)`));
  return { url: within(server, name), name, drop: async () => void (await drop()) };
}

/** The run's PostgreSQL server, as superuser of its maintenance database. Most tests want `freshDatabase`. */
export const postgresUrl = (): Promise<string> => ask('/postgres');

/** Makes the template once per run; other files wait for it on an advisory lock of the maintenance database. */
async function templateMadeBy(
  sql: postgres.ReservedSql,
  server: string,
  template: string,
  migrate: (url: string) => Promise<unknown>,
): Promise<string> {
  await sql`select pg_advisory_lock(hashtext(${template}))`;
  const [ready] = await sql`select from pg_database where datname = ${`${template}_ready`}`;
  if (!ready) {
    const making = `${template}_making`;
    await sql.unsafe(`drop database if exists ${making} with (force)`);
    await sql.unsafe(`create database ${making} template template0`);
    await migrate(within(server, making));
    await sql.unsafe(`alter database ${making} rename to ${template}_ready`);
  }
  return `${template}_ready`;
}

/** One connection to the maintenance database; its advisory locks end with it. */
async function administer<T>(server: string, work: (sql: postgres.ReservedSql) => Promise<T>): Promise<T> {
  const pool = postgres(server, { max: 1, onnotice: () => {} });
  try {
    const sql = await pool.reserve();
    // Awaited here: the connection must be given back before the pool can end.
    return await work(sql).finally(() => sql.release());
  } finally {
    await pool.end({ timeout: 5 });
  }
}

function within(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

export type TestTemporal = Readonly<{
  address: string;
  namespace: string;
  /** A client connection to `address`, closed by `close`. */
  connection: Connection;
  close(): Promise<void>;
}>;

/** The run's Temporal server with a new namespace that has Hera's search attributes and can start workflows. */
export async function temporalForTests(): Promise<TestTemporal> {
  const address = await temporalAddress();
  const namespace = `t-${randomBytes(8).toString('hex')}`;
  const connection = await Connection.connect({ address });
  const spec = { namespace, retentionHours: 72 };
  await registerNamespace(connection, spec);
  // The frontend learns of a namespace a moment after it was registered, and there is no event for that.
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      await prepareNamespace(connection, spec);
      return { address, namespace, connection, close: () => connection.close() };
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(50);
    }
  }
}

/** The run's Temporal server. Most tests want `temporalForTests`. */
export const temporalAddress = (): Promise<string> => ask('/temporal');

async function ask(path: string): Promise<string> {
  const answer = await fetch(inject('heraBroker') + path);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}
