// The store is the only place with SQL: numbered migrations, one module per table family, statements written out.
// In: plain data. Out: rows as plain data. Constraints decide races; every write may run twice and its docstring says what the second does.
// Never here: a decision about runs (that is `control/`), HTTP, Temporal.
// Start with `migrations/0001-core.sql`; `database.ts` is the connection all modules share.

import postgres from 'postgres';
import { lastingSockets } from './lasting-socket.js';

export type Database = postgres.Sql;
export type Transaction = postgres.TransactionSql;
/** A statement may run inside a transaction or alone. */
export type Queryable = Database | Transaction;

/** A pool of connections. bigint columns (ids) are read as strings; counts are cast to int in their statement; instants are Dates. */
export function openDatabase(url: string, options: { readonly max?: number; readonly name?: string } = {}): Database {
  const database = postgres(url, {
    max: options.max ?? 10,
    onnotice: () => {},
    connection: { application_name: options.name ?? 'hera', TimeZone: 'UTC' },
    // The driver has the option, its types have it not.
    ...{ socket: lastingSockets() },
  });
  urls.set(database, url);
  return database;
}

const urls = new WeakMap<Database, string>();

/** One more session beside the pool's, for what belongs to a session (an advisory lock); it ends with `end`. */
export const openSession = (database: Database, name: string): Database =>
  openDatabase(urls.get(database)!, { max: 1, name });
