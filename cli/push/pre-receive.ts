import { join } from 'node:path';
import { counted } from '../../compiler/check/counted.js';
import { type Compiled, compile } from '../../compiler/index.js';
import { borrowing } from '../../runtime/git/borrow.js';
import { isAncestor } from '../../runtime/git/commit.js';
import type { HookSettings } from '../../runtime/git/hook-files.js';
import { readTree } from '../../runtime/git/read-tree.js';
import { withBundle } from '../commit.js';
import { foundLines } from '../found-lines.js';
import type { Terminal } from '../terminal.js';
import { isSilence, reachServer, reasonOf } from './server.js';
import { pushOptions, type Update } from './updates.js';

// A push to the branch that deploys is compiled while git still holds its objects in quarantine, and refused with its diagnostics when it is
// wrong: then neither the branch nor production has changed. What only the server knows (what is in force) is asked when it answers in time.

/** The refusal of a push: what is wrong and what to do. */
class Refused extends Error {
  constructor(
    message: string,
    readonly help: string,
  ) {
    super(message);
  }
}

type Push = Readonly<{ repo: string; settings: HookSettings; updates: readonly Update[] }>;

/** Judges a push; 0 lets git take it, 1 refuses all of it. */
export async function preReceive(terminal: Terminal, push: Push): Promise<number> {
  const { settings, updates } = push;
  const own = `refs/heads/${settings.branch}`;
  try {
    const update = updates.find(({ ref }) => ref === own);
    if (update) await judge(terminal, push, update);
    for (const other of updates
      .filter(({ ref, kind }) => ref.startsWith('refs/heads/') && ref !== own && kind !== 'delete')
      .slice(0, MOST_OTHERS))
      await warn(terminal, push, other);
    return 0;
  } catch (error) {
    terminal.say(`hera: refused: ${reasonOf(error)}`);
    if (error instanceof Refused) terminal.say(`  help: ${error.help}`);
    terminal.say('nothing was pushed and nothing is deployed');
    return 1;
  }
}

async function judge(terminal: Terminal, push: Push, update: Update): Promise<void> {
  const { branch } = push.settings;
  if (update.kind === 'delete')
    throw new Refused(
      `${branch} is the branch that deploys and is not deleted`,
      'another one deploys: hera hook install … --branch; none: hera hook remove',
    );
  await withObjects(terminal, push.repo, async (repo) => {
    if (update.kind === 'move' && !(await isAncestor(repo, update.old, update.new)))
      throw new Refused(
        `this would rewrite ${branch}, which deploys: ${update.new.slice(0, 10)} does not come after ${update.old.slice(0, 10)}`,
        `git pull --rebase, and push without force; to go back: git revert, or hera rollback`,
      );
    const compiled = await compileCommit(terminal, repo, push.settings, update.new);
    if (compiled.manifest === null)
      throw new Refused(
        `${update.new.slice(0, 10)} does not compile`,
        'mend what stands above, git commit --amend, push again; before a push: hera validate',
      );
    const project = compiled.manifest.project.name;
    const wanted = push.settings.project;
    if (wanted !== null && wanted !== project)
      throw new Refused(
        `this is project ${project}; the repository is for ${wanted}`,
        'was the wrong repository pushed to? Else: hera hook install … --project',
      );
    await askServer(terminal, push, { repo, project, commit: update.new });
    terminal.say(
      `hera: ${project} ${update.new.slice(0, 10)} is right: ${counted(compiled.manifest.jobs.length, 'job')}`,
    );
  });
}

/** Objects of the push, which git keeps apart until the hook has said yes, with all that the repository has. */
function withObjects<T>(terminal: Terminal, repo: string, work: (repo: string) => Promise<T>): Promise<T> {
  const { GIT_QUARANTINE_PATH: quarantine } = terminal.env.all;
  return borrowing([...(quarantine ? [quarantine] : []), join(repo, 'objects')], work);
}

async function compileCommit(
  terminal: Terminal,
  repo: string,
  { under }: HookSettings,
  commit: string,
): Promise<Compiled> {
  const tree = await readTree(repo, commit, { under });
  const compiled = await compile(tree);
  if (compiled.diagnostics.length > 0) terminal.say(...foundLines(terminal, compiled.diagnostics, tree));
  return compiled;
}

type Found = Readonly<{ repo: string; project: string; commit: string }>;

/** What is in force is known to the server alone: it is asked whether it would take this commit. Silent, it is asked again after the push. */
async function askServer(terminal: Terminal, { repo, settings }: Push, found: Found): Promise<void> {
  const reached = await reachServer(terminal, repo, settings);
  const unchecked = (why: string): void =>
    terminal.say(
      `hera: not checked against what is in force (${why}): whether it comes after it, and how many jobs it removes`,
    );
  if (reached.client === null) return unchecked(reached.why);
  const { client } = reached;
  const sending = {
    top: found.repo,
    under: settings.under,
    commit: found.commit,
    dirty: false,
    project: found.project,
    branch: settings.branch,
  };
  const answer = await withBundle(client, sending, (commit) => client.plan(commit)).catch((error: unknown) => {
    if (!isSilence(error)) throw error;
    unchecked(reasonOf(error));
  });
  if (!answer) return;
  for (const caution of answer.cautions) terminal.say(`hera: note: ${caution}`);
  const allowed = pushOptions(terminal.env.all).has('allow-prune') ? 'prune' : '';
  const refusal = answer.refusals.find(({ kind }) => kind !== allowed);
  if (refusal) throw new Refused(refusal.message, refusal.help);
}

// Each takes seconds of the pusher's time; what they say is advice.
const MOST_OTHERS = 3;

/** Another branch is only told what is wrong with it. */
async function warn(terminal: Terminal, push: Push, { ref, new: commit }: Update): Promise<void> {
  const name = ref.replace('refs/heads/', '');
  try {
    const { manifest } = await withObjects(terminal, push.repo, (repo) =>
      compileCommit(terminal, repo, push.settings, commit),
    );
    terminal.say(
      manifest
        ? `hera: ${name} is right: ${counted(manifest.jobs.length, 'job')}; only ${push.settings.branch} is deployed`
        : `hera: ${name} does not compile: it would be refused on ${push.settings.branch}`,
    );
  } catch (error) {
    terminal.say(`hera: ${name} was not looked at: ${reasonOf(error)}`);
  }
}
