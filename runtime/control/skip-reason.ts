/** Why a run is skipped, as data. */
export type SkipReason = Readonly<{ kind: string; [fact: string]: unknown }>;

export const SKIP = {
  closed: { kind: 'closed' },
  removed: (commit: string): SkipReason => ({ kind: 'removed', commit }),
  noLongerScheduled: (commit: string): SkipReason => ({ kind: 'no-longer-scheduled', commit }),
  upstream: (job: string, period: Date): SkipReason => ({ kind: 'upstream-skipped', job, period }),
  /** Another run of its job was live, or a newer one took its place. */
  overlap: ({ run, period }: Readonly<{ run: string; period: Date }>): SkipReason => ({
    kind: 'overlap-skip',
    run,
    period,
  }),
  /** It runs in other regions: for those that need it a success. */
  region: (here: string | null, regions: readonly string[]): SkipReason => ({ kind: 'region', here, regions }),
  noPeriod: (job: string): SkipReason => ({ kind: 'no-period', job }),
  catchUp: (policy: string): SkipReason => ({ kind: 'catch-up', policy }),
} as const;
