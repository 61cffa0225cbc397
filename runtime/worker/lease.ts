import { readFileSync } from 'node:fs';

/** Milliseconds since boot, time asleep included: a suspended host must notice on waking that its leases are over. */
export function bootMs(): number {
  try {
    return Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;
  } catch {
    return performance.now();
  }
}

/** When contact was last proven: the control plane or Temporal accepted, in this time, that an attempt is ours. */
export class Lease {
  private provenAt = bootMs();

  constructor(private readonly leaseMs: number) {}

  /** `sentAt`: when the accepted call was sent; the answer may be old. */
  prove(sentAt: number): void {
    this.provenAt = Math.max(this.provenAt, sentAt);
  }

  /** Whether it is over, or will be in less than `withinMs`. */
  isOver(withinMs = 0): boolean {
    return bootMs() - this.provenAt > this.leaseMs - withinMs;
  }
}
