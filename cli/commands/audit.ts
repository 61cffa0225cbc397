import type { AuditFilter } from '../../runtime/api/client.js';
import type { AuditLine } from '../../runtime/api/people-contract.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

const PAGE = 500;

/** Lines of the audit, newest first, at most `limit`. */
export async function audit(
  terminal: Terminal,
  { limit, ...filter }: AuditFilter & { limit: number },
): Promise<number> {
  const client = await connect(terminal);
  const lines: AuditLine[] = [];
  for (let cursor: string | undefined; lines.length < limit; ) {
    const asked = {
      ...filter,
      limit: Math.min(PAGE, limit - lines.length),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await client.audit(asked);
    lines.push(...page.items);
    if (page.next === null) break;
    cursor = page.next;
  }
  terminal.json(lines);
  const rows = lines.map((one) => [
    ...[one.at, one.who, one.address === null ? one.via : `${one.via} ${one.address}`, one.what],
    ...[one.subject ?? '', bodyText(one.body)],
  ]);
  for (const line of table(['AT', 'WHO', 'FROM', 'WHAT', 'SUBJECT', ''], rows)) terminal.print(line);
  return 0;
}

/** `role: viewer → admin`, and what else belongs to it, in one line. */
function bodyText({ before, after, ...rest }: Readonly<Record<string, unknown>>): string {
  const change = before === undefined && after === undefined ? [] : [`${short(before)} → ${short(after)}`];
  return [...change, ...Object.entries(rest).map(([name, value]) => `${name}: ${short(value)}`)].join(' · ');
}

const short = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
};
