// How a state looks: one word, one icon and one colour for each, never the colour alone. Pure: data in, names out.
// Never here: React, texts (they are in messages/), what a state means for the scheduler.

import type { Reason, RunState } from '@/data/shapes';

/** A state as it is shown: those of a run, and `blocked`, which is a way of showing waiting. */
export type Shown = RunState | 'blocked' | 'none' | 'live' | 'lost' | 'closed';

/** The token of a shown state's colour in globals.css; failed and timed_out share one, as do waiting and queued. */
export const colourOf: Readonly<Record<Shown, string>> = {
  succeeded: 'var(--succeeded)',
  running: 'var(--running)',
  live: 'var(--running)',
  failed: 'var(--failed)',
  timed_out: 'var(--failed)',
  lost: 'var(--failed)',
  blocked: 'var(--blocked)',
  waiting: 'var(--waiting)',
  queued: 'var(--waiting)',
  cancelled: 'var(--cancelled)',
  skipped: 'var(--skipped)',
  closed: 'var(--skipped)',
  none: 'var(--skipped)',
};

const UNMET = new Set(['failed', 'timed_out', 'cancelled']);

/** True where whoever needs this waits in vain until somebody acts. */
export const isUnmet = (state: string): boolean => UNMET.has(state);

/** A waiting run is blocked when something it needs has failed, timed out or was cancelled. */
export function shownState(run: Readonly<{ state: RunState; reasons: readonly Reason[] }>): Shown {
  const blocked = run.state === 'waiting' && run.reasons.some((r) => r.kind === 'need' && isUnmet(r.state));
  return blocked ? 'blocked' : run.state;
}

/** A word the API used for a state or outcome, as something that can be shown; what is unknown is shown as not run. */
export const shownWord = (word: string | null): Shown => (word !== null && word in colourOf ? (word as Shown) : 'none');

/** True while the run may still change by itself. */
export const isMoving = (state: RunState): boolean => state === 'waiting' || state === 'queued' || state === 'running';

/** The mark before a page's title: what a glance at the tabs must tell. */
export function tabMark(shown: Shown): string {
  switch (shown) {
    case 'failed':
    case 'timed_out':
    case 'blocked':
    case 'lost':
      return '✕ ';
    case 'running':
    case 'live':
      return '▶ ';
    case 'succeeded':
      return '✓ ';
    default:
      return '';
  }
}
