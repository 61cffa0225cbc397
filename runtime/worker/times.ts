/** Every time of the lease between control plane and workers, in milliseconds. They hold together only as one set. */
export type LeaseTimes = Readonly<{
  /** A worker tells the control plane what it holds. */
  renewMs: number;
  /** A worker heartbeats to Temporal. */
  heartbeatMs: number;
  /** Core passes heartbeats on no more often than this; a cancel comes back with one. */
  heartbeatThrottleMs: number;
  /** Without proof of contact (Temporal's or the control plane's) for this long, a worker ends the attempt's processes … */
  leaseMs: number;
  /** … by TERM, and by KILL after this. */
  leaseGraceMs: number;
  /** A contested attempt is given away after this much silence of its holder: more than `leaseMs + leaseGraceMs`. */
  contestMs: number;
  /** How long a begin that must wait is told to wait. */
  contestRetryMs: number;
  /** The keeper gets a pulse … */
  pulseMs: number;
  /** … and without one for this long ends all groups, by TERM and then KILL after `leaseGraceMs`. */
  pulseSilenceMs: number;
  /** A question for kill orders is answered after this when there is none. */
  ordersMs: number;
  /** One call of the control plane's API, or one heartbeat to Temporal, may take this long. */
  callMs: number;
  /** How long YARN is asked until an application is over, and how often. */
  confirmMs: number;
  confirmRetryMs: number;
  /** First and longest wait before an unavailable control plane is asked again. */
  retryMs: number;
  retryMostMs: number;
}>;

const FULL: LeaseTimes = {
  renewMs: 5_000,
  heartbeatMs: 5_000,
  heartbeatThrottleMs: 10_000,
  leaseMs: 30_000,
  leaseGraceMs: 10_000,
  contestMs: 60_000,
  contestRetryMs: 5_000,
  pulseMs: 5_000,
  pulseSilenceMs: 30_000,
  ordersMs: 25_000,
  callMs: 10_000,
  confirmMs: 60_000,
  confirmRetryMs: 500,
  retryMs: 500,
  retryMostMs: 10_000,
};

/** The lease's times, all multiplied by `scale`: tests run at a tenth or less. Control plane and workers must use the same. */
export const leaseTimes = (scale = 1): LeaseTimes =>
  Object.fromEntries(
    Object.entries(FULL).map(([name, ms]) => [name, Math.max(1, Math.round(ms * scale))]),
  ) as LeaseTimes;

/** An output line is on its way to the control plane after at most this. */
export const FLUSH_MS = 200;
/** No append is larger, and so many are under way at once in a worker. */
export const APPEND_BYTES = 1024 * 1024;
export const APPENDS_AT_ONCE = 4;
/** What is shown of an output beyond the head of its log, and how often. */
export const TAIL_BYTES = 64 * 1024;
export const TAIL_MS = 500;
/** Work directories stay this long after a success, and after anything else. */
export const KEEP_SUCCESS_MS = 24 * 3_600_000;
export const KEEP_FAILURE_MS = 7 * 24 * 3_600_000;
export const HOUSEKEEPING_MS = 3_600_000;
