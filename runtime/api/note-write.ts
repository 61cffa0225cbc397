import type { Context } from 'hono';
import type { Transaction } from '../store/database.js';
import { insertAudit } from '../store/event.js';
import { type ApiEnv, whoOf } from './guard.js';

/** Leaves a line in the audit for a write of who asks; `body` says what was before and after, and nothing secret. */
export const noteWrite = (
  tx: Transaction,
  c: Context<ApiEnv>,
  { project = null, ...line }: Readonly<{ project?: string | null; what: string; subject: string; body: object }>,
): Promise<void> => insertAudit(tx, { project, who: whoOf(c).account, via: whoOf(c).via, ...line });
