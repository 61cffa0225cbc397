const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

/** What a job has where neither it nor a folder nor the project says otherwise; lengths in milliseconds. */
export const DEFAULTS = {
  enabled: true,
  machineGroup: 'default',
  retries: { times: 0, waitMs: 0 },
  timeoutMs: DAY,
  graceMs: 10 * SECOND,
  overlap: 'wait',
  priority: 'normal',
  catchUp: { policy: 'all', withinMs: 24 * HOUR },
  lateAfterMs: 5 * MINUTE,
  templates: 'native',
} as const;
