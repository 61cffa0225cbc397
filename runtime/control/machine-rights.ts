import { forbidden, unavailable } from '../errors.js';
import type { Database } from '../store/database.js';
import { tokenOfInstance } from '../store/worker-instance.js';

// What a machine token may: act for the groups it names, by the instances that made themselves known by it.

/** Whose machine token asks. */
export type Machine = Readonly<{ id: string; machineGroups: readonly string[] }>;

/** Throws `forbidden` unless the token serves the group. */
export function refuseGroup(machine: Machine, group: string): void {
  if (machine.machineGroups.includes(group)) return;
  throw forbidden(`this machine token does not serve machine group ${group}`, {
    help: `give the worker a token for ${group}`,
  });
}

/** An instance belongs to the token by which it made itself known. */
export async function refuseStranger(database: Database, machine: Machine, instance: string): Promise<void> {
  const token = await tokenOfInstance(database, instance);
  // A database that was set back learns of it by the next renewal: until then it is asked to come again, not sent away for good.
  if (token === undefined) throw unavailable(`worker instance ${instance} is not known yet: it has not renewed`);
  if (token !== machine.id) throw strangersInstance(instance);
}

export const strangersInstance = (instance: string) =>
  forbidden(`worker instance ${instance} is not known by this machine token`);
