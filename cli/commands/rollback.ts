import { resolve } from 'node:path';
import type { Client, Rollback } from '../../runtime/api/client.js';
import type { RollbackPlan } from '../../runtime/api/contract.js';
import { conflict, Failure, stale } from '../../runtime/errors.js';
import { makeBundle } from '../../runtime/git/bundle.js';
import { hasCommit, workingTree } from '../../runtime/git/commit.js';
import { isMissing } from '../commit.js';
import { connect } from '../contexts.js';
import { sayJudgement } from '../judgement.js';
import { onlyProject } from '../only-project.js';
import type { Terminal } from '../terminal.js';
import { printPlan } from './plan.js';

export type RollbackOptions = Readonly<{
  to?: string;
  reason?: string;
  plan?: string;
  yes?: boolean;
  allowPrune?: boolean;
  project?: string;
}>;

/** Puts an earlier deployment's commit in force again; prints the plan first, and does it with --yes, --plan HASH or a yes on the terminal. */
export async function rollback(terminal: Terminal, options: RollbackOptions): Promise<number> {
  const client = await connect(terminal);
  const project = await onlyProject(client, options.project);
  const asked: Rollback = { project, to: options.to, reason: options.reason };
  const { answer, bundle } = await planWithCommit(terminal, client, asked);
  const { planned, refusals } = answer;
  if (planned === null) {
    terminal.json(answer);
    throw conflict(`the commit of deployment ${answer.to} does not compile any more`, {
      help: 'go back to another one',
    });
  }
  if (!terminal.isJson) printPlan(terminal, planned, { commit: answer.commit, subject: answer.subject, dirty: false });
  sayJudgement(terminal, {
    ...answer,
    refusals: options.allowPrune ? refusals.filter(({ kind }) => kind !== 'prune') : refusals,
  });
  if (planned.on === answer.to) terminal.say(`deployment ${answer.to} is in force`);
  if (!(await agreed(terminal, planned.hash, answer.to, options))) {
    terminal.json(answer);
    return 0;
  }
  const allowPrune = options.allowPrune ?? false;
  const done = await client.rollback({ ...asked, to: answer.to, bundle, plannedOn: planned.on ?? '0', allowPrune });
  terminal.json({ ...done.planned, deployment: done.deployment, already: done.already, restores: answer.to });
  const what = `${project} ${answer.commit.slice(0, 12)}`;
  terminal.print(
    done.already
      ? `${what} is in force already (deployment ${done.deployment})`
      : `${what} is in force again: deployment ${done.deployment} restores ${answer.to}`,
  );
  return 0;
}

/** Plans it; where the server has lost the commit, with a bundle of it from the repository here. */
async function planWithCommit(
  terminal: Terminal,
  client: Client,
  asked: Rollback,
): Promise<Readonly<{ answer: RollbackPlan; bundle: Uint8Array | null }>> {
  try {
    return { answer: await client.planRollback(asked), bundle: null };
  } catch (error) {
    if (!isMissing(error)) throw error;
    const bundle = await bundleFromHere(terminal, client, asked);
    if (bundle === null) throw withHelp(error as Failure);
    return { answer: await client.planRollback({ ...asked, bundle }), bundle };
  }
}

async function bundleFromHere(
  terminal: Terminal,
  client: Client,
  { project, to }: Rollback,
): Promise<Uint8Array | null> {
  const { items } = await client.deployments({ project, limit: 200 });
  const commit = (to === undefined ? items[1] : items.find(({ id }) => id === to))?.commit;
  const tree = await workingTree(resolve(terminal.cwd));
  if (commit === undefined || !tree || !(await hasCommit(tree.top, commit))) return null;
  return makeBundle(tree.top, commit);
}

const withHelp = (error: Failure): Failure =>
  new Failure(error.code, error.message, { help: 'run this in a clone that has the commit: it is sent along' });

async function agreed(terminal: Terminal, hash: string, to: string, options: RollbackOptions): Promise<boolean> {
  if (options.plan !== undefined) {
    if (options.plan === hash) return true;
    throw stale(`the plan is ${hash} now, not ${options.plan}`, { help: 'look at it again: hera rollback' });
  }
  if (options.yes) return true;
  if (terminal.isInteractive) return terminal.confirm(`Go back to deployment ${to}?`);
  terminal.say(`nothing is done yet; do exactly this with: hera rollback --to ${to} --plan ${hash}`);
  return false;
}
