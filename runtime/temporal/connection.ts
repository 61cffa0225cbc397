// Temporal as Hera uses it: connection, names, the control queue's worker, schedules as data, the server binary of one machine.
// In: addresses, plain specs. Out: clients, started workflows, schedules. Never here: a decision about runs, SQL.
// `ids.ts` has every name we give; `server-*.ts` get and prepare the server; `control-worker.ts` runs workflows and local activities.

import { Client, Connection } from '@temporalio/client';

export type TemporalTarget = Readonly<{ address: string; namespace: string }>;

export type TemporalClient = Readonly<{
  connection: Connection;
  client: Client;
  namespace: string;
  close(): Promise<void>;
}>;

/** RPCs have no deadline of their own: everything that asks Temporal does so within this. */
export const CALL_MS = 10_000;

/** One connection for a process. Throws with the address when nothing answers there. */
export async function connectTemporal(target: TemporalTarget): Promise<TemporalClient> {
  const connection = await Connection.connect({ address: target.address, connectTimeout: CALL_MS });
  const client = new Client({ connection, namespace: target.namespace });
  return { connection, client, namespace: target.namespace, close: () => connection.close() };
}

/** Runs a call with a deadline. */
export const within = <T>(temporal: TemporalClient, call: () => Promise<T>, ms = CALL_MS): Promise<T> =>
  temporal.connection.withDeadline(Date.now() + ms, call);
