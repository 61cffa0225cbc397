import type { Alert } from '../../runtime/api/contract.js';
import { connect } from '../contexts.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

const FAILED = 1;

/** Alerts, newest first. */
export async function alerts(
  terminal: Terminal,
  options: Readonly<{ project?: string; limit: number }>,
): Promise<number> {
  const { items } = await (await connect(terminal)).alerts(options);
  terminal.json(items);
  const rows = items.map((one) => [one.id, one.raisedAt, deliveryOf(one), one.text]);
  if (rows.length === 0) terminal.print('no alerts');
  else for (const line of table(['ID', 'RAISED', 'DELIVERY', 'WHAT'], rows, terminal.columns)) terminal.print(line);
  return 0;
}

/** Sends a test to the webhook and says what became of it. */
export async function testAlert(terminal: Terminal): Promise<number> {
  const sent = await (await connect(terminal)).testAlert();
  terminal.json(sent);
  terminal.print(
    sent.deliveredAt === null
      ? `not delivered: ${sent.lastError ?? 'no answer yet'}`
      : `delivered at ${sent.deliveredAt}`,
  );
  return sent.deliveredAt === null ? FAILED : 0;
}

function deliveryOf({ deliveredAt, givenUpAt, lastError }: Alert): string {
  if (deliveredAt !== null) return 'delivered';
  if (givenUpAt !== null) return 'given up';
  return lastError === null ? 'listed' : `failing: ${lastError}`;
}
