import { counted } from '../compiler/check/counted.js';
import type { OperationPlan } from '../runtime/api/contract.js';
import { table } from './table.js';
import type { Terminal } from './terminal.js';

// The plan of an operation on a terminal, and whether it is to be done.

export type Agreement = Readonly<{ plan?: string; yes?: boolean }>;

/** The hash of the plan to be done, by --plan, --yes or a yes on the terminal; null: it was only looked at. */
export async function agreedHash(
  terminal: Terminal,
  seen: OperationPlan,
  { plan, yes }: Agreement,
  question: string,
): Promise<string | null> {
  if (plan !== undefined) return plan;
  if (seen.total === 0) return null;
  if (yes) return seen.hash;
  if (terminal.isInteractive && !terminal.isJson) return (await terminal.confirm(question)) ? seen.hash : null;
  terminal.say(`nothing is done yet; to do it: --plan ${seen.hash}`);
  return null;
}

const SHOWN = 20;

export function printOperation({ print, colors, columns }: Terminal, plan: OperationPlan): void {
  print(
    `${plan.kind}: ${counted(plan.total, 'run')}${plan.first ? `, ${plan.first} to ${plan.last}` : ''}, plan ${plan.hash}`,
  );
  const rows = plan.runs.slice(0, SHOWN).map((one) => [`  ${one.job}`, one.period, one.action, colors.dim(one.why)]);
  if (rows.length > 0) for (const line of table(['  JOB', 'PERIOD', 'ACTION', 'WHY'], rows, columns)) print(line);
  if (plan.total > SHOWN) print(`  … and ${plan.total - SHOWN} more`);
}
