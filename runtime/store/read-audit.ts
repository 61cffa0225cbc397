import type { Queryable } from './database.js';

export type AuditRecord = Readonly<{
  id: string;
  at: Date;
  /** `at` with all its digits, to go on from. */
  place: string;
  project: string | null;
  who: string;
  via: string;
  address: string | null;
  what: string;
  subject: string | null;
  body: Readonly<Record<string, unknown>>;
}>;

/** `seenBy`: an account that sees lines of projects and its own only; null: all. `after`: the line to go on from. */
export type AuditQuery = Readonly<{
  seenBy: string | null;
  project: string | null;
  who: string | null;
  what: string | null;
  subject: string | null;
  from: Date | null;
  to: Date | null;
  after: Readonly<{ place: string; id: string }> | null;
  limit: number;
}>;

/** Lines of the audit, newest first. Every filter has its index; a range of time goes by the partitions. */
export async function listAudit(sql: Queryable, query: AuditQuery): Promise<readonly AuditRecord[]> {
  const { seenBy, project, who, what, subject, from, to, after, limit } = query;
  return sql<AuditRecord[]>`
    select id, at, at::text as place, project, who, via, address, what, subject, body
    from audit
    where true
      ${seenBy === null ? sql`` : sql`and (project is not null or who = ${seenBy})`}
      ${project === null ? sql`` : sql`and project = ${project}`}
      ${who === null ? sql`` : sql`and who = ${who}`}
      ${what === null ? sql`` : sql`and what = ${what}`}
      ${subject === null ? sql`` : sql`and subject = ${subject}`}
      ${from === null ? sql`` : sql`and at >= ${from}`}
      ${to === null ? sql`` : sql`and at < ${to}`}
      ${after === null ? sql`` : sql`and (at, id) < (${after.place}::timestamptz, ${after.id}::bigint)`}
    order by at desc, id desc limit ${limit}`;
}
