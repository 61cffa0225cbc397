import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { HostFacts } from '../api/worker/contract.js';

/** What this machine is and does now; inside a memory-limited container, the container's memory. */
export function hostFacts(slotsUsed: number, slots: number): HostFacts {
  const limit = process.constrainedMemory();
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  return {
    cpus: availableParallelism(),
    memoryBytes: total,
    memoryFreeBytes: Math.min(freemem(), total),
    load: loadavg(),
    slotsUsed,
    slots,
  };
}
