import type { Queryable } from './database.js';

// Events in the order in which they may be read: by transaction, then number. A reader stops below the oldest transaction that is
// still open: what is above it may yet get company below, and would be passed over for ever.

export type EventCursor = Readonly<{ xid: string; id: string }>;
export type EventRecord = EventCursor &
  Readonly<{ at: Date; project: string; kind: string; run: string | null; body: unknown }>;

/** Where a reader that wants only what comes begins. */
export async function eventsNow(sql: Queryable): Promise<EventCursor> {
  const [row] = await sql<{ xid: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xid`;
  return { xid: row!.xid, id: '0' };
}

/** The next events after a cursor, at most `limit`. */
export async function eventsAfter(sql: Queryable, after: EventCursor, limit: number): Promise<readonly EventRecord[]> {
  return sql<EventRecord[]>`
    select xid::text as xid, id, at, project, kind, run, body from event
    where (xid, id) > (${after.xid}::xid8, ${after.id}::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid, id limit ${limit}`;
}
