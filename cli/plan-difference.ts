import type { OperationPlan, PlanDifference } from '../runtime/api/contract.js';
import type { Terminal } from './terminal.js';

// What is different now from a plan that was named: on standard error for people, and as the document of a program that asked for JSON.

const SHOWN = 20;

type Stale = OperationPlan & Readonly<{ difference: PlanDifference | null }>;

/** Shows what the server says of a plan that is stale; nothing where it says nothing (a deployment's plan). */
export function sayDifference(terminal: Terminal, details: unknown): void {
  if (!isStale(details)) return;
  terminal.json({ stale: true, plan: details.hash, difference: details.difference });
  const { difference } = details;
  if (difference === null) return;
  const { red, green, yellow } = terminal.colors;
  const { came, went, changed } = difference.counts;
  const lines = [
    ...difference.came.map((one) => `  ${green('+')} ${one.job}@${one.period} ${one.action}`),
    ...difference.went.map((one) => `  ${red('-')} ${one.job}@${one.period} ${one.action}`),
    ...difference.changed.map((one) => `  ${yellow('~')} ${one.job}@${one.period} ${one.before}: now ${one.action}`),
  ];
  if (lines.length === 0) lines.push('  the same periods: another deployment is in force, or something else was asked');
  terminal.say(...lines.slice(0, SHOWN));
  if (came + went + changed > SHOWN) terminal.say(`  … in all ${came} more, ${went} fewer, ${changed} otherwise`);
}

const isStale = (details: unknown): details is Stale =>
  typeof details === 'object' && details !== null && 'difference' in details && 'hash' in details;
