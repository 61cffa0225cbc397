import type { Server } from '../runtime/server.js';

/** Long enough for local activities, which have ten seconds, and for whatever else is under way. */
export const IN_ORDER_MS = 20_000;

/**
 * Ends a server in order; false when it has not ended after `withinMs`, since what it runs on is gone or stands still. Such a server is left
 * as it is: the control worker waits for activities that wait for PostgreSQL, and forced to end, Temporal's core panics. The next start goes
 * on as after a kill, which everything is made for.
 */
export async function endServer(server: Pick<Server, 'stop'>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
  });
  try {
    return await Promise.race([server.stop().then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends this process with the command's exit code, whatever a server that was left still waits for. */
export function endProcess(): void {
  setTimeout(() => process.exit(), 50);
}
