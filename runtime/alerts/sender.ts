import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.js';
import { markDelivered, markUndelivered, takeDueAlerts } from '../store/alert.js';
import type { Database } from '../store/database.js';
import { installationId } from '../store/installation.js';
import { PATIENCE_MS, post, type Webhook } from './webhook.js';

const EVERY_MS = 1_000;
const BATCH = 20;
/** A receiver that is slow is not sent the same again meanwhile; what a dead sender had is. */
const TAKEN_SECONDS = (3 * PATIENCE_MS) / 1000;

export type AlertSender = Readonly<{ stop(): Promise<void> }>;

/** Delivers what is due, every second, from any number of processes. What fails is sent again after 1, 2, 4 … 600 s, for a day. */
export function startAlertSender(database: Database, webhook: Webhook, log: Log): AlertSender {
  const stopped = new AbortController();
  const loop = async (): Promise<void> => {
    const installation = await installationId(database);
    while (!stopped.signal.aborted) {
      const taken = await deliverDue(database, webhook, installation, log);
      if (taken < BATCH) await delay(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  const running = loop();
  running.catch((error: unknown) => log.error('alerts are not sent any more', { error: String(error) }));
  return {
    async stop() {
      stopped.abort();
      await running.catch(() => {});
    },
  };
}

/** One batch; how many it took. */
async function deliverDue(database: Database, webhook: Webhook, installation: string, log: Log): Promise<number> {
  try {
    const due = await takeDueAlerts(database, BATCH, TAKEN_SECONDS);
    await Promise.all(
      due.map(async (alert) => {
        const failure = await post(webhook, installation, alert);
        if (failure === undefined) return markDelivered(database, alert.id);
        log.warn(`alert ${alert.id} could not be delivered; it is sent again`, { failure, sends: alert.sends });
        return markUndelivered(database, alert.id, failure);
      }),
    );
    return due.length;
  } catch (error) {
    log.warn('alerts cannot be read; tried again', { error: String(error) });
    return 0;
  }
}
