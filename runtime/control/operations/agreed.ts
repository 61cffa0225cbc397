import type { OperationPlan, PlanDifference } from '../../api/contract.js';
import { stale } from '../../errors.js';
import type { Queryable } from '../../store/database.js';
import { keepSeenPlan, readSeenPlan, type SeenPeriod } from '../../store/seen-plan.js';

// Between a plan and its deed the world moves. Each plan that is shown is kept for a day, so that who names one that would not be done any more is
// told what is different now.

/** Of each kind so many are listed. */
const LISTED = 200;

/** A period of a plan; all of them, also those that the plan does not list. */
export type PlannedPeriod = Readonly<{ job: string; period: number; action: string }>;

/**
 * Whether a plan is to be done: its hash was named. Unnamed it is only shown, and kept. Throws `stale` for another hash, with the plan of now and
 * its difference from the one that was named.
 */
export async function isAgreed(
  sql: Queryable,
  named: string | null,
  plan: OperationPlan,
  periods: readonly PlannedPeriod[],
): Promise<boolean> {
  if (named === plan.hash) return true;
  const now = periods.map(({ job, period, action }): SeenPeriod => [job, period, action]);
  if (named === null) {
    await keepSeenPlan(sql, plan.hash, now);
    return false;
  }
  const seen = await readSeenPlan(sql, named);
  const difference = seen === undefined ? null : differenceOf(seen, now);
  throw stale('the plan is not what would be done now', {
    help: difference === null ? 'look at the new plan; the one that was named is not known' : 'look at the new plan',
    details: { ...plan, difference },
  });
}

/** What came to a plan, what went from it, and to what something else is done. Each in the order of its plan. */
export function differenceOf(before: readonly SeenPeriod[], now: readonly SeenPeriod[]): PlanDifference {
  const keyOf = ([job, period]: SeenPeriod): string => `${period} ${job}`;
  const [had, has] = [before, now].map((plan) => new Map(plan.map((one) => [keyOf(one), one[2]])));
  const came = now.filter((one) => !had!.has(keyOf(one)));
  const went = before.filter((one) => !has!.has(keyOf(one)));
  const changed = now.flatMap((one) => {
    const was = had!.get(keyOf(one));
    return was === undefined || was === one[2] ? [] : [{ ...view(one), before: was }];
  });
  return {
    counts: { came: came.length, went: went.length, changed: changed.length },
    came: came.slice(0, LISTED).map(view),
    went: went.slice(0, LISTED).map(view),
    changed: changed.slice(0, LISTED),
  };
}

const view = ([job, period, action]: SeenPeriod) => ({ job, period: new Date(period).toISOString(), action });
