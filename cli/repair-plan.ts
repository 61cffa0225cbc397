import { counted } from '../compiler/check/counted.js';
import type { RepairPlan } from '../runtime/api/contract.js';
import { span, table } from './table.js';
import type { Terminal } from './terminal.js';

// The plan of a repair on a terminal, and the one way from seeing it to doing it.

export type Agreement = Readonly<{ plan?: string; yes?: boolean }>;

type Words = Readonly<{ question: (plan: RepairPlan) => string; nothing: string }>;

/** Shows a plan and does it when that is agreed; undefined: it was only looked at, and is printed as JSON where that is wanted. */
export async function doPlanned(
  terminal: Terminal,
  agreement: Agreement,
  ask: (plan: string | null) => Promise<RepairPlan>,
  words: Words,
): Promise<RepairPlan | undefined> {
  const seen = await ask(null);
  printRepair(terminal, seen);
  if (seen.total === 0) terminal.say(words.nothing);
  const hash = agreement.plan ?? (seen.total === 0 ? null : await agreed(terminal, seen, agreement, words));
  if (hash === null) {
    terminal.json(seen);
    return undefined;
  }
  return ask(hash);
}

async function agreed(terminal: Terminal, seen: RepairPlan, { yes }: Agreement, { question }: Words) {
  if (yes) return seen.hash;
  if (terminal.isInteractive && !terminal.isJson) return (await terminal.confirm(question(seen))) ? seen.hash : null;
  terminal.say(`nothing is done yet; to do it: --plan ${seen.hash}`);
  return null;
}

const SHOWN = 40;

function printRepair({ print, colors }: Terminal, plan: RepairPlan): void {
  const span = plan.first === null ? '' : `, ${plan.first} to ${plan.last}`;
  print(`${plan.kind}: ${counted(plan.total, 'run')}${span}, plan ${plan.hash}`);
  const rows = plan.runs.slice(0, SHOWN).map((one) => [`  ${one.job}`, one.period, one.action, colors.dim(one.why)]);
  if (rows.length > 0) for (const line of table(['  JOB', 'PERIOD', 'ACTION', 'WHY'], rows)) print(line);
  if (plan.total > SHOWN) print(`  … and ${plan.total - SHOWN} more`);
  const counts = Object.entries(plan.counts).map(([action, n]) => `${n} ${action}`);
  if (counts.length > 1) print(`  in all: ${counts.join(', ')}`);
  if (plan.estimate.workMs > 0 || plan.estimate.unknown > 0) print(`  ${estimateWords(plan)}`);
  for (const one of plan.inFlight.slice(0, 5)) print(`  under way: ${one.job} ${one.period} is ${one.state}`);
  if (plan.inFlight.length > 5) print(`  … and ${plan.inFlight.length - 5} more under way`);
  for (const one of plan.waiting.slice(0, 5)) print(`  will wait for it: ${one.job} ${one.period}`);
  if (plan.waiting.length > 5) print(`  … and ${plan.waiting.length - 5} more that will wait for it`);
  for (const note of plan.notes) print(`  note: ${note}`);
}

function estimateWords({ estimate: { workMs, longestMs, unknown } }: RepairPlan): string {
  const known = workMs > 0 ? `about ${span(longestMs)}, ${span(workMs)} of work` : 'how long it takes is not known';
  return unknown === 0 || workMs === 0
    ? known
    : `${known}, without ${counted(unknown, 'job')} that never succeeded yet`;
}
