import type { Tries } from '../store/sign-in-try.js';

// When a password may be tried. A try is counted before the password is looked at, so that many at once are as many as one after the other.

/** So many tries in a row are free; each one behind them closes the door, twice as long as the one before. */
export type Limit = Readonly<{ free: number; firstSeconds: number; mostSeconds: number; forgetSeconds: number }>;

export const ACCOUNT_LIMIT: Limit = { free: 5, firstSeconds: 30, mostSeconds: 900, forgetSeconds: 3600 };
/** Of an address: many people may share one. */
export const ADDRESS_LIMIT: Limit = { free: 30, firstSeconds: 30, mostSeconds: 900, forgetSeconds: 3600 };

export type Judged = Readonly<{ kind: 'open'; tries: Tries }> | Readonly<{ kind: 'closed'; seconds: number }>;

/** Whether a try at `now` is taken, and what is kept of it. A refused one changes nothing. */
export function judgeTry(was: Tries, now: Date, limit: Limit): Judged {
  const left = was.closedUntil === null ? 0 : was.closedUntil.getTime() - now.getTime();
  if (left > 0) return { kind: 'closed', seconds: Math.ceil(left / 1000) };
  const isForgotten = now.getTime() - was.since.getTime() > limit.forgetSeconds * 1000;
  const tries = isForgotten ? 1 : was.tries + 1;
  const over = tries - limit.free;
  const pause = over < 0 ? 0 : Math.min(limit.mostSeconds, limit.firstSeconds * 2 ** Math.min(over, 20));
  const closedUntil = pause === 0 ? null : new Date(now.getTime() + pause * 1000);
  return { kind: 'open', tries: { tries, since: now, closedUntil } };
}
