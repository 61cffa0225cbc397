import type { Transaction } from './database.js';
import { originAddress } from './origin.js';
import { json } from './transaction.js';

/** What changed, for live views. */
export type NewEvent = Readonly<{ project: string; kind: string; run: string | null; body: unknown }>;

export async function insertEvents(tx: Transaction, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx`
    insert into event (project, kind, run, body)
    select project, kind, run, body
    from jsonb_to_recordset(${json(tx, events)}) as e(project text, kind text, run bigint, body jsonb)`;
}

/** One line of the audit: who did what, from where; the address is that of the request under way. Nothing secret belongs into `body`. */
export type AuditLine = Readonly<{
  project: string | null;
  who: string;
  via: string;
  what: string;
  subject: string | null;
  body: unknown;
}>;

export const insertAudit = (tx: Transaction, line: AuditLine): Promise<void> => insertAudits(tx, [line]);

export async function insertAudits(tx: Transaction, lines: readonly AuditLine[]): Promise<void> {
  if (lines.length === 0) return;
  await tx`
    insert into audit (project, who, via, what, subject, body, address)
    select project, who, via, what, subject, body, ${originAddress()}
    from jsonb_to_recordset(${json(tx, lines)})
      as l(project text, who text, via text, what text, subject text, body jsonb)`;
}
