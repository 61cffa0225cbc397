import { counted } from '../../compiler/check/counted.js';
import { jsonText } from '../../compiler/check/spelling.js';
import type { Planned } from '../../runtime/api/contract.js';
import { stale } from '../../runtime/errors.js';
import { type LocalCommit, readLocalCommit, withBundle } from '../commit.js';
import { connect } from '../contexts.js';
import { sayJudgement } from '../judgement.js';
import { planMarkdown } from '../plan/markdown.js';
import { planText } from '../plan/text.js';
import { changesSomething } from '../plan/words.js';
import type { Terminal } from '../terminal.js';

export type PlanFormat = 'text' | 'json' | 'markdown';
export type PlanOptions = Readonly<{ dirty?: boolean; detailedExitcode?: boolean; format?: PlanFormat }>;
export type ApplyOptions = Readonly<{
  dirty?: boolean;
  allowPrune?: boolean;
  markMissing?: boolean;
  plan?: string;
  branch?: string;
}>;

/** Says what applying the commit would change. Exit 1 with errors; with --detailed-exitcode 2 when something changes. */
export async function plan(terminal: Terminal, dir: string, options: PlanOptions): Promise<number> {
  const local = await readLocalCommit(terminal, dir, options.dirty ?? false);
  if (!local) return 1;
  const client = await connect(terminal);
  // A plan is asked for commits of any branch: it is told as if they came by the one that deploys.
  const answer = await withBundle(client, { ...local, branch: undefined }, (commit) => client.plan(commit));
  const { planned, diagnostics, refusals, cautions } = answer;
  const json = planned ? { ...planned, refusals, cautions } : { diagnostics };
  terminal.json(json);
  if (!planned) return 1;
  if (options.format === 'markdown' && !terminal.isJson)
    terminal.write(Buffer.from(planMarkdown(planned, local, answer)));
  else if (options.format === 'json' && !terminal.isJson) terminal.write(Buffer.from(`${jsonText(json)}\n`));
  else {
    printPlan(terminal, planned, local);
    sayJudgement(terminal, answer);
  }
  return options.detailedExitcode && changesSomething(planned) ? 2 : 0;
}

/** Puts the commit in force, exactly as planned; with --plan HASH only if that is still the plan. */
export async function apply(terminal: Terminal, dir: string, options: ApplyOptions): Promise<number> {
  const local = await readLocalCommit(terminal, dir, options.dirty ?? false);
  if (!local) return 1;
  const client = await connect(terminal);
  const sending = { ...local, branch: options.branch ?? local.branch };
  const { planned, diagnostics, cautions } = await withBundle(client, sending, (commit) => client.plan(commit));
  if (!planned) {
    terminal.json({ diagnostics });
    return 1;
  }
  printPlan(terminal, planned, local);
  sayJudgement(terminal, { refusals: [], cautions });
  if (options.plan !== undefined && options.plan !== planned.hash)
    throw stale(`the plan is ${planned.hash} now, not ${options.plan}`, { help: 'look at it again: hera plan' });
  const done = await withBundle(client, sending, (commit) =>
    client.apply(commit, planned.on, options.allowPrune ?? false, options.markMissing),
  );
  const { deployment, already, marked } = done;
  terminal.json({ ...done.planned, deployment, already, marked });
  const what = `${local.project} ${local.commit.slice(0, 12)}`;
  terminal.print(
    done.already
      ? `${what} is in force already (deployment ${done.deployment})`
      : `${what} is in force: deployment ${done.deployment}`,
  );
  if (options.markMissing && already)
    terminal.say('nothing is marked: a commit that is in force already has no plan; to mark periods: hera mark');
  else if (options.markMissing) terminal.print(`${counted(marked, 'never-run period')} marked succeeded`);
  return 0;
}

export function printPlan(
  terminal: Terminal,
  planned: Planned,
  about: Pick<LocalCommit, 'commit' | 'subject' | 'dirty'>,
): void {
  for (const line of planText(planned, about, terminal.colors)) terminal.print(line);
}
