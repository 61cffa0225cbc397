// The store is the only place with SQL: numbered migrations, one module per table family, statements written out.
// In: plain data. Out: rows as plain data. Constraints decide races; every write may run twice and its docstring says what the second does.
// Never here: a decision about runs (that is `control/`), HTTP, Temporal.
// Start with `migrations/0001-core.sql`; `database.ts` is the connection all modules share.

import postgres from 'postgres';

export type Database = postgres.Sql;
export type Transaction = postgres.TransactionSql;
/** A statement may run inside a transaction or alone. */
export type Queryable = Database | Transaction;

/** A pool of connections. bigint columns (ids) are read as strings; counts are cast to int in their statement; instants are Dates. */
export const openDatabase = (url: string, options: { readonly max?: number; readonly name?: string } = {}): Database =>
  postgres(url, {
    max: options.max ?? 10,
    onnotice: () => {},
    connection: { application_name: options.name ?? 'hera', TimeZone: 'UTC' },
  });
