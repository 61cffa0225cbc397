import type { Database } from './database.js';

/** Channels on which waiting readers are woken. A missed notification costs a reader its poll interval, never data. */
export type Channel = 'hera_event' | 'hera_orders';

const COALESCE_MS = 50;
const pending = new WeakMap<Database, Map<Channel, NodeJS.Timeout>>();

/**
 * Wakes the listeners of `channel` soon, once for many calls. Called after a commit, never inside: a NOTIFY inside a
 * transaction serialises all commits of the server.
 */
export function wake(database: Database, channel: Channel): void {
  const timers = pending.get(database) ?? new Map<Channel, NodeJS.Timeout>();
  pending.set(database, timers);
  if (timers.has(channel)) return;
  const timer = setTimeout(() => {
    timers.delete(channel);
    database`select pg_notify(${channel}, '')`.catch(() => {});
  }, COALESCE_MS);
  timer.unref();
  timers.set(channel, timer);
}
