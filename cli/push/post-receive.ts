import { compile } from '../../compiler/index.js';
import { commitInfo } from '../../runtime/git/commit.js';
import type { HookSettings } from '../../runtime/git/hook-files.js';
import { readTree } from '../../runtime/git/read-tree.js';
import { printPlan } from '../commands/plan.js';
import { withBundle } from '../commit.js';
import { sayJudgement } from '../judgement.js';
import type { Terminal } from '../terminal.js';
import { reachServer, reasonOf } from './server.js';
import { pushOptions, type Update } from './updates.js';

type Push = Readonly<{ repo: string; settings: HookSettings; updates: readonly Update[] }>;

/**
 * Applies what was pushed to the branch that deploys, and shows the plan. The push stands already: what goes wrong here is told, with what
 * happens next. 1 when it is not in force at the end.
 */
export async function postReceive(terminal: Terminal, push: Push): Promise<number> {
  const update = push.updates.find(
    ({ ref, kind }) => ref === `refs/heads/${push.settings.branch}` && kind !== 'delete',
  );
  if (!update) return 0;
  try {
    await applyPushed(terminal, push, update.new);
    return 0;
  } catch (error) {
    terminal.say(`hera: pushed, but not in force: ${reasonOf(error)}`);
    terminal.say(`  help: ${whatNext(push.settings)}`);
    return 1;
  }
}

const whatNext = ({ followed, branch }: HookSettings): string =>
  followed
    ? `the server compares ${branch} with what is in force every 30 seconds and applies it then; hera source shows it`
    : 'when the server is there: hera apply, in a clone of this commit';

async function applyPushed(terminal: Terminal, { repo, settings }: Push, commit: string): Promise<void> {
  const reached = await reachServer(terminal, repo, settings);
  if (reached.client === null) throw new Error(reached.why);
  const { client } = reached;
  const project = settings.project ?? (await projectOf(repo, settings.under, commit));
  const { under, branch } = settings;
  const sending = { top: repo, under, commit, dirty: false, project, branch };
  const answer = await withBundle(client, sending, (one) => client.plan(one));
  const { planned } = answer;
  if (planned === null) throw new Error(`${commit.slice(0, 10)} does not compile on the server`);
  printPlan(terminal, planned, { ...(await commitInfo(repo, commit)), dirty: false });
  sayJudgement(terminal, { refusals: [], cautions: answer.cautions });
  const allowPrune = pushOptions(terminal.env.all).has('allow-prune');
  const done = await withBundle(client, sending, (one) => client.apply(one, planned.on, allowPrune));
  terminal.say(
    `hera: ${project} ${commit.slice(0, 10)} is in force${done.already ? ' already' : ''}: deployment ${done.deployment}`,
  );
}

async function projectOf(repo: string, under: string, commit: string): Promise<string> {
  const { manifest } = await compile(await readTree(repo, commit, { under }));
  if (manifest) return manifest.project.name;
  throw new Error(`${commit.slice(0, 10)} does not compile`);
}
