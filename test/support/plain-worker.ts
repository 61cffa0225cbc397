// A worker's hands for the plain control plane: it begins, renews and ends attempts as a worker does, without HTTP and without a process.

import { randomUUID } from 'node:crypto';
import { type Attempts, createAttempts } from '../../runtime/control/attempts.js';
import type { Database } from '../../runtime/store/database.js';
import { type LeaseTimes, leaseTimes } from '../../runtime/worker/times.js';
import type { Ending } from '../../workflows/contract.js';
import { plantMachineToken } from './estate.js';

const FACTS = { cpus: 1, memoryBytes: 1, memoryFreeBytes: 1, load: [0, 0, 0], slotsUsed: 0, slots: 1 };

export type Held = Parameters<Attempts['renew']>[1]['attempts'][number];

export type PlainWorker = Readonly<{
  instance: string;
  attempts: Attempts;
  begin(run: string, turn: number, workflow?: string): ReturnType<Attempts['begin']>;
  /** Says what it holds; answers kill orders. */
  renew(held?: readonly Held[]): ReturnType<Attempts['renew']>;
  end(run: string, n: number, ending: Ending): Promise<{ accepted: boolean }>;
  /** Ends as a worker does that says whose the attempt is. */
  endTold(run: string, n: number, request: Parameters<Attempts['end']>[2]): Promise<{ accepted: boolean }>;
  claim(run: string, n: number, of: Parameters<Attempts['claim']>[2]): ReturnType<Attempts['claim']>;
  lose(run: string, n: number): Promise<void>;
}>;

/** A worker of group `default`, known to the control plane. Two of them are two machines. */
export async function plainWorker(database: Database, times: LeaseTimes = leaseTimes(1)): Promise<PlainWorker> {
  const { id } = await plantMachineToken(database, ['default']);
  const machine = { id, machineGroups: ['default'] };
  const instance = randomUUID();
  const attempts = createAttempts({ database, times });
  const self = { instance, host: 'h', pid: 1, machineGroups: ['default'], version: 't', draining: false, facts: FACTS };
  const renew: PlainWorker['renew'] = (held = []) => attempts.renew(machine, { ...self, attempts: [...held] });
  await renew();
  return {
    instance,
    attempts,
    renew,
    begin: (run, turn, workflow) => attempts.begin(machine, { run, turn, instance, host: 'h', workflow }),
    end: (run, n, ending) =>
      attempts.end(machine, { run, n, instance }, { instance, ending: ending as never, logBytes: 0 }),
    endTold: (run, n, request) => attempts.end(machine, { run, n, instance }, request),
    claim: (run, n, of) => attempts.claim(machine, { run, n, instance }, of),
    lose: (run, n) => attempts.lose(machine, { run, n, instance }),
  };
}
