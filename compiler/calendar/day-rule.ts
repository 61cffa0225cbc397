// The days that Quartz names by `L`, `W` and `#`: one of a month, or none. Source: `CronExpression` of Quartz 2.3.2.
import { dayNumber, daysInMonth, weekdayOf } from './civil.js';
import type { DayRule } from './cron.js';

/** The day of the month that `rule` names; undefined in a month that has none. */
export function dayOfRule(rule: DayRule, year: number, month: number): number | undefined {
  const length = daysInMonth(year, month);
  const first = weekdayOf(dayNumber({ year, month, day: 1 }));
  if (rule.kind === 'weekday') {
    const earliest = 1 + ((rule.weekday - first + 7) % 7);
    const day = rule.nth === 'last' ? lastOf(earliest, length) : earliest + 7 * (rule.nth - 1);
    return day <= length ? day : undefined;
  }
  const day = rule.kind === 'last' ? length - rule.back : rule.day;
  if (day < 1 || day > length) return undefined;
  return rule.nearestWeekday ? nearestWeekday(day, (first + day - 1) % 7, length) : day;
}

const lastOf = (earliest: number, length: number): number => earliest + 7 * Math.floor((length - earliest) / 7);

/** Saturday goes back to Friday and Sunday on to Monday, but neither leaves the month. */
function nearestWeekday(day: number, weekday: number, length: number): number {
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === length ? day - 2 : day + 1;
  return day;
}

/** All days of a month that `rule` ever names, for who can only list days. */
export function daysOfRule(rule: DayRule): readonly number[] {
  if (rule.kind === 'weekday')
    return rule.nth === 'last' ? between(22, 31) : between(7 * rule.nth - 6, Math.min(31, 7 * rule.nth));
  const [low, high] = rule.kind === 'last' ? [28 - rule.back, 31 - rule.back] : [rule.day, rule.day];
  return rule.nearestWeekday ? between(low - 2, high + 2) : between(low, high);
}

const between = (low: number, high: number): readonly number[] => {
  const [from, to] = [Math.max(1, low), Math.min(31, high)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
};
